// Imports of contacts: what is wanted of one, what its rows may hold, and what becomes of a row.
import { z } from 'zod';
import { nearest } from '../contacts/attribute-catalog.ts';
import { foldEmail } from '../contacts/contact.ts';
import { type ContactDraft, onDuplicate } from '../contacts/contact-draft.ts';
import { dateOptionsFor, draftOf, type FilledRow, typeOf } from '../enrollment/filled-mapping.ts';
import { type ContactAttribute, customName, standardTargets } from '../enrollment/mapping.ts';
import { convert } from '../enrollment/mapping-values.ts';
import { idKey, tidy } from '../identity.ts';
import type { DateOptions } from '../time.ts';

export const importStates = [
  'receiving',
  /** The upload broke off: to be started as it is, or canceled. */
  'interrupted',
  'running',
  'paused',
  'canceled',
  'done',
] as const;
export type ImportState = (typeof importStates)[number];

export const rowStates = [
  'waiting',
  /** Intercom is, or was, asked for it, and its answer is not known. */
  'attempted',
  'done',
  'failed',
  /** Unreadable, and never tried. */
  'invalid',
] as const;
export type RowState = (typeof rowStates)[number];

/** What is wanted of every row. `role` is that of rows which name none. */
export const importOptions = z.strictObject({
  role: z.enum(['lead', 'user']).default('lead'),
  on_duplicate: onDuplicate.shape.policy.default('nothing'),
  lead_where_user_wanted: onDuplicate.shape.lead_where_user_wanted.default('convert'),
  archived: onDuplicate.shape.archived.default('report'),
  email_verified: z.boolean().default(false),
  day_first: z
    .boolean()
    .optional()
    .describe('How the file writes 03/04/2026; such a date is refused when this is left out.'),
});
export type ImportOptions = z.infer<typeof importOptions>;

/** A row as it was given, by the names of its columns; empty cells are left out. */
export type GivenRow = Record<string, string | number | boolean | string[]>;

/** How many rows came to what: `created`, `updated`, …, `failed` and `invalid`. */
export type ImportCounts = Record<string, number>;

export function totalOf(counts: ImportCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Further names of columns, by their letters and digits: those of Intercom's exports, of its first API, and common ones. */
const aliases: Readonly<Record<string, string>> = {
  userid: 'external_id',
  emailaddress: 'email',
  mail: 'email',
  fullname: 'name',
  phonenumber: 'phone',
  signedup: 'signed_up_at',
  signupdate: 'signed_up_at',
  unsubscribed: 'unsubscribed_from_emails',
  unsubscribedfromemail: 'unsubscribed_from_emails',
  language: 'language_override',
  avatarurl: 'avatar',
  tag: 'tags',
};

const standardColumns = ['role', ...Object.keys(standardTargets)];
/** As files write them; a file may also have columns `custom_attributes.NAME`. */
export const columnNames: readonly string[] = standardColumns.map((name) => name.replace('.', '_'));
const lettersOf = (name: string) => name.toLowerCase().replace(/[\s._-]+/g, '');
const columnsByLetters = new Map([
  ...standardColumns.map((name) => [lettersOf(name), name] as const),
  ...Object.entries(aliases),
]);

/** A header without a spreadsheet's ="…" around it, and without invisible characters. */
export function headerText(cell: string): string {
  return tidy(tidy(cell).replace(/^="(.*)"$/s, '$1'));
}

/** What becomes of columns that are not known: the file is refused, they are left out, or they are custom attributes. */
export const unknownColumns = ['refuse', 'ignore', 'attributes'] as const;
export type UnknownColumns = (typeof unknownColumns)[number];

/** The column's own name, in any case and with any separators; null for an unknown one. */
export function columnName(header: string, unknown: UnknownColumns): string | null {
  const name = headerText(header);
  const custom = /^custom[ _-]?attributes?\s*\.\s*(.+)$/is.exec(name)?.[1];
  if (custom !== undefined) return `custom_attributes.${custom}`;
  const standard = columnsByLetters.get(lettersOf(name));
  if (standard !== undefined) return standard;
  return unknown === 'attributes' && name !== '' ? `custom_attributes.${name}` : null;
}

/** What is said of a column that is not known, by page, API and command alike. */
export function unknownColumn(header: string): string {
  const name = headerText(header);
  return name === '' ? 'has no name' : `is not known here${suggestion(name, standardColumns)}`;
}

function suggestion(name: string, known: readonly string[]): string {
  const similar = nearest(name.toLowerCase().replace(/[\s-]+/g, '_'), known);
  return similar === null ? '' : `; did you mean ${JSON.stringify(similar)}?`;
}

/** The custom attribute that a column means: of that very name, or the only one that differs by capitals and spaces. */
function attributeColumn(column: string, attributes: readonly ContactAttribute[]): string {
  const name = customName(column);
  if (name === null || attributes.some((attribute) => attribute.name === name)) return column;
  const alike = attributes.filter((attribute) => lettersOf(attribute.name) === lettersOf(name));
  const [only] = alike;
  return alike.length === 1 && only !== undefined ? `custom_attributes.${only.name}` : column;
}

/** What this app's own file of failed rows adds to each; it is passed over when the file comes back. */
export const failureColumns: Record<string, (row: ImportRow) => string | number | null> = {
  '(line)': ({ line }) => line,
  '(error)': ({ error, problems }) =>
    Object.entries(problems ?? {})
      .map(([field, problem]) => `${field}: ${problem}`)
      .join('; ') || error,
};

/** Why a row cannot be used, by its columns; "row" stands for the whole of it. */
export type RowProblems = Record<string, string>;

/**
 * The contact that a row describes. Without Intercom's `attributes`, custom ones are not checked yet. A value that would
 * have to be cut is a problem, because an import must not lose data in silence.
 */
export function readRow(
  row: GivenRow,
  options: ImportOptions,
  attributes: readonly ContactAttribute[] | null,
  timeZone = 'UTC',
): { draft: ContactDraft } | { problems: RowProblems } {
  const problems: [string, string][] = [];
  const filled: FilledRow[] = [];
  const role = roleIn(row, options);
  const dates = { timeZone, dayFirst: options.day_first };
  if (role === null) problems.push(['role', 'must be lead or user']);
  for (const [column, value] of Object.entries(row)) {
    if (column === 'role' || (attributes === null && customName(column) !== null)) continue;
    const to = attributes === null ? column : attributeColumn(column, attributes);
    for (const fact of Array.isArray(value) ? value : to === 'tags' ? tagsIn(value) : [value]) {
      const read = valueFor(to, fact, attributes ?? [], dates);
      if ('problem' in read) problems.push([column, read.problem]);
      else filled.push({ row: { type: 'fixed', from: fact, to }, value: read.value, why: null });
    }
  }
  const draft = draftOf(role ?? options.role, filled);
  const missing = missingField(row, draft);
  if (missing !== null && problems.length === 0) problems.push(missing);
  if (problems.length > 0) return { problems: Object.fromEntries(problems) };
  const email = foldEmail(draft.email);
  if (email !== null) draft.email = email;
  if (email !== null && options.email_verified) draft.emailVerified = true;
  if (draft.role === 'lead') delete draft.signedUpAt;
  return { draft };
}

function roleIn({ role }: GivenRow, options: ImportOptions): 'lead' | 'user' | null {
  if (role === undefined) return options.role;
  const word = tidy(String(role)).toLowerCase();
  return word === 'lead' || word === 'user' ? word : null;
}

function tagsIn(value: GivenRow[string]): string[] {
  const tags = String(value)
    .split(/[,;]/)
    .map(tidy)
    .filter((tag) => tag !== '');
  return [...new Set(tags)];
}

function valueFor(
  to: string,
  fact: string | number | boolean,
  attributes: readonly ContactAttribute[],
  dates: DateOptions,
) {
  const target = typeOf(to, attributes);
  if (target === null) {
    const known = attributes.map(({ name }) => name);
    return { problem: `does not exist in Intercom${suggestion(customName(to) ?? to, known)}` };
  }
  const converted = convert(fact, target.type, target.options, dateOptionsFor(to, dates));
  return 'note' in converted ? { problem: `is too long: it would be ${converted.note}` } : converted;
}

function missingField(row: GivenRow, draft: ContactDraft): [string, string] | null {
  if (Object.keys(row).every((name) => name === 'role')) return ['row', 'is empty'];
  if (draft.role === 'user' && draft.email === undefined) return ['email', 'is required for a user'];
  return null;
}

/** Rows of one identity are done in their order; null for a row that has none. */
export function identityOf(draft: Pick<ContactDraft, 'email' | 'externalId'>): string | null {
  const email = foldEmail(draft.email);
  if (email !== null) return `email:${email}`;
  const externalId = idKey(draft.externalId);
  return externalId === null ? null : `external:${externalId}`;
}

/** Whether the row names custom attributes: their types have to be read from Intercom. */
export function namesAttributes(row: GivenRow): boolean {
  return Object.keys(row).some((name) => customName(name) !== null);
}

export type ImportRow = {
  line: number;
  given: GivenRow;
  state: RowState;
  outcome: string | null;
  contactId: string | null;
  error: string | null;
  problems: RowProblems | null;
  attempts: number;
};

/** A row that a worker has taken up. `attemptedAt`: when Intercom was asked for it before, without a known answer. */
export type ClaimedRow = Pick<ImportRow, 'line' | 'given' | 'attempts'> & { attemptedAt: Date | null };

/** What became of a claimed row. One that is `waiting` or `attempted` is taken up again, from `dueAt` on. */
export type SettledRow = Omit<ImportRow, 'given' | 'state'> & {
  state: Exclude<RowState, 'invalid'>;
  attemptedAt: Date | null;
  dueAt: Date | null;
};

/** A row as it arrives; with `problems` it is kept, and never tried. */
export type NewRow = Pick<ImportRow, 'line' | 'given' | 'problems'> & { identity: string | null };
