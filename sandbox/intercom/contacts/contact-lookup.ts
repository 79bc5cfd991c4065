// Reaches one contact for a call, and says what Intercom says when it is gone or was merged away.
import type { Contact, World } from '../../world.ts';
import type { Version } from '../call.ts';
import { notFound, type Refusal, refusal } from '../refusal.ts';
import { contactIndex } from './contact-index.ts';

/** The contact with Intercom's own id, archived or not; throws the 404 or 410 that a call by its id gets. */
export function contactById(world: World, id: string, version: Version): Contact {
  const contact = world.contacts.get(id);
  if (!contact) throw notFound('User Not Found');
  if (contact.merged_into !== null) throw goneInto(world, contact, version);
  return contact;
}

/** Users only: a lead keeps an external id that nobody but Intercom knows. */
export function userByExternalId(world: World, externalId: string, version: Version): Contact {
  const all = contactIndex(world).byExternalId(externalId);
  // Only leads are ever merged away.
  const user = all.find((one) => one.role === 'user' && !one.archived);
  if (user) return user;
  const merged = all.find((one) => one.merged_into !== null);
  throw merged ? goneInto(world, merged, version) : notFound('User Not Found');
}

/** The user that would have the same identity: a live one before an archived one. */
export function clashingUser(
  world: World,
  identity: { email: string | null; external_id: string | null },
  except?: string,
): Contact | undefined {
  const index = contactIndex(world);
  const users = [
    ...(identity.external_id === null ? [] : index.byExternalId(identity.external_id)),
    ...(identity.email === null ? [] : index.byEmail(identity.email)),
  ].filter((one) => one.role === 'user' && one.id !== except);
  return users.find((one) => !one.archived) ?? users[0];
}

/** Whoever has the same identity and was blocked. */
export function blockedTwin(world: World, { id, email, external_id }: Contact): Contact | undefined {
  const index = contactIndex(world);
  const same = [
    ...(external_id === null ? [] : index.byExternalId(external_id)),
    ...(email === null ? [] : index.byEmail(email)),
  ];
  return same.find((one) => one.blocked && one.id !== id);
}

/** The 409; where the existing contact is can be read only from its message. */
export function conflictWith(existing: Contact): Refusal {
  const kind = existing.archived ? 'An archived contact' : 'A contact';
  return refusal(409, 'conflict', `${kind} matching those details already exists with id=${existing.id}`);
}

// Intercom says that it resolves a chain of merges over three hops.
const mostHops = 3;

function goneInto(world: World, source: Contact, version: Version): Refusal {
  if (version !== '2.16') return notFound('User Not Found');
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
