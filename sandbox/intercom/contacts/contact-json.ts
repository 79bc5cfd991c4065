// A contact as Intercom's REST API shows it.

import type { Contact, World } from '../../world.ts';
import { newestVersion, type Version } from '../call.ts';

// Intercom shows ten of each and says where the rest is.
const shownInContact = 10;

/** The REST shape, times in Unix seconds; `owner_id` is a string from version 2.16 on and a number before. */
export function contactJson(world: World, contact: Contact, version: Version): Record<string, unknown> {
  const notes = world.notes.all().filter((note) => note.contact_id === contact.id);
  const path = `/contacts/${contact.id}`;
  return {
    type: 'contact',
    id: contact.id,
    workspace_id: world.workspace.id,
    external_id: contact.external_id,
    role: contact.role,
    // The published schema has no null here; its examples show an empty string for a person without an address.
    email: contact.email ?? '',
    ...(contact.email !== null && { email_domain: contact.email.slice(contact.email.lastIndexOf('@') + 1) }),
    phone: contact.phone,
    name: contact.name,
    avatar: contact.avatar === null ? null : { type: 'avatar', image_url: contact.avatar },
    owner_id:
      version === newestVersion || contact.owner_id === null ? contact.owner_id : Number(contact.owner_id),
    social_profiles: { type: 'list', data: [] },
    has_hard_bounced: contact.has_hard_bounced,
    marked_email_as_spam: contact.marked_email_as_spam,
    unsubscribed_from_emails: contact.unsubscribed_from_emails,
    created_at: contact.created_at,
    updated_at: contact.updated_at,
    signed_up_at: contact.signed_up_at,
    last_seen_at: contact.last_seen_at,
    last_replied_at: contact.last_replied_at,
    last_contacted_at: contact.last_contacted_at,
    last_email_opened_at: null,
    last_email_clicked_at: null,
    language_override: contact.language_override,
    location: { type: 'location', ...contact.location },
    ...deviceFields,
    custom_attributes: contact.custom_attributes,
    tags: shortList('tag', contact.tag_ids, `${path}/tags`),
    notes: shortList(
      'note',
      notes.map((note) => note.id),
      `${path}/notes`,
    ),
    companies: shortList('company', contact.company_ids, `${path}/companies`),
    opted_out_subscription_types: shortList('subscription', [], `${path}/subscriptions`),
    opted_in_subscription_types: shortList('subscription', [], `${path}/subscriptions`),
    utm_campaign: null,
    utm_content: null,
    utm_medium: null,
    utm_source: null,
    utm_term: null,
    referrer: null,
    enabled_push_messaging: null,
  };
}

/** The few fields that a notice of archiving, deletion or blocking has instead of the whole contact. */
export function contactReference(contact: Contact): {
  type: 'contact';
  id: string;
  external_id: string | null;
} {
  return { type: 'contact', id: contact.id, external_id: contact.external_id };
}

/** One merge as the history lists it; only leads are ever merged away. */
export function mergeJson(merge: Contact['merge_history'][number]) {
  return {
    type: 'merge_history',
    source_contact_id: merge.from,
    source_contact_role: 'lead',
    merged_at: merge.at,
  };
}

// No browser or phone ever reports to the sandbox.
const deviceFields = Object.fromEntries(
  [
    'browser',
    'browser_version',
    'browser_language',
    'os',
    ...['android', 'ios'].flatMap((system) =>
      ['app_name', 'app_version', 'device', 'os_version', 'sdk_version', 'last_seen_at'].map(
        (field) => `${system}_${field}`,
      ),
    ),
  ].map((field) => [field, null]),
);

function shortList(type: string, ids: string[], url: string) {
  return {
    type: 'list',
    data: ids.slice(0, shownInContact).map((id) => ({ type, id, url: `/${plural[type] ?? type}/${id}` })),
    url,
    total_count: ids.length,
    has_more: ids.length > shownInContact,
  };
}

const plural: Record<string, string> = { tag: 'tags', note: 'notes', company: 'companies' };
