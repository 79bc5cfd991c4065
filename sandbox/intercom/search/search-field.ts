// The fields that contacts can be searched and sorted by, with their types.

import type { Contact, DataAttribute, World } from '../../world.ts';
import { invalid } from '../refusal.ts';
import { segmentsOf } from '../workspace/segment-members.ts';

export type FieldType = 'string' | 'boolean' | 'integer' | 'date' | 'tag';
export type FieldValue = string | number | boolean | null | string[];

const strings = [
  'id',
  'role',
  'name',
  'avatar',
  'owner_id',
  'email',
  'email_domain',
  'phone',
  'formatted_phone',
  'external_id',
  'language_override',
  'location.country',
  'location.region',
  'location.city',
  'segment_id',
];
const booleans = ['unsubscribed_from_emails', 'marked_email_as_spam', 'has_hard_bounced'];
const dates = [
  'created_at',
  'signed_up_at',
  'updated_at',
  'last_seen_at',
  'last_contacted_at',
  'last_replied_at',
];
// Fields that exist but are always empty here: there are no browsers, phones or email tracking.
const alwaysEmpty =
  /^(browser|browser_version|browser_language|os|(ios|android)_(app_(name|version|device)|device|os_version|sdk_version))$/;
const alwaysEmptyDates = /^(last_email_(opened|clicked)_at|(ios|android)_last_seen_at)$/;

const attributeTypes: Record<DataAttribute['data_type'], FieldType> = {
  string: 'string',
  boolean: 'boolean',
  integer: 'integer',
  float: 'integer',
  date: 'date',
  datetime: 'date',
};

/** The type that decides which operators and values a field takes; throws the 400 for one that does not exist. */
export function typeOf(world: World, field: string): FieldType {
  if (field === 'tag_id') return 'tag';
  if (strings.includes(field) || alwaysEmpty.test(field)) return 'string';
  if (booleans.includes(field)) return 'boolean';
  if (dates.includes(field) || alwaysEmptyDates.test(field)) return 'date';
  const name = attributeName(field);
  const attribute = world.dataAttributes
    .all()
    .find((attribute) => attribute.model === 'contact' && attribute.custom && attribute.name === name);
  if (attribute) return attributeTypes[attribute.data_type];
  throw invalid(`'${field}' is not a field that contacts can be searched by`, 'field');
}

/** How to get the field's value from a contact; tags and segments are lists. */
export function fieldReader(world: World, field: string): (contact: Contact) => FieldValue {
  typeOf(world, field);
  const name = attributeName(field);
  if (name !== undefined) return (contact) => contact.custom_attributes[name] ?? null;
  switch (field) {
    case 'tag_id':
      return (contact) => contact.tag_ids;
    case 'segment_id':
      return (contact) => segmentsOf(world, contact).map((segment) => segment.id);
    case 'email_domain':
      return (contact) => contact.email?.split('@').at(-1) ?? null;
    case 'formatted_phone':
      return (contact) => contact.phone?.replace(/[^+\d]/g, '') ?? null;
    case 'location.country':
      return (contact) => contact.location.country;
    case 'location.region':
      return (contact) => contact.location.region;
    case 'location.city':
      return (contact) => contact.location.city;
    default:
      return (contact) => plainValue(contact, field);
  }
}

function attributeName(field: string): string | undefined {
  return field.startsWith('custom_attributes.') ? field.slice('custom_attributes.'.length) : undefined;
}

function plainValue(contact: Contact, field: string): FieldValue {
  const value: unknown = Object.entries(contact).find(([name]) => name === field)?.[1];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
