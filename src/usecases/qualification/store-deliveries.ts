// Stores notifications together with their jobs.
import type { Context } from '../../context.ts';
import type { NewDelivery } from '../../domain/qualification/delivery.ts';
import type { Tx } from '../../store/database.ts';
import { deliveryKey, insertDeliveries, type StoredDelivery } from '../../store/qualification/deliveries.ts';
import { batched } from '../../store/shared-query.ts';
import { canWait, troubleOf } from '../trouble.ts';

/** `known`: already stored. */
export type Accepted = 'stored' | 'known';
/** Durable when it resolves; rejects when storing fails. */
export type AcceptDelivery = (delivery: NewDelivery) => Promise<Accepted>;

// Spreads a large replay over workers.
const deliveriesPerJob = 64;

export async function storeDeliveries(
  ctx: Pick<Context, 'queue' | 'now'>,
  tx: Tx,
  received: readonly NewDelivery[],
): Promise<number> {
  return (await storeNew(ctx, tx, received)).length;
}

export async function enqueueDeliveries(
  ctx: Pick<Context, 'queue'>,
  tx: Tx,
  stored: readonly { id: number; workspaceId: string }[],
): Promise<void> {
  const jobs = [...Map.groupBy(stored, (row) => row.workspaceId)].flatMap(([workspaceId, rows]) => {
    const ids = rows.map((row) => row.id);
    return Array.from({ length: Math.ceil(ids.length / deliveriesPerJob) }, (_, at) => ({
      name: 'handle-deliveries' as const,
      workspaceId,
      deliveryIds: ids.slice(at * deliveriesPerJob, (at + 1) * deliveriesPerJob),
    }));
  });
  await ctx.queue.enqueueAll(tx, jobs);
}

type Outcome = { accepted: Accepted } | { error: unknown };

/**
 * Notifications that arrive during a commit share the next one. Where the database refuses a value of one of
 * them, each is stored by itself.
 */
export function createDeliveryIntake(ctx: Pick<Context, 'database' | 'queue' | 'now'>): AcceptDelivery {
  async function acceptAll(received: readonly NewDelivery[]): Promise<Outcome[]> {
    const fresh = await ctx.database.preparedTransaction((tx) => storeNew(ctx, tx, received));
    // Only the first copy in a commit is stored.
    const unclaimed = new Set(fresh.map(deliveryKey));
    return received.map((delivery) => {
      const isNew = delivery.notificationId === null || unclaimed.delete(deliveryKey(delivery));
      return { accepted: isNew ? 'stored' : 'known' };
    });
  }

  async function acceptEach(received: readonly NewDelivery[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const delivery of received)
      outcomes.push(...(await acceptAll([delivery]).catch((error: unknown) => [{ error }])));
    return outcomes;
  }

  const accept = batched<NewDelivery, Outcome>(
    (received) =>
      acceptAll(received).catch((error: unknown) => {
        if (canWait(troubleOf(error))) throw error;
        return acceptEach(received);
      }),
    { perRound: 64, roundsAtOnce: 1, maxPending: 2_000 },
  );
  return async (delivery) => {
    const outcome = await accept(delivery);
    if ('error' in outcome) throw outcome.error;
    return outcome.accepted;
  };
}

async function storeNew(
  ctx: Pick<Context, 'queue' | 'now'>,
  tx: Tx,
  received: readonly NewDelivery[],
): Promise<StoredDelivery[]> {
  if (received.length === 0) return [];
  const stored = await insertDeliveries(tx, received, ctx.now());
  if (stored.length > 0) await enqueueDeliveries(ctx, tx, stored);
  return stored;
}
