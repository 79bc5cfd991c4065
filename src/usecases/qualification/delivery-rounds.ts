// Handles the deliveries that wait, workspace by workspace: a busy one takes its turn like a quiet one.
import type { Context } from '../../context.ts';
import { workspacesInRounds } from '../../store/qualification/deliveries.ts';
import { handleRound, perRound } from './handle-deliveries.ts';

/** Another process may have stored one. */
const lookEveryMs = 500;
/** Gathers a steady stream into rounds: most of a round's cost is not its deliveries'. */
const restMs = 30;
const afterFailureMs = 1_000;
const workspacesAtOnce = 2;

const pause = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));

/** Until the returned function is called, which waits for the round in progress. */
export function startDeliveryRounds(ctx: Context): () => Promise<void> {
  let stopped = false;

  async function work(): Promise<void> {
    while (!stopped) {
      const taken = await doRounds(ctx, () => stopped).catch((error: unknown) => {
        ctx.log.warn({ err: error }, 'waiting notifications could not be read');
        return null;
      });
      if (stopped) return;
      if (taken === null) await pause(afterFailureMs);
      else if (taken.most === 0) await ctx.arrivals.next(lookEveryMs);
      else if (taken.most < perRound) await pause(restMs);
    }
  }

  const working = work();
  return async () => {
    stopped = true;
    ctx.arrivals.announce();
    await working;
  };
}

/** A round for every workspace in which deliveries wait. `most`: of one workspace. */
export async function doRounds(ctx: Context, isStopped = () => false): Promise<{ most: number }> {
  const waiting = await workspacesInRounds(ctx.database.preparedDb);
  let most = 0;
  async function takeTurns(): Promise<void> {
    for (let id = waiting.shift(); id !== undefined && !isStopped(); id = waiting.shift()) {
      most = Math.max(most, await handleRound(ctx, id));
    }
  }
  await Promise.all(Array.from({ length: workspacesAtOnce }, takeTurns));
  return { most };
}
