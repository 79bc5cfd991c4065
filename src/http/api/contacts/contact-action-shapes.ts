// Request shapes of actions on an existing contact in /api/v1.
import { z } from 'zod';
import { email, emailFilter, emptyBody, externalId, named, text } from '../schemas.ts';
import { companyGiven, contactId, line, tagName, when } from './contact-shapes.ts';

export const findQuery = z.strictObject({
  email: emailFilter.optional(),
  external_id: externalId.optional().describe('For users only. Intercom assigns a lead its own.'),
  id: contactId.optional(),
});

export const emptyGiven = emptyBody('NothingGiven');

export const convertGiven = z
  .strictObject({
    email: email.optional(),
    external_id: externalId.optional(),
    signed_up_at: when.optional(),
  })
  .prefault({})
  .register(named, { id: 'ConvertGiven', examples: [{ external_id: 'user-817' }] });

export const visitorGiven = z
  .strictObject({
    role: z.enum(['user', 'lead']),
    visitor: z
      .strictObject({ id: line.optional(), user_id: line.optional(), email: email.optional() })
      .refine(hasIdentifier, 'give an id, a user_id or an email'),
    into: z.strictObject({
      id: contactId.optional(),
      external_id: externalId.optional(),
      email: email.optional(),
    }),
  })
  .refine(({ role, into }) => role === 'lead' || hasIdentifier(into), {
    path: ['into'],
    message: 'give an id, an external_id or an email',
  })
  .register(named, {
    id: 'ConvertVisitorGiven',
    examples: [{ role: 'lead', visitor: { user_id: '3ecf64d0-9ed1' }, into: { email: 'dana@example.com' } }],
  });

function hasIdentifier(given: object): boolean {
  return Object.values(given).some((value) => value !== undefined);
}

const tagNames = z.array(tagName).max(50).default([]);
export const tagsGiven = z
  .strictObject({ add: tagNames, remove: tagNames })
  .refine(({ add, remove }) => add.length + remove.length > 0, 'give tags to add or to remove')
  .register(named, { id: 'TagsGiven', examples: [{ add: ['VIP'], remove: ['Trial'] }] });

export const noteGiven = z
  .strictObject({
    body: text(10_000).describe('Text or HTML.'),
    admin_id: line.optional().describe('The author. Default: the teammate who installed the app.'),
  })
  .register(named, { id: 'NoteGiven', examples: [{ body: 'Asked for an invoice.' }] });

export const companyAttached = companyGiven.register(named, {
  id: 'CompanyGiven',
  examples: [{ id: 'acme', name: 'Acme', create: true }],
});

export const eventGiven = z
  .strictObject({
    event_name: line,
    created_at: when.optional().describe('Default: now.'),
    metadata: z
      .record(
        line,
        z.union([
          line,
          z.number(),
          z.strictObject({ url: line, value: line }),
          z.strictObject({ amount: z.number(), currency: line }),
        ]),
      )
      .refine((given) => Object.keys(given).length <= 10, 'Intercom accepts ten fields')
      .default({}),
  })
  .register(named, { id: 'EventGiven', examples: [{ event_name: 'invited-friend' }] });
