// What a contact is to be, what Intercom has of it, and what is to be done where somebody is there already.
import { z } from 'zod';

export const attributeValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type AttributeValue = z.infer<typeof attributeValue>;

/** What a contact is to be: undefined fields are left alone. Read anew from where it was stored as JSON. */
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
  /** By the company's own company_id; made when it is not there and `create` is set. */
  company: z.object({ id: z.string(), name: z.string().optional(), create: z.boolean() }).optional(),
  /** By name. */
  tags: z.array(z.string()),
});
export type ContactDraft = z.infer<typeof contactDraft>;

export const duplicatePolicies = ['nothing', 'update', 'fill', 'ask'] as const;
/** What is done where a contact is there already; docs/enrollment.md has the whole table. */
export const onDuplicate = z.object({
  policy: z.enum(duplicatePolicies),
  lead_where_user_wanted: z.enum(['convert', 'keep']),
  archived: z.enum(['unarchive', 'report']),
});
export type OnDuplicate = z.infer<typeof onDuplicate>;

/** The fields of a contact that can be written; null empties one. */
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

/** A contact as Intercom shows it. */
export type IntercomContact = {
  id: string;
  role: 'lead' | 'user';
  email: string | null;
  externalId: string | null;
  name: string | null;
  /** The name that Intercom made up for a lead: its first API tells it. */
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
  /** Where Intercom says so; often it tells only by refusing. */
  blocked: boolean;
};

/** How a contact was found: ours by a stored link, by the company's own id, by email, or because Intercom told of a conflict. */
export type FoundBy = 'link' | 'external-id' | 'email' | 'conflict';

/** A contact as far as duplicates are concerned. */
export type FoundContact = IntercomContact & {
  by: FoundBy;
  archived: boolean;
  /** It is the stored link of another person that is known here, or somebody said that it is not this one. */
  anothers: boolean;
};
