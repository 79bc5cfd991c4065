// `npm run deliveries`: replays deliveries. The app handles them now if it is running, otherwise at its next start.
import { parseArgs } from 'node:util';
import { byCommand } from '../domain/workspace/audit.ts';
import { createQueue } from '../jobs/queue.ts';
import { replayDelivery, replayFailedDeliveries } from '../usecases/qualification/deliveries.ts';
import { refuseUnknownWorkspace, runTool, UsageError } from './tool.ts';

const usage = `Usage:
  npm run deliveries -- replay ID --workspace ID      handle this notification once more, with the rules as they are now
  npm run deliveries -- replay --failed --workspace ID   the same for all whose handling failed`;

type Wanted = { workspace: string; replay: { id: number } | 'failed' };

function readArguments(): Wanted {
  const { values, positionals } = parseOptions();
  const [command, id, ...more] = positionals;
  if (command !== 'replay' || more.length > 0) throw new UsageError(usage);
  if (!values.workspace) throw new UsageError(`--workspace is missing\n${usage}`);
  if (values.failed === (id !== undefined)) throw new UsageError(`Give an ID or --failed.\n${usage}`);
  if (id === undefined) return { workspace: values.workspace, replay: 'failed' };
  if (!/^\d{1,15}$/.test(id)) throw new UsageError(`${JSON.stringify(id)} is no number of a delivery.`);
  return { workspace: values.workspace, replay: { id: Number(id) } };
}

function parseOptions() {
  const options = { workspace: { type: 'string' }, failed: { type: 'boolean', default: false } } as const;
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : 'unreadable'}\n${usage}`);
  }
}

await runTool(readArguments, async ({ workspace, replay }, tool) => {
  await refuseUnknownWorkspace(workspace, tool);
  const queue = createQueue({ url: tool.databaseUrl, log: tool.log });
  await queue.start();
  try {
    const ctx = { database: tool.database, queue, now: () => new Date() };
    if (replay === 'failed') {
      const count = await replayFailedDeliveries(ctx, workspace, {}, byCommand);
      console.log(`${count} failed ${count === 1 ? 'notification' : 'notifications'} will be handled again.`);
    } else {
      await replayDelivery(ctx, workspace, replay.id, byCommand);
      console.log(`Notification ${replay.id} will be handled again.`);
    }
  } finally {
    await queue.stop();
  }
});
