// The wanted state of a contact, its state in Intercom, and what to do when the contact already exists.
import { z } from 'zod';

export const attributeValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type AttributeValue = z.infer<typeof attributeValue>;

/** The wanted state of a contact: undefined fields are left alone. Parses itself back from stored JSON. */
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
  /** Tag names. */
  tags: z.array(z.string()),
});
export type ContactDraft = z.infer<typeof contactDraft>;

export const duplicatePolicies = ['nothing', 'update', 'fill', 'ask'] as const;
/** What to do when a contact already exists; docs/enrollment.md has the whole table. */
export const onDuplicate = z.object({
  policy: z.enum(duplicatePolicies),
  lead_where_user_wanted: z.enum(['convert', 'keep']),
  archived: z.enum(['unarchive', 'report']),
});
export type OnDuplicate = z.infer<typeof onDuplicate>;

/** The writable fields of a contact; null empties one. */
export const contactFields = z.object({
  email: z.string().optional(),
  phone: z.string().nullable().optional(),
  name: z.string().nullable().optional(),
  externalId: z.string().optional(),
  ownerId: z.string().nullable().optional(),
  avatarUrl: z.string().nullable().optional(),
  unsubscribed: z.boolean().optional(),
  language: z.string().nullable().optional(),
  signedUpAt: z.coerce.date().optional(),
  emailVerified: z.literal(true).optional(),
  customAttributes: z.record(z.string(), attributeValue).optional(),
});
export type ContactFields = z.infer<typeof contactFields>;

/** A contact as Intercom returns it. */
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

/** How a contact was found: by our stored link, by external ID, by email, or because Intercom reported a conflict. */
export type FoundBy = 'link' | 'external-id' | 'email' | 'conflict';

/** A contact with the facts that matter for duplicates. */
export type FoundContact = IntercomContact & {
  by: FoundBy;
  archived: boolean;
  /** It is the stored link of another known person, or a teammate decided that it is not this person. */
  anothers: boolean;
};
