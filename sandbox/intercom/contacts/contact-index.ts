// Finds contacts by what must be unique, fast enough for a workspace of a hundred thousand.
import type { Collection, Contact, World } from '../../world.ts';

type ContactIndex = {
  byEmail(email: string): Contact[];
  byExternalId(externalId: string): Contact[];
};

// Kept by collection, so that building the API on a world a second time does not index everything twice.
const indexes = new WeakMap<Collection<Contact>, ContactIndex>();

/** The index over a world's contacts, archived and merged ones included; made on first use. */
export function contactIndex(world: World): ContactIndex {
  const contacts = world.contacts;
  const known = indexes.get(contacts);
  if (known) return known;
  const made = indexOf(contacts);
  indexes.set(contacts, made);
  return made;
}

function indexOf(contacts: Collection<Contact>): ContactIndex {
  const buckets = new Map<string, Set<string>>();
  // Contacts are changed in place and then put, so what they were filed under has to be remembered.
  const filedUnder = new Map<string, string[]>();

  function file(id: string, contact: Contact | undefined): void {
    for (const key of filedUnder.get(id) ?? []) buckets.get(key)?.delete(id);
    const keys = contact ? keysOf(contact) : [];
    filedUnder.set(id, keys);
    for (const key of keys) {
      const bucket = buckets.get(key);
      if (bucket) bucket.add(id);
      else buckets.set(key, new Set([id]));
    }
  }

  function under(key: string): Contact[] {
    return [...(buckets.get(key) ?? [])].flatMap((id) => contacts.get(id) ?? []);
  }

  for (const contact of contacts.all()) file(contact.id, contact);
  contacts.watch(file);
  return {
    byEmail: (email) => under(emailKey(email)),
    byExternalId: (externalId) => under(externalIdKey(externalId)),
  };
}

function keysOf(contact: Contact): string[] {
  const keys: string[] = [];
  if (contact.email !== null) keys.push(emailKey(contact.email));
  if (contact.external_id !== null) keys.push(externalIdKey(contact.external_id));
  return keys;
}

const emailKey = (email: string) => `email ${email.toLowerCase()}`;
const externalIdKey = (externalId: string) => `external_id ${externalId}`;
