// The wanted state of a contact, its state in Intercom, and what to do when the contact already exists.
import { z } from 'zod';
import { idKey } from '../identity.ts';

export const attributeValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type AttributeValue = z.infer<typeof attributeValue>;

/** Undefined fields are left alone. Also parses its own stored JSON. */
export const contactDraft = z.object({
  role: z.enum(['lead', 'user']),
  email: z.string().optional(),
  phone: z.string().optional(),
  name: z.string().optional(),
  externalId: z.string().optional(),
  ownerId: z.string().optional(),
  avatarUrl: z.string().optional(),
  unsubscribed: z.boolean().optional(),
  language: z.string().optional(),
  signedUpAt: z.coerce.date().optional(),
  emailVerified: z.literal(true).optional(),
  customAttributes: z.record(z.string(), attributeValue),
  /** Identified by the company's own company_id; created when it does not exist and `create` is set. */
  company: z.object({ id: z.string(), name: z.string().optional(), create: z.boolean() }).optional(),
  tags: z.array(z.string()),
});
export type ContactDraft = z.infer<typeof contactDraft>;

/** Each policy in words, for the API, history, campaign form and imports; null where it does not apply. */
export const duplicatePolicies = {
  nothing: {
    summary: 'link it and write nothing',
    label: 'Do nothing',
    choice: 'If the contact exists already, do nothing',
    hint: 'The contact is linked to the referral so that rules work. Nothing is written to it.',
    importChoice: 'Leave the contact as it is',
  },
  update: {
    summary: 'update it and mark it as referred',
    label: 'Update and mark as referred',
    choice: 'If it exists already, update it and mark it as referred',
    hint: 'Mapped values replace existing ones. The tag and the referral attributes are added.',
    importChoice: 'Update it with the row',
  },
  fill: {
    summary: 'fill only its empty fields',
    label: 'Fill empty fields only',
    choice: 'If it exists already, fill only its empty fields and mark it as referred',
    hint: 'Existing values in Intercom are never replaced.',
    importChoice: 'Use and fill empty fields',
  },
  review: {
    summary: 'let a teammate decide',
    label: 'Let a teammate decide',
    choice: 'Let a teammate decide',
    hint: 'It waits under Reviews, and on the card of each possible match.',
    importChoice: null,
  },
} as const;
type DuplicatePolicy = keyof typeof duplicatePolicies;
export const duplicatePolicyNames = Object.keys(duplicatePolicies) as DuplicatePolicy[];
type ImmediatePolicy = {
  [P in DuplicatePolicy]: (typeof duplicatePolicies)[P]['importChoice'] extends string ? P : never;
}[DuplicatePolicy];
/** For the API's contacts and imports, which ask no teammate. */
export const immediatePolicies = duplicatePolicyNames.filter(
  (name): name is ImmediatePolicy => duplicatePolicies[name].importChoice !== null,
);

/** Each use that a teammate can choose, with the policy that it stands for. */
export const usePolicies = {
  update: 'update',
  fill: 'fill',
  link: 'nothing',
} as const satisfies Record<string, DuplicatePolicy>;
export type ContactUse = keyof typeof usePolicies;
export const contactUse = z.enum(Object.keys(usePolicies) as ContactUse[]);

/** docs/enrollment.md has the whole table. */
export const onDuplicate = z.object({
  policy: z.enum(duplicatePolicyNames),
  lead_where_user_wanted: z.enum(['convert', 'keep']),
  archived: z.enum(['unarchive', 'report']),
});
export type OnDuplicate = z.infer<typeof onDuplicate>;

/** The writable fields of a contact; null empties one. */
export const contactFields = contactDraft.omit({ role: true, company: true, tags: true }).extend({
  phone: z.string().nullable().optional(),
  name: z.string().nullable().optional(),
  ownerId: z.string().nullable().optional(),
  avatarUrl: z.string().nullable().optional(),
  language: z.string().nullable().optional(),
  customAttributes: contactDraft.shape.customAttributes.optional(),
});
export type ContactFields = z.infer<typeof contactFields>;

export type IntercomContact = {
  id: string;
  role: 'lead' | 'user';
  email: string | null;
  externalId: string | null;
  name: string | null;
  /** The name that Intercom generated for a lead, as its first API returns it. */
  pseudonym: string | null;
  phone: string | null;
  ownerId: string | null;
  avatarUrl: string | null;
  unsubscribed: boolean;
  language: string | null;
  signedUpAt: Date | null;
  createdAt: Date | null;
  lastActiveAt: Date | null;
  customAttributes: Record<string, AttributeValue>;
  /** True when Intercom says so; often it only refuses the call. */
  blocked: boolean;
};

export type ContactRefusal =
  /** The id appears only in Intercom's message, and may be missing. */
  | { outcome: 'conflict'; id: string | null; archived: boolean; message: string }
  /** A contact of this identity is blocked, and cannot be created again. */
  | { outcome: 'blocked'; message: string };
export type ContactUpdated =
  | ContactRefusal
  | { outcome: 'done'; contact: IntercomContact }
  | { outcome: 'gone' };
export type ContactMarked = 'done' | 'gone';
/** `refused`: never, in Intercom's words, as for a merged contact or one that waits for its deletion. */
export type ContactUnarchived = 'done' | 'gone' | { refused: string };

/** `link`: a stored one. `conflict`: Intercom refused to create a second contact. */
export const foundBy = z.enum(['link', 'external-id', 'email', 'phone', 'conflict']);
export type FoundBy = z.infer<typeof foundBy>;

export type FoundContact = IntercomContact & {
  by: FoundBy;
  archived: boolean;
  /** Told by a notification: Intercom calls it archived for about a week. */
  deleted: boolean;
  /** It is linked to another person, or a teammate said that it is not this person. */
  belongsToOther: boolean;
};

/** False where Intercom gave a lead an external ID of its own instead. */
export function isIdKept(
  given: string | null | undefined,
  contact: Pick<IntercomContact, 'externalId'>,
): boolean {
  return given === undefined || idKey(contact.externalId) === idKey(given);
}
