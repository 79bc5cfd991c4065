// Runs that failed are tried again at once, instead of after the seconds that each further attempt is put off by.
import { repeat } from '../../src/jobs/repeat.ts';
import { sweepRuns } from '../../src/usecases/runs/work-runs.ts';
import type { TestApp } from './app.ts';

/** Until the returned function is called. What waits for Intercom's search to show something waits on. */
export function retryAtOnce(app: TestApp): () => Promise<void> {
  const retry = async () => {
    const due = await app.query(
      `update runs set due_at = due_at - interval '1 hour' where state = 'waiting' and paused_for is null
         and due_at > now() and error is not null and error not like '%looked for until the search must show it%' returning id`,
    );
    if (due.length > 0) await sweepRuns(app.ctx);
  };
  return repeat(50, 'retry', retry, { warn() {} });
}
