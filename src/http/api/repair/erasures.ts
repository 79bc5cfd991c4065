// /api/v1/erasures: erasing a person on request, and the receipts of it.
import { z } from 'zod';
import { foldEmail } from '../../../domain/contacts/contact.ts';
import { type Erasure, erasePerson, listErasures, readErasure } from '../../../usecases/repair/erasure.ts';
import { byToken, emptyQuery, type Route, read, write } from '../route.ts';
import { listJson, listOf, moment, named, paged, pageRequest, text } from '../schemas.ts';

const given = z
  .strictObject({
    email: text(254)
      .transform((email) => foldEmail(email) ?? email)
      .optional(),
    external_id: text(255).optional(),
    contact_id: text(255).optional().describe("Intercom's own."),
    person_id: z.guid().optional(),
    also_in_intercom: z
      .boolean()
      .default(false)
      .describe(
        'Deletes the contact there, too, for good; without it only what this app wrote to it is taken away.',
      ),
  })
  .transform(({ external_id, contact_id, person_id, also_in_intercom, email }, context) => {
    if ([email, external_id, contact_id, person_id].some((one) => one !== undefined)) {
      const by = { email, externalId: external_id, contactId: contact_id, personId: person_id };
      return { ...by, alsoInIntercom: also_in_intercom };
    }
    const message = 'give an email, external_id, contact_id or person_id';
    context.addIssue({ code: 'custom', path: ['email'], message });
    return z.NEVER;
  })
  .register(named, {
    id: 'ErasureGiven',
    description: 'A person who matches any of these is erased.',
    examples: [{ email: 'dana@example.com', also_in_intercom: true }],
  });

const receipt = z
  .strictObject({
    id: z.guid(),
    state: z.enum(['running', 'done']).describe('"running": everything is being looked through for more.'),
    requested_at: moment,
    finished_at: moment.nullable(),
    requested_by: z.string(),
    subject_hash: z
      .string()
      .describe(
        'SHA-256, in hex, of the workspace id, a colon and the email in small letters, or what else was given.',
      ),
    also_in_intercom: z.boolean(),
    contacts: z
      .int()
      .nullable()
      .describe('How many contacts are deleted or cleared in Intercom; the run log says when each is.'),
    erased: z.record(z.string(), z.int()).describe('Rows by table.'),
    trouble: z.string().nullable(),
  })
  .register(named, {
    id: 'Erasure',
    description: 'The receipt, which names no person. Referrals stay as counts without a name.',
    examples: [
      {
        id: '1d4c1f62-5d0a-4a8e-b0de-6a7f0a8f1c33',
        state: 'done',
        requested_at: '2026-11-12T09:00:00.000Z',
        finished_at: '2026-11-12T09:00:02.000Z',
        requested_by: 'backend',
        subject_hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        also_in_intercom: true,
        contacts: 1,
        erased: { contacts: 1, deliveries: 14, people: 1, referrals: 1, runs: 6 },
        trouble: null,
      },
    ],
  });

function receiptJson(one: Erasure): z.input<typeof receipt> {
  return {
    id: one.id,
    state: one.state,
    requested_at: one.requestedAt.toISOString(),
    finished_at: one.finishedAt?.toISOString() ?? null,
    requested_by: one.requestedBy,
    subject_hash: one.subjectHash,
    also_in_intercom: one.alsoInIntercom,
    contacts: one.contacts,
    erased: one.erased,
    trouble: one.trouble,
  };
}

export const erasureRoutes: Route[] = [
  read({
    path: '/erasures',
    operation: 'listErasures',
    summary: 'The receipts of all erasures',
    query: z.strictObject(paged),
    answer: listOf(receipt, 'ErasureList'),
    statuses: { 200: 'A page of receipts' },
    handler: async ({ ctx }, { caller, query }) =>
      listJson(await listErasures(ctx, caller.workspaceId, pageRequest(query)), receiptJson),
  }),
  write({
    path: '/erasures',
    operation: 'erasePerson',
    summary: 'Erase a person everywhere; it cannot be undone',
    body: given,
    answer: receipt,
    statuses: { 201: 'The receipt, which grows until its state is "done"' },
    handler: async ({ ctx }, { caller, body }) => ({
      status: 201,
      body: receiptJson(await erasePerson(ctx, caller.workspaceId, body, byToken(caller))),
    }),
  }),
  read({
    path: '/erasures/:id',
    operation: 'readErasure',
    summary: 'The receipt of one erasure',
    query: emptyQuery,
    answer: receipt,
    statuses: { 200: 'The receipt' },
    handler: async ({ ctx }, { caller, id }) => receiptJson(await readErasure(ctx, caller.workspaceId, id)),
  }),
];
