// Work that goes on page by page for as long as it takes. Each piece has a row of its own with its place in the pages.

export const pageWorkNames = ['backfill', 'sync-check', 'recovery', 'erasure'] as const;
export type PageWorkName = (typeof pageWorkNames)[number];

export type WorkKey = { workspaceId: string; id: string };

/** `over`: nothing more is to be done, or another process has taken over. */
export type Stepped = 'more' | 'over' | { waitSeconds: number };
