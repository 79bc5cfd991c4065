// Background work: the queue's jobs, and the schedules that every process runs.
import { repeat } from '../jobs/repeat.ts';
import { forgetCreatedContacts } from '../usecases/contacts/forget-created.ts';
import { planAllWaitingEnrollments } from '../usecases/enrollment/plan-enrollment.ts';
import { sweepImports } from '../usecases/imports/work-import.ts';
import { resumeAbandoned } from '../usecases/page-work.ts';
import { scheduleReconciles } from '../usecases/platforms/reconcile.ts';
import { reviewHoldsAndExpiry } from '../usecases/qualification/holds-and-expiry.ts';
import { startDuePasses } from '../usecases/repair/backfill.ts';
import { recoverAfterStop, saveHeartbeat } from '../usecases/repair/begin-recovery.ts';
import { probeOutages, sweepRuns } from '../usecases/runs/work-runs.ts';
import { reportHealth } from '../usecases/workspace/health.ts';
import { forgetOld } from '../usecases/workspace/housekeeping.ts';
import { eraseUninstalled } from '../usecases/workspace/uninstall.ts';
import type { AppContext } from './context.ts';
import { runJob } from './jobs.ts';
import { pageWorks } from './page-works.ts';

const aSecond = 1_000;
const aMinute = 60_000;
const anHour = 60 * aMinute;

/** Recoveries start first: the first heartbeat would hide that no process ran. */
export async function startSchedules(context: AppContext): Promise<void> {
  await recoverAfterStop(context);
  await context.queue.work((job) => runJob(context, job));
  repeatWork(context);
}

function repeatWork(context: AppContext): void {
  const { overrides, log, closing } = context;
  const everySecond = (what: string, work: () => Promise<void>) =>
    closing.push(repeat(aSecond, what, work, log));
  /** Tests may shorten the interval. */
  const every = (intervalMs: number, what: string, work: () => Promise<void>) =>
    closing.push(repeat(overrides.tickEveryMs ?? intervalMs, what, work, log));

  everySecond('sweep the runs', () => sweepRuns(context));
  everySecond('probe outages', () => probeOutages(context));
  everySecond('sweep the imports', () => sweepImports(context));
  every(aMinute, 'end holds and expire referrals', () => reviewHoldsAndExpiry(context));
  every(aMinute, 'report health', () => reportHealth(context));
  every(aMinute, 'copy from the referral platforms', () => scheduleReconciles(context));
  every(aMinute, 'plan who waited for a setup', () => planAllWaitingEnrollments(context));
  every(aMinute, 'note that the app runs', () => saveHeartbeat(context));
  every(aMinute, 'start the passes of backfills', () => startDuePasses(context));
  every(aMinute, 'resume work in pages', async () => {
    for (const work of Object.values(pageWorks)) await resumeAbandoned(context, work);
  });
  every(aMinute, 'forget contacts created long ago', () => forgetCreatedContacts(context));
  every(anHour, 'erase what left', () => eraseUninstalled(context));
  every(anHour, 'forget what is old', () => forgetOld(context));
  // Closing runs in reverse: stop the work, then wait for the schedules.
  closing.push(async () => {
    context.stop();
    context.governor.stopBulk();
  });
}
