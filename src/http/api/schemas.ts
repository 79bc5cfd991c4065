// Shapes that several resources of /api/v1 share: texts, people, pages and their cursors.

import { z } from 'zod';
import { emailKey, idKey, readEmail, readId, type TextReading, tidy } from '../../domain/identity.ts';
import { columnNames } from '../../domain/imports/contact-import.ts';
import type { Identity, Position } from '../../domain/program/program.ts';

/** Schemas that /openapi.json shows under their own names. */
export const named = z.registry<{ id: string; description?: string; examples?: unknown[] }>();

/** The only response that is not JSON. */
export const csvText = z.string().register(named, {
  id: 'CsvFile',
  description:
    'RFC 4180 in UTF-8, the names of the columns first. Text that a spreadsheet would read as a formula starts with an apostrophe.',
});

/** The only body that is not JSON. */
export const fileText = z.string().register(named, {
  id: 'ContactsFile',
  description:
    'One contact a row: newline-delimited JSON, or CSV in UTF-8 (another encoding as charset) with column names in the first row: ' +
    `columns: ${columnNames.join(', ')} and custom_attributes.NAME.`,
  examples: ['email,name,custom_attributes.plan\r\ndana@example.com,Dana Reed,pro\r\n'],
});

/** PostgreSQL cannot store NUL or an unpaired surrogate. Refuse the text rather than alter it. */
const storable = (text: string) => !text.includes('\0') && text.isWellFormed();
const notStorable = 'must not contain NUL or half a surrogate pair';

/** In one form: without invisible characters at its ends. */
export const text = (most: number) =>
  z.string().refine(storable, notStorable).overwrite(tidy).min(1).max(most);

/** A text in the form that `read` gives it, or refused with its words. */
export const readBy = (read: (given: string) => TextReading, most: number) =>
  z
    .string({ error: (issue) => (typeof issue.input === 'number' ? asText : undefined) })
    .max(most)
    .transform((given, context) => {
      const reading = read(given);
      if ('value' in reading) return reading.value;
      context.addIssue({ code: 'custom', message: reading.problem });
      return z.NEVER;
    });
const asText = 'has to be written as text: as a number it can lose digits';

export const externalId = readBy(readId, 1_000);
export const moment = z.iso.datetime();
export const count = z.int().min(0);

export const email = readBy(readEmail, 1_000);

/** Also finds an address that is not valid; without a visible character it would match everyone. */
export const emailFilter = text(1_000).transform((given, context) => {
  const email = emailKey(given);
  if (email !== null) return email;
  context.addIssue({ code: 'custom', message: 'is empty' });
  return z.NEVER;
});

/** Finds one that was stored before ids were read in one form, too. */
export const idFilter = text(1_000).transform((given) => idKey(given) ?? given);

export const personGiven = z
  .strictObject({
    email: email.nullish(),
    external_id: externalId.nullish(),
    name: text(200).nullish(),
  })
  .refine((person) => (person.email ?? person.external_id ?? null) !== null, {
    path: ['email'],
    message: 'give an email or an external_id, or both',
  })
  .transform(
    (person): Identity => ({
      email: person.email ?? null,
      externalId: person.external_id ?? null,
      name: person.name ?? null,
    }),
  )
  .register(named, {
    id: 'PersonGiven',
    description:
      "A person by email, by the company's own external_id, or both. At least one is required. Capitals and invisible characters " +
      'at the ends of an email do not count, nor does the form of its host. Known values are kept, and new ones are added.',
  });

/** The company's own fields about a person: a mapping's `extra.NAME`. */
export const extraGiven = z
  .record(text(100), z.union([text(1000), z.number(), z.boolean()]))
  .refine((fields) => Object.keys(fields).length <= 50, 'must not have more than 50 fields')
  .describe('Anything else that is known, for the mapping to Intercom: {"phone": "+353 1 555 0100"}.');

export const personExample = {
  id: '2f0f2a7c-5f0e-4c55-9d4d-0d7a1f3f3f21',
  email: 'dana@example.com',
  name: 'Dana Reed',
  external_id: 'user-817',
};

export const person = z
  .strictObject({
    id: z.guid(),
    email: z.string().nullable(),
    name: z.string().nullable(),
    external_id: z.string().nullable(),
  })
  .register(named, { id: 'Person', examples: [personExample] });

/** At most 13 digits of milliseconds, until the year 2286: PostgreSQL has no dates that are much later. */
const cursorText = /^(?<at>\d{1,13})\/(?<id>.+)$/;

function cursorFor(id: z.ZodType<string>) {
  return z.string().transform((cursor, context): Position => {
    const parts = cursorText.exec(Buffer.from(cursor, 'base64url').toString())?.groups;
    const known = id.safeParse(parts?.id);
    if (parts?.at !== undefined && known.success) return { at: new Date(Number(parts.at)), id: known.data };
    context.addIssue({ code: 'custom', message: 'must be the "next" value of the previous page' });
    return z.NEVER;
  });
}

export function cursorOf({ at, id }: Position): string {
  return Buffer.from(`${at.getTime()}/${id}`).toString('base64url');
}

/** The format of ids that are numbers. A bigint can be larger than JavaScript's safe integers. */
export const numericId = z.string().regex(/^\d{1,15}$/);

const pagedBy = (id: z.ZodType<string>) => ({
  limit: z.coerce.number().int().min(1).max(100).default(50).describe('Maximum number of rows.'),
  cursor: cursorFor(id).optional().describe('The "next" value of the previous page.'),
});

export const paged = pagedBy(z.guid());
/** For history, where entries are numbered. */
export const pagedByNumber = pagedBy(numericId);

/** `next` is null on the last page. */
export function listOf<S extends z.ZodType>(item: S, id: string) {
  return z
    .strictObject({ data: z.array(item), next: z.string().nullable() })
    .register(named, { id, description: 'Newest first. Give "next" as "cursor" for more; null at the end.' });
}

export function emptyBody(id: string) {
  return z
    .strictObject({})
    .prefault({})
    .register(named, { id, examples: [{}] });
}
