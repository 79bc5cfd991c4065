// Saved views: the filters of a list under a name, a teammate's own or shared in the workspace.

export const viewedLists = ['people', 'referrals', 'referrers', 'rewards'] as const;
export type ViewedList = (typeof viewedLists)[number];

export type SavedView = {
  id: string;
  list: ViewedList;
  name: string;
  query: Record<string, string>;
  /** Null: shared. */
  teammateId: string | null;
};

/** Of one teammate, or shared, on one list. */
export const maxViews = 30;
