// Imports of contacts: their options, the columns of a row, and the outcome of each row.
import { z } from 'zod';
import { didYouMean } from '../contacts/attribute-catalog.ts';
import { type ContactDraft, onDuplicate } from '../contacts/contact-draft.ts';
import { contactDraftOf, type FilledRow, typeOf, writingFor } from '../enrollment/filled-mapping.ts';
import { type ContactAttribute, customName, standardTargets } from '../enrollment/mapping.ts';
import { convert, type Writing } from '../enrollment/mapping-values.ts';
import { emailKey, foldText, idKey, tidy } from '../identity.ts';

export const importStates = [
  'receiving',
  /** The upload broke off: start what arrived, or cancel it. */
  'interrupted',
  'running',
  'paused',
  'canceled',
  'done',
] as const;
export type ImportState = (typeof importStates)[number];

export const rowStates = [
  'waiting',
  /** Intercom was asked, and its answer is not known yet. */
  'attempted',
  'done',
  'failed',
  /** Unreadable, so never tried. */
  'invalid',
] as const;
export type RowState = (typeof rowStates)[number];

/** `role` applies to rows that name none. */
export const importOptions = z.strictObject({
  role: z.enum(['lead', 'user']).default('lead'),
  on_duplicate: onDuplicate.shape.policy.default('nothing'),
  lead_where_user_wanted: onDuplicate.shape.lead_where_user_wanted.default('convert'),
  archived: onDuplicate.shape.archived.default('report'),
  email_verified: z.boolean().default(false),
  day_first: z
    .boolean()
    .optional()
    .describe('Whether the file writes the day before the month; without it, 03/04/2026 is refused.'),
  decimal_comma: z
    .boolean()
    .optional()
    .describe('Whether the file writes decimals after a comma; without it, 1.234 and 1,234 are refused.'),
});
export type ImportOptions = z.infer<typeof importOptions>;

/** By column name; empty cells are left out. */
export type GivenRow = Record<string, string | number | boolean | string[]>;

/** By outcome: `created`, `updated`, …, `failed` and `invalid`. */
export type ImportCounts = Record<string, number>;

export function totalOf(counts: ImportCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Other column names, by letters and digits: from Intercom's exports, its first API, and common use. */
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
/** As files write them; `custom_attributes.NAME` is accepted too. */
export const columnNames: readonly string[] = standardColumns.map((name) => name.replace('.', '_'));

/** By these, names of columns and attributes are the same whatever their capitals, spaces and separators. */
export function lettersOf(name: string): string {
  return foldText(name).replace(/[\s._-]+/g, '');
}

const columnsByLetters = new Map([
  ...standardColumns.map((name) => [lettersOf(name), name] as const),
  ...Object.entries(aliases),
]);

/** Removes a spreadsheet's ="…" and invisible characters. */
export function headerText(cell: string): string {
  return tidy(tidy(cell).replace(/^="(.*)"$/s, '$1'));
}

export const unknownColumns = ['refuse', 'ignore', 'attributes'] as const;
export type UnknownColumns = (typeof unknownColumns)[number];

/** Accepts any case and separators; null for an unknown column. */
export function columnName(header: string, unknown: UnknownColumns): string | null {
  const name = headerText(header);
  const custom = /^custom[ _-]?attributes?\s*\.\s*(.+)$/is.exec(name)?.[1];
  if (custom !== undefined) return `custom_attributes.${custom}`;
  const standard = columnsByLetters.get(lettersOf(name));
  if (standard !== undefined) return standard;
  return unknown === 'attributes' && name !== '' ? `custom_attributes.${name}` : null;
}

const columnLike = (name: string) => name.toLowerCase().replace(/[\s-]+/g, '_');

export function unknownColumn(header: string): string {
  const name = headerText(header);
  return name === '' ? 'has no name' : `is unknown${didYouMean(columnLike(name), standardColumns)}`;
}

/** The attribute of this exact name, or the only one that differs just in capitals and spaces. */
function attributeColumn(column: string, attributes: readonly ContactAttribute[]): string {
  const name = customName(column);
  if (name === null || attributes.some((attribute) => attribute.name === name)) return column;
  const alike = attributes.filter((attribute) => lettersOf(attribute.name) === lettersOf(name));
  const [only] = alike;
  return alike.length === 1 && only !== undefined ? `custom_attributes.${only.name}` : column;
}

/** Added to this app's file of failed rows, and ignored when that file is uploaded again. */
export const failureColumns: Record<string, (row: ImportRow) => string | number | null> = {
  '(line)': ({ line }) => line,
  '(error)': ({ error, problems }) =>
    Object.entries(problems ?? {})
      .map(([field, problem]) => `${field}: ${problem}`)
      .join('; ') || error,
};

/** By column; "row" stands for the whole row. */
export type RowProblems = Record<string, string>;

/** Without `attributes`, custom ones are unchecked. A cut value is a problem: no import loses data. */
export function readRow(
  row: GivenRow,
  options: ImportOptions,
  attributes: readonly ContactAttribute[] | null,
  timeZone: string,
): { draft: ContactDraft } | { problems: RowProblems } {
  const problems: [string, string][] = [];
  const filled: FilledRow[] = [];
  const role = roleIn(row, options);
  const writing = writingOf(options, timeZone);
  if (role === null) problems.push(['role', 'must be lead or user']);
  for (const [column, value] of Object.entries(row)) {
    if (column === 'role' || (attributes === null && customName(column) !== null)) continue;
    const to = attributes === null ? column : attributeColumn(column, attributes);
    for (const fact of Array.isArray(value) ? value : to === 'tags' ? tagsIn(value) : [value]) {
      const read = valueFor(to, fact, attributes ?? [], writing);
      if ('problem' in read) problems.push([column, read.problem]);
      else filled.push({ row: { type: 'fixed', from: fact, to }, value: read.value, why: null });
    }
  }
  const draft = contactDraftOf(role ?? options.role, filled);
  const missing = missingField(row, draft);
  if (missing !== null && problems.length === 0) problems.push(missing);
  if (problems.length > 0) return { problems: Object.fromEntries(problems) };
  const email = emailKey(draft.email);
  if (email !== null) draft.email = email;
  if (email !== null && options.email_verified) draft.emailVerified = true;
  if (draft.role === 'lead') delete draft.signedUpAt;
  return { draft };
}

function writingOf({ day_first: dayFirst, decimal_comma }: ImportOptions, timeZone: string): Writing {
  const decimals = decimal_comma === undefined ? 'unknown' : decimal_comma ? 'comma' : 'point';
  return { timeZone, dayFirst, decimals };
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
  writing: Writing,
) {
  const target = typeOf(to, attributes);
  if (target === null) {
    const known = attributes.map(({ name }) => name);
    return { problem: `does not exist in Intercom${didYouMean(columnLike(customName(to) ?? to), known)}` };
  }
  const converted = convert(fact, target.type, target.options, writingFor(to, writing));
  return 'note' in converted ? { problem: `is too long: it would be ${converted.note}` } : converted;
}

function missingField(row: GivenRow, draft: ContactDraft): [string, string] | null {
  if (Object.keys(row).every((name) => name === 'role')) return ['row', 'is empty'];
  if (draft.role === 'user' && draft.email === undefined) return ['email', 'is required for a user'];
  return null;
}

/** Rows with the same identity are done in order; null for a row without one. */
export function identityOf(draft: Pick<ContactDraft, 'email' | 'externalId'>): string | null {
  const email = emailKey(draft.email);
  if (email !== null) return `email:${email}`;
  const externalId = idKey(draft.externalId);
  return externalId === null ? null : `external:${externalId}`;
}

/** The custom attributes of a row: their types have to be read from Intercom. */
export function attributesIn(row: GivenRow): string[] {
  return Object.keys(row).flatMap((column) => customName(column) ?? []);
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

/** `attemptedAt`: when an earlier attempt asked Intercom and got no known answer. */
export type ClaimedRow = Pick<ImportRow, 'line' | 'given' | 'attempts'> & { attemptedAt: Date | null };

/** A row that is still `waiting` or `attempted` is claimed again, from `dueAt` on. */
export type SettledRow = Omit<ImportRow, 'given' | 'state'> & {
  state: Exclude<RowState, 'invalid'>;
  attemptedAt: Date | null;
  dueAt: Date | null;
};

/** With `problems` it is stored, but never tried. */
export type NewRow = Pick<ImportRow, 'line' | 'given' | 'problems'> & { identity: string | null };
