// /api/v1/erasures: erases a person on request, with receipts.

import { z } from 'zod';
import { erasePerson, listErasures, readErasure } from '../../../usecases/repair/erasure.ts';
import { camelFields, resource } from '../resource.ts';
import { list, type Route, read, write } from '../route.ts';
import { emailFilter, idFilter, moment, named, paged, text } from '../schemas.ts';

const given = z
  .strictObject({
    email: emailFilter.optional(),
    external_id: idFilter.optional(),
    contact_id: text(255).optional().describe("Intercom's own."),
    person_id: z.guid().optional(),
    also_in_intercom: z
      .boolean()
      .default(false)
      .describe(
        'Also deletes the contact in Intercom. Otherwise only data written by Referral Desk is removed from it.',
      ),
  })
  .refine(
    ({ email, external_id, contact_id, person_id }) =>
      [email, external_id, contact_id, person_id].some((value) => value !== undefined),
    { path: ['email'], message: 'give an email, external_id, contact_id or person_id' },
  )
  .transform(camelFields)
  .register(named, {
    id: 'ErasureGiven',
    description: 'A person who matches any of these is erased.',
    examples: [{ email: 'dana@example.com', also_in_intercom: true }],
  });

const receipt = resource('Erasure', {
  description: 'A receipt without personal data. Referrals stay as counts without a name.',
  fields: {
    id: z.guid(),
    state: z.enum(['running', 'done']).describe('"running": all tables are being searched.'),
    requested_at: moment,
    finished_at: moment.nullable(),
    requested_by: z.string(),
    subject_hash: z
      .string()
      .describe(
        'SHA-256 in hex of the workspace ID, a colon, and the email in lower case or the given identifier.',
      ),
    also_in_intercom: z.boolean(),
    contacts: z
      .int()
      .nullable()
      .describe('Number of contacts deleted or cleared in Intercom. The run log has the details.'),
    erased: z.record(z.string(), z.int()).describe('Number of rows by table.'),
    trouble: z.string().nullable(),
  },
  example: {
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
});

export const erasureRoutes: Route[] = [
  list('/erasures', {
    operation: 'listErasures',
    summary: 'List receipts of erasures',
    query: paged,
    items: receipt,
    name: 'ErasureList',
    statuses: { 200: 'A page of receipts' },
    find: ({ ctx, workspaceId, page }) => listErasures(ctx, workspaceId, page),
  }),
  write('/erasures', {
    operation: 'erasePerson',
    summary: 'Erase a person. This cannot be undone',
    body: given,
    answer: receipt,
    statuses: { 201: 'The receipt, updated until its state is "done"' },
    act: ({ ctx, workspaceId, body, actor }) => erasePerson(ctx, workspaceId, body, actor),
  }),
  read('/erasures/:id', {
    operation: 'readErasure',
    summary: 'Get the receipt of an erasure',
    answer: receipt,
    statuses: { 200: 'The receipt' },
    find: ({ ctx, workspaceId, id }) => readErasure(ctx, workspaceId, id),
  }),
];
