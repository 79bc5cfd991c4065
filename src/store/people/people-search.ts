// Finds people by name, email, domain, share code or id, with an index for each.

import { and, desc, eq, inArray, or, type SQL, sql } from 'drizzle-orm';
import { emailKey, idKey } from '../../domain/identity.ts';
import type { SortedPage, SortedRequest } from '../../domain/people/sorted-list.ts';
import type { Page, PageRequest, Person } from '../../domain/program/program.ts';
import type { ReferralStatus } from '../../domain/program/referral.ts';
import type { Queryable } from '../database.ts';
import { campaignOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { byTime, mapPage, matching, pageOf } from '../page.ts';
import { personColumns } from '../program/people.ts';
import { campaigns, people, referrals, referrers } from '../schema.ts';
import { byMoment, type SortKey, sortedPage } from '../sorted-page.ts';
import { nameVector, spellingsOf } from './folded-name.ts';

/** Only people referred in this campaign, with this status; and only referrers of the campaign `refersIn`. */
export type PeopleFilter = {
  campaignId?: string | undefined;
  status?: ReferralStatus | undefined;
  refersIn?: string | undefined;
};

export type ListedPerson = Person & {
  createdAt: Date;
  referred: { campaign: string; status: ReferralStatus }[];
  refersIn: string[];
};

export const peopleSorts = ['name', 'email', 'external', 'added'] as const;
export type PeopleSort = (typeof peopleSorts)[number];

type PeopleKey = {
  id: string;
  name: string | null;
  email: string | null;
  externalId: string | null;
  createdAt: Date;
};

/** As indexes have them. */
const peopleKeys: Record<PeopleSort, SortKey<PeopleKey>> = {
  name: {
    ...{ by: sql`lower(coalesce(${people.name}, ''))`, id: people.id },
    // PostgreSQL folds it when it is read.
    valueOf: ({ name }) => name ?? '',
    read: (value) => sql`lower(${value}::text)`,
  },
  email: {
    ...{ by: sql`coalesce(${people.email}, '')`, id: people.id },
    valueOf: ({ email }) => email ?? '',
    read: (value) => sql`${value}::text`,
  },
  external: {
    ...{ by: sql`coalesce(${people.externalId}, '')`, id: people.id },
    valueOf: ({ externalId }) => externalId ?? '',
    read: (value) => sql`${value}::text`,
  },
  added: byMoment(people, 'createdAt'),
};

/** In an order of the reader's choice: ids. */
export async function sortedPeople(
  db: Queryable,
  workspaceId: string,
  filter: PeopleFilter,
  sort: PeopleSort,
  request: SortedRequest,
): Promise<SortedPage<string>> {
  const { id, name, email, externalId, createdAt } = people;
  const query = db.select({ id, name, email, externalId, createdAt }).from(people);
  const condition = and(
    eq(people.workspaceId, workspaceId),
    referredAs(workspaceId, filter, sql`${people.id}`),
    refersAs(workspaceId, filter, sql`${people.id}`),
  );
  const { items, next } = await sortedPage(query, peopleKeys[sort], condition, request);
  return { items: items.map((row) => row.id), next };
}

/**
 * Matches the start of an email, external ID, contact id or word of the name; a share code or its link; the id of a
 * person, referral or referrer; and the start of an email's domain, told by its dot or `@`. `more`: more than `max` match.
 */
export async function searchPeople(
  db: Queryable,
  workspaceId: string,
  text: string,
  filter: PeopleFilter,
  max: number,
  { sort, descending }: { sort: PeopleSort; descending: boolean } = { sort: 'name', descending: false },
): Promise<{ ids: string[]; more: boolean }> {
  const [email, id] = [emailKey(text), idKey(text)];
  const query = nameQuery(text);
  const domain = domainIn(text);
  // A limit per branch keeps a text that matches half of all people cheap.
  const branch = (condition: SQL) =>
    sql`(select ${people.id}, ${people.name}, ${people.email}, ${people.externalId}, ${people.createdAt} from ${people}
      where ${people.workspaceId} = ${workspaceId} and ${condition} limit ${max + 1})`;
  const branches = [
    ...(email === null ? [] : [sql`${people.email} like ${beginning(email)}`]),
    ...(id === null
      ? []
      : [people.externalId, people.contactId].map((column) => sql`${column} like ${beginning(id)}`)),
    ...(domain === null ? [] : [sql`split_part(${people.email}, '@', 2) like ${beginning(domain)}`]),
    ...(query === '' ? [] : [sql`${nameVector(people.name)} @@ to_tsquery('simple', ${query})`]),
    sql`${people.id} = any(array(${byCodeOrId(workspaceId, text)}))`,
  ].map(branch);
  const { rows } = await db.execute<{ ids: string[]; found: number }>(sql`
    with found as materialized (${sql.join(branches, sql` union `)})
    select (select count(*)::int from found) as found, array(
      select id from found where ${referredAs(workspaceId, filter, sql`found.id`)}
        and ${refersAs(workspaceId, filter, sql`found.id`)}
      order by ${foundKeys[sort]} ${descending ? sql`desc` : sql`asc`}, id limit ${max}) as ids`);
  return { ids: rows[0]?.ids ?? [], more: (rows[0]?.found ?? 0) > max };
}

/** Of those without a name, the email tells. */
const foundKeys: Record<PeopleSort, SQL> = {
  name: sql`lower(coalesce(name, email))`,
  email: sql`coalesce(email, '')`,
  external: sql`coalesce(external_id, '')`,
  added: sql`created_at`,
};

function nameQuery(text: string): string {
  const words = text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return words
    .map(
      (word) =>
        `(${spellingsOf(word)
          .map((each) => `'${each}':*`)
          .join(' | ')})`,
    )
    .join(' & ');
}

/** Null when it is not a domain, so that a name does not match people by their mail provider. */
function domainIn(text: string): string | null {
  const typed = text.trim().toLowerCase();
  const domain = /^@?([^\s@]+)$/.exec(typed)?.[1];
  return domain !== undefined && (typed.startsWith('@') || domain.includes('.')) ? domain : null;
}

function byCodeOrId(workspaceId: string, text: string): SQL {
  const typed = text.trim();
  const code = /^https?:\/\/.*\/r\/([^/?#]+)/i.exec(typed)?.[1] ?? typed;
  const byCode = sql`select person_id from referrers where workspace_id = ${workspaceId} and code = ${code}`;
  if (!isUuid.test(typed)) return byCode;
  return sql`${byCode}
    union all select person_id from referrers where workspace_id = ${workspaceId} and id = ${typed}::uuid
    union all select person_id from referrals where workspace_id = ${workspaceId} and id = ${typed}::uuid
    union all select ${typed}::uuid`;
}

/** Newest first: by first appearance, or with a filter by when they joined. */
export async function newestPeople(
  db: Queryable,
  workspaceId: string,
  filter: PeopleFilter,
  page: PageRequest,
): Promise<Page<string>> {
  const { campaignId, status, refersIn } = filter;
  if (campaignId === undefined && status === undefined && refersIn !== undefined) {
    const { id, personId, joinedAt } = referrers;
    const query = db.select({ id, personId, joinedAt }).from(referrers);
    const condition = owned(referrers, { workspaceId, campaignId: refersIn });
    const found = await pageOf(query, byTime(referrers, 'joinedAt'), condition, page);
    return mapPage(found, (row) => row.personId);
  }
  if (campaignId === undefined && status === undefined) {
    const query = db.select({ id: people.id, createdAt: people.createdAt }).from(people);
    const known = eq(people.workspaceId, workspaceId);
    return mapPage(await pageOf(query, byTime(people, 'createdAt'), known, page), ({ id }) => id);
  }
  const { id, personId, joinedAt } = referrals;
  const query = db.select({ id, personId, joinedAt }).from(referrals);
  const condition = and(
    eq(referrals.workspaceId, workspaceId),
    matching(referrals.campaignId, campaignId),
    matching(referrals.status, status),
    refersAs(workspaceId, filter, sql`${referrals.personId}`),
  );
  const { items, next } = await pageOf(query, byTime(referrals, 'joinedAt'), condition, page);
  return { items: [...new Set(items.map((row) => row.personId))], next };
}

/** In the order of the ids. */
export async function listPeople(
  db: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<ListedPerson[]> {
  if (ids.length === 0) return [];
  const [rows, referred, refers] = await Promise.all([
    db
      .select({ ...personColumns, createdAt: people.createdAt })
      .from(people)
      .where(and(eq(people.workspaceId, workspaceId), inArray(people.id, [...ids]))),
    db
      .select({ personId: referrals.personId, campaign: campaigns.name, status: referrals.status })
      .from(referrals)
      .innerJoin(campaigns, campaignOf(referrals))
      .where(and(eq(referrals.workspaceId, workspaceId), inArray(referrals.personId, [...ids])))
      .orderBy(desc(referrals.joinedAt)),
    db
      .select({ personId: referrers.personId, campaign: campaigns.name })
      .from(referrers)
      .innerJoin(campaigns, campaignOf(referrers))
      .where(and(eq(referrers.workspaceId, workspaceId), inArray(referrers.personId, [...ids])))
      .orderBy(desc(referrers.joinedAt)),
  ]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id): ListedPerson[] => {
    const person = byId.get(id);
    if (!person) return [];
    return [
      {
        ...person,
        referred: referred.filter((row) => row.personId === id),
        refersIn: refers.filter((row) => row.personId === id).map((row) => row.campaign),
      },
    ];
  });
}

/** People by id or linked contact. */
export async function namedPeople(
  db: Queryable,
  workspaceId: string,
  ids: { people: string[]; contacts: string[] },
): Promise<Person[]> {
  if (ids.people.length + ids.contacts.length === 0) return [];
  return db
    .select(personColumns)
    .from(people)
    .where(
      and(
        eq(people.workspaceId, workspaceId),
        or(inArray(people.id, ids.people), inArray(people.contactId, ids.contacts)),
      ),
    );
}

/** At most `max`, as `searchPeople` finds them. */
export async function matchingPeople(db: Queryable, workspaceId: string, text: string, max: number) {
  const { ids } = await searchPeople(db, workspaceId, text, {}, max);
  return namedPeople(db, workspaceId, { people: ids, contacts: [] });
}

const isUuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

function referredAs(workspaceId: string, { campaignId, status }: PeopleFilter, personId: SQL): SQL {
  if (campaignId === undefined && status === undefined) return sql`true`;
  const condition = and(
    eq(referrals.workspaceId, workspaceId),
    sql`${referrals.personId} = ${personId}`,
    matching(referrals.campaignId, campaignId),
    matching(referrals.status, status),
  );
  return sql`exists (select from ${referrals} where ${condition})`;
}

function refersAs(workspaceId: string, { refersIn }: PeopleFilter, personId: SQL): SQL {
  if (refersIn === undefined) return sql`true`;
  const condition = and(
    owned(referrers, { workspaceId, campaignId: refersIn }),
    sql`${referrers.personId} = ${personId}`,
  );
  return sql`exists (select from ${referrers} where ${condition})`;
}

/** A LIKE pattern that matches the text literally. */
function beginning(text: string): string {
  return `${text.replace(/[\\%_]/g, '\\$&')}%`;
}
