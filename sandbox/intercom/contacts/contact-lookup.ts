// Reaches one contact for a call, and says what Intercom says when it is gone or was merged away.
import type { Contact, DeletedContact, World } from '../../world.ts';
import { newestVersion, type Version } from '../call.ts';
import { notFound, type Refusal, refusal } from '../refusal.ts';
import { contactIndex } from './contact-index.ts';

/**
 * The contact with Intercom's own id; throws the 404 or 410 that a call by its id gets. An archived one is a 404 to
 * every call but the one that brings it back. Recorded of reading, 8 times of 8, and told by Intercom's staff in
 * https://github.com/intercom/intercom-ruby/issues/561 and https://github.com/intercom/intercom-node/issues/333; that
 * writing fares no better is inferred.
 */
export function contactById(world: World, id: string, version: Version): Contact {
  const contact = world.contacts.get(id);
  if (!contact) throw notFound('User Not Found');
  if (contact.merged_into !== null) throw goneInto(world, contact, version);
  if (contact.archived) throw notFound('User Not Found');
  return contact;
}

/**
 * The contact that `unarchive` is to bring back. Some can never be, and Intercom says so with a 400. "Merged" is from
 * https://forum.intercom.com/s/question/0D55c000068M23kCAC/how-to-unarchive-a-contact, "permanent deletion" was recorded.
 */
export function restorableContact(world: World, id: string): Contact {
  const refuse = (why: string) => refusal(400, 'bad_request', `User has been ${why} and is not restorable.`);
  const contact = world.contacts.get(id);
  if (!contact && deletedLately(world).some((deleted) => deleted.id === id))
    throw refuse('marked for permanent deletion');
  if (!contact) throw notFound('User Not Found');
  if (contact.merged_into !== null) throw refuse('merged');
  if (contact.blocked) throw refusal(400, 'not_restorable', 'User has been blocked and is not restorable.');
  return contact;
}

/** Users only: a lead's external ID is known to Intercom alone. */
export function userByExternalId(world: World, externalId: string, version: Version): Contact {
  const contacts = contactIndex(world).byExternalId(externalId);
  // Only leads are ever merged away.
  const user = contacts.find((contact) => contact.role === 'user' && !contact.archived);
  if (user) return user;
  const merged = contacts.find((contact) => contact.merged_into !== null);
  throw merged ? goneInto(world, merged, version) : notFound('User Not Found');
}

type Identity = Pick<Contact, 'id' | 'email' | 'external_id'>;

/**
 * Why no contact can become a user of this identity; undefined when nothing is in the way. Archived users are, and for a
 * week deleted ones, which Intercom calls archived. Of several users with the email Intercom names none:
 * https://github.com/intercom/intercom-php/issues/289.
 */
export function conflictOfNewUser(world: World, identity: Identity): Refusal | undefined {
  const users = usersLike(world, identity);
  const present = users.filter((user) => !user.archived);
  const same = present.find((user) => user.external_id !== null && user.external_id === identity.external_id);
  if (!same && present.length > 1) {
    return refusal(
      409,
      'conflict',
      'Multiple existing users match this email address - must be more specific using user_id',
    );
  }
  const [existing] = [...(same ? [same] : present), ...users];
  if (existing) return conflictWith(existing.id, existing.archived);
  const deleted = deletedLately(world).find(
    (user) => user.role === 'user' && (sameEmail(user, identity) || sameExternalId(user, identity)),
  );
  return deleted && conflictWith(deleted.id, true);
}

/**
 * Why a user cannot take on this identity; undefined when they can. That they can take the email of another user and
 * the external ID of an archived one was recorded; that users share emails is also in
 * https://github.com/intercom/intercom-java/pull/287 and https://github.com/intercom/intercom-node/issues/266.
 */
export function conflictOfUser(world: World, identity: Identity): Refusal | undefined {
  const inTheWay = usersLike(world, identity).find(
    (user) => !user.archived && sameExternalId(user, identity),
  );
  return inTheWay && conflictWith(inTheWay.id, false);
}

/** Who else is a user with this email or external ID, archived or not. */
function usersLike(world: World, { id, email, external_id }: Identity): Contact[] {
  const index = contactIndex(world);
  const like = [
    ...(external_id === null ? [] : index.byExternalId(external_id)),
    ...(email === null ? [] : index.byEmail(email)),
  ];
  return [...new Set(like)].filter((contact) => contact.role === 'user' && contact.id !== id);
}

const sameExternalId = (a: Omit<Identity, 'id'>, b: Omit<Identity, 'id'>) =>
  a.external_id !== null && a.external_id === b.external_id;
const sameEmail = (a: Omit<Identity, 'id'>, b: Omit<Identity, 'id'>) =>
  a.email !== null && a.email.toLowerCase() === b.email?.toLowerCase();

// Recorded for the minutes after a deletion; a week is what users report, and the grace of deletions in the 2.3
// reference: https://developers.intercom.com/docs/references/2.3/rest-api/contacts/delete-contact
const deletionSeconds = 7 * 24 * 60 * 60;

/** Who was deleted, but is not gone for good yet. */
function deletedLately(world: World): DeletedContact[] {
  const since = world.now() - deletionSeconds;
  return world.deletedContacts.all().filter((contact) => contact.deleted_at > since);
}

/** A blocked contact of the same identity. */
export function blockedTwin(world: World, { id, email, external_id }: Contact): Contact | undefined {
  const index = contactIndex(world);
  const same = [
    ...(external_id === null ? [] : index.byExternalId(external_id)),
    ...(email === null ? [] : index.byEmail(email)),
  ];
  return same.find((contact) => contact.blocked && contact.id !== id);
}

/** The 409; where the existing contact is can be read only from its message. */
function conflictWith(id: string, archived: boolean): Refusal {
  const kind = archived ? 'An archived contact' : 'A contact';
  return refusal(409, 'conflict', `${kind} matching those details already exists with id=${id}`);
}

// Intercom says that it resolves a chain of merges over three hops.
const mostHops = 3;

function goneInto(world: World, source: Contact, version: Version): Refusal {
  if (version !== newestVersion) return notFound('User Not Found');
  let target: Contact | undefined = source;
  for (let hop = 0; hop < mostHops && target !== undefined && target.merged_into !== null; hop += 1) {
    target = world.contacts.get(target.merged_into);
  }
  if (!target || target.merged_into !== null) return notFound('User Not Found');
  return refusal(
    410,
    'contact_merged',
    "This contact has been merged. See the 'Link' header for the canonical contact.",
    { link: `/contacts/${target.id}` },
  );
}
