// Long work that proceeds page by page. Each piece has its own row, which records its current page.

export const pageWorkNames = [
  'backfill',
  'sync-check',
  'recovery',
  'erasure',
  'rule-reading',
  'receipts',
  'people-import',
  'bulk-change',
] as const;
export type PageWorkName = (typeof pageWorkNames)[number];

export type WorkKey = { workspaceId: string; id: string };

/** `over`: nothing is left to do, or another process has taken over. */
export type Stepped = 'more' | 'over' | { waitSeconds: number };
