// `npm run runs`: lists runs and retries failed ones, also while the app runs.
import { runStates } from '../domain/runs/run.ts';
import { byCommand } from '../domain/workspace/audit.ts';
import { listRuns, retryFailedRuns, retryRun } from '../usecases/runs/run-log.ts';
import { UsageError } from './support/command.ts';
import { type CommandTool, runWorkspaceTool, withQueue } from './support/tool.ts';

const usage = `Usage:
  npm run runs -- list --workspace ID [--state waiting|done|failed|dismissed|canceled] [--kind KIND]   list the newest 100 runs
  npm run runs -- retry RUN_ID --workspace ID                                                retry a run
  npm run runs -- retry --workspace ID [--kind KIND]                                         retry all failed runs`;

type Wanted = ReturnType<typeof readArguments>;

function readArguments(
  { state: named, kind }: { state?: string | undefined; kind?: string | undefined },
  [command, id, ...more]: string[],
) {
  if ((command !== 'list' && command !== 'retry') || more.length > 0) throw new UsageError();
  const state = runStates.find((known) => known === named);
  if (named !== undefined && !state)
    throw new UsageError('Unknown state. Use waiting, done, failed, dismissed or canceled.');
  return { command, id, state, kind };
}

async function list(workspaceId: string, { state, kind }: Wanted, tool: CommandTool): Promise<void> {
  const page = await listRuns(tool, workspaceId, { state, kind }, { limit: 100, after: null });
  for (const run of page.items) {
    const paused = run.pausedFor ? ` (paused for ${run.pausedFor})` : '';
    const attempts = `${run.attempts} of ${run.maxAttempts} attempts failed`;
    const parts = [run.createdAt.toISOString(), run.id, run.kind, `${run.state}${paused}`, attempts];
    console.log([...parts, run.cause, ...(run.error ? [run.error] : [])].join('  '));
  }
}

async function retry(workspaceId: string, { id, kind }: Wanted, tool: CommandTool): Promise<void> {
  const count =
    id === undefined
      ? await retryFailedRuns(tool, workspaceId, { kind }, byCommand)
      : await retryRun(tool, workspaceId, id, byCommand).then(() => 1);
  console.log(count === 1 ? '1 run is scheduled again.' : `${count} runs are scheduled again.`);
}

await runWorkspaceTool({
  usage,
  options: { state: { type: 'string' }, kind: { type: 'string' } },
  positionals: true,
  read: readArguments,
  work: (workspaceId, wanted, tool) =>
    wanted.command === 'list'
      ? list(workspaceId, wanted, tool)
      : withQueue(tool, () => retry(workspaceId, wanted, tool)),
});
