// Handles waiting deliveries, workspace by workspace. Busy workspaces take their turn after quiet ones.
import type { Context } from '../../context.ts';
import { workspacesInRounds } from '../../store/qualification/deliveries.ts';
import { withTimeout } from '../with-timeout.ts';
import { handleRound, perRound } from './handle-deliveries.ts';

/** Another process may have stored a delivery. */
const lookEveryMs = 500;
/** Lets a steady stream gather into rounds, because most of the cost of a round is the same for any number of deliveries. */
const restMs = 30;
const afterFailureMs = 1_000;
const workspacesAtOnce = 2;
/** Rounds between two queries for waiting workspaces. A new workspace waits for this many rounds at most. */
const roundsPerLook = 6;
/** The next query does not wait for a round that takes longer, because another transaction may hold its locks. */
const longRoundMs = 1_000;
/** Includes the long ones. Each uses a database connection. */
const roundsAtOnce = 6;

const pause = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));

/** Runs until the returned function is called, which waits for the rounds in progress. */
export function startDeliveryRounds(ctx: Context): () => Promise<void> {
  const turns = createTurns();
  const rounds = createRounds(ctx);
  let stopped = false;

  async function work(): Promise<void> {
    while (!stopped) {
      const rest = await doRounds(ctx, { turns, rounds }, () => stopped).catch((error: unknown) => {
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
    await rounds.end();
  };
}

type Rounds = ReturnType<typeof createRounds>;

/** The rounds in progress, at most one of a workspace. After a failure, its workspace waits a moment. */
function createRounds(ctx: Context) {
  const inProgress = new Map<string, Promise<number>>();
  const failed = new Set<string>();

  async function handle(workspaceId: string): Promise<number> {
    try {
      return await handleRound(ctx, workspaceId);
    } catch (error) {
      ctx.log.warn({ err: error, workspaceId }, 'waiting notifications could not be handled');
      failed.add(workspaceId);
      setTimeout(() => failed.delete(workspaceId), afterFailureMs).unref();
      return 0;
    } finally {
      inProgress.delete(workspaceId);
    }
  }

  return {
    mayStart: (workspaceId: string) => !inProgress.has(workspaceId) && !failed.has(workspaceId),
    /** Returns how many deliveries it took. Never rejects. */
    start(workspaceId: string): Promise<number> {
      const round = handle(workspaceId);
      inProgress.set(workspaceId, round);
      return round;
    },
    /** Waits until there is room for the rounds of another query. */
    async room(): Promise<void> {
      while (inProgress.size + workspacesAtOnce > roundsAtOnce) await Promise.race(inProgress.values());
    },
    async end(): Promise<void> {
      await Promise.all(inProgress.values());
    },
  };
}

/** Runs a round for each of the next workspaces. `few`: there is time to gather more. */
async function doRounds(
  ctx: Context,
  { turns, rounds }: { turns: Turns; rounds: Rounds },
  isStopped: () => boolean,
): Promise<'none' | 'few' | 'many'> {
  await rounds.room();
  const waiting = turns.order(await workspacesInRounds(ctx.database.preparedDb)).filter(rounds.mayStart);
  if (waiting.length === 0) return 'none';
  const next = waiting.slice(0, roundsPerLook);
  let isMore = waiting.length > next.length;
  async function takeTurns(): Promise<void> {
    for (let id = next.shift(); id !== undefined && !isStopped(); id = next.shift()) {
      turns.take(id);
      if ((await rounds.start(id)) === perRound) isMore = true;
    }
  }
  const turnsTaken = Promise.all(Array.from({ length: workspacesAtOnce }, takeTurns));
  await withTimeout<unknown>(longRoundMs, turnsTaken, () => null);
  // The next query finds those that were not reached.
  isMore ||= next.length > 0;
  next.length = 0;
  return isMore ? 'many' : 'few';
}

export type Turns = {
  /** Sorts all waiting workspaces. Call it with each query. */
  order(waiting: readonly string[]): string[];
  take(id: string): void;
};

/**
 * Sorts by the time since the last turn. A workspace that did not wait at the last query counts as if its last turn was as
 * many turns ago as workspaces wait: it comes before all that had a turn recently, but not before those that waited longer.
 */
export function createTurns(): Turns {
  let lastTurns = new Map<string, number>();
  let turn = 0;
  return {
    order(waiting) {
      lastTurns = new Map(waiting.map((id) => [id, lastTurns.get(id) ?? turn - waiting.length]));
      return waiting.toSorted((a, b) => (lastTurns.get(a) ?? 0) - (lastTurns.get(b) ?? 0));
    },
    take(id) {
      turn += 1;
      lastTurns.set(id, turn);
    },
  };
}
