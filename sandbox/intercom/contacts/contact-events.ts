// What Intercom tells its apps when a contact changes.
import type { Company, Contact, Tag, Visitor } from '../../world.ts';
import type { Api } from '../call.ts';
import { companyJson } from '../workspace/company-json.ts';
import { contactJson, contactReference } from './contact-json.ts';
import { visitorJson } from './visitor-json.ts';

/** A new lead or user. */
export function tellCreated(api: Api, contact: Contact): void {
  tellAbout(api, `contact.${contact.role}.created`, contact);
}

/**
 * A contact was written to. Intercom gives no sign that it compares, so a write that changes nothing is told too.
 * Which topics a role change fires is not documented beyond `contact.lead.signed_up`: told here besides is an update
 * of the user, but no creation, as the record stays the same.
 */
export function tellUpdated(api: Api, before: Contact, after: Contact): void {
  if (before.role !== after.role) tellAbout(api, 'contact.lead.signed_up', after);
  if (before.email !== after.email && after.email !== null) {
    const added = before.role === 'lead' && before.email === null;
    tellAbout(api, added ? 'contact.lead.added_email' : 'contact.email.updated', after);
  }
  tellAbout(api, `contact.${after.role}.updated`, after);
}

/** A lead was merged into this user. */
export function tellMerged(api: Api, into: Contact, from: Contact): void {
  api.emit('contact.merged', {
    ...contactJson(api.world, into, '2.16'),
    merged_from: { type: 'contact', id: from.id },
  });
  tellAbout(api, 'contact.user.updated', into);
}

export function tellArchived(api: Api, contact: Contact): void {
  api.emit('contact.archived', { ...contactReference(contact), archived: true });
}

/** The documentation calls this topic `contact.unarchive`; on the wire it has been seen with a d. */
export function tellUnarchived(api: Api, contact: Contact): void {
  tellAbout(api, 'contact.unarchived', contact);
}

export function tellDeleted(api: Api, contact: Contact): void {
  api.emit('contact.deleted', { ...contactReference(contact), deleted: true });
}

export function tellTagged(api: Api, contact: Contact, tag: Tag, change: 'created' | 'deleted'): void {
  api.emit(`contact.${contact.role}.tag.${change}`, {
    type: 'contact_tag',
    created_at: api.world.now(),
    tag: { type: 'tag', id: tag.id, name: tag.name },
    contact: contactJson(api.world, contact, '2.16'),
  });
}

/** Documented is only that the item has the company and the contact; its own type is a guess. */
export function tellCompany(
  api: Api,
  contact: Contact,
  company: Company,
  change: 'attached' | 'detached',
): void {
  api.emit(`company.contact.${change}`, {
    type: 'company_contact',
    created_at: api.world.now(),
    company: companyJson(api.world, company),
    contact: contactJson(api.world, contact, '2.16'),
  });
}

/** A visitor became a user. Intercom still describes the user in the words of its first API here. */
export function tellVisitorSignedUp(api: Api, visitor: Visitor, user: Contact): void {
  api.emit('visitor.signed_up', {
    ...visitorJson(api.world, visitor),
    type: 'user',
    id: user.id,
    user_id: user.external_id,
    anonymous: false,
    email: user.email,
    name: user.name,
    created_at: user.created_at,
    signed_up_at: user.signed_up_at,
    updated_at: user.updated_at,
    custom_attributes: user.custom_attributes,
  });
}

/** The whole contact, in the newest version, as apps that were set to it get it. */
function tellAbout(api: Api, topic: string, contact: Contact): void {
  api.emit(topic, contactJson(api.world, contact, '2.16'));
}
