// Whatever is sent to /api/v1/contacts: what is taken can be stored, and read again as it was.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { contactAction } from '../../src/domain/contacts/contact-action.ts';
import {
  eventGiven,
  noteGiven,
  tagsGiven,
  visitorGiven,
} from '../../src/http/api/contacts/contact-action-shapes.ts';
import { contactChanges, contactGiven, fieldsIn } from '../../src/http/api/contacts/contact-shapes.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', 'a\0', 'a\ud800', 'x'.repeat(300), '__proto__', 'a@b.co', 'https://a.example/\0\ud800'),
);
const anyScalar = fc.oneof(anyText, fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
const anyValue = fc.oneof(
  anyScalar,
  fc.array(anyText, { maxLength: 3 }),
  fc.dictionary(anyText, anyScalar, { maxKeys: 3 }),
  fc.record({ url: anyText, value: anyText }).map((link) => ({ link })),
  fc.record({ id: anyText, name: anyText }, { requiredKeys: [] }),
  fc.record({ user_id: anyText, email: anyText }, { requiredKeys: [] }),
);

/** Escapes that PostgreSQL refuses in jsonb, or changes. */
const unstorable = /\\u0000|\\ud[89a-f]/i;

const contactFields = [
  ...['email', 'name', 'phone', 'external_id', 'owner_id', 'avatar', 'language_override', 'signed_up_at'],
  ...['unsubscribed_from_emails', 'custom_attributes', 'company', 'tags', 'on_duplicate', 'role'],
];
const bodies: [string, z.ZodType, object, string[]][] = [
  ['a new contact', contactGiven, { role: 'lead' }, contactFields],
  ['a change', contactChanges, { name: 'Dana' }, contactFields],
  ['an event', eventGiven, { event_name: 'invited' }, ['event_name', 'created_at', 'metadata']],
  ['a note', noteGiven, { body: 'Hello' }, ['body', 'admin_id']],
  ['tags', tagsGiven, { add: ['VIP'] }, ['add', 'remove']],
  ['a visitor', visitorGiven, { role: 'lead', visitor: { id: '1' }, into: {} }, ['visitor', 'into', 'role']],
];

test.each(bodies)('%s that is taken can be stored', (_name, schema, right, fields) => {
  let taken = 0;
  fc.assert(
    fc.property(fc.constantFrom(...fields), anyValue, (field, value) => {
      const read = schema.safeParse({ ...right, [field]: value });
      if (!read.success) return;
      taken += 1;
      expect(JSON.stringify(read.data)).not.toMatch(unstorable);
    }),
    { numRuns: 2_000 },
  );
  expect(taken).toBeGreaterThan(10);
});

test('a new contact is read from the database as it was recorded', () => {
  fc.assert(
    fc.property(fc.constantFrom(...contactFields), anyValue, (field, value) => {
      const read = contactGiven.safeParse({ role: 'lead', signed_up_at: 1_790_000_000, [field]: value });
      if (!read.success) return;
      const stored = JSON.stringify({ do: 'create', ...read.data, draft: fieldsIn('UTC', read.data.draft) });
      const again = JSON.stringify(contactAction.parse(JSON.parse(stored)));
      expect(JSON.parse(again)).toEqual(JSON.parse(stored));
    }),
    { numRuns: 2_000 },
  );
});
