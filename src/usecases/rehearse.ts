// What an act would do, found out by doing it in a transaction that is taken back: what is said cannot differ from what
// happens.
import type { Context } from '../context.ts';
import { type WorkKind, workKinds } from '../domain/runs/run.ts';
import { Failure } from '../failure.ts';
import type { Tx } from '../store/database.ts';
import { plannedRuns, readStandings } from '../store/rehearsed.ts';
import { type Sum, sumsOf } from './rewards/rewards.ts';

export type Effect = {
  /** How many were looked at. */
  looked: number;
  /** False after a glance, or when time ran out: what was not looked at can only add to the numbers. */
  isAll: boolean;
  qualified: number;
  disqualified: number;
  /** Rewards that fall due. */
  due: Sum[];
  /** People or contacts with something sent to Intercom. */
  sent: number;
  /** Changes of status that an outside platform is asked for. */
  asked: number;
};

/** `referralIds`: those that it may change. */
export type RehearsedPage = {
  looked: number;
  isLast: boolean;
  referralIds: readonly string[];
  act(ctx: Context, tx: Tx): Promise<unknown>;
};

/** A glance takes no longer than showing a page may: it ends after the first few. A count goes on as long as there is patience. */
export type Effort = 'glance' | 'count';

/** On a page of a rehearsal: acting on one takes some milliseconds. */
export const actsTogether = 10;

/** A page waits for it, and so do other changes of the same referrals. */
const patienceMs = 1_500;

/** `next` reads the next page; it calls nothing outside. */
export async function rehearse(
  ctx: Context,
  workspaceId: string,
  effort: Effort,
  next: (ctx: Context, tx: Tx) => Promise<RehearsedPage>,
): Promise<Effect> {
  // A Failure, because only after one the connection is used again.
  const takenBack = new Failure('conflict', 'A rehearsal was taken back.');
  let effect: Effect | null = null;
  await ctx.database
    .transaction(async (tx) => {
      effect = await perform(ctx, tx, workspaceId, effort, next);
      throw takenBack;
    })
    .catch((error: unknown) => {
      if (error !== takenBack) throw error;
    });
  if (effect === null) throw new Error('a rehearsal ended without an effect');
  return effect;
}

async function perform(
  real: Context,
  tx: Tx,
  workspaceId: string,
  effort: Effort,
  next: Parameters<typeof rehearse>[3],
): Promise<Effect> {
  const newIds: string[] = [];
  const ctx: Context = {
    ...real,
    metrics: { ...real.metrics, countRun: () => {} },
    newId() {
      const id = real.newId();
      newIds.push(id);
      return id;
    },
  };
  const until = real.now().getTime() + patienceMs;
  const effect = { looked: 0, isAll: false, qualified: 0, disqualified: 0 };
  const due: { amount: string | null; currency: string | null }[] = [];
  for (;;) {
    const page = await next(ctx, tx);
    const before = await readStandings(tx, workspaceId, page.referralIds);
    await page.act(ctx, tx);
    const after = await readStandings(tx, workspaceId, page.referralIds);
    effect.looked += page.looked;
    for (const [id, status] of after.statuses) {
      if (status === before.statuses.get(id)) continue;
      if (status === 'qualified') effect.qualified += 1;
      if (status === 'disqualified') effect.disqualified += 1;
    }
    for (const [id, worth] of after.due) if (!before.due.has(id)) due.push(worth);
    effect.isAll = page.isLast;
    if (page.isLast || effort === 'glance' || real.now().getTime() > until) break;
  }
  const planned = await plannedRuns(tx, workspaceId, newIds);
  const forService = (service: (typeof workKinds)[WorkKind]['service']) =>
    planned.filter(({ kind }) => isWorkKind(kind) && workKinds[kind].service === service);
  return {
    ...effect,
    due: sumsOf(due),
    sent: new Set(forService('intercom').map(({ subject }) => subject)).size,
    asked: forService('platform').length,
  };
}

const isWorkKind = (kind: string): kind is WorkKind => Object.hasOwn(workKinds, kind);
