// The handler of each job.
import type { Context } from '../context.ts';
import type { Job, JobName, JobOf } from '../jobs/job.ts';
import { settleConversion } from '../usecases/card/conversion-settle.ts';
import { planWaitingEnrollments } from '../usecases/enrollment/plan-enrollment.ts';
import { learnContact } from '../usecases/fin/learn-contacts.ts';
import { workImport } from '../usecases/imports/work-import.ts';
import { workPages } from '../usecases/page-work.ts';
import { copyHintedPerson } from '../usecases/platforms/copy-person.ts';
import { reconcile } from '../usecases/platforms/reconcile.ts';
import { handleDeliveries } from '../usecases/qualification/handle-deliveries.ts';
import { readLinkedContact } from '../usecases/qualification/rule-readings.ts';
import { workAllRuns, workRuns } from '../usecases/runs/work-runs.ts';
import { pageWorks } from './page-works.ts';

/** A handler rejects to have its job retried. */
type JobHandlers = { [N in JobName]: (ctx: Context, job: JobOf<N>) => Promise<void> };

const jobHandlers: JobHandlers = {
  'settle-conversion': (ctx, job) => settleConversion(ctx, job.workspaceId, job.conversionId),
  'handle-deliveries': (ctx, job) => handleDeliveries(ctx, job.workspaceId, job.deliveryIds),
  'work-import': (ctx, job) => workImport(ctx, job.workspaceId, job.importId),
  'work-runs': (ctx, job) => workRuns(ctx, job.workspaceId, job.subject),
  'sync-to-intercom': (ctx, job) => workAllRuns(ctx, job.workspaceId, [job.subject, ...(job.more ?? [])]),
  'plan-enrollments': (ctx, job) => planWaitingEnrollments(ctx, job.workspaceId, job.campaignId),
  'read-contact': (ctx, job) => readLinkedContact(ctx, job.workspaceId, job.contactId),
  'learn-contact': (ctx, job) => learnContact(ctx, job.workspaceId, job),
  'copy-person': (ctx, job) => copyHintedPerson(ctx, job, job.hint),
  reconcile,
  'work-in-pages': (ctx, job) => workPages(ctx, pageWorks[job.what], job),
};

export async function runJob(ctx: Context, job: Job): Promise<void> {
  // TypeScript cannot relate the table to the union of all jobs.
  const handler = jobHandlers[job.name] as (ctx: Context, job: Job) => Promise<void>;
  try {
    await handler(ctx, job);
    ctx.metrics.countJob(job.name, 'done');
  } catch (error) {
    ctx.metrics.countJob(job.name, 'failed');
    throw error;
  }
}
