// Differences between the program and Intercom, for one person or one contact.
import { emailKey } from '../identity.ts';
import type { Person } from '../program/program.ts';
import type { Facts, SeenContact } from '../qualification/notification.ts';
import { type Attributes, difference, ownAttributes, referredTag } from '../runs/write-back.ts';

const custom = 'custom_attributes.';

export const syncFindingKinds = ['missing', 'different', 'orphaned', 'unlinked'] as const;
export type SyncFindingKind = (typeof syncFindingKinds)[number];

export const syncCheckStates = ['running', 'repairing', 'done', 'failed'] as const;
/** `planned`: a run repairs it. */
export const syncRowStates = ['found', 'chosen', 'planned'] as const;

export type SyncCounts = Record<SyncFindingKind, number>;
export const noSyncFindings: SyncCounts = { missing: 0, different: 0, orphaned: 0, unlinked: 0 };

export type SyncDifference = {
  field: string;
  program: string | number | null;
  intercom: string | number | null;
};

/**
 * `enroll` enrolls again, `link` links to the contact that was found, `write` writes our data again, `clear` removes
 * it from a contact of no known person. `none`: a teammate has to say which side is right.
 */
export const syncRepairs = ['enroll', 'link', 'write', 'clear', 'none'] as const;
export type SyncRepair = (typeof syncRepairs)[number];

export type SyncFinding = {
  kind: SyncFindingKind;
  personId: string | null;
  contactId: string | null;
  differences: SyncDifference[];
  repair: SyncRepair;
};

type ExpectedContact = {
  /** Null when writing them is switched off. */
  attributes: Attributes | null;
  tag: { id: string | null } | null;
  /** At least one campaign wants a user. */
  user: boolean;
  /** False after a merge of several people, because the contact has the email of only one. */
  email: boolean;
};

export function compareContact(
  person: Person,
  contact: SeenContact,
  expected: ExpectedContact,
): SyncFinding | null {
  const written = [
    ...attributeDifferences(contact, expected.attributes),
    ...tagDifference(contact, expected.tag),
  ];
  const role = roleDifference(contact, expected.user);
  const email = expected.email ? emailDifference(person, contact) : [];
  const differences = [...written, ...role, ...email];
  if (differences.length === 0) return null;
  const repair = role.length > 0 ? 'enroll' : written.length > 0 ? 'write' : 'none';
  return { kind: 'different', personId: person.id, contactId: contact.id, differences, repair };
}

function attributeDifferences({ facts }: SeenContact, expected: Attributes | null): SyncDifference[] {
  if (expected === null) return [];
  const actual = Object.fromEntries(Object.keys(expected).map((name) => [name, valueIn(facts, name)]));
  return Object.entries(difference(expected, actual)).map(([name, program]) => ({
    field: `${custom}${name}`,
    program,
    intercom: actual[name] ?? null,
  }));
}

function valueIn(facts: Facts, attribute: string): string | number | null {
  const value = facts[`${custom}${attribute}`];
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

/** Empty when Intercom did not send all tags of the contact. */
function tagDifference({ facts }: SeenContact, tag: ExpectedContact['tag']): SyncDifference[] {
  if (tag === null || !Array.isArray(facts.tags)) return [];
  const isTagged = tag.id !== null && facts.tags.includes(tag.id);
  return isTagged ? [] : [{ field: 'tag', program: referredTag, intercom: null }];
}

function roleDifference({ role }: SeenContact, user: boolean): SyncDifference[] {
  return user && role === 'lead' ? [{ field: 'role', program: 'user', intercom: 'lead' }] : [];
}

function emailDifference(person: Person, contact: SeenContact): SyncDifference[] {
  const intercom = emailKey(contact.email);
  const program = emailKey(person.email);
  if (program === null || intercom === null || intercom === program) return [];
  return [{ field: 'email', program, intercom }];
}

/** Our marks on a contact of no known person. */
export function carriedMarks({ facts }: SeenContact, tagId: string | null): SyncDifference[] {
  const attributes = Object.keys(ownAttributes).flatMap((name): SyncDifference[] => {
    const intercom = valueIn(facts, name);
    return intercom === null ? [] : [{ field: `${custom}${name}`, program: null, intercom }];
  });
  const isTagged = tagId !== null && Array.isArray(facts.tags) && facts.tags.includes(tagId);
  return isTagged ? [...attributes, { field: 'tag', program: null, intercom: referredTag }] : attributes;
}

/** Intercom's values of our attributes where they differ, by name. */
export function attributesInIntercom(differences: readonly SyncDifference[]): Attributes {
  const own = differences.filter(({ field }) => field.startsWith(custom));
  return Object.fromEntries(own.map(({ field, intercom }) => [field.slice(custom.length), intercom]));
}
