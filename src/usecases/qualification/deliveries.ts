// Lists and replays deliveries.
import type { Context } from '../../context.ts';
import type { Delivery } from '../../domain/qualification/delivery.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import { parseJson } from '../../json.ts';
import {
  countFailedDeliveries as countFailed,
  type DeliveryFilter,
  dismissDeliveries,
  findDelivery,
  listDeliveries as list,
  resetDeliveries,
  returnToRounds,
} from '../../store/qualification/deliveries.ts';
import { query } from '../query.ts';
import { recordAudit } from '../workspace/record-audit.ts';

/** The command line replays too, without the rest of the app. */
type ReplayContext = Pick<Context, 'database' | 'now'>;

export const listDeliveries = query(list);

/** The notification is null when not stored. Rejects with `not-found`. */
export async function readDelivery(
  ctx: Context,
  workspaceId: string,
  id: number,
): Promise<Delivery & { notification: unknown }> {
  const { body, ...delivery } = await existing(ctx, workspaceId, id);
  return { ...delivery, notification: body === '' ? null : parseJson(body) };
}

/** Rejects with `not-found`, or `conflict` when the body was not stored. */
export async function replayDelivery(
  ctx: ReplayContext,
  workspaceId: string,
  id: number,
  actor: Actor,
): Promise<Delivery> {
  const replayed = await ctx.database.transaction(async (tx) => {
    const reset = await resetDeliveries(tx, workspaceId, { id }, ctx.now());
    if (reset.length === 0) return false;
    await recordAudit(ctx, tx, workspaceId, actor, 'delivery.replay', String(id), {});
    return true;
  });
  const { body: _, ...delivery } = await existing(ctx, workspaceId, id);
  if (replayed) return delivery;
  throw new Failure('conflict', 'The body of this delivery is no longer stored, so it cannot be replayed.');
}

/** Ignores `filter.state`. Returns how many. */
export function replayFailedDeliveries(
  ctx: ReplayContext,
  workspaceId: string,
  { topic, contactId }: DeliveryFilter,
  actor: Actor,
): Promise<number> {
  return ctx.database.transaction(async (tx) => {
    const reset = await resetDeliveries(tx, workspaceId, { failed: { topic, contactId } }, ctx.now());
    const count = reset.length;
    if (count === 0) return 0;
    await recordAudit(ctx, tx, workspaceId, actor, 'deliveries.replay', null, { count });
    return count;
  });
}

/** Home and alerts no longer count it. Rejects with `not-found`, or `conflict` when it has not failed. */
export async function dismissDelivery(
  ctx: ReplayContext,
  workspaceId: string,
  id: number,
  { actor, reason }: { actor: Actor; reason: string | null },
): Promise<Delivery> {
  const dismissed = await ctx.database.transaction(async (tx) => {
    if ((await dismissDeliveries(tx, workspaceId, { id }, reason)) === 0) return false;
    await recordAudit(ctx, tx, workspaceId, actor, 'delivery.dismiss', String(id), {});
    return true;
  });
  const { body: _, ...delivery } = await existing(ctx, workspaceId, id);
  if (dismissed || delivery.state === 'dismissed') return delivery;
  throw new Failure('conflict', 'Only a failed delivery can be dismissed.');
}

/** Ignores `filter.state`. Returns how many. */
export function dismissFailedDeliveries(
  ctx: ReplayContext,
  workspaceId: string,
  { topic, contactId }: DeliveryFilter,
  { actor, reason }: { actor: Actor; reason: string | null },
): Promise<number> {
  return ctx.database.transaction(async (tx) => {
    const count = await dismissDeliveries(tx, workspaceId, { failed: { topic, contactId } }, reason);
    if (count > 0) await recordAudit(ctx, tx, workspaceId, actor, 'deliveries.dismiss', null, { count });
    return count;
  });
}

/** Longer than the queue tries again by itself. */
export const overdueAfterMs = 2 * 3_600_000;

/** Every hour: those with a job that gave up, in an outage or without a grant. A second job for one does nothing. */
export function resumeDeliveries(ctx: ReplayContext): Promise<void> {
  return returnToRounds(ctx.database.db, new Date(ctx.now().getTime() - overdueAfterMs));
}

export const countFailedDeliveries = query(countFailed);

async function existing(ctx: Pick<Context, 'database'>, workspaceId: string, id: number) {
  const found = await findDelivery(ctx.database.db, workspaceId, id);
  if (found) return found;
  throw new Failure('not-found', 'Delivery not found.');
}
