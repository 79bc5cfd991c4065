// Shapes of a drafted contact and of the mapping rows that made it in /api/v1.
import { z } from 'zod';
import { attributeValue, type ContactDraft } from '../../../domain/contacts/contact-draft.ts';
import { moment } from '../schemas.ts';

/** By Intercom's names; missing fields are left alone. */
export const draft = z.strictObject({
  role: z.enum(['lead', 'user']),
  email: z.string().optional(),
  phone: z.string().optional(),
  name: z.string().optional(),
  external_id: z.string().optional(),
  owner_id: z.string().optional(),
  avatar: z.string().optional(),
  unsubscribed_from_emails: z.boolean().optional(),
  language_override: z.string().optional(),
  signed_up_at: moment.optional(),
  custom_attributes: z.record(z.string(), attributeValue),
  company: z
    .strictObject({ id: z.string(), name: z.string().optional(), create: z.boolean() })
    .optional()
    .describe('Attached by its company_id. Created if it does not exist and create is true.'),
  tags: z.array(z.string()),
});

export function draftSource({ avatarUrl, unsubscribed, language, ...rest }: ContactDraft) {
  return { ...rest, avatar: avatarUrl, unsubscribedFromEmails: unsubscribed, languageOverride: language };
}

const value = z.union([z.string(), z.number(), z.boolean()]);

export const filledRow = z.strictObject({
  type: z.enum(['field', 'fixed', 'template']),
  from: value,
  to: z.string(),
  value: value.nullable().describe('Null if the row is left out. Dates are Unix seconds.'),
  why: z.string().nullable().describe('Why it is left out or shortened.'),
});
