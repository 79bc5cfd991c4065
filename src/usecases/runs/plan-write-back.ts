// Plans the runs that tell Intercom how a referral stands.
import type { Context } from '../../context.ts';
import type { Tx } from '../../store/database.ts';
import type { Share } from './write-back.ts';

/** Adds the runs that bring a referral's present state to Intercom, in the transaction that changed it. */
export function planWriteBack(ctx: Context, tx: Tx, workspaceId: string, referralId: string): Promise<void> {
  return ctx.legacy.writeBack.plan(tx, workspaceId, referralId);
}

/** The same for a new referrer: the share link is news, though no referral changed. */
export function planShareWriteBack(ctx: Context, tx: Tx, workspaceId: string, share: Share): Promise<void> {
  return ctx.legacy.writeBack.planShare(tx, workspaceId, share);
}
