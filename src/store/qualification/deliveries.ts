// Intercom's notifications: stored in bulk, listed, handled, closed.
import { and, eq, getTableColumns, gt, lt, ne, not, sql } from 'drizzle-orm';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import type { Delivery, DeliveryState, NewDelivery } from '../../domain/qualification/delivery.ts';
import type { Db, Queryable, Tx } from '../database.ts';
import { isAmong, owned } from '../owned.ts';
import { bySequence, matching, pageOf } from '../page.ts';
import { deliveries } from '../schema.ts';
import { textArray } from '../text-array.ts';

export type DeliveryFilter = {
  topic?: string | undefined;
  state?: DeliveryState | undefined;
  contactId?: string | undefined;
};
type FailedFilter = Pick<DeliveryFilter, 'topic' | 'contactId'>;

export type ReplaySelection = { id: number } | { failed: FailedFilter };

export type TakenDelivery = typeof deliveries.$inferSelect;

/** `empty` deletes the body. */
export type ClosedDelivery = {
  id: number;
  state: 'done' | 'ignored' | 'failed';
  outcome: string;
  empty?: boolean;
};

export type StoredDelivery = { id: number; workspaceId: string; notificationId: string | null };

// Not a parameter: a cached plan could not use the partial index of unhandled deliveries.
const unhandled = sql`${deliveries.state} = 'received'`;

/** Of a delivery that is not handled yet: it has its own job, so that others do not wait for it. */
const ownTurn =
  'This delivery is handled in its own job, because it needs an answer from Intercom or failed in a round.';
const inRounds = sql`${deliveries.outcome} is null`;
const { body, ...stored } = getTableColumns(deliveries);
const handledAt = sql<Date | null>`case when ${deliveries.state} <> 'received' then ${deliveries.handledAt} end`;
const withoutBody = { ...stored, handledAt: handledAt.mapWith(deliveries.handledAt) };

const byId = (workspaceId: string, id: number) => owned(deliveries, { workspaceId, id });

const failed = sql`${deliveries.state} = 'failed'`;

/** Only those that still have a body. */
const failedOnes = (workspaceId: string, { topic, contactId }: FailedFilter) =>
  and(
    eq(deliveries.workspaceId, workspaceId),
    failed,
    ne(deliveries.body, ''),
    matching(deliveries.topic, topic),
    matching(deliveries.contactId, contactId),
  );

export function listDeliveries(
  db: Queryable,
  workspaceId: string,
  { topic, state, contactId }: DeliveryFilter,
  page: PageRequest,
): Promise<Page<Delivery>> {
  const condition = and(
    eq(deliveries.workspaceId, workspaceId),
    matching(deliveries.topic, topic),
    matching(deliveries.state, state),
    matching(deliveries.contactId, contactId),
  );
  const query = db.select(withoutBody).from(deliveries);
  return pageOf(query, bySequence(deliveries, 'id', 'receivedAt'), condition, page);
}

/** `body` is JSON text, or empty when not stored. */
export async function findDelivery(db: Queryable, workspaceId: string, id: number) {
  const [found] = await db
    .select({ ...withoutBody, body })
    .from(deliveries)
    .where(byId(workspaceId, id));
  return found ?? null;
}

/** When it was received, or asked to be handled again. Null for one that does not wait. */
export async function waitsSince(db: Queryable, workspaceId: string, id: number): Promise<Date | null> {
  const [waiting] = await db
    .select({ receivedAt: deliveries.receivedAt, replayedAt: deliveries.handledAt })
    .from(deliveries)
    .where(and(byId(workspaceId, id), unhandled));
  return waiting ? (waiting.replayedAt ?? waiting.receivedAt) : null;
}

export function countFailedDeliveries(db: Db, workspaceId: string, filter: FailedFilter): Promise<number> {
  return db.$count(deliveries, failedOnes(workspaceId, filter));
}

/** Returns the new ones only. */
export async function insertDeliveries(db: Queryable, received: readonly NewDelivery[], at: Date) {
  // Sorted to avoid deadlocks between processes that store the same notifications.
  const rows = received.toSorted((a, b) => compare(deliveryKey(a), deliveryKey(b)));
  const column = (read: (row: NewDelivery) => string | null) => sql.param(rows.map(read));
  const { rows: stored } = await db.execute<{
    id: string;
    workspace_id: string;
    notification_id: string | null;
  }>(sql`
    insert into deliveries (workspace_id, notification_id, topic, contact_id, body, received_at, state)
    select workspace_id, notification_id, topic, contact_id, body, ${at.toISOString()}::timestamptz, 'received'
    from unnest(
      ${column((row) => row.workspaceId)}::text[],
      ${column((row) => row.notificationId)}::text[],
      ${column((row) => row.topic)}::text[],
      ${column((row) => row.contactId)}::text[],
      ${sql.param(textArray(rows.map((row) => row.body)))}::text[]
    ) as given (workspace_id, notification_id, topic, contact_id, body)
    on conflict do nothing
    returning id, workspace_id, notification_id`);
  return stored.map((row) => ({
    id: Number(row.id),
    workspaceId: row.workspace_id,
    notificationId: row.notification_id,
  }));
}

/** Intercom's id is unique within a workspace. */
export function deliveryKey({ workspaceId, notificationId }: Omit<StoredDelivery, 'id'>): string {
  return `${workspaceId} ${notificationId ?? ''}`;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Only deliveries that still have a body. Returns them. */
export function resetDeliveries(tx: Tx, workspaceId: string, selection: ReplaySelection, at: Date) {
  return tx
    .update(deliveries)
    .set({ state: 'received', outcome: null, handledAt: at, dismissedBecause: null })
    .where(
      'id' in selection
        ? and(byId(workspaceId, selection.id), ne(deliveries.body, ''))
        : failedOnes(workspaceId, selection.failed),
    )
    .returning({ id: deliveries.id });
}

/** Failed ones only. Returns how many. */
export async function dismissDeliveries(
  tx: Tx,
  workspaceId: string,
  selection: ReplaySelection,
  because: string | null,
): Promise<number> {
  const { rowCount } = await tx
    .update(deliveries)
    .set({ state: 'dismissed', dismissedBecause: because })
    .where(
      'id' in selection
        ? and(byId(workspaceId, selection.id), failed)
        : failedOnes(workspaceId, selection.failed),
    );
  return rowCount ?? 0;
}

/** In order, and locked. By ids, it waits for locked deliveries. `oldest` takes deliveries without a job, and skips locked ones. */
export function takeDeliveries(
  tx: Tx,
  workspaceId: string,
  selection: { ids: readonly number[] } | { oldest: number },
): Promise<TakenDelivery[]> {
  const selected = 'ids' in selection ? isAmong(deliveries.id, selection.ids) : inRounds;
  const taken = tx
    .select()
    .from(deliveries)
    .where(and(eq(deliveries.workspaceId, workspaceId), unhandled, selected))
    .orderBy(deliveries.id);
  return 'ids' in selection
    ? taken.for('update')
    : taken.limit(selection.oldest).for('update', { skipLocked: true });
}

/** Whether a later one says that the contact was archived, or unarchived, and is handled already. */
export async function isArchivalOvertaken(
  tx: Tx,
  workspaceId: string,
  { id, contactId }: { id: number; contactId: string },
): Promise<boolean> {
  const later = and(
    owned(deliveries, { workspaceId, contactId, state: 'done' }),
    gt(deliveries.id, id),
    sql`${deliveries.topic} ~ '^contact[.](un)?archived?$'`,
  );
  return (await tx.$count(deliveries, later)) > 0;
}

export async function unhandledIds(db: Queryable, workspaceId: string, ids: readonly number[]) {
  const rows = await db
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(and(eq(deliveries.workspaceId, workspaceId), unhandled, isAmong(deliveries.id, ids)))
    .orderBy(deliveries.id);
  return rows.map((row) => row.id);
}

/** One that another worker has closed meanwhile stays as it is. A deletion erases its own delivery, too. */
export async function closeDeliveries(
  tx: Tx,
  workspaceId: string,
  closed: readonly ClosedDelivery[],
  at: Date,
): Promise<void> {
  if (closed.length === 0) return;
  await tx.execute(sql`
    update deliveries set state = given.state, outcome = given.outcome, handled_at = ${at.toISOString()}::timestamptz,
      body = case when given.empty then '' else body end
    from jsonb_to_recordset(${JSON.stringify(closed)}::jsonb)
      as given (id bigint, state text, outcome text, empty boolean)
    where workspace_id = ${workspaceId} and deliveries.id = given.id
      and (deliveries.state = 'received' or given.empty and deliveries.outcome = 'erased')`);
}

/** Marks deliveries that get a job, so that no round takes them. */
export async function leaveRounds(tx: Tx, workspaceId: string, ids: readonly number[]): Promise<void> {
  await tx
    .update(deliveries)
    .set({ outcome: ownTurn })
    .where(and(eq(deliveries.workspaceId, workspaceId), unhandled, isAmong(deliveries.id, ids)));
}

/** For deliveries that a job has given up on. */
export async function returnToRounds(db: Queryable, receivedBefore: Date): Promise<void> {
  await db
    .update(deliveries)
    .set({ outcome: null })
    .where(and(unhandled, not(inRounds), lt(deliveries.receivedAt, receivedBefore)));
}

// The partial index starts with the workspace: one step in it for each workspace, however many deliveries wait.
const waiting = sql`with recursive waiting as (
    (select workspace_id from deliveries where state = 'received' order by workspace_id limit 1)
    union all
    select (select workspace_id from deliveries
      where state = 'received' and workspace_id > waiting.workspace_id order by workspace_id limit 1)
    from waiting where workspace_id is not null
  )`;

/** Workspaces with deliveries for the rounds, the longest waiting first. */
export async function workspacesInRounds(db: Queryable): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`${waiting}
    select waiting.workspace_id as id from waiting
    cross join lateral (
      select id from deliveries
      where state = 'received' and outcome is null and deliveries.workspace_id = waiting.workspace_id
      order by id limit 1
    ) oldest
    order by oldest.id`);
  return rows.map(({ id }) => id);
}

/** `perSecond`: how fast deliveries were handled recently; null when none were. */
export type Backlog = { waiting: number; oldestAt: Date; perSecond: number | null };

/** The number of handled deliveries that `perSecond` is computed from, and how long ago the last of them may be. */
const paceOf = 1_000;
const paceWithin = sql`interval '5 minutes'`;

/**
 * Of one workspace, or of all: null when none wait. Deletions received since `deletionsUntil` are left out: they wait on
 * purpose.
 */
export async function readBacklog(
  db: Queryable,
  { workspaceId, deletionsUntil, now }: { workspaceId: string | null; deletionsUntil: Date; now: Date },
): Promise<Backlog | null> {
  const of =
    workspaceId === null ? waiting : sql`with waiting (workspace_id) as (values (${workspaceId}::text))`;
  const { rows } = await db.execute<{
    waiting: number;
    oldestAt: string | null;
    perSecond: number | null;
  }>(sql`${of}
    select coalesce(sum(left_over.count), 0)::int as waiting, min(left_over.oldest_at) as "oldestAt",
      sum(pace.per_second)::float as "perSecond"
    from waiting
    cross join lateral (
      select count(*) as count, min(received_at) as oldest_at, min(id) as oldest from deliveries
      where state = 'received' and deliveries.workspace_id = waiting.workspace_id
        and (topic <> 'contact.deleted' or received_at < ${deletionsUntil.toISOString()}::timestamptz)
    ) left_over
    left join lateral (
      select count(*) / greatest(extract(epoch from max(handled_at) - min(handled_at)), 1) as per_second from (
        select handled_at from deliveries
        where deliveries.workspace_id = waiting.workspace_id and id < left_over.oldest
        order by id desc limit ${paceOf}
      ) latest
      where handled_at > ${now.toISOString()}::timestamptz - ${paceWithin}
      having count(*) > 0
    ) pace on true`);
  const [row] = rows;
  if (!row || row.oldestAt === null) return null;
  return { ...row, oldestAt: new Date(row.oldestAt) };
}
