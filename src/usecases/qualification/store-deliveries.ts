// Stores notifications. Those that wait are handled in rounds (delivery-rounds.ts), without a job for each.
import type { Context } from '../../context.ts';
import type { NewDelivery } from '../../domain/qualification/delivery.ts';
import type { Queryable, Tx } from '../../store/database.ts';
import { deliveryKey, insertDeliveries, type StoredDelivery } from '../../store/qualification/deliveries.ts';
import { batched } from '../../store/shared-query.ts';
import { canWait, troubleOf } from '../trouble.ts';

/** `known`: already stored. */
export type Accepted = 'stored' | 'known';
/** Durable when it resolves; rejects when storing fails. */
export type AcceptDelivery = (delivery: NewDelivery) => Promise<Accepted>;

export async function storeDeliveries(
  ctx: Pick<Context, 'now'>,
  tx: Tx,
  received: readonly NewDelivery[],
): Promise<number> {
  return (await storeNew(ctx, tx, received)).length;
}

type Outcome = { accepted: Accepted } | { error: unknown };

/**
 * Notifications that arrive during a commit share the next one. Where the database refuses a value of one of
 * them, each is stored by itself.
 */
export function createDeliveryIntake(ctx: Pick<Context, 'database' | 'arrivals' | 'now'>): AcceptDelivery {
  async function acceptAll(received: readonly NewDelivery[]): Promise<Outcome[]> {
    const fresh = await storeNew(ctx, ctx.database.preparedDb, received);
    ctx.arrivals.announce();
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
  ctx: Pick<Context, 'now'>,
  db: Queryable,
  received: readonly NewDelivery[],
): Promise<StoredDelivery[]> {
  return received.length === 0 ? [] : insertDeliveries(db, received, ctx.now());
}
