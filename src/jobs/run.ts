// Which use case does which job.
import type { Job } from './job.ts';

export type Doers = {
  conversion: {
    settle(workspaceId: string, conversionId: string): Promise<void>;
    leaveNote(workspaceId: string, conversionId: string): Promise<void>;
  };
};

export function createRunner(doers: Doers): (work: Job) => Promise<void> {
  return async function run(work) {
    switch (work.name) {
      case 'settle-conversion':
        return doers.conversion.settle(work.workspaceId, work.conversionId);
      case 'note-conversion':
        return doers.conversion.leaveNote(work.workspaceId, work.conversionId);
    }
  };
}
