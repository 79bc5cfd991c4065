// What Intercom tells its apps when a contact changes.
import { settingsOf } from '../../settings.ts';
import type { Company, Contact, Tag, Visitor } from '../../world.ts';
import { type Api, newestVersion } from '../call.ts';
import { companyNotice } from '../workspace/company-json.ts';
import { contactJson, contactReference } from './contact-json.ts';
import { visitorJson } from './visitor-json.ts';

/** A new lead or user. */
export function tellCreated(api: Api, contact: Contact): void {
  tellAbout(api, `contact.${contact.role}.created`, contact);
}

/**
 * A contact was written to. Which topics a role change fires is not documented beyond `contact.lead.signed_up`, which who
 * tried has seen of SMS only (`zerver/webhooks/intercom/view.py` of zulip/zulip): told here is an update of the user, but
 * no creation, as the record stays the same. A lead's email is always "added", as in the capture
 * `contact_lead_added_email.json` there.
 */
export function tellUpdated(api: Api, before: Contact, after: Contact): void {
  if (before.role !== after.role && settingsOf(api.world).lead_signed_up)
    tellAbout(api, 'contact.lead.signed_up', after);
  if (before.email !== after.email && after.email !== null) {
    tellAbout(api, after.role === 'lead' ? 'contact.lead.added_email' : 'contact.email.updated', after);
  }
  tellAbout(api, `contact.${after.role}.updated`, after);
}

/**
 * A lead was merged into this user. The references of 2.0 to 2.4 say that the lead "will be deleted"; that this is told,
 * and before the merge, is not confirmed, but an app has to stand it:
 * https://developers.intercom.com/docs/references/2.4/rest-api/contacts/merge-contact/
 */
export function tellMerged(api: Api, into: Contact, from: Contact): void {
  tellDeleted(api, from);
  api.emit('contact.merged', {
    ...contactJson(api.world, into, newestVersion),
    ...(settingsOf(api.world).merged_from && { merged_from: { type: 'contact', id: from.id } }),
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
    contact: contactJson(api.world, contact, newestVersion),
  });
}

/**
 * As captured in January 2026: an item without a type, and a company with fewer keys than the REST API's:
 * https://github.com/zulip/zulip/blob/main/zerver/webhooks/intercom/fixtures/company_contact_attached.json
 */
export function tellCompany(
  api: Api,
  contact: Contact,
  company: Company,
  change: 'attached' | 'detached',
): void {
  api.emit(`company.contact.${change}`, {
    company: companyNotice(api.world, company),
    contact: contactJson(api.world, contact, newestVersion),
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
  api.emit(topic, contactJson(api.world, contact, newestVersion));
}
