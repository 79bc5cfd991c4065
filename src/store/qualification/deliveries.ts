// Notifications as they were received: stored many at a time together with their job, found, handled, handled again.
import { and, desc, eq, getTableColumns, inArray, lt, ne, sql } from 'drizzle-orm';
import type { Delivery, NewDelivery } from '../../domain/qualification/delivery.ts';
import type { DeliveryFilter, DeliveryStore } from '../../usecases/qualification/deliveries.ts';
import type { ClosedDelivery } from '../../usecases/qualification/qualification-edges.ts';
import type { Database, Tx } from '../database.ts';
import { matching, toPage } from '../page.ts';
import { deliveries } from '../schema.ts';
import { batched } from '../shared-query.ts';
import { textArray } from '../text-array.ts';

type HandleJob = { name: 'handle-deliveries'; workspaceId: string; deliveryIds: number[] };
type EnqueueAll = (tx: Tx, jobs: HandleJob[]) => Promise<void>;

/** `known`: the same notification is stored already, from earlier or from a moment ago. */
export type Accepted = 'stored' | 'known';

// Not a parameter: a plan that is kept could not use the index of what is to be handled.
const unhandled = sql`${deliveries.state} = 'received'`;
const { body: _, ...allButBody } = getTableColumns(deliveries);
// A replay of a very long list of failures is no job for one worker.
const perJob = 64;

export function createDeliveryStore(database: Database, enqueueAll: EnqueueAll, now: () => Date) {
  const { db, transaction, preparedTransaction } = database;

  /** With the job that handles them. Answers those that were new. */
  async function storeIn(tx: Tx, received: NewDelivery[]): Promise<Stored[]> {
    if (received.length === 0) return [];
    const stored = await insert(tx, received, now());
    if (stored.length > 0) await enqueueAll(tx, jobsFor(stored));
    return stored;
  }

  /** Answers when all are durable. */
  async function acceptAll(received: NewDelivery[]): Promise<Accepted[]> {
    const fresh = await preparedTransaction((tx) => storeIn(tx, received));
    // Of copies in the same round the first is the one that was stored.
    const unclaimed = new Set(fresh.map(keyOf));
    return received.map((one) =>
      one.notificationId === null || unclaimed.delete(keyOf(one)) ? 'stored' : 'known',
    );
  }

  const store: DeliveryStore<Tx> = {
    async list(workspaceId, { topic, state, contactId }, page) {
      const rows = await db
        .select(allButBody)
        .from(deliveries)
        .where(
          and(
            eq(deliveries.workspaceId, workspaceId),
            matching(deliveries.topic, topic),
            matching(deliveries.state, state),
            matching(deliveries.contactId, contactId),
            page.after === null ? undefined : lt(deliveries.id, Number(page.after.id)),
          ),
        )
        .orderBy(desc(deliveries.id))
        .limit(page.limit + 1);
      return toPage(rows, page, (row: Delivery) => ({ at: row.receivedAt, id: String(row.id) }));
    },
    async find(workspaceId, id) {
      const [found] = await db.select().from(deliveries).where(one(workspaceId, id));
      return found ?? null;
    },
    replay: (workspaceId, which, alongside) =>
      transaction(async (tx) => {
        const wanted =
          'id' in which
            ? and(one(workspaceId, which.id), ne(deliveries.body, ''))
            : failed(workspaceId, which.failed);
        const again = await tx
          .update(deliveries)
          .set({ state: 'received', outcome: null, handledAt: null })
          .where(wanted)
          .returning({ id: deliveries.id, workspaceId: deliveries.workspaceId });
        if (again.length === 0) return 0;
        await enqueueAll(tx, jobsFor(again));
        await alongside(tx, again.length);
        return again.length;
      }),
    countFailed: (workspaceId, filter) => db.$count(deliveries, failed(workspaceId, filter)),
  };

  return {
    ...store,
    storeIn,
    /**
     * Stores a notification and enqueues its handling. Whoever comes while a commit is under way shares the next one;
     * each is answered when its own is done. Rejects when it could not be stored.
     */
    accept: batched(acceptAll, { perRound: 64, roundsAtOnce: 1, mostWaiting: 2_000 }),

    /** See QualificationStores. */
    async take(tx: Tx, workspaceId: string, which: { ids: readonly number[] } | { oldest: number }) {
      const those = 'ids' in which ? inArray(deliveries.id, [...which.ids]) : undefined;
      const taken = tx
        .select()
        .from(deliveries)
        .where(and(eq(deliveries.workspaceId, workspaceId), unhandled, those))
        .orderBy(deliveries.id);
      return 'ids' in which
        ? taken.for('update')
        : taken.limit(which.oldest).for('update', { skipLocked: true });
    },
    async waiting(workspaceId: string, ids: readonly number[]): Promise<number[]> {
      const rows = await db
        .select({ id: deliveries.id })
        .from(deliveries)
        .where(and(eq(deliveries.workspaceId, workspaceId), unhandled, inArray(deliveries.id, [...ids])))
        .orderBy(deliveries.id);
      return rows.map((row) => row.id);
    },
    async close(tx: Tx, workspaceId: string, closed: readonly ClosedDelivery[], at: Date) {
      if (closed.length === 0) return;
      await tx.execute(sql`
        update deliveries set state = given.state, outcome = given.outcome, handled_at = ${at.toISOString()}::timestamptz,
          body = case when given.empty then '' else body end
        from jsonb_to_recordset(${JSON.stringify(closed)}::jsonb)
          as given (id bigint, state text, outcome text, empty boolean)
        where workspace_id = ${workspaceId} and deliveries.id = given.id`);
    },
    /** Since when the oldest delivery waits to be handled; null when none does. */
    async waitingSince(): Promise<Date | null> {
      const [oldest] = await db
        .select({ receivedAt: deliveries.receivedAt })
        .from(deliveries)
        .where(eq(deliveries.state, 'received'))
        .orderBy(deliveries.id)
        .limit(1);
      return oldest?.receivedAt ?? null;
    },
  };
}

/** That have a body to handle. */
const failed = (workspaceId: string, { topic, contactId }: Pick<DeliveryFilter, 'topic' | 'contactId'>) =>
  and(
    eq(deliveries.workspaceId, workspaceId),
    sql`${deliveries.state} = 'failed'`,
    ne(deliveries.body, ''),
    matching(deliveries.topic, topic),
    matching(deliveries.contactId, contactId),
  );

const one = (workspaceId: string, id: number) =>
  and(eq(deliveries.workspaceId, workspaceId), eq(deliveries.id, id));

type Stored = { id: number; workspaceId: string; notificationId: string | null };

/** Answers what was new. */
async function insert(tx: Tx, received: readonly NewDelivery[], at: Date): Promise<Stored[]> {
  // In one order everywhere: two processes that each hold a copy the other one waits for would be a deadlock.
  const rows = received.toSorted((a, b) => compare(keyOf(a), keyOf(b)));
  const column = (of: (row: NewDelivery) => string | null) => sql.param(rows.map(of));
  const { rows: stored } = await tx.execute<{
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

function keyOf({ workspaceId, notificationId }: { workspaceId: string; notificationId: string | null }) {
  return `${workspaceId} ${notificationId ?? ''}`;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** One job for a workspace's deliveries, or a few. */
function jobsFor(stored: readonly { id: number; workspaceId: string }[]): HandleJob[] {
  const byWorkspace = Map.groupBy(stored, (row) => row.workspaceId);
  return [...byWorkspace].flatMap(([workspaceId, rows]) => {
    const ids = rows.map((row) => row.id);
    const jobs = Math.ceil(ids.length / perJob);
    return Array.from(
      { length: jobs },
      (_, at): HandleJob => ({
        name: 'handle-deliveries',
        workspaceId,
        deliveryIds: ids.slice(at * perJob, (at + 1) * perJob),
      }),
    );
  });
}
