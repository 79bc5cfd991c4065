// Erasures and their receipts; and the way through all tables, for what is said of somebody in rows about others.
import { and, asc, eq, lt, or, type SQL, sql } from 'drizzle-orm';
import { type ErasedCounts, type Patterns, patternsFor, type Sought } from '../../domain/repair/erasure.ts';
import type { ErasureStore } from '../../usecases/repair/erasing-edges.ts';
import type { Database, Tx } from '../database.ts';
import { newestFirst, olderThan, toPage } from '../page.ts';
import { ofPerson } from '../program/referral-joins.ts';
import { mergeWritten } from '../runs/write-back.ts';
import { people, referrals, referrers } from '../schema.ts';
import { allowRewriting, blankRow, erase } from './erasing.ts';
import { erasures } from './schema-erasure.ts';

export function createErasureStore({ db }: Pick<Database, 'db'>): ErasureStore<Tx> {
  const one = ({ workspaceId, id }: { workspaceId: string; id: string }) =>
    and(eq(erasures.workspaceId, workspaceId), eq(erasures.id, id));

  return {
    who: (tx, workspaceId, by) => {
      const is = {
        email: by.email === undefined ? undefined : eq(people.email, by.email),
        externalId: by.externalId === undefined ? undefined : eq(people.externalId, by.externalId),
        contactId: by.contactId === undefined ? undefined : eq(people.contactId, by.contactId),
        personId: by.personId === undefined ? undefined : eq(people.id, by.personId),
      };
      return tx
        .select()
        .from(people)
        .where(
          and(eq(people.workspaceId, workspaceId), or(is.email, is.externalId, is.contactId, is.personId)),
        )
        .for('update');
    },
    async shared(tx, workspaceId, { personIds, emails }) {
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
    },
    async referredBy(tx, workspaceId, personIds) {
      const friend = await tx
        .selectDistinct({ personId: people.id, contactId: people.contactId })
        .from(referrers)
        .innerJoin(
          referrals,
          and(eq(referrals.workspaceId, referrers.workspaceId), eq(referrals.referrerId, referrers.id)),
        )
        .innerJoin(people, ofPerson)
        .where(
          and(
            eq(referrers.workspaceId, workspaceId),
            sql`${referrers.personId} = any(${sql.param([...personIds])}::uuid[])`,
          ),
        );
      return friend.flatMap(({ personId, contactId }) =>
        contactId === null ? [] : [{ personId, contactId }],
      );
    },
    setWritten: mergeWritten,
    erase,

    async add(tx, erasure) {
      await tx.insert(erasures).values({ ...erasure, touchedAt: erasure.requestedAt });
    },
    async find(workspaceId, id) {
      const [found] = await db.select().from(erasures).where(one({ workspaceId, id }));
      return found ?? null;
    },
    async list(workspaceId, page) {
      const rows = await db
        .select()
        .from(erasures)
        .where(
          and(
            eq(erasures.workspaceId, workspaceId),
            olderThan(erasures.requestedAt, erasures.id, page.after),
          ),
        )
        .orderBy(...newestFirst(erasures.requestedAt, erasures.id))
        .limit(page.limit + 1);
      return toPage(rows, page, (row) => ({ at: row.requestedAt, id: row.id }));
    },
    async lock(tx, key) {
      const [locked] = await tx.select().from(erasures).where(one(key)).for('update');
      return locked ?? null;
    },
    async change(tx, key, changes, at) {
      await tx
        .update(erasures)
        .set({ ...changes, step: sql`${erasures.step} + 1`, touchedAt: at })
        .where(one(key));
    },
    abandoned: (before) =>
      db
        .select({ workspaceId: erasures.workspaceId, id: erasures.id })
        .from(erasures)
        .where(and(eq(erasures.state, 'running'), lt(erasures.touchedAt, before)))
        .orderBy(asc(erasures.touchedAt))
        .limit(100),
    sweep,
  };
}

/** The company's own words and its teammates; and the people, whose rows are found by who they are. */
const leftAlone = [
  ...['campaigns', 'campaign_drafts', 'campaign_versions', 'rules', 'settings', 'connections'],
  ...['installations', 'api_tokens', 'teammates', 'sessions', 'people', 'erasures'],
];

/** As much as is read within a second or so. */
const blocksAtOnce = 250;

type Place = { table: string; block: number };

/** One stretch of one table; `next` is null after the last. `contactIds` are those that turn out to be theirs. */
const sweep: ErasureStore<Tx>['sweep'] = async (tx, workspaceId, { sought, place, token }) => {
  const table = await tableAt(tx, place);
  if (!table) return { erased: {}, contactIds: [], next: null };
  const block = table.name === place?.table ? place.block : 0;
  const patterns = patternsFor(sought);
  const stretch = sql`workspace_id = ${workspaceId} and ctid >= ${`(${block},0)`}::tid and ctid < ${`(${block + blocksAtOnce},0)`}::tid`;
  const contactIds = table.name === 'deliveries' ? await contactsIn(tx, stretch, patterns) : [];
  await allowRewriting(tx);
  const rows = table.name === 'batch_rows' ? await blankRows(tx, stretch, sought, patterns) : 0;
  const count = rows + (await replaceIn(tx, table, stretch, patterns, token));
  const erased: ErasedCounts = count > 0 ? { [table.name]: count } : {};
  const next: Place = { table: table.name, block: block + blocksAtOnce };
  return { erased, contactIds, next: next.block < table.blocks ? next : { ...next, block: -1 } };
};

type Table = { name: string; blocks: number; columns: { name: string; type: string; unique: boolean }[] };

/** The table of the place; the one after it where that is through. In the order of their names. */
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
        and relname <> all(${sql.param(leftAlone)}::text[])) as tables
    where columns is not null and (name > ${from} or (name = ${from} and not ${through}))
    order by name limit 1`);
  return rows[0] ?? null;
}

/** Whose notifications say in so many words that they are about them. */
async function contactsIn(tx: Tx, stretch: SQL, { contact }: Patterns): Promise<string[]> {
  if (contact === null) return [];
  const { rows } = await tx.execute<{ id: string }>(
    sql`select distinct contact_id as id from deliveries where ${stretch} and contact_id is not null and body ~* ${contact}`,
  );
  return rows.map((row) => row.id);
}

/** What could not be used of an upload is found by no identity, and says more of somebody than who it is. */
async function blankRows(
  tx: Tx,
  stretch: SQL,
  { emails, externalIds }: Sought,
  { emails: pattern }: Patterns,
): Promise<number> {
  const named = sql`lower(btrim(given ->> 'email')) = any(${sql.param([...emails])}::text[])
    or given ->> 'external_id' = any(${sql.param([...externalIds])}::text[])
    or (given ? 'unreadable' and given ->> 'unreadable' ~* ${pattern})`;
  const { rowCount } = await tx.execute(
    sql`update batch_rows set ${blankRow} where ${stretch} and (${named}) and error is distinct from 'erased'`,
  );
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
    // Of several ways to find it, the group before it is the one that is not empty.
    const replaced =
      others === null
        ? withoutEmails
        : sql`regexp_replace(${withoutEmails}, ${others}, ${String.raw`\1\2\3`} || ${token}, 'g')`;
    const type = sql.raw(column.type === 'jsonb' ? 'jsonb' : 'text');
    const set = sql`${own} = ${replaced}::${type}`;
    if (!column.unique) return { found, set };
    // What told two apart may be nothing but what is taken out.
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
