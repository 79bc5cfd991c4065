// How people who join a campaign are enrolled: the settings for leads and referrers, and what is missing.

import { z } from 'zod';
import { nearest } from '../contacts/attribute-catalog.ts';
import {
  contactUse,
  duplicatePolicies,
  duplicatePolicyNames,
  onDuplicate,
} from '../contacts/contact-draft.ts';
import { typeOf } from './filled-mapping.ts';
import {
  type ContactAttribute,
  extraPrefix,
  mapping,
  type Row,
  type SourceKind,
  sources,
  type ValueType,
} from './mapping.ts';
import { convert } from './mapping-values.ts';

export const sideName = z.enum(['leads', 'referrers']);
export type SideName = z.infer<typeof sideName>;

export const enrollmentStates = ['setup-required', 'planned', 'done', 'skipped', 'review', 'failed'] as const;
export type EnrollmentState = (typeof enrollmentStates)[number];

const skip = z.strictObject({ skip: z.literal(true) });

export const duplicateDecision = z.union([
  z.strictObject({ use: z.string().min(1).max(255), how: contactUse }),
  z.strictObject({ create: z.literal(true) }),
  skip,
]);
export type DuplicateDecision = z.infer<typeof duplicateDecision>;

export const doubtAnswer = z.union([
  z.strictObject({ qualify: z.literal(true) }),
  z.strictObject({ disqualify: z.literal(true) }),
]);

/** On a doubtful referral. `skip` is never chosen: nothing was left to decide, as when it expired. */
export const doubtDecision = z.union([...doubtAnswer.options, skip]);
export type DoubtDecision = z.infer<typeof doubtDecision>;

/** On a missing referral: add it, or leave it. */
export const missingDecision = z.union([z.strictObject({ add: z.literal(true) }), skip]);
export type MissingDecision = z.infer<typeof missingDecision>;

export const reviewDecision = z.union([
  ...duplicateDecision.options,
  ...doubtAnswer.options,
  missingDecision.options[0],
]);
export type ReviewDecision = z.infer<typeof reviewDecision>;

export const reviewKinds = ['duplicate', 'doubtful_referral', 'missing_referral'] as const;

const policySummaries = duplicatePolicyNames.map((name) => duplicatePolicies[name].summary);

export const enrollmentSide = z.strictObject({
  action: z
    .enum(['nothing', 'create-lead', 'create-user'])
    .describe(
      'What happens in Intercom when a person joins. Recommended: create-lead, since a referred person has not signed ' +
        'up yet. A lead can become a user at any time, a user never a lead. Choose create-user when people who join ' +
        'are already customers.',
    )
    .default('create-lead'),
  email: z
    .enum(['required', 'optional'])
    .describe('Only leads can lack an email, so optional requires the action create-lead.')
    .default('required'),
  mapping: mapping.describe('Which value goes to which field. A new list replaces the old one.').default([]),
  duplicates: z
    .enum(duplicatePolicyNames)
    .describe(
      `When the contact exists already: ${policySummaries.slice(0, -1).join('; ')}; or ${policySummaries.at(-1)}.`,
    )
    .default('nothing'),
  lead_where_user_wanted: onDuplicate.shape.lead_where_user_wanted
    .describe('Whether update and fill convert a matching lead to a user, which cannot be undone.')
    .default('convert'),
  archived: onDuplicate.shape.archived
    .describe('Whether an archived contact is unarchived, or the enrollment fails with the reason.')
    .default('report'),
});
export type EnrollmentSide = z.infer<typeof enrollmentSide>;

export const enrollmentSettings = z.strictObject({
  leads: enrollmentSide.prefault({}).describe('People who were referred.'),
  referrers: enrollmentSide.prefault({}).describe('People who refer others.'),
});

export function roleOf(side: Pick<EnrollmentSide, 'action'>): 'lead' | 'user' {
  return side.action === 'create-user' ? 'user' : 'lead';
}

export function needsEmail(side: EnrollmentSide): boolean {
  return side.email === 'required' || side.action === 'create-user';
}

/** Null when the settings agree. */
export function contradictionIn(side: EnrollmentSide): string | null {
  return side.email === 'optional' && side.action === 'create-user'
    ? 'can be optional only when leads are created: a user needs an email'
    : null;
}

export type Setup = { complete: boolean; missing: string[] };

/** `attributes` as Intercom has them; null when it could not be reached: enrollment checks them then. */
export function setupOf(side: EnrollmentSide, attributes: readonly ContactAttribute[] | null): Setup {
  if (side.action === 'nothing') return { complete: true, missing: [] };
  const email =
    needsEmail(side) && !side.mapping.some((row) => row.to === 'email')
      ? ['Map a field to email. Contacts are found and created by email.']
      : [];
  const companyless =
    side.mapping.some((row) => row.to === 'company.name') &&
    !side.mapping.some((row) => row.to === 'company.id')
      ? ['Map a field to company.id. A company needs its ID; company.name alone attaches none.']
      : [];
  const rows = attributes === null ? [] : side.mapping.flatMap((row) => problemOf(row, attributes) ?? []);
  const missing = [...email, ...companyless, ...rows];
  return { complete: missing.length === 0, missing };
}

/** The custom attributes that a side names and Intercom lacks, with the type that suits their values. */
export function missingAttributes(
  side: EnrollmentSide,
  attributes: readonly ContactAttribute[],
): { name: string; type: 'string' | 'date' | 'boolean' | 'float' }[] {
  return side.mapping
    .filter((row) => typeOf(row.to, attributes) === null)
    .map((row) => ({ name: row.to.replace('custom_attributes.', ''), type: suitable(row) }));
}

function suitable(row: Row) {
  if (row.type === 'fixed') {
    if (typeof row.from === 'boolean') return 'boolean';
    return typeof row.from === 'number' ? 'float' : 'string';
  }
  return row.type === 'field' && kindOf(row.from) === 'date' ? 'date' : 'string';
}

function problemOf(row: Row, attributes: readonly ContactAttribute[]): string | null {
  const target = typeOf(row.to, attributes);
  if (target === null) {
    const similar = nearest(
      row.to,
      attributes.map(({ name }) => `custom_attributes.${name}`),
    );
    return `Create the attribute ${row.to} in Intercom, or map ${String(row.from)} to another field.${similar === null ? '' : ` Did you mean ${similar}?`}`;
  }
  if (row.type === 'fixed') {
    const converted = convert(row.from, target.type, target.options);
    return 'problem' in converted ? `Give ${row.to} another value: ${converted.problem}.` : null;
  }
  const kind = row.type === 'field' ? kindOf(row.from) : 'words';
  const { label, takes } = valueTypes[target.type];
  return takes.includes(kind) ? null : `Map ${row.from} to another field: ${row.to} takes ${label}.`;
}

function kindOf(name: string): SourceKind {
  if (name.startsWith(extraPrefix)) return 'any';
  return sources[name as keyof typeof sources];
}

const words = ['words', 'id', 'any'] as const;
const valueTypes: Record<ValueType, { label: string; takes: readonly SourceKind[] }> = {
  text: { label: 'a text', takes: [...words, 'date'] },
  id: { label: 'an id', takes: [...words, 'date'] },
  tag: { label: 'the name of a tag', takes: [...words, 'date'] },
  options: { label: 'one of a list of values', takes: words },
  email: { label: 'an email address', takes: words },
  phone: { label: 'a phone number', takes: words },
  admin: { label: 'the id of a teammate', takes: words },
  address: { label: 'a web address', takes: words },
  language: { label: 'the code of a language', takes: words },
  integer: { label: 'a whole number', takes: ['id', 'any'] },
  float: { label: 'a number', takes: ['id', 'any'] },
  boolean: { label: 'true or false', takes: ['any'] },
  date: { label: 'a date', takes: ['date', 'any'] },
  other: { label: 'anything', takes: [...words, 'date'] },
};
