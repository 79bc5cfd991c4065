// Looking up people the way the Inbox does: by their shown name, and past a merge.
import type { Contact, Conversation, World } from '../world.ts';

/** What Intercom calls a person on screen. */
export function shownName(contact: Contact): string {
  return contact.name || contact.pseudonym || contact.email || contact.phone || 'Unnamed';
}

/** The contact with this id, or the one it has been merged into; undefined when there is none. */
export function survivingContact(world: World, id: string): Contact | undefined {
  const visited = new Set<string>();
  let contact = world.contacts.get(id);
  while (contact?.merged_into && !visited.has(contact.id)) {
    visited.add(contact.id);
    contact = world.contacts.get(contact.merged_into);
  }
  return contact;
}

/** The people in a conversation, each once, as they are now. */
export function participants(world: World, conversation: Conversation): Contact[] {
  const contacts = conversation.contact_ids
    .map((id) => survivingContact(world, id))
    .filter((contact) => contact !== undefined);
  return [...new Set(contacts)];
}
