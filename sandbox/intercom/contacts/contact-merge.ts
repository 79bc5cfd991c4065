// POST /contacts/merge: a lead goes up in a user, for good.
import { z } from 'zod';
import type { Contact, World } from '../../world.ts';
import { type Api, newestVersion, read, required, type Version } from '../call.ts';
import { refusal } from '../refusal.ts';
import { tellMerged } from './contact-events.ts';
import { contactById } from './contact-lookup.ts';

const mergeSchema = z.object({
  from: required(),
  into: required(),
  skip_duplicate_validation: z.boolean().optional(),
});

/** Answers the surviving user. */
export function mergeContacts(api: Api, version: Version, body: unknown): Contact {
  const { world } = api;
  const merge = read(mergeSchema, body);
  const from = contactById(world, merge.from, version);
  const into = contactById(world, merge.into, version);
  refuseUnmergeable(from, into);
  if (version === newestVersion && merge.skip_duplicate_validation !== true && !areDuplicates(from, into)) {
    throw invalidMerge(
      'Contacts can only be merged when they are duplicates (matching email or phone). Pass skip_duplicate_validation=true to override this check.',
    );
  }
  const now = world.now();
  const survivor = world.contacts.put({
    ...filled(into, from),
    updated_at: now,
    merge_history: [...into.merge_history, { from: from.id, at: now }],
  });
  // Before the source is gone, so that nothing is ever without an owner.
  moveBelongings(world, from, survivor);
  world.contacts.put({ ...from, merged_into: into.id, updated_at: now });
  tellMerged(api, survivor, from);
  return survivor;
}

function invalidMerge(message: string) {
  return refusal(400, 'invalid_merge', message);
}

const externalChannels: readonly Contact['channel'][] = [
  'facebook',
  'instagram',
  'sms',
  'twitter',
  'whatsapp',
];

/**
 * A lead from an external channel is refused in the words of
 * https://forum.intercom.com/s/question/0D55c00006SvsxMCAR/how-can-i-enable-merge-of-external-lead, where Intercom's
 * staff names WhatsApp, Facebook and Twitter, "etc."; https://github.com/intercom/intercom-ruby/issues/470 has the 422 for
 * Facebook. That being a duplicate does not help is assumed.
 */
function refuseUnmergeable(from: Contact, into: Contact): void {
  if (from.role !== 'lead' || into.role !== 'user') {
    throw invalidMerge('Merging can only be performed on a lead into a user');
  }
  if (externalChannels.includes(from.channel)) {
    throw refusal(
      422,
      'unprocessable_entity',
      'User merge for external leads is disabled by default unless explicitly allowed by passing allowed channels array',
    );
  }
  if (into.channel === 'facebook') throw invalidMerge('Facebook contacts cannot be merged');
  for (const contact of [from, into]) {
    if (contact.channel === 'mailing_list') throw invalidMerge('Mailing list contacts cannot be merged');
  }
}

function areDuplicates(from: Contact, into: Contact): boolean {
  const sameEmail = from.email !== null && from.email.toLowerCase() === into.email?.toLowerCase();
  return sameEmail || (from.phone !== null && from.phone === into.phone);
}

/** The user with its gaps filled; where both have a value, the user's stays. The lead's own id is not taken over. */
function filled(into: Contact, from: Contact): Contact {
  return {
    ...into,
    email: into.email ?? from.email,
    email_verified: into.email === null ? from.email_verified : into.email_verified,
    phone: into.phone ?? from.phone,
    name: into.name ?? from.name,
    avatar: into.avatar ?? from.avatar,
    owner_id: into.owner_id ?? from.owner_id,
    last_seen_at: into.last_seen_at ?? from.last_seen_at,
    last_replied_at: into.last_replied_at ?? from.last_replied_at,
    last_contacted_at: into.last_contacted_at ?? from.last_contacted_at,
    language_override: into.language_override ?? from.language_override,
    location: {
      country: into.location.country ?? from.location.country,
      region: into.location.region ?? from.location.region,
      city: into.location.city ?? from.location.city,
      country_code: into.location.country_code ?? from.location.country_code,
      continent_code: into.location.continent_code ?? from.location.continent_code,
    },
    custom_attributes: { ...from.custom_attributes, ...withoutNull(into.custom_attributes) },
    tagged: { ...from.tagged, ...into.tagged },
    tag_ids: [...new Set([...into.tag_ids, ...from.tag_ids])],
    company_ids: [...new Set([...into.company_ids, ...from.company_ids])],
  };
}

function withoutNull(attributes: Contact['custom_attributes']): Contact['custom_attributes'] {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
}

function moveBelongings(world: World, from: Contact, into: Contact): void {
  for (const note of world.notes.all()) {
    if (note.contact_id === from.id) world.notes.put({ ...note, contact_id: into.id });
  }
  for (const event of world.dataEvents.all()) {
    if (event.contact_id === from.id) world.dataEvents.put({ ...event, contact_id: into.id });
  }
  for (const conversation of world.conversations.all()) {
    if (!conversation.contact_ids.includes(from.id)) continue;
    const people = conversation.contact_ids.map((id) => (id === from.id ? into.id : id));
    world.conversations.put({
      ...conversation,
      contact_ids: [...new Set(people)],
      parts: conversation.parts.map((part) =>
        part.author.id === from.id
          ? { ...part, author: { type: 'user', id: into.id, name: into.name } }
          : part,
      ),
    });
  }
}
