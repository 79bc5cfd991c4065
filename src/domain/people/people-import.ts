// Lists of people: brought into a campaign as referrers or referrals, or qualified. Columns, rows and their outcomes.
import { readEmail, readId, tidy } from '../identity.ts';
import { columnName, lettersOf } from '../imports/contact-import.ts';
import type { Identity } from '../program/program.ts';
import { foldCode } from '../program/share-link.ts';

export const importPurposes = ['referrers', 'referrals', 'qualify'] as const;
/** What is done with the people on the list. */
export type ImportPurpose = (typeof importPurposes)[number];

export const peopleImportStates = [
  'receiving',
  /** Waits for its columns. */
  'unmapped',
  'checking',
  /** Waits to be confirmed. */
  'checked',
  'running',
  'done',
  'undoing',
  'undone',
  'canceled',
  'failed',
] as const;
export type PeopleImportState = (typeof peopleImportStates)[number];

/** In the order in which pages show them. Until it is looked at, a row has none. */
export const rowOutcomes = [
  'new',
  'done',
  'present',
  'duplicate',
  'unknown',
  'unknown_referrer',
  'own_referral',
  'held',
  'blocked',
  'refused',
  'undone',
  'kept',
] as const;
export type RowOutcome = (typeof rowOutcomes)[number];

/** Such rows are left out: they are worth correcting in the file. */
export const failedOutcomes: readonly RowOutcome[] = [
  'unknown',
  'unknown_referrer',
  'own_referral',
  'blocked',
  'refused',
];

export type OutcomeCounts = { [Outcome in RowOutcome]?: number };

export function addOutcomes(counts: OutcomeCounts, more: OutcomeCounts): OutcomeCounts {
  const sum = { ...counts };
  for (const outcome of rowOutcomes) {
    const total = (counts[outcome] ?? 0) + (more[outcome] ?? 0);
    if (total > 0) sum[outcome] = total;
    else delete sum[outcome];
  }
  return sum;
}

/** Once a list is undone, the same rows are counted as `undone` or `kept`. */
export function totalOutcomes(counts: OutcomeCounts, outcomes: readonly RowOutcome[] = rowOutcomes): number {
  return outcomes.reduce((sum, outcome) => sum + (counts[outcome] ?? 0), 0);
}

export const importFields = ['email', 'name', 'external_id', 'referrer_email', 'referrer_code'] as const;
export type ImportField = (typeof importFields)[number];
/** By column; null for an ignored one. */
export type ColumnMapping = (ImportField | null)[];

export const pastedColumns = ['Name', 'Email', 'ID'];
export const pastedMapping: ColumnMapping = ['name', 'email', 'external_id'];

export function fieldsFor(purpose: ImportPurpose): readonly ImportField[] {
  if (purpose === 'referrals') return importFields;
  return importFields.filter(
    (field) => field === 'email' || field === 'external_id' || isName(field, purpose),
  );
}
const isName = (field: ImportField, purpose: ImportPurpose) => field === 'name' && purpose === 'referrers';

/** By letters and digits, beside what imports of contacts know. */
const headers: Record<ImportField, readonly string[]> = {
  email: [
    ...['friendemail', 'friendsemail', 'referredemail', 'refereeemail', 'inviteeemail', 'customeremail'],
    ...['useremail', 'contactemail', 'workemail', 'emails', 'primaryemail', 'leademail'],
  ],
  name: [
    ...['firstname', 'lastname', 'givenname', 'familyname', 'surname', 'displayname', 'friendname'],
    ...['customername', 'contactname', 'username', 'friendsname', 'refereename', 'first', 'last'],
  ],
  external_id: ['id', 'customerid', 'clientid', 'uid', 'externaluserid', 'accountid', 'personid', 'memberid'],
  referrer_email: [
    ...['referreremail', 'referrersemail', 'refereremail', 'referrer', 'referredby', 'referredbyemail'],
    ...['invitedby', 'invitedbyemail', 'inviteremail', 'advocateemail', 'sponsoremail', 'referer'],
  ],
  referrer_code: [
    ...['referrercode', 'referrerscode', 'referralcode', 'refcode', 'code', 'sharecode', 'invitecode', 'ref'],
    ...['promocode', 'affiliatecode', 'couponcode'],
  ],
};

/** Each field is guessed for one column at most; only names may have several, such as first and last. */
export function guessColumns(header: readonly string[], purpose: ImportPurpose): ColumnMapping {
  const offered = fieldsFor(purpose);
  const taken = new Set<ImportField>();
  return header.map((text) => {
    const field = fieldNamed(text);
    if (field === null || !offered.includes(field) || (taken.has(field) && field !== 'name')) return null;
    taken.add(field);
    return field;
  });
}

function fieldNamed(header: string): ImportField | null {
  const letters = lettersOf(header).replace(/[’']/g, '');
  const own = importFields.find((field) => headers[field].includes(letters));
  if (own !== undefined) return own;
  const standard = columnName(header, 'ignore');
  return importFields.find((field) => field === standard) ?? null;
}

/** People have sent lists without a row of names: then the first row is one of the people. */
export function isHeader(cells: readonly string[]): boolean {
  return !cells.some((cell) => 'value' in readEmail(cell));
}

/** Null when it can be used; else what is wrong, as a sentence. */
export function flawInMapping(mapping: ColumnMapping): string | null {
  if (!mapping.includes('email') && !mapping.includes('external_id'))
    return 'Choose the column with the email or the external ID.';
  const twice = mapping.find(
    (field, at) => field !== null && field !== 'name' && mapping.indexOf(field) < at,
  );
  return !twice ? null : `Choose one column only for ${fieldWords[twice].toLowerCase()}.`;
}

export const fieldWords: Record<ImportField, string> = {
  email: 'Email',
  name: 'Name',
  external_id: 'External ID',
  referrer_email: 'Referrer’s email',
  referrer_code: 'Referrer’s code',
};

/** A code decides; with neither, the row has no referrer. */
export type NamedReferrer = { email: string | null; code: string | null };
export type ReadRow = { person: Identity; referrer: NamedReferrer };

const maxName = 200;

/** `problem` is a sentence without anything personal, so that equal ones can be counted. */
export function readPersonRow(
  cells: readonly string[],
  mapping: ColumnMapping,
): ReadRow | { problem: string } {
  const textFor = (wanted: ImportField) =>
    tidy(cells.filter((cell, at) => mapping[at] === wanted && tidy(cell) !== '').join(' '));
  const problems: string[] = [];
  const read = (field: ImportField, reader: typeof readEmail): string | null => {
    const text = textFor(field);
    if (text === '') return null;
    const reading = reader(text);
    if ('value' in reading) return reading.value;
    problems.push(`${fieldWords[field]} ${reading.problem}.`);
    return null;
  };
  const [email, externalId] = [read('email', readEmail), read('external_id', readId)];
  const referrerEmail = read('referrer_email', readEmail);
  const code = read('referrer_code', readCode);
  const name = textFor('name');
  if (name.length > maxName) problems.push(`Name has more than ${maxName} characters.`);
  const [problem] = problems;
  if (problem !== undefined) return { problem };
  if (email === null && externalId === null) return { problem: 'Neither an email nor an external ID.' };
  return { person: { email, externalId, name: name || null }, referrer: { email: referrerEmail, code } };
}

/** Also of a whole share link. */
function readCode(text: string) {
  const code = foldCode(/\/r\/([^/?#]+)\/?$/.exec(text)?.[1] ?? text);
  return code === null ? { problem: 'is not a share code' } : { value: code };
}

/** People with an external ID may share an email. */
export function identityOfPerson({ email, externalId }: Identity): string | null {
  if (externalId !== null) return `external:${externalId}`;
  return email === null ? null : `email:${email}`;
}
