// Who the rows of a list are: the people that the program knows, and the referrers that the rows name.
import { type ReadRow, readPersonRow } from '../../../domain/people/people-import.ts';
import {
  type Identity,
  identityKey,
  type Person,
  type Referrer,
  recognize,
} from '../../../domain/program/program.ts';
import type { Queryable } from '../../../store/database.ts';
import { peopleWith, referrersByCode } from '../../../store/people/listed-identities.ts';
import type { PeopleImport, PeopleImportRow } from '../../../store/people/people-imports.ts';
import { referrersOfPeople } from '../../../store/program/referrers.ts';

export type ListedRow = { row: PeopleImportRow } & (ReadRow | { problem: string });

export function readRows(
  { mapping }: Pick<PeopleImport, 'mapping'>,
  rows: readonly PeopleImportRow[],
): ListedRow[] {
  return rows.map((row) => ({ row, ...readPersonRow(row.cells, mapping) }));
}

const isText = (text: string | null | undefined): text is string => typeof text === 'string';
const distinct = (texts: readonly (string | null | undefined)[]) => [...new Set(texts.filter(isText))];

/** Recognizes each as a request that names them would be. */
export async function recognizer(
  db: Queryable,
  workspaceId: string,
  identities: readonly Identity[],
): Promise<(identity: Identity) => Person | null> {
  const known = await peopleWith(db, workspaceId, {
    emails: distinct(identities.map(({ email }) => email)),
    externalIds: distinct(identities.map(({ externalId }) => externalId)),
  });
  const byEmail = Map.groupBy(known, ({ email }) => email);
  const byId = Map.groupBy(known, ({ externalId }) => externalId);
  return (given) => {
    const identity = identityKey(given);
    const { email, externalId } = identity;
    const alike = [
      ...(externalId === null ? [] : (byId.get(externalId) ?? [])),
      ...(email === null ? [] : (byEmail.get(email) ?? [])),
    ];
    return recognize(identity, alike);
  };
}

/** `problem` is a sentence; null for a row that names no referrer. */
export type FoundReferrer = { referrer: Referrer } | { problem: string } | null;

export async function referrerFinder(
  db: Queryable,
  { workspaceId, campaignId }: Pick<PeopleImport, 'workspaceId' | 'campaignId'>,
  rows: readonly Pick<ReadRow, 'referrer'>[],
): Promise<(named: ReadRow['referrer']) => FoundReferrer> {
  const emails = distinct(rows.map(({ referrer }) => referrer.email));
  const codes = distinct(rows.map(({ referrer }) => referrer.code));
  const coded = await referrersByCode(db, workspaceId, codes);
  const people = await peopleWith(db, workspaceId, { emails, externalIds: [] });
  const ids = people.map(({ id }) => id);
  const giving = ids.length === 0 ? [] : await referrersOfPeople(db, workspaceId, campaignId, ids);
  const byCode = new Map(coded.map((referrer) => [referrer.code, referrer]));
  const byEmail = Map.groupBy(giving, ({ person }) => person.email);
  return ({ email, code }) => {
    if (code !== null) {
      const referrer = byCode.get(code);
      if (!referrer) return { problem: 'No referrer has this code.' };
      const isHere = referrer.campaign.id === campaignId;
      return isHere ? { referrer } : { problem: 'The referrer with this code is in another campaign.' };
    }
    if (email === null) return null;
    const [referrer, another] = byEmail.get(email) ?? [];
    if (!referrer) return { problem: 'No referrer of the campaign has this email.' };
    return another
      ? { problem: 'Several referrers of the campaign have this email. Give the code.' }
      : { referrer };
  };
}
