// A worker of runs as its own process, to be killed: every run takes as long as its cause says, and reports on standard
// output.
import { queueRuns } from '../runs.ts';

const databaseUrl = process.argv[2] ?? '';

await queueRuns(databaseUrl, async (run, markAttempted) => {
  await markAttempted();
  process.stdout.write(`began ${run.deduplicationKey}\n`);
  await new Promise((resolve) => setTimeout(resolve, Number(run.cause)));
  return {};
});
process.stdout.write('ready\n');
