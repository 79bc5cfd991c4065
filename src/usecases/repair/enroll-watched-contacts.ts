// Makes new contacts referrers when an ongoing backfill selects them.
import type { Context } from '../../context.ts';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import { selects } from '../../domain/repair/backfill.ts';
import type { Tx } from '../../store/database.ts';
import { ongoingSelections } from '../../store/repair/backfills.ts';
import { addReferrersOnce } from './contact-referrers.ts';

export async function enrollWatchedContacts(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  contacts: readonly SeenContact[],
): Promise<void> {
  for (const { campaignId, selection } of await ongoingSelections(tx, workspaceId)) {
    const wanted = contacts.filter(({ role }) => selects(selection, role));
    const newest = [...new Map(wanted.map((contact) => [contact.id, contact])).values()];
    if (newest.length > 0) await addReferrersOnce(ctx, tx, workspaceId, campaignId, newest);
  }
}
