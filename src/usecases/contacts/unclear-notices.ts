// What a notification of a merge or a deletion means: Intercom also tells the deletion of a merged contact, in any order.
import type { Context } from '../../context.ts';
import { emailKey, idKey } from '../../domain/identity.ts';
import type { Notification, SeenContact } from '../../domain/qualification/notification.ts';
import { Failure } from '../../failure.ts';
import { isReviewCandidate } from '../../store/enrollment/reviews.ts';
import { peopleOfContact } from '../../store/qualification/contacts.ts';

export type UnclearNotice =
  | { kind: 'merged'; contact: SeenContact; toldAt: Date }
  | { kind: 'deleted'; contactId: string; toldAt: Date };

/** What only Intercom can tell about a notification. */
export type NoticeAnswer =
  | { about: 'merge'; survivor: SeenContact; mergedIds: readonly string[] }
  | { about: 'deletion'; meaning: DeletionMeaning };

type DeletionMeaning =
  | { is: 'deleted' }
  | { is: 'merged'; survivor: SeenContact | null }
  /** Ask again then: a merge may still be on its way. */
  | { is: 'unclear'; until: Date };

/** The queue asks again with growing delays; then the delivery fails, and can be replayed. */
const mergeShowsWithinMs = 30 * 60_000;
const notShown = 'Intercom does not show which contacts were merged into this one';

/** Null when the notification says enough. */
export function unclearNotice(notice: Notification, toldAt: Date): UnclearNotice | null {
  if (notice.kind === 'deleted') return { kind: 'deleted', contactId: notice.contactId, toldAt };
  if (notice.kind !== 'merged' || notice.fromId !== null) return null;
  return { kind: 'merged', contact: notice.contact, toldAt };
}

/** Rejects with a Failure when Intercom does not respond, or contradicts the notification. */
export async function askIntercom(
  ctx: Context,
  workspaceId: string,
  notice: UnclearNotice,
): Promise<NoticeAnswer> {
  if (notice.kind === 'merged') return { about: 'merge', ...(await readMerge(ctx, workspaceId, notice)) };
  return { about: 'deletion', meaning: await readDeletion(ctx, workspaceId, notice) };
}

async function readMerge(
  ctx: Context,
  workspaceId: string,
  { contact, toldAt }: Extract<UnclearNotice, { kind: 'merged' }>,
): Promise<{ survivor: SeenContact; mergedIds: readonly string[] }> {
  const { listMerged, locateContact } = ctx.intercom.background;
  const merges = await listMerged(workspaceId, contact.id);
  const toldForMs = ctx.now().getTime() - toldAt.getTime();
  const isSettled = toldForMs >= ctx.timing.mergeSettlesMs;
  // Neither a 404 nor a history without an entry proves that nothing was merged.
  if (merges === null) {
    const location = await locateContact(workspaceId, contact.id);
    // Archived or deleted since: a sync check finds people of contacts merged into it by the 410 of those contacts.
    if (location.state === 'not-found' && isSettled) return { survivor: contact, mergedIds: [] };
    const isLate = toldForMs > mergeShowsWithinMs;
    throw new Failure(isLate ? 'not-found' : 'unavailable', notShown);
  }
  if (merges.mergedIds.length === 0 && !isSettled) throw new Failure('unavailable', notShown);
  const { contactId, mergedIds } = merges;
  if (contactId === contact.id) return { survivor: contact, mergedIds };
  const location = await locateContact(workspaceId, contactId);
  return {
    survivor: location.state === 'present' ? location.contact : { ...contact, id: contactId },
    mergedIds,
  };
}

/** Only a 410 proves a merge, and nothing proves at once that there was none. */
async function readDeletion(
  ctx: Context,
  workspaceId: string,
  { contactId, toldAt }: Extract<UnclearNotice, { kind: 'deleted' }>,
): Promise<DeletionMeaning> {
  const people = await peopleOfContact(ctx.database.db, workspaceId, contactId);
  // A question about the contact follows a merge as well.
  if (people.length === 0 && !(await isReviewCandidate(ctx.database.db, workspaceId, contactId)))
    return { is: 'deleted' };
  const location = await ctx.intercom.background.locateContact(workspaceId, contactId);
  if (location.state === 'merged') return { is: 'merged', survivor: location.survivor };
  const until = new Date(toldAt.getTime() + ctx.timing.deletionSettlesMs);
  if (ctx.now() < until) return { is: 'unclear', until };
  const survivor = await survivorAmong(ctx, workspaceId, people, contactId);
  return survivor ? { is: 'merged', survivor } : { is: 'deleted' };
}

/**
 * Merges by Intercom itself leave no 410, but they are in the merge history of a contact of the same identity: which a
 * search finds late where the merge gave the user that identity.
 */
async function survivorAmong(
  ctx: Context,
  workspaceId: string,
  people: readonly { email: string | null; externalId: string | null }[],
  contactId: string,
): Promise<SeenContact | null> {
  const { searchContacts, listMerged } = ctx.intercom.background;
  const emails = [...new Set(people.flatMap(({ email }) => emailKey(email) ?? []))];
  const externalIds = [...new Set(people.flatMap(({ externalId }) => idKey(externalId) ?? []))];
  const found = [
    ...(await searchContacts(workspaceId, 'email', emails)),
    ...(await searchContacts(workspaceId, 'external_id', externalIds)),
  ];
  const users = new Map(found.filter(({ role }) => role === 'user').map((contact) => [contact.id, contact]));
  for (const user of users.values()) {
    const merges = user.id === contactId ? null : await listMerged(workspaceId, user.id);
    if (merges?.mergedIds.includes(contactId)) return user;
  }
  return null;
}
