// Which use case does which job.
import type { Job } from './job.ts';

export type Doers = {
  conversion: {
    settle(workspaceId: string, conversionId: string): Promise<void>;
    leaveNote(workspaceId: string, conversionId: string): Promise<void>;
  };
};

/** Rejects when the job is to be tried again. */
export function createRunner(
  { conversion }: Doers,
  count: (name: Job['name'], outcome: 'done' | 'failed') => void,
): (work: Job) => Promise<void> {
  function run(work: Job): Promise<void> {
    switch (work.name) {
      case 'settle-conversion':
        return conversion.settle(work.workspaceId, work.conversionId);
      case 'note-conversion':
        return conversion.leaveNote(work.workspaceId, work.conversionId);
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
