// What differs between the referral side and Intercom, about one person or one contact.
import { foldEmail } from '../contacts/contact.ts';
import type { Person } from '../program/program.ts';
import type { Facts, SeenContact } from '../qualification/notice.ts';
import { type Attributes, difference, ownAttributes, referredTag } from '../runs/write-back.ts';

export const driftKinds = ['missing', 'different', 'orphaned', 'unlinked'] as const;
export type DriftKind = (typeof driftKinds)[number];

export type DriftCounts = Record<DriftKind, number>;
export const noDrift: DriftCounts = { missing: 0, different: 0, orphaned: 0, unlinked: 0 };

/** `here` is what the referral side says, `there` what Intercom has. */
export type Difference = { field: string; here: string | number | null; there: string | number | null };

/**
 * What puts it right: the person is enrolled anew, is linked to the contact that was found, what this app writes is
 * written again, or taken away from a contact that is nobody's. `none`: somebody has to say who is right.
 */
export const driftRepairs = ['enroll', 'link', 'write', 'clear', 'none'] as const;
export type DriftRepair = (typeof driftRepairs)[number];

export type Found = {
  kind: DriftKind;
  personId: string | null;
  contactId: string | null;
  differences: Difference[];
  repair: DriftRepair;
};

export type Wanted = {
  /** What this app writes; null where that is switched off. */
  attributes: Attributes | null;
  tag: { id: string | null } | null;
  /** Some campaign wants a user. */
  user: boolean;
  /** False where a merge brought several people to one contact: it can have the email of one only. */
  email: boolean;
};

/** Null when both sides say the same. */
export function compare(person: Person, contact: SeenContact, wanted: Wanted): Found | null {
  const ours = [...attributeDifferences(contact, wanted.attributes), ...tagDifference(contact, wanted.tag)];
  const theirs = [
    ...roleDifference(contact, wanted.user),
    ...(wanted.email ? emailDifference(person, contact) : []),
  ];
  const differences = [...ours, ...theirs];
  if (differences.length === 0) return null;
  const isRole = theirs.some((one) => one.field === 'role');
  const repair = isRole ? 'enroll' : ours.length > 0 ? 'write' : 'none';
  return { kind: 'different', personId: person.id, contactId: contact.id, differences, repair };
}

function attributeDifferences({ facts }: SeenContact, wanted: Attributes | null): Difference[] {
  if (wanted === null) return [];
  const there = Object.fromEntries(Object.keys(wanted).map((name) => [name, valueIn(facts, name)]));
  return Object.entries(difference(wanted, there)).map(([name, here]) => ({
    field: `custom_attributes.${name}`,
    here,
    there: there[name] ?? null,
  }));
}

function valueIn(facts: Facts, attribute: string): string | number | null {
  const value = facts[`custom_attributes.${attribute}`];
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

/** Of somebody whose tags are not all told, nothing is said. */
function tagDifference({ facts }: SeenContact, tag: Wanted['tag']): Difference[] {
  if (tag === null || !Array.isArray(facts.tags)) return [];
  const isThere = tag.id !== null && facts.tags.includes(tag.id);
  return isThere ? [] : [{ field: 'tag', here: referredTag, there: null }];
}

function roleDifference({ role }: SeenContact, user: boolean): Difference[] {
  return user && role === 'lead' ? [{ field: 'role', here: 'user', there: 'lead' }] : [];
}

function emailDifference(person: Person, contact: SeenContact): Difference[] {
  const there = foldEmail(contact.email);
  if (person.email === null || there === null || there === person.email) return [];
  return [{ field: 'email', here: person.email, there }];
}

/** What of ours a contact carries that is nobody's here. */
export function carried({ facts }: SeenContact, tagId: string | null): Difference[] {
  const attributes = Object.keys(ownAttributes).flatMap((name): Difference[] => {
    const there = valueIn(facts, name);
    return there === null ? [] : [{ field: `custom_attributes.${name}`, here: null, there }];
  });
  const tagged = tagId !== null && Array.isArray(facts.tags) && facts.tags.includes(tagId);
  return tagged ? [...attributes, { field: 'tag', here: null, there: referredTag }] : attributes;
}

/** What Intercom has of our attributes where it differs, by their own names. */
export function attributesIn(differences: readonly Difference[]): Attributes {
  const prefix = 'custom_attributes.';
  const ours = differences.filter(({ field }) => field.startsWith(prefix));
  return Object.fromEntries(ours.map(({ field, there }) => [field.slice(prefix.length), there]));
}
