// Background work: the jobs of the queue, and the schedules. Each round of a schedule runs in one process.
import type { Role } from '../config.ts';
import { repeat } from '../jobs/repeat.ts';
import { claimRound, knowSchedules } from '../store/limits/schedule-rounds.ts';
import { tellWhatIsDue } from '../usecases/alerts/alert-round.ts';
import { forgetCreatedContacts } from '../usecases/contacts/forget-created.ts';
import { planAllWaitingEnrollments } from '../usecases/enrollment/plan-enrollment.ts';
import { sweepImports } from '../usecases/imports/work-import.ts';
import { resumeAbandoned } from '../usecases/page-work.ts';
import { scheduleReconciles } from '../usecases/platforms/reconcile.ts';
import { lookForHints } from '../usecases/program/referral-hints.ts';
import { resumeDeliveries } from '../usecases/qualification/deliveries.ts';
import { startDeliveryRounds } from '../usecases/qualification/delivery-rounds.ts';
import { reviewHoldsAndExpiry } from '../usecases/qualification/holds-and-expiry.ts';
import { startDuePasses } from '../usecases/repair/backfill.ts';
import { recoverAfterStop, saveHeartbeat } from '../usecases/repair/begin-recovery.ts';
import { probeOutages, sweepRuns } from '../usecases/runs/work-runs.ts';
import { reportHealth } from '../usecases/workspace/health.ts';
import { foldCounts, forgetDeliveries, forgetOld } from '../usecases/workspace/housekeeping.ts';
import { refreshIdentityVerification } from '../usecases/workspace/identity-verification.ts';
import { eraseUninstalled } from '../usecases/workspace/uninstall.ts';
import type { AppContext } from './context.ts';
import { runJob } from './jobs.ts';
import { pageWorks } from './page-works.ts';

const aSecond = 1_000;
const aMinute = 60_000;
const anHour = 60 * aMinute;

type Schedule = {
  everyMs: number;
  round(context: AppContext): Promise<void>;
  /** The role of the processes that run it; `worker` by default. */
  role?: Role;
  /** Runs in every process: rounds that claim each piece of work themselves. */
  everywhere?: true;
};

const schedules = {
  sweepRuns: { everyMs: aSecond, round: sweepRuns, everywhere: true },
  probeOutages: { everyMs: aSecond, round: probeOutages, everywhere: true },
  sweepImports: { everyMs: aSecond, round: sweepImports, everywhere: true },
  reviewHoldsAndExpiry: { everyMs: aMinute, round: reviewHoldsAndExpiry },
  tellWhatIsDue: { everyMs: aMinute, round: tellWhatIsDue },
  reportHealth: { everyMs: aMinute, round: reportHealth },
  scheduleReconciles: { everyMs: aMinute, round: scheduleReconciles },
  planWaitingEnrollments: { everyMs: aMinute, round: planAllWaitingEnrollments },
  // Without a web process, notifications may be missed.
  saveHeartbeat: { everyMs: aMinute, round: saveHeartbeat, role: 'web', everywhere: true },
  startDuePasses: { everyMs: aMinute, round: startDuePasses },
  resumePages: {
    everyMs: aMinute,
    async round(context) {
      for (const work of Object.values(pageWorks)) await resumeAbandoned(context, work);
    },
  },
  refreshIdentityVerification: { everyMs: 5 * aMinute, round: refreshIdentityVerification },
  resumeDeliveries: { everyMs: anHour, round: resumeDeliveries },
  forgetCreatedContacts: { everyMs: aMinute, round: forgetCreatedContacts },
  eraseUninstalled: { everyMs: anHour, round: eraseUninstalled },
  lookForHints: { everyMs: aMinute, round: lookForHints },
  foldDayCounts: { everyMs: aMinute, round: foldCounts },
  forgetDeliveries: { everyMs: aMinute, round: forgetDeliveries },
  forgetOld: { everyMs: anHour, round: forgetOld },
} satisfies Record<string, Schedule>;

export type ScheduleName = keyof typeof schedules;

/** Recoveries start first: the first heartbeat would hide that no process ran. */
export async function startSchedules(context: AppContext): Promise<void> {
  const { config, closing, database } = context;
  if (config.roles.includes('web')) await recoverAfterStop(context);
  if (config.roles.includes('worker')) {
    await context.queue.work((job) => runJob(context, job));
    closing.push(startDeliveryRounds(context));
  }
  const names = Object.keys(schedules) as ScheduleName[];
  await knowSchedules(database.db, names);
  for (const name of names) startSchedule(context, name, schedules[name]);
  // Closing runs in reverse: stop the work, then wait for the schedules.
  closing.push(async () => {
    context.stop();
    context.governor.stopBulk();
  });
}

/** Each process checks often whether a round is due, so that restarts delay no round and another process takes over soon. */
function startSchedule(context: AppContext, name: ScheduleName, schedule: Schedule): void {
  const { config, overrides, log, closing, database } = context;
  const { round, role = 'worker', everywhere = false } = schedule;
  if (!config.roles.includes(role)) return;
  const everyMs = overrides.everyMs?.[name] ?? schedule.everyMs;
  const roundIfDue = async () => {
    if (everywhere || (await claimRound(database.db, name, everyMs))) await round(context);
  };
  closing.push(repeat(Math.min(everyMs, overrides.askEveryMs ?? aMinute), name, roundIfDue, log));
}
