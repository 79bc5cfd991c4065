// Stores notifications that were received, with the job that handles them.
import type { Context } from '../../context.ts';
import type { NewDelivery } from '../../domain/qualification/delivery.ts';
import type { Tx } from '../../store/database.ts';

/** Returns how many were new. */
export async function storeDeliveries(ctx: Context, tx: Tx, deliveries: NewDelivery[]): Promise<number> {
  return (await ctx.legacy.deliveryStore.storeIn(tx, deliveries)).length;
}
