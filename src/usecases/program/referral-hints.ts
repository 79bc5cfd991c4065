// Every minute: looks whether referrals are doubtful, those that joined first and then the others in turn, for the lists.
import type { Context } from '../../context.ts';
import { keepHints, referralsToLookAt } from '../../store/program/referral-hints.ts';
import { listWorkspaceIds } from '../../store/workspace/installations.ts';

/** Of a workspace in a minute: half a second's work. */
const perRound = 2_000;

/** Where the turn of a workspace is. Another process has its own: what is looked at twice does not change. */
const turns = new Map<string, string | null>();

export async function lookForHints(ctx: Context): Promise<void> {
  const { db } = ctx.database;
  for (const workspaceId of await listWorkspaceIds(db)) {
    if (ctx.stopping.aborted) return;
    const after = turns.get(workspaceId) ?? null;
    const { fresh, others } = await referralsToLookAt(db, workspaceId, { after, limit: perRound });
    await keepHints(ctx.database, workspaceId, [...fresh, ...others]);
    const isOver = fresh.length + others.length < perRound;
    turns.set(workspaceId, isOver ? null : (others.at(-1) ?? after));
  }
}
