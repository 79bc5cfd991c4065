// Handles the deliveries that wait, workspace by workspace: a busy one takes its turn after the quiet ones.
import type { Context } from '../../context.ts';
import { workspacesInRounds } from '../../store/qualification/deliveries.ts';
import { handleRound, perRound } from './handle-deliveries.ts';

/** Another process may have stored one. */
const lookEveryMs = 500;
/** Gathers a steady stream into rounds: most of a round's cost is not its deliveries'. */
const restMs = 30;
const afterFailureMs = 1_000;
const workspacesAtOnce = 2;
/** Rounds between two looks at which workspaces wait: a new one waits for so many at most. */
const roundsPerLook = 6;

const pause = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));

/** Until the returned function is called, which waits for the round in progress. */
export function startDeliveryRounds(ctx: Context): () => Promise<void> {
  const turns = createTurns();
  let stopped = false;

  async function work(): Promise<void> {
    while (!stopped) {
      const rest = await doRounds(ctx, turns, () => stopped).catch((error: unknown) => {
        ctx.log.warn({ err: error }, 'waiting notifications could not be read');
        return 'failed' as const;
      });
      if (stopped) return;
      if (rest === 'failed') await pause(afterFailureMs);
      else if (rest === 'none') await ctx.arrivals.next(lookEveryMs);
      else if (rest === 'few') await pause(restMs);
    }
  }

  const working = work();
  return async () => {
    stopped = true;
    ctx.arrivals.announce();
    await working;
  };
}

/** A round for each of the workspaces that come next. `few` when there is time to gather more. */
async function doRounds(
  ctx: Context,
  turns: Turns,
  isStopped: () => boolean,
): Promise<'none' | 'few' | 'many'> {
  const waiting = await workspacesInRounds(ctx.database.preparedDb);
  if (waiting.length === 0) return 'none';
  const next = turns.next(waiting, roundsPerLook);
  let isMore = waiting.length > next.length;
  async function takeTurns(): Promise<void> {
    for (let id = next.shift(); id !== undefined && !isStopped(); id = next.shift()) {
      if ((await handleRound(ctx, id)) === perRound) isMore = true;
    }
  }
  await Promise.all(Array.from({ length: workspacesAtOnce }, takeTurns));
  return isMore ? 'many' : 'few';
}

export type Turns = { next(waiting: readonly string[], count: number): string[] };

/** First the workspaces that did not wait at the last look, then those with the longest time since their turn. */
export function createTurns(): Turns {
  let lastTurns = new Map<string, number>();
  let turn = 0;
  return {
    next(waiting, count) {
      lastTurns = new Map(waiting.map((id) => [id, lastTurns.get(id) ?? 0]));
      const next = waiting
        .toSorted((a, b) => (lastTurns.get(a) ?? 0) - (lastTurns.get(b) ?? 0))
        .slice(0, count);
      for (const id of next) {
        turn += 1;
        lastTurns.set(id, turn);
      }
      return next;
    },
  };
}
