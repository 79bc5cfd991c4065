// The mapping of a campaign: which fact about a person goes to which field of their Intercom contact.
import { z } from 'zod';
import { didYouMean, isOwn, nearest } from '../contacts/attribute-catalog.ts';

export type SourceKind = 'words' | 'id' | 'date' | 'any';

export const sources = {
  'person.email': 'words',
  'person.name': 'words',
  'person.first_name': 'words',
  'person.last_name': 'words',
  'person.external_id': 'id',
  'person.joined_at': 'date',
  'campaign.id': 'words',
  'campaign.name': 'words',
  'campaign.platform': 'words',
  'referrer.name': 'words',
  'referrer.email': 'words',
  'referrer.external_id': 'id',
  'referrer.code': 'id',
  'referrer.link': 'words',
  'referral.id': 'words',
  'referral.status': 'words',
  'referral.source': 'words',
  'referral.joined_at': 'date',
  'reward.name': 'words',
  'reward.status': 'words',
  share_code: 'id',
  share_link: 'words',
} as const satisfies Record<string, SourceKind>;

export type Source = keyof typeof sources;

/** A field that only the referral platform or the company's own form provides. */
export const extraPrefix = 'extra.';
const customPrefix = 'custom_attributes.';

export const standardTargets = {
  email: 'email',
  name: 'text',
  phone: 'phone',
  external_id: 'id',
  owner_id: 'admin',
  avatar: 'address',
  unsubscribed_from_emails: 'boolean',
  language_override: 'language',
  signed_up_at: 'date',
  tags: 'tag',
  'company.id': 'id',
  'company.name': 'text',
} as const;

export type StandardTarget = keyof typeof standardTargets;
export type ValueType =
  | (typeof standardTargets)[StandardTarget]
  | 'integer'
  | 'float'
  | 'options'
  /** A type that Intercom may add later: it gets the value unchanged. */
  | 'other';

export const attributeKinds = ['string', 'integer', 'float', 'boolean', 'date', 'options'] as const;
type AttributeKind = (typeof attributeKinds)[number];
export type NewAttribute = { name: string; kind: AttributeKind; options?: readonly string[] | undefined };

export type ContactAttribute = { name: string; type: ValueType; options: readonly string[] | null };

/** PostgreSQL's jsonb cannot store NUL or an unpaired surrogate. */
const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(
      (value) => !value.includes('\0') && value.isWellFormed(),
      'must not contain unprintable characters',
    );

const isSource = (name: string) =>
  Object.hasOwn(sources, name) || (name.startsWith(extraPrefix) && name.length > extraPrefix.length);

const sourceNames = `${Object.keys(sources).join(', ')} or extra.NAME`;

const source = text(255).superRefine((name, context) => {
  if (isSource(name)) return;
  const similar = similarSource(name);
  context.addIssue({
    code: 'custom',
    message: similar === null ? mustBeSource : `${mustBeSource}; did you mean ${similar}?`,
  });
});

const mustBeSource = `must be one of ${sourceNames}`;

/** `first_name` stands for person.first_name. */
function similarSource(name: string): string | null {
  const names = Object.keys(sources);
  return nearest(name, names) ?? nearest(`person.${name}`, names);
}

const placeholder = /\{([^{}]*)\}/g;

export function sourcesIn(template: string): string[] {
  return [...new Set([...template.matchAll(placeholder)].map(([, name = '']) => name.trim()))];
}

const template = text(1000).superRefine((words, context) => {
  for (const name of sourcesIn(words)) {
    if (isSource(name)) continue;
    const similar = similarSource(name);
    const message =
      similar === null
        ? `{${name}} ${mustBeSource}`
        : `{${name}} is not a field of people, campaigns or referrals. Did you mean {${similar}}?`;
    context.addIssue({ code: 'custom', message });
  }
});

const target = text(255).superRefine((to, context) => {
  const name = customName(to);
  if (name === null && !Object.hasOwn(standardTargets, to)) {
    const names = Object.keys(standardTargets);
    const message = `must be one of ${names.join(', ')} or custom_attributes.NAME${didYouMean(to, names)}`;
    context.addIssue({ code: 'custom', message });
  }
  if (isOwn(to)) context.addIssue({ code: 'custom', message: 'is written by Referral Desk' });
});

/** The bare name of a custom attribute; null for a standard field. */
export function customName(to: string): string | null {
  return to.startsWith(customPrefix) && to.length > customPrefix.length
    ? to.slice(customPrefix.length)
    : null;
}

const row = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('field'), from: source, to: target }),
    z.strictObject({
      type: z.literal('fixed'),
      from: z.union([text(1000), z.number(), z.boolean()], 'must be a text, a number, true or false'),
      to: target,
    }),
    z.strictObject({
      type: z.literal('template'),
      from: template.describe('A text with fields in braces, such as "Referred by {referrer.name}".'),
      to: target,
    }),
  ],
  { error: 'must be field, fixed or template' },
);
export type Row = z.infer<typeof row>;

/** A constant here would make everyone the same contact. */
const identities = ['email', 'external_id'];

export const mapping = z
  .array(row)
  .max(100)
  .superRefine((rows, context) => {
    for (const [at, { type, to }] of rows.entries()) {
      const problem = (path: string, message: string) =>
        context.addIssue({ code: 'custom', path: [at, path], message });
      if (type !== 'field' && identities.includes(to)) {
        problem('type', `must be field: ${to} identifies a person, so its value must come from a field`);
      }
      // A contact can have several tags; every other field has one value.
      if (to !== 'tags' && rows.findIndex((earlier) => earlier.to === to) < at) {
        problem('to', 'is already mapped by an earlier row');
      }
    }
  });
