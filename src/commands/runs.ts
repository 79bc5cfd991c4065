// `npm run runs`: lists runs and retries failed ones, also while the app runs.
import { parseArgs } from 'node:util';
import { type RunState, runStates } from '../domain/runs/run.ts';
import { byCommand } from '../domain/workspace/audit.ts';
import { createQueue } from '../jobs/queue.ts';
import { listRuns, type RetryContext, retryFailedRuns, retryRun } from '../usecases/runs/run-log.ts';
import { refuseUnknownWorkspace, runTool, UsageError } from './tool.ts';

const usage = `Usage:
  npm run runs -- list --workspace ID [--state waiting|done|failed|canceled] [--kind KIND]   the newest hundred
  npm run runs -- retry RUN_ID --workspace ID                                                try one again
  npm run runs -- retry --workspace ID [--kind KIND]                                         try all that failed again`;

type Wanted = {
  what: 'list' | 'retry';
  id: string | undefined;
  workspace: string;
  state: RunState | undefined;
  kind: string | undefined;
};

function readArguments(): Wanted {
  const { values, positionals } = parseOptions();
  const [what, id, ...more] = positionals;
  if ((what !== 'list' && what !== 'retry') || more.length > 0) throw new UsageError(usage);
  if (!values.workspace) throw new UsageError(`--workspace is missing\n${usage}`);
  const state = runStates.find((known) => known === values.state);
  if (values.state !== undefined && !state) throw new UsageError(`There is no such state.\n${usage}`);
  return { what, id, workspace: values.workspace, state, kind: values.kind };
}

function parseOptions() {
  const options = {
    workspace: { type: 'string' },
    state: { type: 'string' },
    kind: { type: 'string' },
  } as const;
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : 'unreadable'}\n${usage}`);
  }
}

async function list({ workspace, state, kind }: Wanted, ctx: RetryContext): Promise<void> {
  const page = await listRuns(ctx, workspace, { state, kind }, { limit: 100, after: null });
  for (const run of page.items) {
    const paused = run.pausedFor ? ` (paused for ${run.pausedFor})` : '';
    const attempts = `${run.attempts} of ${run.maxAttempts} attempts failed`;
    const parts = [run.createdAt.toISOString(), run.id, run.kind, `${run.state}${paused}`, attempts];
    console.log([...parts, run.cause, ...(run.error ? [run.error] : [])].join('  '));
  }
}

async function retry({ workspace, id, kind }: Wanted, ctx: RetryContext): Promise<void> {
  const count =
    id === undefined
      ? await retryFailedRuns(ctx, workspace, { kind }, byCommand)
      : await retryRun(ctx, workspace, id, byCommand).then(() => 1);
  console.log(count === 1 ? '1 run is due again.' : `${count} runs are due again.`);
}

await runTool(readArguments, async (options, tool) => {
  await refuseUnknownWorkspace(options.workspace, tool);
  const { database, databaseUrl, log } = tool;
  const queue = createQueue({ url: databaseUrl, log });
  const ctx = { database, queue, now: () => new Date() };
  if (options.what === 'list') return list(options, ctx);
  await queue.start();
  await retry(options, ctx).finally(() => queue.stop());
});
