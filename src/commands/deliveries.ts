// `npm run deliveries`: replays deliveries. The app handles them now if it is running, otherwise at its next start.
import { byCommand } from '../domain/workspace/audit.ts';
import { Failure } from '../failure.ts';
import { replayDelivery, replayFailedDeliveries } from '../usecases/qualification/deliveries.ts';
import { UsageError } from './support/command.ts';
import { runWorkspaceTool, withQueue } from './support/tool.ts';

const usage = `Usage:
  npm run deliveries -- replay ID --workspace ID      replay this delivery with the current rules
  npm run deliveries -- replay --failed --workspace ID   replay all failed deliveries`;

await runWorkspaceTool({
  usage,
  options: { failed: { type: 'boolean', default: false } },
  positionals: true,
  /** Null means all that failed. */
  read({ failed }, [command, id, ...more]) {
    if (command !== 'replay' || more.length > 0) throw new UsageError();
    if (failed === (id !== undefined)) throw new UsageError('Give an ID or --failed.');
    if (id === undefined) return null;
    if (!/^\d{1,15}$/.test(id))
      throw new Failure('invalid', `${JSON.stringify(id)} is not the ID of a delivery. IDs are numbers.`);
    return Number(id);
  },
  work: (workspaceId, id, tool) =>
    withQueue(tool, async () => {
      if (id === null) {
        const count = await replayFailedDeliveries(tool, workspaceId, {}, byCommand);
        console.log(`${count} failed ${count === 1 ? 'delivery' : 'deliveries'} will be replayed.`);
      } else {
        await replayDelivery(tool, workspaceId, id, byCommand);
        console.log(`Delivery ${id} will be replayed.`);
      }
    }),
});
