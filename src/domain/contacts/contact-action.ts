// The actions that /api/v1 can take on a contact in Intercom, as a run stores them, and their results.
import { z } from 'zod';
import { contactDraft, contactFields, onDuplicate } from './contact-draft.ts';

const contactId = z.string();
const text = z.string();

/** Intercom's format: https://developers.intercom.com/docs/references/rest-api/api.intercom.io/data-events */
const eventMetadata = z.record(
  z.string(),
  z.union([
    z.string(),
    z.number(),
    z.strictObject({ url: z.string(), value: z.string() }),
    z.strictObject({ amount: z.number(), currency: z.string() }),
  ]),
);

export const contactAction = z.discriminatedUnion('do', [
  /** `on` is null when an existing contact is a conflict. */
  z.object({ do: z.literal('create'), draft: contactDraft, on: onDuplicate.nullable() }),
  z.object({ do: z.literal('update'), contactId, fields: contactFields }),
  z.object({
    do: z.literal('convert'),
    contactId,
    email: text.nullable(),
    externalId: text.nullable(),
    signedUpAt: z.coerce.date(),
  }),
  z.object({
    do: z.literal('convert-visitor'),
    role: z.enum(['lead', 'user']),
    /** One of these identifies the visitor: Intercom's id, the id in the visitor's cookie, or the email. */
    visitor: z.object({ id: text.optional(), userId: text.optional(), email: text.optional() }),
    into: z.object({ id: text.optional(), externalId: text.optional(), email: text.optional() }),
  }),
  z.object({ do: z.literal('tag'), contactId, add: z.array(text), remove: z.array(text) }),
  z.object({ do: z.literal('note'), contactId, body: text, adminId: text.nullable() }),
  z.object({
    do: z.literal('company'),
    contactId,
    company: contactDraft.shape.company.unwrap(),
  }),
  z.object({
    do: z.literal('event'),
    contactId,
    name: text,
    /** Sent with every attempt: Intercom drops a second event with the same contact, name and second. */
    at: z.coerce.date(),
    metadata: eventMetadata,
  }),
  z.object({ do: z.literal('archive'), contactId }),
  z.object({ do: z.literal('unarchive'), contactId }),
  z.object({ do: z.literal('delete'), contactId }),
]);
export type ContactAction = z.infer<typeof contactAction>;

export const doneOutcomes = [
  'created',
  'updated',
  'converted',
  'linked',
  'unchanged',
  'tagged',
  'noted',
  'attached',
  'tracked',
  'archived',
  'unarchived',
  'deleted',
] as const;
/** `conflict`: another contact blocks it; `gone`: the contact does not exist; `refused`: Intercom refuses it. */
export const notDone = ['conflict', 'gone', 'refused'] as const;

export const actionResult = z.object({
  outcome: z.enum([...doneOutcomes, ...notDone]),
  why: z.string(),
  /** The contact acted on; for a conflict, the contact that blocks it when that is known. */
  contactId: z.string().nullable(),
  contact: z
    .object({
      id: z.string(),
      role: z.enum(['lead', 'user']),
      name: z.string().nullable(),
      email: z.string().nullable(),
      externalId: z.string().nullable(),
      createdAt: z.coerce.date().nullable(),
    })
    .nullable(),
});
export type ActionResult = z.infer<typeof actionResult>;
