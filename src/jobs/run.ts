// Which use case does which job.
import type { Job } from './job.ts';

type JobOf<N extends Job['name']> = Extract<Job, { name: N }>;

export type Doers = {
  conversion: { settle(workspaceId: string, conversionId: string): Promise<void> };
  qualification: { handle(workspaceId: string, deliveryIds: readonly number[]): Promise<void> };
  copying: {
    readAgain(
      workspaceId: string,
      platform: JobOf<'read-member'>['platform'],
      hint: JobOf<'read-member'>['hint'],
    ): Promise<void>;
  };
  enrollment: { planWaiting(workspaceId: string, campaignId: string): Promise<void> };
  ruleReading: {
    work(workspaceId: string, ruleId: string): Promise<void>;
    readOne(workspaceId: string, contactId: string): Promise<void>;
  };
  reconcile: { work(place: JobOf<'reconcile'>): Promise<void> };
  inPages: Record<JobOf<'work-in-pages'>['what'], (work: JobOf<'work-in-pages'>) => Promise<void>>;
  batches: { work(workspaceId: string, batchId: string): Promise<void> };
  runs: { work(workspaceId: string, subject: string): Promise<void> };
};

/** Rejects when the job is to be tried again. */
export function createRunner(
  { batches, conversion, copying, enrollment, inPages, qualification, reconcile, ruleReading, runs }: Doers,
  count: (name: Job['name'], outcome: 'done' | 'failed') => void,
): (work: Job) => Promise<void> {
  function run(work: Job): Promise<void> {
    switch (work.name) {
      case 'settle-conversion':
        return conversion.settle(work.workspaceId, work.conversionId);
      case 'handle-deliveries':
        return qualification.handle(work.workspaceId, work.deliveryIds);
      case 'plan-enrollments':
        return enrollment.planWaiting(work.workspaceId, work.campaignId);
      case 'read-member':
        return copying.readAgain(work.workspaceId, work.platform, work.hint);
      case 'read-contact':
        return ruleReading.readOne(work.workspaceId, work.contactId);
      case 'read-contacts':
        return ruleReading.work(work.workspaceId, work.ruleId);
      case 'reconcile':
        return reconcile.work(work);
      case 'work-in-pages':
        return inPages[work.what](work);
      case 'work-batch':
        return batches.work(work.workspaceId, work.batchId);
      case 'work-runs':
      case 'tell-intercom':
        return runs.work(work.workspaceId, work.subject);
    }
  }
  return async function runAndCount(work) {
    try {
      await run(work);
      count(work.name, 'done');
    } catch (error) {
      count(work.name, 'failed');
      throw error;
    }
  };
}
