// How many days the app keeps each kind of data, and what happens to it then. docs/operating.md shows this table.

type Retention = { label: string; days: number; afterwards: string };

export const retention = {
  /** How far back dry runs can go, and what can be replayed. */
  deliveryBodies: {
    label: 'bodies of webhook deliveries',
    days: 90,
    afterwards: 'body and outcome are emptied; topic, contact, dates and state stay',
  },
  deliveryIds: {
    label: 'the record that a delivery was received',
    days: 400,
    afterwards: 'the record is deleted; until then, a late duplicate is recognized',
  },
  exchanges: {
    label: 'request and answer of a run that is done',
    days: 30,
    afterwards: 'emptied; the run stays in the log. Failed runs keep them',
  },
  receiptFiles: {
    label: 'uploaded files of receipts with their lines',
    days: 30,
    afterwards: 'removed; the rewards keep their receipts',
  },
  bulkChanges: {
    label: 'bulk changes of rewards, with the result of each',
    days: 30,
    afterwards: 'removed; the rewards stay as they are',
  },
  ownWrites: {
    label: 'what the app wrote to contacts in Intercom, as digests',
    days: 7,
    afterwards: 'removed; a later notification of it counts as a change by others',
  },
  finDays: {
    label: 'Fin requests by day',
    days: 90,
    afterwards: 'removed; it never names people',
  },
  finRequests: {
    label: 'links and missing referrals requested through Fin',
    days: 30,
    afterwards: 'removed; its review, its run and its audit entry stay',
  },
  syncChecks: { label: 'sync checks with their rows', days: 90, afterwards: 'removed' },
  peopleImports: {
    label: 'lists of people with their rows',
    days: 90,
    afterwards: 'removed; people who were added or qualified stay, and the list can no longer be undone',
  },
  uncountedJoins: {
    label: 'joins that did not count, at most 50 of one person',
    days: 400,
    afterwards: 'removed',
  },
  assistantClients: {
    label: 'registrations of AI assistants that no teammate connected',
    days: 2,
    afterwards: 'removed; the assistant registers again',
  },
  assistantGrants: {
    label: 'ended connections of AI assistants, and the keys of what assistants changed',
    days: 90,
    afterwards: 'removed; the audit log and the histories of referrals keep who did what',
  },
  uninstalledWorkspaces: {
    label: 'all data of a workspace that uninstalled the app',
    days: 30,
    afterwards: 'erased; installing again before then restores everything',
  },
} satisfies Record<string, Retention>;

export type RetentionName = keyof typeof retention;
