// Schedules for a test that compares rows before and after: nothing that time brings about changes them.
import type { ScheduleName } from '../../src/wiring/schedules.ts';

const anHour = 3_600_000;

/** All but those that take up runs and imports, which a test waits for. */
export const seldom = {
  reviewHoldsAndExpiry: anHour,
  tellWhatIsDue: anHour,
  reportHealth: anHour,
  scheduleReconciles: anHour,
  planWaitingEnrollments: anHour,
  saveHeartbeat: anHour,
  startDuePasses: anHour,
  resumePages: anHour,
  refreshIdentityVerification: anHour,
  resumeDeliveries: anHour,
  forgetCreatedContacts: anHour,
  eraseUninstalled: anHour,
  lookForHints: anHour,
  foldDayCounts: anHour,
  forgetDeliveries: anHour,
  forgetOld: anHour,
} satisfies Record<Exclude<ScheduleName, 'sweepRuns' | 'probeOutages' | 'sweepImports'>, number>;
