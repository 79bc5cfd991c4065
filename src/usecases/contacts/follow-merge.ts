// Follows a merge of contacts in Intercom: the people, their waiting runs and the rules move to the survivor.
import type { Context } from '../../context.ts';
import type { ContactLocation } from '../../domain/contacts/contact-location.ts';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import { wereConverted } from '../../store/card/conversions.ts';
import { linkOwnPeople } from '../../store/card/own-people.ts';
import type { Tx } from '../../store/database.ts';
import { lockContacts, repointContact } from '../../store/qualification/contacts.ts';
import { applyUpdate, loadTxSnapshot, saveTxSnapshot } from '../qualification/contact-updates.ts';
import { activeTimeZone } from '../qualification/installed.ts';

type MergePlace = { workspaceId: string; timeZone: string; deliveryId: number | null };

/**
 * Reads a contact that is not where it was. If it was merged, its people are linked to the survivor when this
 * resolves. Rejects with a Failure when Intercom does not respond.
 */
export async function followMerge(
  ctx: Context,
  pace: 'agents' | 'background' | 'bulk',
  workspaceId: string,
  contactId: string,
): Promise<ContactLocation> {
  const location = await ctx.intercom[pace].locateContact(workspaceId, contactId);
  if (location.state !== 'merged' || location.survivor === null) return location;
  const { survivor } = location;
  const timeZone = (await activeTimeZone(ctx, workspaceId)) ?? 'UTC';
  const place = { workspaceId, timeZone, deliveryId: null };
  await ctx.database.preparedTransaction((tx) => moveToSurvivor(ctx, tx, place, survivor, [contactId]));
  return location;
}

/** Returns how many people moved, and the outcome of the survivor's update in words. */
export async function moveToSurvivor(
  ctx: Context,
  tx: Tx,
  { workspaceId, timeZone, deliveryId }: MergePlace,
  survivor: SeenContact,
  mergedIds: readonly string[],
): Promise<{ moved: number; outcome: string }> {
  // Contacts before people, in the order that deliveries lock them.
  await lockContacts(tx, workspaceId, [survivor.id, ...mergedIds]);
  await linkOwnPeople(tx, workspaceId, survivor);
  let moved = 0;
  for (const id of mergedIds) moved += await repointContact(tx, workspaceId, id, survivor.id);
  const snapshot = await loadTxSnapshot(ctx, tx, workspaceId, timeZone, [survivor]);
  // A conversion may have moved them before the merge is reported, and the survivor's update may have come before both.
  const isReported = deliveryId !== null && moved === 0;
  const brought = moved > 0 || (isReported && (await wereConverted(tx, workspaceId, mergedIds, survivor.id)));
  const update = {
    deliveryId,
    contact: survivor,
    becameUser: survivor.role === 'user' && brought,
    moved: brought,
  };
  const { outcome } = await applyUpdate(ctx, tx, snapshot, update);
  await saveTxSnapshot(ctx, tx, snapshot);
  return { moved, outcome };
}
