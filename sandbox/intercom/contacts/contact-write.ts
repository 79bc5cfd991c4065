// Creating and changing contacts: what may be written, and what Intercom refuses.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { settingsOf } from '../../settings.ts';
import type { Contact, World } from '../../world.ts';
import { type Api, newestVersion, read, type Version } from '../call.ts';
import { invalid, refusal } from '../refusal.ts';
import { withCustomAttributes } from '../workspace/custom-attributes.ts';
import { tellCreated, tellUpdated } from './contact-events.ts';
import { blockedTwin, conflictOfNewUser, conflictOfUser } from './contact-lookup.ts';
import { storedPhone } from './phone.ts';

const text = z.string('is not a string').nullable().optional();
const seconds = z.int('is not a Unix timestamp in seconds').min(0).nullable().optional();

/** An empty email or external ID takes it away, and so does null: recorded 27 times of 27 on POST, 15 of 15 on PUT. */
const contactFields = {
  role: z.enum(['user', 'lead'], 'must be user or lead').optional(),
  external_id: text,
  email: z
    .union([z.literal(''), z.email()], 'is not a valid email address')
    .nullable()
    .optional(),
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

function readContact(world: World, version: Version, body: unknown): ContactWrite {
  refuseOtherFields(body);
  const write = version === newestVersion ? read(currentSchema, body) : read(olderSchema, body);
  refuseBlockedFields(world, write);
  return write;
}

/**
 * Writing back a contact as it was read is a 400 since October 2024, for the fields that can only be read:
 * https://github.com/intercom/intercom-ruby/issues/614. The words are those that the 2.16 reference has for companies; that
 * a field that does not exist at all fares like them is assumed.
 */
function refuseOtherFields(body: unknown): void {
  const known = new Set(Object.keys(currentSchema.shape));
  const other = Object.keys(z.looseObject({}).catch({}).parse(body)).find((field) => !known.has(field));
  if (other !== undefined) throw refusal(400, 'bad_request', `bad '${other}' parameter`);
}

/** Which code Intercom has for a field that a workspace does not let its apps write is not published. */
function refuseBlockedFields(world: World, write: ContactWrite): void {
  const written = [
    ...Object.keys(write),
    ...Object.keys(write.custom_attributes ?? {}).map((name) => `custom_attributes.${name}`),
  ];
  const blocked = settingsOf(world).blocked_fields.find((field) => written.includes(field));
  if (blocked !== undefined) throw refusal(403, 'action_forbidden', 'Action Forbidden', { field: blocked });
}

/** `POST /contacts`: never updates; a user who is already there is a 409. */
export function createContact(api: Api, version: Version, body: unknown): Contact {
  const { world } = api;
  const write = readContact(world, version, withPlainRole(body));
  const contact = newContact(world, write.role ?? 'user');
  apply(world, contact, write);
  refuseWithoutIdentity(contact);
  if (contact.role === 'lead') contact.external_id ??= randomUUID();
  refuseBlocked(world, contact);
  const conflict = contact.role === 'user' ? conflictOfNewUser(world, contact) : undefined;
  if (conflict) throw conflict;
  world.contacts.put(contact);
  tellCreated(api, contact);
  return contact;
}

/** Recorded at 2.3: a contact of the role "contact" is a user. */
function withPlainRole(body: unknown): unknown {
  const contact = z.looseObject({ role: z.literal('contact') }).safeParse(body);
  return contact.success ? { ...contact.data, role: 'user' } : body;
}

/**
 * `PUT /contacts/{id}`: what is left out stays as it is. Recorded: a write that changes nothing leaves `updated_at`, too;
 * that it is not told either follows from that.
 */
export function updateContact(api: Api, version: Version, present: Contact, body: unknown): Contact {
  const { world } = api;
  const write = readContact(world, version, body);
  if (present.role === 'user' && write.role === 'lead') {
    throw refusal(400, 'client_error', "Contact with user role can't be converted to a lead");
  }
  if (present.blocked) throw refusal(400, 'not_restorable', 'This contact is blocked and cannot be changed');
  const contact = { ...present };
  if (write.role === 'user' && present.role === 'lead') becomeUser(contact);
  apply(world, contact, write);
  refuseWithoutIdentity(contact);
  if (contact.role === 'lead') contact.external_id ??= randomUUID();
  refuseTaken(world, present, contact);
  if (isDeepStrictEqual(contact, present)) return present;
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
    // Recorded, and captured: a moment before the creation itself.
    updated_at: now - 1,
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
  // Recorded of POST and PUT: what a lead is given is passed over, and Intercom's own id stays.
  if (write.external_id !== undefined && contact.role === 'user')
    contact.external_id = write.external_id || null;
  if (write.phone !== undefined) contact.phone = write.phone === null ? null : storedPhone(write.phone);
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
      // In the words of https://developers.intercom.com/docs/references/2.4/rest-api/contacts/update-contact/
      throw invalid('The owner specified is not a member of the workspace', 'owner_id');
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

function refuseWithoutIdentity(contact: Contact): void {
  if (contact.role === 'lead' || contact.email !== null || contact.external_id !== null) return;
  throw refusal(400, 'parameter_missing', 'A user needs an email or an external_id');
}

function refuseTaken(world: World, before: Contact, after: Contact): void {
  const converted = before.role !== after.role;
  if (!converted && before.email === after.email && before.external_id === after.external_id) return;
  refuseBlocked(world, after);
  if (after.role === 'lead') return;
  const conflict = converted ? conflictOfNewUser(world, after) : conflictOfUser(world, after);
  if (conflict) throw conflict;
}

/**
 * A blocked contact does not come back by the API; `not_restorable` is Intercom's code for it, with a status that is not
 * published. Leads may share an email, even with a user: that is how a merge becomes necessary at all.
 */
function refuseBlocked(world: World, contact: Contact): void {
  if (blockedTwin(world, contact))
    throw refusal(400, 'not_restorable', 'This contact is blocked and cannot be restored');
}
