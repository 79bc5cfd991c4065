// What can be done to a contact in Intercom by /api/v1, as a run keeps it, and what came of it.
import { z } from 'zod';
import { contactDraft, contactFields, onDuplicate } from './contact-draft.ts';

const contactId = z.string();
const text = z.string();

/** Intercom's own: https://developers.intercom.com/docs/references/rest-api/api.intercom.io/data-events */
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
  /** `on` is null where somebody who is there already is a conflict. */
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
    /** One of them tells who the visitor is: Intercom's id, the id in the visitor's cookie, the email. */
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
    /** Told with every try: Intercom drops a second one of the same contact, name and second. */
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
/** `conflict`: another contact is in the way; `gone`: there is no such contact; `refused`: Intercom says no. */
export const notDone = ['conflict', 'gone', 'refused'] as const;

/** What the run log keeps of what came of an action. */
export const actionResult = z.object({
  outcome: z.enum([...doneOutcomes, ...notDone]),
  why: z.string(),
  /** Of the contact acted upon; for a conflict, of the one in the way where that is known. */
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
