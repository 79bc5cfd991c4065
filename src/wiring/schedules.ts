// Background work: the queue's jobs, and the schedules that every process runs because no event says that they are due.
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
import type { Ground } from './context.ts';
import { runJob } from './jobs.ts';
import { pageWorks } from './page-works.ts';

const aSecond = 1_000;
const aMinute = 60_000;
const anHour = 60 * aMinute;

/** What was missed while no process ran is noted first: from the first round on, one runs. */
export async function startRounds(ground: Ground): Promise<void> {
  await recoverAfterStop(ground);
  await ground.queue.work((job) => runJob(ground, job));
  makeRounds(ground);
}

function makeRounds(ground: Ground): void {
  const { overrides, log, closing } = ground;
  const round = (everyMs: number, what: string, work: () => Promise<void>) =>
    closing.push(repeat(everyMs, what, work, log));
  /** Tests may shorten these. */
  const seldom = (everyMs: number, what: string, work: () => Promise<void>) =>
    round(overrides.tickEveryMs ?? everyMs, what, work);

  round(aSecond, 'sweep the runs', () => sweepRuns(ground));
  round(aSecond, 'probe outages', () => probeOutages(ground));
  round(aSecond, 'sweep the imports', () => sweepImports(ground));
  seldom(aMinute, 'end holds and expire referrals', () => reviewHoldsAndExpiry(ground));
  seldom(aMinute, 'report health', () => reportHealth(ground));
  seldom(aMinute, 'copy from the referral platforms', () => scheduleReconciles(ground));
  seldom(aMinute, 'plan who waited for a setup', () => planAllWaitingEnrollments(ground));
  seldom(aMinute, 'note that the app runs', () => saveHeartbeat(ground));
  seldom(aMinute, 'start the passes of backfills', () => startDuePasses(ground));
  seldom(aMinute, 'resume work in pages', async () => {
    for (const work of Object.values(pageWorks)) await resumeAbandoned(ground, work);
  });
  seldom(aMinute, 'forget contacts created long ago', () => forgetCreatedContacts(ground));
  seldom(anHour, 'erase what left', () => eraseUninstalled(ground));
  seldom(anHour, 'forget what is old', () => forgetOld(ground));
  // Closing runs in reverse: stop the work first, then wait for the schedules.
  closing.push(async () => {
    ground.stop();
    ground.governor.stopBulk();
  });
}
