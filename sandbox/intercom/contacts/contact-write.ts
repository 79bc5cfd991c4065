// Creating and changing contacts: what may be written, and what Intercom refuses.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { settingsOf } from '../../settings.ts';
import type { Contact, World } from '../../world.ts';
import { type Api, read, type Version } from '../call.ts';
import { invalid, refusal } from '../refusal.ts';
import { withCustomAttributes } from '../workspace/custom-attributes.ts';
import { tellCreated, tellUpdated } from './contact-events.ts';
import { blockedTwin, clashingUser, conflictWith } from './contact-lookup.ts';

const text = z.string('is not a string').nullable().optional();
const seconds = z.int('is not a Unix timestamp in seconds').min(0).nullable().optional();

/** An empty email or external id takes it away; null is not among what the published schema allows for them. */
const contactFields = {
  role: z.enum(['user', 'lead'], 'must be user or lead').optional(),
  external_id: z.string('is not a string').optional(),
  email: z.union([z.literal(''), z.email()], 'is not a valid email address').optional(),
  phone: text,
  name: text,
  avatar: z.url('is not a URL').nullable().optional(),
  signed_up_at: seconds,
  last_seen_at: seconds,
  unsubscribed_from_emails: z.boolean('is not a boolean').nullable().optional(),
  custom_attributes: z.record(z.string(), z.unknown(), 'is not an object').nullable().optional(),
};
/** From 2.16 on an owner is a string and an email can be marked as verified. */
const currentSchema = z.object({
  ...contactFields,
  email_verified: z.boolean('is not a boolean').nullable().optional(),
  owner_id: text,
  language_override: text,
});
const olderSchema = z.object({
  ...contactFields,
  owner_id: z.int('is not an integer').transform(String).nullable().optional(),
});

type ContactWrite = z.output<typeof currentSchema> & { language_override?: string | null | undefined };

function readContact(version: Version, body: unknown): ContactWrite {
  return version === '2.16' ? read(currentSchema, body) : read(olderSchema, body);
}

/** `POST /contacts`: never updates; a user who is already there is a 409. */
export function createContact(api: Api, version: Version, body: unknown): Contact {
  const { world } = api;
  const write = readContact(version, body);
  const contact = newContact(world, write.role ?? 'user');
  apply(world, contact, write);
  refuseNobody(contact);
  if (contact.role === 'lead') contact.external_id ??= randomUUID();
  refuseDouble(world, contact);
  world.contacts.put(contact);
  tellCreated(api, contact);
  return contact;
}

/** `PUT /contacts/{id}`: what is left out stays as it is. */
export function updateContact(api: Api, version: Version, present: Contact, body: unknown): Contact {
  const { world } = api;
  const write = readContact(version, body);
  if (present.role === 'user' && write.role === 'lead') {
    throw refusal(400, 'client_error', "Contact with user role can't be converted to a lead");
  }
  if (present.blocked) throw refusal(400, 'not_restorable', 'This contact is blocked and cannot be changed');
  const contact = { ...present };
  if (write.role === 'user' && present.role === 'lead') becomeUser(contact);
  apply(world, contact, write);
  refuseNobody(contact);
  if (contact.role === 'lead') contact.external_id ??= randomUUID();
  if (identityChanged(present, contact)) refuseDouble(world, contact);
  contact.updated_at = world.now();
  world.contacts.put(contact);
  tellUpdated(api, present, contact);
  return contact;
}

/** A contact that nothing is known about yet. */
export function newContact(world: World, role: Contact['role']): Contact {
  const now = world.now();
  return {
    id: world.newHexId(),
    role,
    external_id: null,
    email: null,
    email_verified: null,
    phone: null,
    name: null,
    pseudonym: null,
    avatar: null,
    owner_id: null,
    unsubscribed_from_emails: false,
    has_hard_bounced: false,
    marked_email_as_spam: false,
    created_at: now,
    updated_at: now,
    // Intercom leaves this empty for people that come by the API, unless it is sent along.
    signed_up_at: null,
    last_seen_at: null,
    last_replied_at: null,
    last_contacted_at: null,
    language_override: null,
    location: { country: null, region: null, city: null, country_code: null, continent_code: null },
    custom_attributes: {},
    tag_ids: [],
    company_ids: [],
    channel: 'api',
    archived: false,
    blocked: false,
    merged_into: null,
    merge_history: [],
    searchable_from: world.nowMs() + settingsOf(world).search_lag_ms,
  };
}

const uuid = z.uuid();

/**
 * A lead becomes a user and stays the same record. What happens to the id that Intercom had generated is not
 * documented; version 1 dropped it on conversion, and so does this.
 */
export function becomeUser(contact: Contact): void {
  contact.role = 'user';
  if (uuid.safeParse(contact.external_id).success) contact.external_id = null;
}

function apply(world: World, contact: Contact, write: ContactWrite): void {
  applyEmail(contact, write);
  if (write.external_id !== undefined) contact.external_id = write.external_id || null;
  if (write.phone !== undefined) contact.phone = write.phone;
  if (write.language_override !== undefined) contact.language_override = write.language_override;
  if (write.name !== undefined) contact.name = write.name;
  if (write.avatar !== undefined) contact.avatar = write.avatar;
  if (write.signed_up_at !== undefined) contact.signed_up_at = write.signed_up_at;
  if (write.last_seen_at !== undefined) contact.last_seen_at = write.last_seen_at;
  if (write.unsubscribed_from_emails !== undefined) {
    contact.unsubscribed_from_emails = write.unsubscribed_from_emails ?? false;
  }
  if (write.owner_id !== undefined) {
    if (write.owner_id !== null && !world.admins.get(write.owner_id)) {
      throw invalid(`There is no teammate with id ${write.owner_id}`, 'owner_id');
    }
    contact.owner_id = write.owner_id;
  }
  contact.custom_attributes = withCustomAttributes(
    world,
    contact.custom_attributes,
    write.custom_attributes ?? {},
  );
}

function applyEmail(contact: Contact, write: ContactWrite): void {
  if (write.email_verified !== undefined && write.email === undefined) {
    throw invalid('email_verified can only be sent together with email', 'email_verified');
  }
  if (write.email === undefined) return;
  const email = write.email || null;
  if (email !== contact.email) contact.email_verified = null;
  contact.email = email;
  if (write.email_verified !== undefined) contact.email_verified = write.email_verified;
}

function refuseNobody(contact: Contact): void {
  if (contact.role === 'lead' || contact.email !== null || contact.external_id !== null) return;
  throw refusal(400, 'parameter_missing', 'A user needs an email or an external_id');
}

function identityChanged(before: Contact, after: Contact): boolean {
  return (
    before.role !== after.role || before.email !== after.email || before.external_id !== after.external_id
  );
}

/**
 * Leads may share an email, even with a user: that is how a merge becomes necessary at all. Who was blocked does not come
 * back by the API; `not_restorable` is Intercom's code for it, whose status is not published.
 */
function refuseDouble(world: World, contact: Contact): void {
  if (blockedTwin(world, contact))
    throw refusal(400, 'not_restorable', 'This contact is blocked and cannot be restored');
  if (contact.role === 'lead') return;
  const existing = clashingUser(world, contact, contact.id);
  if (existing) throw conflictWith(existing);
}
