// What adding the people on a list would do, row by row, and why not.
import type { Context } from '../../../context.ts';
import { identityOfPerson, type RowOutcome } from '../../../domain/people/people-import.ts';
import { isOwnReferral, type Person } from '../../../domain/program/program.ts';
import { statusWords } from '../../../domain/program/referral.ts';
import type { Tx } from '../../../store/database.ts';
import { referralsOfPeople } from '../../../store/people/listed-identities.ts';
import {
  earlierLines,
  type PeopleImport,
  type PeopleImportRow,
  type RowResult,
} from '../../../store/people/people-imports.ts';
import { referrersOfPeople } from '../../../store/program/referrers.ts';
import { holdOpen } from '../../program/campaigns.ts';
import { type ListedRow, readRows, recognizer, referrerFinder } from './listed-people.ts';

type ReadableRow = Exclude<ListedRow, { problem: string }>;
type Verdict = { outcome: RowOutcome; reason: string | null };

export const ownReferral = 'People cannot refer themselves.';

/** Reads only. What joins meanwhile shows once the rows are worked. */
export async function checkListed(
  ctx: Context,
  tx: Tx,
  list: PeopleImport,
  rows: readonly PeopleImportRow[],
): Promise<RowResult[]> {
  const { workspaceId } = list;
  const read = readRows(list, rows);
  const readable = read.filter((row): row is ReadableRow => !('problem' in row));
  const recognizePerson = await recognizer(
    tx,
    workspaceId,
    readable.map(({ person }) => person),
  );
  const people = new Map(readable.map(({ row, person }) => [row.seq, recognizePerson(person)]));
  const closed = await holdOpen(ctx, tx, workspaceId, list.campaignId);
  const judge = await judgeFor(tx, list, readable, people);
  const firstOf = await duplicateFinder(tx, list, readable, people);
  return read.map((listed): RowResult => {
    const { seq } = listed.row;
    if ('problem' in listed) return { seq, outcome: 'refused', reason: listed.problem };
    const known = people.get(seq) ?? null;
    const { identity, line } = firstOf(listed);
    const about = { seq, identity, ...(known && { personId: known.id }) };
    if (line !== null) return { ...about, outcome: 'duplicate', reason: sameAs(line) };
    const verdict = judge(listed, known);
    const isRefused = closed !== null && verdict.outcome === 'new';
    return { ...about, ...(isRefused ? { outcome: 'refused' as const, reason: closed } : verdict) };
  });
}

export const sameAs = (line: number) => `The same person as on line ${line}.`;

type Known = ReadonlyMap<number, Person | null>;

async function judgeFor(tx: Tx, list: PeopleImport, rows: readonly ReadableRow[], people: Known) {
  const { workspaceId, campaignId, purpose } = list;
  const ids = [...new Set([...people.values()].flatMap((person) => person?.id ?? []))];
  if (purpose === 'referrers') {
    const giving = ids.length === 0 ? [] : await referrersOfPeople(tx, workspaceId, campaignId, ids);
    const present = new Set(giving.map(({ person }) => person.id));
    return (_row: ReadableRow, known: Person | null): Verdict =>
      known && present.has(known.id)
        ? { outcome: 'present', reason: 'Already a referrer in the campaign.' }
        : { outcome: 'new', reason: null };
  }
  const referrals = await referralsOfPeople(tx, workspaceId, campaignId, ids);
  const present = new Map(referrals.map(({ personId, status }) => [personId, status]));
  const findReferrer = await referrerFinder(tx, list, rows);
  return ({ person, referrer: named }: ReadableRow, known: Person | null): Verdict => {
    const status = known && present.get(known.id);
    if (status) {
      const reason = `Already a referral in the campaign (${statusWords[status].toLowerCase()}).`;
      return { outcome: 'present', reason };
    }
    const found = findReferrer(named);
    if (found && 'problem' in found) return { outcome: 'unknown_referrer', reason: found.problem };
    const joining = known ?? { id: '', contactId: null, ...person };
    if (found && isOwnReferral(person, joining, found.referrer.person))
      return { outcome: 'own_referral', reason: ownReferral };
    return { outcome: 'new', reason: null };
  };
}

/** Within this page, and among the pages before it. */
async function duplicateFinder(tx: Tx, list: PeopleImport, rows: readonly ReadableRow[], people: Known) {
  const identityOf = ({ row, person }: ReadableRow) => {
    const known = people.get(row.seq);
    return known ? `person:${known.id}` : identityOfPerson(person);
  };
  const identities = rows.map(identityOf).filter((identity) => identity !== null);
  const [first] = rows;
  const lines =
    first && identities.length > 0
      ? await earlierLines(tx, list, identities, first.row.seq)
      : new Map<string, number>();
  return (listed: ReadableRow): { identity: string | null; line: number | null } => {
    const identity = identityOf(listed);
    const line = identity === null ? null : (lines.get(identity) ?? null);
    if (identity !== null && line === null) lines.set(identity, listed.row.line);
    return { identity, line };
  };
}
