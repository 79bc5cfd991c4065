// Batches of contacts: what is wanted of one, what its rows may hold, and what becomes of a row.
import { z } from 'zod';
import { foldEmail } from '../contacts/contact.ts';
import { type ContactDraft, onDuplicate } from '../contacts/contact-draft.ts';
import { type ContactAttribute, customName, standardTargets } from '../enrollment/mapping.ts';
import { draftOf, type FilledRow, typeOf } from '../enrollment/mapping-filling.ts';
import { convert } from '../enrollment/mapping-values.ts';

export const batchStates = [
  /** Its rows are arriving. */
  'receiving',
  /** The upload broke off: to be started as it is, or canceled. */
  'interrupted',
  'running',
  'paused',
  'canceled',
  'done',
] as const;
export type BatchState = (typeof batchStates)[number];

export const rowStates = [
  'waiting',
  /** Intercom is, or was, asked for it, and its answer is not known. */
  'asked',
  'done',
  'failed',
  /** It cannot be read, so that it was never tried. */
  'invalid',
] as const;
export type RowState = (typeof rowStates)[number];

/** What is wanted of every row. `role` is that of rows which name none. */
export const batchOptions = z.strictObject({
  role: z.enum(['lead', 'user']).default('lead'),
  on_duplicate: onDuplicate.shape.policy.default('nothing'),
  lead_where_user_wanted: onDuplicate.shape.lead_where_user_wanted.default('convert'),
  archived: onDuplicate.shape.archived.default('report'),
  email_verified: z.boolean().default(false),
});
export type BatchOptions = z.infer<typeof batchOptions>;

/** A row as it was given, by the names of its columns; empty cells are left out. */
export type GivenRow = Record<string, string | number | boolean | string[]>;

/** How many rows came to what: `created`, `updated`, …, `failed` and `invalid`. */
const batchCounts = z.record(z.string(), z.int());
export type BatchCounts = z.infer<typeof batchCounts>;

export function totalOf(counts: BatchCounts): number {
  return Object.values(counts).reduce((sum, one) => sum + one, 0);
}

/** Under these names too, since "company.id" is not what people call a column. */
const aliases: Readonly<Record<string, string>> = {
  company_id: 'company.id',
  company_name: 'company.name',
};

/**
 * The name by which a column is known here; null for an unknown one. `otherwise`: `attributes` takes an unknown one for
 * that of a custom attribute.
 */
export function columnName(given: string, otherwise: 'attributes' | 'refuse'): string | null {
  const name = given.trim();
  const bare = name.toLowerCase().replaceAll(' ', '_');
  const standard = aliases[bare] ?? bare;
  if (standard === 'role' || Object.hasOwn(standardTargets, standard)) return standard;
  if (customName(name) !== null) return name;
  return otherwise === 'attributes' && name !== '' ? `custom_attributes.${name}` : null;
}

/** What this app's own file of failed rows adds to each; it is passed over when the file comes back. */
export const toldColumns = ['(line)', '(error)'] as const;

/** Why a row cannot be used, by its columns; "row" stands for the whole of it. */
export type RowProblems = Record<string, string>;

/**
 * The contact that a row describes. Without `attributes`, those that Intercom has, whatever a row says of custom ones is
 * left for later. What would have to be cut to fit is a problem: an import is not to lose anything in silence.
 */
export function readRow(
  given: GivenRow,
  options: BatchOptions,
  attributes: readonly ContactAttribute[] | null,
): { draft: ContactDraft } | { problems: RowProblems } {
  const problems: [string, string][] = [];
  const filled: FilledRow[] = [];
  const role = roleIn(given, options);
  if (role === null) problems.push(['role', 'must be lead or user']);
  for (const [to, value] of Object.entries(given)) {
    if (to === 'role' || (attributes === null && customName(to) !== null)) continue;
    for (const fact of Array.isArray(value) ? value : to === 'tags' ? tagsIn(value) : [value]) {
      const read = valueFor(to, fact, attributes ?? []);
      if ('problem' in read) problems.push([to, read.problem]);
      else filled.push({ row: { type: 'fixed', from: fact, to }, value: read.value, why: null });
    }
  }
  const draft = draftOf(role ?? options.role, filled);
  const missing = whatIsMissing(given, draft);
  if (missing !== null && problems.length === 0) problems.push(missing);
  if (problems.length > 0) return { problems: Object.fromEntries(problems) };
  const email = foldEmail(draft.email);
  if (email !== null) draft.email = email;
  if (email !== null && options.email_verified) draft.emailVerified = true;
  if (draft.role === 'lead') delete draft.signedUpAt;
  return { draft };
}

function roleIn({ role }: GivenRow, options: BatchOptions): 'lead' | 'user' | null {
  if (role === undefined) return options.role;
  const word = String(role).trim().toLowerCase();
  return word === 'lead' || word === 'user' ? word : null;
}

/** Several in one cell. */
function tagsIn(value: GivenRow[string]): string[] {
  const tags = String(value)
    .split(/[,;]/)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  return [...new Set(tags)];
}

function valueFor(to: string, fact: string | number | boolean, attributes: readonly ContactAttribute[]) {
  const target = typeOf(to, attributes);
  if (target === null) return { problem: 'does not exist in Intercom' };
  const converted = convert(fact, target.type, target.options);
  return 'note' in converted ? { problem: `is too long: it would be ${converted.note}` } : converted;
}

function whatIsMissing(given: GivenRow, draft: ContactDraft): [string, string] | null {
  if (Object.keys(given).every((name) => name === 'role')) return ['row', 'is empty'];
  if (draft.role === 'user' && draft.email === undefined) return ['email', 'is required for a user'];
  return null;
}

/** Rows of one identity are done in their order; null for a row that has none. */
export function identityOf(draft: Pick<ContactDraft, 'email' | 'externalId'>): string | null {
  const email = foldEmail(draft.email);
  if (email !== null) return `email:${email}`;
  return draft.externalId === undefined ? null : `external:${draft.externalId}`;
}

/** Whether custom attributes are named, for whose types Intercom has to be asked. */
export function namesAttributes(given: GivenRow): boolean {
  return Object.keys(given).some((name) => customName(name) !== null);
}
