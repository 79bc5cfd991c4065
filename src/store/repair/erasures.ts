// Receipts of erasures, their subjects, and a sweep of all tables for remaining mentions.
import { and, eq, or, type SQL, sql } from 'drizzle-orm';
import type { Person } from '../../domain/program/program.ts';
import { type ErasedCounts, type Patterns, patternsFor, type Sought } from '../../domain/repair/erasure.ts';
import { subjectsOfId } from '../../domain/runs/run.ts';
import type { Queryable, Tx } from '../database.ts';
import { personOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { workRows } from '../page-work.ts';
import { people, referrals, referrers } from '../schema.ts';
import { allowRewriting, blankPeopleRow, blankRow, keysOf } from './erase-rows.ts';
import { erasures } from './schema-erasure.ts';

export type Erasure = typeof erasures.$inferSelect;

export const erasureRows = workRows(erasures, {
  startedAt: 'requestedAt',
  isUnderWay: eq(erasures.state, 'running'),
});

type Nullable<T> = { [Name in keyof T]: T[Name] | null };

/** One or several identifiers of one person. */
export type ErasureSubject = {
  email?: string | undefined;
  externalId?: string | undefined;
  contactId?: string | undefined;
  personId?: string | undefined;
};

export async function lockSubjects(tx: Tx, workspaceId: string, subject: ErasureSubject): Promise<Person[]> {
  return subjects(tx, workspaceId, subject).for('update');
}

export async function findSubjects(db: Queryable, workspaceId: string, subject: ErasureSubject) {
  const found: Person[] = await subjects(db, workspaceId, subject);
  return found;
}

function subjects(db: Queryable, workspaceId: string, subject: ErasureSubject) {
  const { email, externalId, contactId, personId } = subject;
  const isMeant = or(
    email === undefined
      ? undefined
      : or(eq(people.email, email), isOlderForm(people.email, { emails: [email] })),
    externalId === undefined
      ? undefined
      : or(eq(people.externalId, externalId), isOlderForm(people.externalId, { externalIds: [externalId] })),
    contactId === undefined ? undefined : eq(people.contactId, contactId),
    personId === undefined ? undefined : eq(people.id, personId),
  );
  return db
    .select()
    .from(people)
    .where(and(eq(people.workspaceId, workspaceId), isMeant));
}

/** Another spelling of the same, stored before emails and ids were read in one form. Few rows come so far. */
function isOlderForm(
  column: typeof people.email | typeof people.externalId,
  { emails = [], externalIds = [] }: Partial<Pick<Sought, 'emails' | 'externalIds'>>,
): SQL {
  const { wholeEmail, wholeId } = patternsFor({ ...nothing, emails, externalIds });
  if (wholeEmail !== null) return sql`${column} ~ '[^!-~]|[A-Z]|[.]$' and ${column} ~* ${wholeEmail}`;
  return sql`${column} ~ '[^!-~]' and ${column} ~ ${wholeId}`;
}

const nothing: Sought = { personIds: [], contactIds: [], emails: [], externalIds: [], names: [] };

/** Whether any row is about the subject. */
export async function isSubjectKnown(
  db: Queryable,
  workspaceId: string,
  { email = null, externalId = null, contactId = null, personId = null }: Nullable<ErasureSubject>,
): Promise<boolean> {
  const named = keysOf({ emails: given(email), externalIds: given(externalId) });
  const keys = sql`any(${sql.param(named)}::text[])`;
  const subjects = sql`any(${sql.param(named.flatMap(subjectsOfId))}::text[])`;
  const inWorkspace = sql`workspace_id = ${workspaceId}`;
  const { rows } = await db.execute<{ known: boolean }>(sql`select
    exists (select from people where ${inWorkspace}
      and (email = ${email} or external_id = ${externalId} or contact_id = ${contactId} or id = ${personId}::uuid
        or ${email === null ? sql`false` : isOlderForm(people.email, { emails: [email] })}
        or ${externalId === null ? sql`false` : isOlderForm(people.externalId, { externalIds: [externalId] })}))
    or exists (select from contacts where ${inWorkspace} and contact_id = ${contactId} and deleted_at is null)
    or exists (select from import_rows where ${inWorkspace} and identity = ${keys})
    or exists (select from people_import_rows where ${inWorkspace} and identity = ${keys})
    or exists (select from created_contacts where ${inWorkspace} and key = ${keys})
    or exists (select from runs where ${inWorkspace} and subject = ${subjects}) as known`);
  return rows[0]?.known ?? false;
}

/** Reads all bodies. */
export async function isNamedInDeliveries(
  db: Queryable,
  workspaceId: string,
  { email = null, externalId = null }: Nullable<ErasureSubject>,
): Promise<boolean> {
  const sought = { ...nothing, emails: given(email), externalIds: given(externalId) };
  const { contact } = patternsFor(sought);
  if (contact === null) return false;
  const { rows } = await db.execute(
    sql`select 1 from deliveries where workspace_id = ${workspaceId} and body ~* ${contact} limit 1`,
  );
  return rows.length > 0;
}

const given = (value: string | null) => (value === null ? [] : [value]);

export async function sharedEmails(
  tx: Tx,
  workspaceId: string,
  { personIds, emails }: { personIds: readonly string[]; emails: readonly string[] },
): Promise<Set<string>> {
  const rows = await tx
    .selectDistinct({ email: people.email })
    .from(people)
    .where(
      and(
        eq(people.workspaceId, workspaceId),
        sql`${people.email} = any(${sql.param([...emails])}::text[])`,
        sql`${people.id} <> all(${sql.param([...personIds])}::uuid[])`,
      ),
    );
  return new Set(rows.flatMap((row) => row.email ?? []));
}

/** Contacts of the people that they referred. */
export async function referredContacts(tx: Tx, workspaceId: string, personIds: readonly string[]) {
  const rows = await tx
    .selectDistinct({ personId: people.id, contactId: people.contactId })
    .from(referrers)
    .innerJoin(referrals, owned(referrals, { workspaceId: referrers.workspaceId, referrerId: referrers.id }))
    .innerJoin(people, personOf(referrals))
    .where(
      and(
        eq(referrers.workspaceId, workspaceId),
        sql`${referrers.personId} = any(${sql.param([...personIds])}::uuid[])`,
      ),
    );
  return rows.flatMap(({ personId, contactId }) => (contactId === null ? [] : [{ personId, contactId }]));
}

/** The company's texts, teammates, and people (who are found by identity). */
const skippedTables = [
  ...['campaigns', 'campaign_drafts', 'campaign_versions', 'rules', 'settings', 'connections'],
  ...['installations', 'api_tokens', 'teammates', 'sessions', 'people', 'erasures'],
];

/** Takes about a second to read. */
const blocksPerPage = 250;

type Place = { table: string; block: number };

/**
 * Sweeps the next stretch and replaces mentions with `token`. `contactIds` turned out to be the person's;
 * `next` is null at the end.
 */
export async function sweepTables(
  tx: Tx,
  workspaceId: string,
  { sought, place, token }: { sought: Sought; place: Place | null; token: string },
): Promise<{ erased: ErasedCounts; contactIds: string[]; next: Place | null }> {
  const table = await tableAt(tx, place);
  if (!table) return { erased: {}, contactIds: [], next: null };
  const block = table.name === place?.table ? place.block : 0;
  const patterns = patternsFor(sought);
  const stretch = sql`workspace_id = ${workspaceId} and ctid >= ${`(${block},0)`}::tid and ctid < ${`(${block + blocksPerPage},0)`}::tid`;
  const contactIds = table.name === 'deliveries' ? await contactsIn(tx, stretch, patterns) : [];
  await allowRewriting(tx);
  const rows = (await wholeRows[table.name]?.(tx, stretch, patterns)) ?? 0;
  const count = rows + (await replaceIn(tx, table, stretch, patterns, token));
  const erased: ErasedCounts = count > 0 ? { [table.name]: count } : {};
  const next: Place = { table: table.name, block: block + blocksPerPage };
  return { erased, contactIds, next: next.block < table.blocks ? next : { ...next, block: -1 } };
}

type Table = { name: string; blocks: number; columns: { name: string; type: string; unique: boolean }[] };

/** The table at this place, or the next by name. */
async function tableAt(tx: Tx, place: Place | null): Promise<Table | null> {
  const from = place === null ? '' : place.table;
  const through = place !== null && place.block < 0;
  const { rows } = await tx.execute<{ name: string; blocks: number; columns: Table['columns'] }>(sql`
    select name, blocks, columns from (
      select relname as name, (pg_relation_size(class.oid) / current_setting('block_size')::int)::int as blocks,
        (select jsonb_agg(jsonb_build_object('name', attname, 'type', format_type(atttypid, null), 'unique',
            exists (select from pg_index where indrelid = class.oid and indisunique and attnum = any(indkey))))
          from pg_attribute where attrelid = class.oid and attnum > 0 and not attisdropped
            and atttypid in ('text'::regtype, 'jsonb'::regtype) and attname <> 'workspace_id') as columns
      from pg_class class
      where relnamespace = 'public'::regnamespace and relkind = 'r'
        and exists (select from pg_attribute where attrelid = class.oid and attname = 'workspace_id')
        and relname <> all(${sql.param(skippedTables)}::text[])) as tables
    where columns is not null and (name > ${from} or (name = ${from} and not ${through}))
    order by name limit 1`);
  return rows[0] ?? null;
}

async function contactsIn(tx: Tx, stretch: SQL, { contact }: Patterns): Promise<string[]> {
  if (contact === null) return [];
  const { rows } = await tx.execute<{ id: string }>(
    sql`select distinct contact_id as id from deliveries where ${stretch} and contact_id is not null and body ~* ${contact}`,
  );
  return rows.map((row) => row.id);
}

/** What is not only replaced where it is mentioned. Each returns how many rows. */
const wholeRows: Record<string, (tx: Tx, stretch: SQL, patterns: Patterns) => Promise<number>> = {
  import_rows: blankRows,
  people_import_rows: blankPeopleRows,
  saved_views: deleteViews,
};

/** Unusable rows have no identity and may contain anything. */
async function blankRows(tx: Tx, stretch: SQL, { emails, wholeEmail, wholeId }: Patterns): Promise<number> {
  const named = sql`given ->> 'email' ~* ${wholeEmail} or given ->> 'external_id' ~ ${wholeId}
    or (given ? 'unreadable' and given ->> 'unreadable' ~* ${emails})`;
  const { rowCount } = await tx.execute(
    sql`update import_rows set ${blankRow} where ${stretch} and (${named}) and error is distinct from 'erased'`,
  );
  return rowCount ?? 0;
}

/** Their columns are the company's own, so any cell may be the email or the id. */
async function blankPeopleRows(
  tx: Tx,
  stretch: SQL,
  { wholeEmail, wholeId, emails }: Patterns,
): Promise<number> {
  const { rowCount } = await tx.execute(sql`
    update people_import_rows set ${blankPeopleRow} where ${stretch} and reason is distinct from 'erased'
      and exists (select from jsonb_array_elements_text(cells) as cell
        where cell ~* ${wholeEmail} or cell ~ ${wholeId} or (jsonb_array_length(cells) = 1 and cell ~* ${emails}))`);
  return rowCount ?? 0;
}

/** A saved search for the person alone, by what its reader typed. */
async function deleteViews(
  tx: Tx,
  stretch: SQL,
  { wholeEmail, wholeId, wholeName }: Patterns,
): Promise<number> {
  const { rowCount } = await tx.execute(sql`
    delete from saved_views where ${stretch} and exists (select from jsonb_each_text(query) as filter
      where filter.value ~* ${wholeEmail} or filter.value ~ ${wholeId} or filter.value ~* ${wholeName})`);
  return rowCount ?? 0;
}

async function replaceIn(
  tx: Tx,
  { name, columns }: Table,
  stretch: SQL,
  { emails, others }: Patterns,
  token: string,
): Promise<number> {
  if (emails === null && others === null) return 0;
  const parts = columns.map((column) => {
    const own = sql.identifier(column.name);
    const text = sql`${own}::text`;
    const found = [
      ...(emails === null ? [] : [sql`${text} ~* ${emails}`]),
      ...(others === null ? [] : [sql`${text} ~ ${others}`]),
    ];
    const withoutEmails = emails === null ? text : sql`regexp_replace(${text}, ${emails}, ${token}, 'gi')`;
    // Each match has only one non-empty group before it.
    const replaced =
      others === null
        ? withoutEmails
        : sql`regexp_replace(${withoutEmails}, ${others}, ${String.raw`\1\2\3`} || ${token}, 'g')`;
    const type = sql.raw(column.type === 'jsonb' ? 'jsonb' : 'text');
    const set = sql`${own} = ${replaced}::${type}`;
    if (!column.unique) return { found, set };
    // Two rows may differ only by what is erased.
    const apart = sql`case when ${sql.join(found, sql` or `)} then ${replaced} || ' ' || gen_random_uuid() else ${text} end`;
    return { found, set: sql`${own} = ${apart}` };
  });
  const found = parts.flatMap((part) => part.found);
  const { rowCount } = await tx.execute(sql`
    update ${sql.identifier(name)} set ${sql.join(
      parts.map((part) => part.set),
      sql`, `,
    )}
    where ${stretch} and (${sql.join(found, sql` or `)})`);
  return rowCount ?? 0;
}
