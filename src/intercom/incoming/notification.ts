// Reads Intercom's notifications about contacts, in all their variants, into the app's own types.
import { z } from 'zod';
import type { Notification, SeenContact } from '../../domain/qualification/notification.ts';
import { parseJson } from '../../json.ts';
import { type ContactItem, contactItem, seenContact } from '../contacts/seen-contact.ts';
import { optional, storable, wireId } from './wire-text.ts';

type Read = (item: unknown) => Notification;

/**
 * Every supported topic. Two have two spellings: that of Intercom's topic table and that seen on the
 * wire (https://developers.intercom.com/docs/references/webhooks/webhook-models).
 */
const readers: Record<string, Read> = {
  'contact.user.created': seen,
  'contact.user.updated': seen,
  'contact.user.tag.created': (item) => tagged(item, true),
  'contact.user.tag.deleted': (item) => tagged(item, false),
  'contact.lead.created': seen,
  'contact.lead.updated': seen,
  'contact.lead.tag.created': (item) => tagged(item, true),
  'contact.lead.tag.deleted': (item) => tagged(item, false),
  'contact.lead.added_email': seen,
  'contact.lead.signed_up': signedUp,
  'contact.email.updated': seen,
  'contact.merged': merged,
  'contact.archived': (item) => gone('archived', item),
  'contact.archive': (item) => gone('archived', item),
  'contact.unarchived': (item) => gone('unarchived', item),
  'contact.unarchive': (item) => gone('unarchived', item),
  'contact.deleted': (item) => gone('deleted', item),
  'visitor.signed_up': signedUp,
  'company.contact.attached': (item) => company(item, true),
  'company.contact.detached': (item) => company(item, false),
};

export const topics: readonly string[] = Object.keys(readers);

const envelope = z.object({ data: z.object({ item: z.unknown() }) });

/** Reads stored JSON text; a body that was emptied when its person was erased is `unreadable`. */
export function readStoredNotification(topic: string, text: string): Notification {
  try {
    return readNotification(topic, parseJson(text));
  } catch {
    return readNotification(topic, null);
  }
}

/** Never throws: an unsupported topic is `unknown`, and a supported topic with a malformed body is `unreadable`. */
export function readNotification(topic: string, body: unknown): Notification {
  if (topic === 'ping') return { kind: 'ping' };
  const read = Object.hasOwn(readers, topic) ? readers[topic] : undefined;
  if (!read) return { kind: 'unknown', topic };
  const opened = envelope.safeParse(body);
  return opened.success ? read(opened.data.data.item) : unreadable('there is no data.item');
}

function unreadable(why: string): Notification {
  return { kind: 'unreadable', why };
}

function aboutContact(
  item: unknown,
  say: (contact: SeenContact, item: ContactItem) => Notification,
): Notification {
  const read = contactItem.safeParse(item);
  return read.success
    ? say(seenContact(read.data), read.data)
    : unreadable('the item is not a contact with an id');
}

function seen(item: unknown): Notification {
  return aboutContact(item, (contact) => ({ kind: 'seen', contact, becameUser: false }));
}

function signedUp(item: unknown): Notification {
  return aboutContact(item, (contact) => ({ kind: 'seen', contact, becameUser: true }));
}

function merged(item: unknown): Notification {
  return aboutContact(item, (contact, { merged_from: from }) => ({
    kind: 'merged',
    contact,
    fromId: from?.id ?? null,
  }));
}

function gone(kind: 'archived' | 'unarchived' | 'deleted', item: unknown): Notification {
  return aboutContact(item, ({ id, externalId }) => ({ kind, contactId: id, externalId }));
}

const taggedItem = z.object({
  tag: z.object({ id: wireId, name: z.string().transform(storable).catch('') }),
  contact: z.unknown(),
});

function tagged(item: unknown, added: boolean): Notification {
  const read = taggedItem.safeParse(item);
  if (!read.success) return unreadable('the item names no tag');
  const { tag } = read.data;
  return aboutContact(read.data.contact, (contact, item) => ({
    kind: 'tagged',
    // Intercom documents a whole contact, but only its id is always there.
    contact: 'role' in item ? contact : null,
    contactId: contact.id,
    tag,
    added,
  }));
}

const companyItem = z.object({ contact: optional(z.object({ id: wireId })) });

function company(item: unknown, attached: boolean): Notification {
  const read = companyItem.safeParse(item);
  if (!read.success) return unreadable('the item is not an object');
  return { kind: 'company', contactId: read.data.contact?.id ?? null, attached };
}
