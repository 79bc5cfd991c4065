// Rows of sync checks, and the people they compare.
import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm';
import type { WorkKey } from '../../domain/page-work.ts';
import type { Page, PageRequest, Person } from '../../domain/program/program.ts';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import type { SyncFinding, SyncFindingKind } from '../../domain/repair/sync-check.ts';
import { campaignSettings } from '../../domain/workspace/settings.ts';
import { givenContacts, isGivenContact } from '../contacts/identities.ts';
import type { Queryable, Tx } from '../database.ts';
import type { Participant } from '../enrollment/enrollments.ts';
import { personOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { matching, toPage } from '../page.ts';
import { workRows } from '../page-work.ts';
import { people } from '../schema.ts';
import { syncCheckRows, syncChecks } from './schema-sync-checks.ts';

export type SyncCheck = typeof syncChecks.$inferSelect;

export const syncCheckWorkRows = workRows(syncChecks, {
  startedAt: 'startedAt',
  isUnderWay: inArray(syncChecks.state, ['running', 'repairing']),
});

const { id, kind, personId, contactId, differences, repair, state } = syncCheckRows;
const rowColumns = {
  ...{ id, kind, personId, contactId, differences, repair, state },
  person: { email: people.email, name: people.name },
};

export type SyncCheckRow = Awaited<ReturnType<typeof chosenRows>>[number];

const rowsOf = ({ workspaceId, id }: WorkKey) => owned(syncCheckRows, { workspaceId, syncCheckId: id });

const selectRows = (db: Queryable) =>
  db.select(rowColumns).from(syncCheckRows).leftJoin(people, personOf(syncCheckRows));

export async function insertFindings(
  tx: Tx,
  { workspaceId, id: syncCheckId }: WorkKey,
  findings: readonly SyncFinding[],
): Promise<void> {
  if (findings.length === 0) return;
  await tx
    .insert(syncCheckRows)
    .values(findings.map((finding) => ({ ...finding, workspaceId, syncCheckId, state: 'found' as const })));
}

/** In the order in which they were found. */
export async function syncCheckRowPage(
  db: Queryable,
  key: WorkKey,
  kind: SyncFindingKind | undefined,
  page: PageRequest,
): Promise<Page<SyncCheckRow>> {
  const after = page.after === null ? undefined : gt(syncCheckRows.id, Number(page.after.id));
  const rows = await selectRows(db)
    .where(and(rowsOf(key), matching(syncCheckRows.kind, kind), after))
    .orderBy(asc(syncCheckRows.id))
    .limit(page.limit + 1);
  return toPage(rows, page.limit, (row) => ({ at: new Date(0), id: String(row.id) }));
}

/** Selects repairable rows that are not repaired yet. Returns how many. */
export async function chooseRows(tx: Tx, key: WorkKey, which: { ids: readonly number[] } | 'all') {
  const chosen = await tx
    .update(syncCheckRows)
    .set({ state: 'chosen' })
    .where(
      and(
        rowsOf(key),
        eq(syncCheckRows.state, 'found'),
        sql`${syncCheckRows.repair} <> 'none'`,
        which === 'all' ? undefined : inArray(syncCheckRows.id, [...which.ids]),
      ),
    );
  return chosen.rowCount ?? 0;
}

export function chosenRows(tx: Tx, key: WorkKey, limit: number) {
  return selectRows(tx)
    .where(and(rowsOf(key), sql`${syncCheckRows.state} = 'chosen'`))
    .orderBy(asc(syncCheckRows.id))
    .limit(limit);
}

export async function setRowsPlanned(tx: Tx, workspaceId: string, rowIds: readonly number[]): Promise<void> {
  if (rowIds.length === 0) return;
  await tx
    .update(syncCheckRows)
    .set({ state: 'planned' })
    .where(and(eq(syncCheckRows.workspaceId, workspaceId), inArray(syncCheckRows.id, [...rowIds])));
}

/** Contacts of known people, by link, external ID or email. */
export async function knownContacts(
  db: Queryable,
  workspaceId: string,
  contacts: readonly Pick<SeenContact, 'id' | 'externalId' | 'email'>[],
): Promise<Set<string>> {
  if (contacts.length === 0) return new Set();
  const { rows } = await db.execute<{ id: string }>(sql`
    select given.id from ${givenContacts(contacts)}
    where exists (select from people where workspace_id = ${workspaceId} and ${isGivenContact})`);
  return new Set(rows.map((row) => row.id));
}

export async function dropContactLink(tx: Tx, workspaceId: string, personId: string, contactId: string) {
  await tx
    .update(people)
    .set({ contactId: null })
    .where(owned(people, { workspaceId, id: personId, contactId }));
}

export type ComparedPerson = {
  person: Person;
  createdAt: Date;
  isReferred: boolean;
  /** Another person is linked to the same contact. */
  sharesContact: boolean;
  /** Sides with settings that create contacts; `user`: as users. */
  enrolling: (Participant & { user: boolean })[];
  /** A run is about to create their contact. */
  underWay: boolean;
};

type ComparedRow = {
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

type Compared = { campaignId?: string | null; personId?: string; after?: string | null; limit?: number };

/** By id, without erased people. */
export async function comparedPeople(
  db: Queryable,
  workspaceId: string,
  { campaignId = null, personId, after = null, limit = 1 }: Compared,
): Promise<ComparedPerson[]> {
  const { rows } = await db.execute<ComparedRow>(sql`
    select people.id, email, external_id, name, contact_id, people.created_at, memberships,
      exists (select from runs where runs.workspace_id = ${workspaceId} and kind = 'enroll' and state = 'waiting'
        and subject = people.id || ' in Intercom') as under_way,
      exists (select from people other where other.workspace_id = people.workspace_id
        and other.contact_id = people.contact_id and other.id <> people.id) as shares_contact
    from people cross join lateral (
      select jsonb_agg(jsonb_build_object('side', side, 'id', member.id, 'settings', settings)) as memberships,
        bool_or(campaigns.id = ${campaignId}::uuid) as is_in_campaign
      from (select 'leads' as side, id, campaign_id from referrals
          where workspace_id = ${workspaceId} and person_id = people.id
        union all select 'referrers', id, campaign_id from referrers
          where workspace_id = ${workspaceId} and person_id = people.id) as member
        join campaigns on campaigns.workspace_id = ${workspaceId} and campaigns.id = member.campaign_id) as joined
    where people.workspace_id = ${workspaceId}
      and coalesce(email, external_id, name, contact_id) is not null
      and (${campaignId}::uuid is null or is_in_campaign)
      and (${personId ?? null}::uuid is null or people.id = ${personId ?? null}::uuid)
      and (${after}::uuid is null or people.id > ${after}::uuid)
    order by people.id limit ${limit}`);
  return rows.map(toComparedPerson);
}

function toComparedPerson(row: ComparedRow): ComparedPerson {
  const memberships = row.memberships ?? [];
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
    isReferred: memberships.some(({ side }) => side === 'leads'),
    enrolling: memberships.flatMap(({ side, id, settings }) => {
      const { action } = campaignSettings.parse(settings).enrollment[side];
      return action === 'nothing' ? [] : [{ side, id, user: action === 'create-user' }];
    }),
    underWay: row.under_way,
  };
}
