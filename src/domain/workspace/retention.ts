// How many days the app keeps each kind of data, and what happens to it then. docs/operating.md shows this table.

type Retention = { label: string; days: number; afterwards: string };

export const retention = {
  /** How far back dry runs can go, and what can be replayed. */
  deliveryBodies: {
    label: 'webhook deliveries as they came',
    days: 90,
    afterwards: 'body and outcome are emptied; topic, contact, dates and state stay',
  },
  deliveryIds: {
    label: 'that a delivery was received',
    days: 400,
    afterwards: 'the row goes; until then a copy of it, however late, is known as one',
  },
  exchanges: {
    label: 'request and answer of a run that is done',
    days: 30,
    afterwards: 'emptied; the run stays in the log. What failed keeps them',
  },
  receiptFiles: {
    label: 'uploaded files of receipts with their lines',
    days: 30,
    afterwards: 'removed; the rewards keep their receipts',
  },
  bulkChanges: {
    label: 'bulk changes of rewards with what became of each',
    days: 30,
    afterwards: 'removed; the rewards stay as they are',
  },
  syncChecks: { label: 'sync checks with their rows', days: 90, afterwards: 'removed' },
  peopleImports: {
    label: 'lists of people with their rows',
    days: 90,
    afterwards: 'removed; who was added or qualified stays, and can no longer be undone as a list',
  },
  uncountedJoins: {
    label: 'joins that did not count, at most 50 of one person',
    days: 400,
    afterwards: 'removed',
  },
  uninstalledWorkspaces: {
    label: 'everything of a workspace that uninstalled the app',
    days: 30,
    afterwards: 'erased; until then it can be installed again and all is as it was',
  },
} satisfies Record<string, Retention>;

export type RetentionName = keyof typeof retention;
