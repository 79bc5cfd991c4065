// Turns a contact from a notification, in today's shape or that of Intercom's first API, into facts for rules.
import { z } from 'zod';
import { idKey } from '../../domain/identity.ts';
import type { Facts, SeenContact, Value } from '../../domain/qualification/notification.ts';
import { momentOf, toSeconds } from '../../domain/time.ts';
import { optional, storable, wireId } from '../incoming/wire-text.ts';
import { isContactId } from './contact-path.ts';

type Fields = Record<string, unknown>;

/** Everything in a contact except its id can be missing or malformed. */
const contactId = wireId.refine(isContactId);
export const contactItem = z.looseObject({
  id: contactId,
  merged_from: optional(z.object({ id: contactId })),
});
export type ContactItem = z.infer<typeof contactItem>;

export function seenContact(item: ContactItem): SeenContact {
  const fields = item.type === 'user' || item.type === 'lead' ? fromFirstApi(item) : item;
  const facts = factsOf({ ...fields, id: item.id });
  const role = facts.role === 'lead' || facts.role === 'user' ? facts.role : null;
  const text = (name: string) => (typeof facts[name] === 'string' ? facts[name] : null);
  const externalId = wireId.safeParse(fields.external_id).data ?? null;
  return {
    id: item.id,
    role,
    email: text('email'),
    externalId: idKey(externalId),
    name: text('name'),
    updatedAt: momentOf(fields.updated_at),
    facts,
  };
}

const record = z.record(z.string(), z.unknown()).catch({});
const namedList = z.object({ data: z.array(z.object({ id: wireId })), has_more: z.unknown().optional() });

/** Of a contact in today's shape; missing and malformed fields are unknown. */
export function factsOf({ custom_attributes, location, tags, ...standard }: Fields): Facts {
  const places = Object.entries(record.parse(location)).map(([name, value]) => [`location.${name}`, value]);
  const own = Object.entries(record.parse(custom_attributes)).map(([name, value]) => [
    `custom_attributes.${name}`,
    value,
  ]);
  const facts = [...Object.entries(standard), ...places, ...own].flatMap(([name, value]) =>
    factOf(storable(String(name)), value),
  );
  // Not by assignment, which would lose an attribute named __proto__.
  return Object.fromEntries([...facts, ...tagFact(tags)]);
}

/** Intercom includes at most ten tags; a partial list would look as if the others had been removed. */
function tagFact(tags: unknown): [string, Value][] {
  const list = namedList.safeParse(tags);
  return list.success && list.data.has_more !== true ? [['tags', list.data.data.map((tag) => tag.id)]] : [];
}

function factOf(name: string, value: unknown): [string, Value][] {
  if (isMoment(name) && value !== null && value !== '') {
    const at = momentOf(value);
    // An impossible time counts as unknown.
    return at === null ? [] : [[name, toSeconds(at)]];
  }
  // A company can give this name to a date of its own, or to anything else.
  if (name.endsWith('_at') && typeof value === 'string' && isoMoment.test(value)) {
    const at = momentOf(value);
    if (at !== null) return [[name, toSeconds(at)]];
  }
  // Intercom shows a contact without an email as an empty string.
  if (value === null || value === '') return [[name, null]];
  if (typeof value === 'string') return [[name, storable(value)]];
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
    return [[name, value]];
  // References to the company's own objects are lists of ids; rules cannot use other lists and objects.
  if (Array.isArray(value)) return [[name, value.filter(isScalar).map((item) => storable(String(item)))]];
  return [];
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** Intercom's own fields with this ending are all times. */
const isMoment = (name: string) => name.endsWith('_at') && !name.includes('.');
const isoMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

const firstApiTags = z.object({ tags: z.array(z.unknown()) });

/** `visitor.signed_up` still sends a user in API 1.x's shape, seen in captures of 2026. */
function fromFirstApi(user: Fields): Fields {
  const { user_id, anonymous, location_data, last_request_at, remote_created_at, tags, ...same } = user;
  const place = record.parse(location_data);
  const list = firstApiTags.safeParse(tags);
  return {
    ...same,
    role: user.type === 'lead' || anonymous === true ? 'lead' : 'user',
    external_id: user_id,
    last_seen_at: last_request_at,
    signed_up_at: user.signed_up_at ?? remote_created_at,
    location: {
      country: place.country_name,
      region: place.region_name,
      city: place.city_name,
      country_code: place.country_code,
      continent_code: place.continent_code,
    },
    ...(list.success && { tags: { data: list.data.tags } }),
  };
}
