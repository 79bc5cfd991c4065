// Reports of what differs between both sides, their rows, and the people that are compared.
import { and, asc, eq, gt, inArray, lt, sql } from 'drizzle-orm';
import { foldEmail } from '../../domain/contacts/contact.ts';
import { campaignSettings } from '../../domain/workspace/settings.ts';
import type { ComparedPerson, DriftKey, DriftStore } from '../../usecases/repair/drift-edges.ts';
import type { Database, Tx } from '../database.ts';
import { matching, newestFirst, olderThan, toPage } from '../page.ts';
import { people, referrals } from '../schema.ts';
import { driftReports, driftRows } from './schema-drift.ts';

const rowColumns = {
  id: driftRows.id,
  kind: driftRows.kind,
  personId: driftRows.personId,
  contactId: driftRows.contactId,
  differences: driftRows.differences,
  repair: driftRows.repair,
  state: driftRows.state,
  person: { email: people.email, name: people.name },
};

export function createDriftStore({ db }: Pick<Database, 'db'>): DriftStore<Tx> {
  const one = ({ workspaceId, id }: DriftKey) =>
    and(eq(driftReports.workspaceId, workspaceId), eq(driftReports.id, id));
  const rowsOf = ({ workspaceId, id }: DriftKey) =>
    and(eq(driftRows.workspaceId, workspaceId), eq(driftRows.reportId, id));
  const reading = (tx: Pick<Tx, 'select'>) =>
    tx
      .select(rowColumns)
      .from(driftRows)
      .leftJoin(
        people,
        and(eq(people.workspaceId, driftRows.workspaceId), eq(people.id, driftRows.personId)),
      );

  return {
    async add(tx, report) {
      await tx.insert(driftReports).values({ ...report, touchedAt: report.startedAt });
    },
    async find(workspaceId, id) {
      const [found] = await db.select().from(driftReports).where(one({ workspaceId, id }));
      return found ?? null;
    },
    async list(workspaceId, page) {
      const rows = await db
        .select()
        .from(driftReports)
        .where(
          and(
            eq(driftReports.workspaceId, workspaceId),
            olderThan(driftReports.startedAt, driftReports.id, page.after),
          ),
        )
        .orderBy(...newestFirst(driftReports.startedAt, driftReports.id))
        .limit(page.limit + 1);
      return toPage(rows, page, (row) => ({ at: row.startedAt, id: row.id }));
    },
    async lock(tx, key) {
      const [locked] = await tx.select().from(driftReports).where(one(key)).for('update');
      return locked ?? null;
    },
    async change(tx, key, changes, at) {
      await tx
        .update(driftReports)
        .set({ ...changes, step: sql`${driftReports.step} + 1`, touchedAt: at })
        .where(one(key));
    },
    abandoned: (before) =>
      db
        .select({ workspaceId: driftReports.workspaceId, id: driftReports.id })
        .from(driftReports)
        .where(and(inArray(driftReports.state, ['running', 'repairing']), lt(driftReports.touchedAt, before)))
        .orderBy(asc(driftReports.touchedAt))
        .limit(100),
    async addRows(tx, { workspaceId, id: reportId }, found) {
      if (found.length === 0) return;
      await tx
        .insert(driftRows)
        .values(found.map((row) => ({ ...row, workspaceId, reportId, state: 'found' as const })));
    },
    async rows(key, kind, page) {
      const rows = await reading(db)
        .where(
          and(
            rowsOf(key),
            matching(driftRows.kind, kind),
            page.after === null ? undefined : gt(driftRows.id, Number(page.after.id)),
          ),
        )
        .orderBy(asc(driftRows.id))
        .limit(page.limit + 1);
      return toPage(rows, page, (row) => ({ at: new Date(0), id: String(row.id) }));
    },
    async choose(tx, key, which) {
      const chosen = await tx
        .update(driftRows)
        .set({ state: 'chosen' })
        .where(
          and(
            rowsOf(key),
            eq(driftRows.state, 'found'),
            sql`${driftRows.repair} <> 'none'`,
            which === 'all' ? undefined : inArray(driftRows.id, [...which.ids]),
          ),
        );
      return chosen.rowCount ?? 0;
    },
    chosen: (tx, key, limit) =>
      reading(tx)
        .where(and(rowsOf(key), sql`${driftRows.state} = 'chosen'`))
        .orderBy(asc(driftRows.id))
        .limit(limit),
    async setPlanned(tx, workspaceId, rowIds) {
      if (rowIds.length === 0) return;
      await tx
        .update(driftRows)
        .set({ state: 'planned' })
        .where(and(eq(driftRows.workspaceId, workspaceId), inArray(driftRows.id, [...rowIds])));
    },

    people: (workspaceId, campaignId, { after, limit }) =>
      compared(db, workspaceId, { campaignId, after, limit }),
    async person(tx, workspaceId, personId) {
      const [found] = await compared(tx, workspaceId, { personId, campaignId: null, after: null, limit: 1 });
      return found ?? null;
    },
    async known(workspaceId, contacts) {
      if (contacts.length === 0) return new Set();
      const given = contacts.map(({ id, externalId, email }) => ({
        id,
        external_id: externalId,
        email: foldEmail(email),
      }));
      const { rows } = await db.execute<{ id: string }>(sql`
        select asked.id
        from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as asked (id text, external_id text, email text)
        where exists (select from people where workspace_id = ${workspaceId}
          and (contact_id = asked.id or people.external_id = asked.external_id or people.email = asked.email))`);
      return new Set(rows.map((row) => row.id));
    },
    async unlink(tx, workspaceId, personId, contactId) {
      await tx
        .update(people)
        .set({ contactId: null })
        .where(
          and(eq(people.workspaceId, workspaceId), eq(people.id, personId), eq(people.contactId, contactId)),
        );
    },
    async referralsOf(tx, workspaceId, personId) {
      const rows = await tx
        .select({ id: referrals.id })
        .from(referrals)
        .where(and(eq(referrals.workspaceId, workspaceId), eq(referrals.personId, personId)));
      return rows.map((row) => row.id);
    },
  };
}

type Row = {
  id: string;
  email: string | null;
  external_id: string | null;
  name: string | null;
  contact_id: string | null;
  created_at: string;
  memberships: { side: 'leads' | 'referrers'; id: string; settings: unknown }[] | null;
  under_way: boolean;
  shares_contact: boolean;
};

type Which = { campaignId: string | null; personId?: string; after: string | null; limit: number };

/** In one statement, whose memberships come along. */
async function compared(
  from: Pick<Tx, 'execute'>,
  workspaceId: string,
  { campaignId, personId, after, limit }: Which,
): Promise<ComparedPerson[]> {
  const { rows } = await from.execute<Row>(sql`
    select people.id, email, external_id, name, contact_id, people.created_at, memberships,
      exists (select from runs where runs.workspace_id = ${workspaceId} and kind = 'enroll' and state = 'waiting'
        and subject = people.id || ' in Intercom') as under_way,
      exists (select from people other where other.workspace_id = people.workspace_id
        and other.contact_id = people.contact_id and other.id <> people.id) as shares_contact
    from people cross join lateral (
      select jsonb_agg(jsonb_build_object('side', side, 'id', member.id, 'settings', settings)) as memberships,
        bool_or(campaigns.id = ${campaignId}::uuid) as here
      from (select 'leads' as side, id, campaign_id from referrals
          where workspace_id = ${workspaceId} and person_id = people.id
        union all select 'referrers', id, campaign_id from referrers
          where workspace_id = ${workspaceId} and person_id = people.id) as member
        join campaigns on campaigns.workspace_id = ${workspaceId} and campaigns.id = member.campaign_id) as theirs
    where people.workspace_id = ${workspaceId}
      and coalesce(email, external_id, name, contact_id) is not null
      and (${campaignId}::uuid is null or here)
      and (${personId ?? null}::uuid is null or people.id = ${personId ?? null}::uuid)
      and (${after}::uuid is null or people.id > ${after}::uuid)
    order by people.id limit ${limit}`);
  return rows.map(toCompared);
}

function toCompared({ memberships, under_way: underWay, ...row }: Row): ComparedPerson {
  const all = memberships ?? [];
  return {
    person: {
      id: row.id,
      email: row.email,
      externalId: row.external_id,
      name: row.name,
      contactId: row.contact_id,
    },
    createdAt: new Date(row.created_at),
    sharesContact: row.shares_contact,
    isReferred: all.some((one) => one.side === 'leads'),
    enrolling: all.flatMap(({ side, id, settings }) => {
      const { action } = campaignSettings.parse(settings).enrollment[side];
      return action === 'nothing' ? [] : [{ side, id, user: action === 'create-user' }];
    }),
    underWay,
  };
}
