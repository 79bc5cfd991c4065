// `npm run runs`: the run log in the shell, and another try for what has failed, also while the app runs.
import { parseArgs } from 'node:util';
import { type RunState, runStates } from '../domain/runs/run.ts';
import { createQueue } from '../jobs/queue.ts';
import { createRunStore } from '../store/runs/runs.ts';
import { createAuditStore } from '../store/workspace/audit.ts';
import { createRunLog } from '../usecases/runs/run-log.ts';
import { byOperator, createAudit } from '../usecases/workspace/audit.ts';
import { refuseUnknownWorkspace, runTool, type Tool, UsageError } from './tool.ts';

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

async function list({ workspace, state, kind }: Wanted, { database }: Tool): Promise<void> {
  // Nothing is enqueued by reading.
  const runs = createRunStore(database, async () => {});
  const page = await runs.list(workspace, { state, kind }, { limit: 100, after: null });
  for (const run of page.items) {
    const paused = run.pausedFor ? ` (paused for ${run.pausedFor})` : '';
    const attempts = `${run.attempts} of ${run.mostAttempts} attempts failed`;
    const parts = [run.createdAt.toISOString(), run.id, run.kind, `${run.state}${paused}`, attempts];
    console.log([...parts, run.cause, ...(run.error ? [run.error] : [])].join('  '));
  }
}

async function retry({ workspace, id, kind }: Wanted, { database, databaseUrl, log }: Tool): Promise<void> {
  const queue = createQueue({ url: databaseUrl, log });
  await queue.start();
  try {
    const now = () => new Date();
    const runLog = createRunLog({
      runs: createRunStore(database, (tx, jobs) => queue.enqueueAll(tx, jobs), now),
      audit: createAudit({ store: createAuditStore(database), now }),
    });
    const count =
      id === undefined
        ? await runLog.retryAll(workspace, { kind }, byOperator)
        : await runLog.retry(workspace, id, byOperator).then(() => 1);
    console.log(count === 1 ? '1 run is due again.' : `${count} runs are due again.`);
  } finally {
    await queue.stop();
  }
}

await runTool(readArguments, async (wanted, tool) => {
  await refuseUnknownWorkspace(wanted.workspace, tool);
  await (wanted.what === 'list' ? list(wanted, tool) : retry(wanted, tool));
});
