// Recoveries with their place in the pages, and which of Intercom's contacts changed without our being told.
import { and, asc, desc, eq, lt, lte, sql } from 'drizzle-orm';
import { foldEmail } from '../../domain/contacts/contact.ts';
import type { RecoveryKey, RecoveryStore } from '../../usecases/repair/recovery.ts';
import type { Database, Tx } from '../database.ts';
import { newestFirst, olderThan, toPage } from '../page.ts';
import { deliveries } from '../schema.ts';
import { heartbeats, recoveries } from './schema-drift.ts';

export function createRecoveryStore({ db }: Pick<Database, 'db'>): RecoveryStore<Tx> {
  const one = ({ workspaceId, id }: RecoveryKey) =>
    and(eq(recoveries.workspaceId, workspaceId), eq(recoveries.id, id));

  return {
    async add(tx, recovery) {
      const [added] = await tx
        .insert(recoveries)
        .values({ ...recovery, touchedAt: recovery.startedAt })
        .onConflictDoNothing()
        .returning({ id: recoveries.id });
      if (added) return added.id;
      // From the beginning, if it has to go back further than the one that is under way.
      await tx.execute(sql`update recoveries set since = ${recovery.since.toISOString()}::timestamptz, cursor = null,
        step = step + 1 where workspace_id = ${recovery.workspaceId} and state = 'running'
        and since > ${recovery.since.toISOString()}::timestamptz`);
      return null;
    },
    async list(workspaceId, page) {
      const rows = await db
        .select()
        .from(recoveries)
        .where(
          and(
            eq(recoveries.workspaceId, workspaceId),
            olderThan(recoveries.startedAt, recoveries.id, page.after),
          ),
        )
        .orderBy(...newestFirst(recoveries.startedAt, recoveries.id))
        .limit(page.limit + 1);
      return toPage(rows, page, (row) => ({ at: row.startedAt, id: row.id }));
    },
    async find(workspaceId, id) {
      const [found] = await db.select().from(recoveries).where(one({ workspaceId, id }));
      return found ?? null;
    },
    async lock(tx, key) {
      const [locked] = await tx.select().from(recoveries).where(one(key)).for('update');
      return locked ?? null;
    },
    async change(tx, key, changes, at) {
      await tx
        .update(recoveries)
        .set({ ...changes, step: sql`${recoveries.step} + 1`, touchedAt: at })
        .where(one(key));
    },
    abandoned: (before) =>
      db
        .select({ workspaceId: recoveries.workspaceId, id: recoveries.id })
        .from(recoveries)
        .where(and(eq(recoveries.state, 'running'), lt(recoveries.touchedAt, before)))
        .orderBy(asc(recoveries.touchedAt))
        .limit(100),
    async lastBeat() {
      const [last] = await db.select({ at: heartbeats.at }).from(heartbeats);
      return last?.at ?? null;
    },
    async beat(at) {
      const newest = sql`greatest(${heartbeats.at}, excluded.at)`;
      await db
        .insert(heartbeats)
        .values({ name: 'app', at })
        .onConflictDoUpdate({ target: heartbeats.name, set: { at: newest } });
    },
    async lastDelivery(tx, workspaceId, before) {
      const [last] = await tx
        .select({ at: deliveries.receivedAt })
        .from(deliveries)
        .where(and(eq(deliveries.workspaceId, workspaceId), lte(deliveries.receivedAt, before)))
        .orderBy(desc(deliveries.id))
        .limit(1);
      return last?.at ?? null;
    },
    async missed(tx, workspaceId, seen) {
      if (seen.length === 0) return new Set();
      const given = seen.map(({ id, externalId, email, updatedAt }) => ({
        id,
        external_id: externalId,
        email: foldEmail(email),
        updated_at: updatedAt?.toISOString() ?? null,
      }));
      // Intercom tells whole seconds here, and thousandths in notifications: what is known of the same second counts.
      const { rows } = await tx.execute<{ id: string }>(sql`
        select asked.id
        from jsonb_to_recordset(${JSON.stringify(given)}::jsonb)
          as asked (id text, external_id text, email text, updated_at timestamptz)
        left join contacts on contacts.workspace_id = ${workspaceId} and contacts.contact_id = asked.id
        where (contacts.updated_at is null or asked.updated_at is null
            or date_trunc('second', contacts.updated_at) < asked.updated_at)
          and (exists (select from people where people.workspace_id = ${workspaceId}
              and (people.contact_id = asked.id or people.external_id = asked.external_id or people.email = asked.email))
            or exists (select from backfills where backfills.workspace_id = ${workspaceId}
              and backfills.next_pass_at is not null))`);
      return new Set(rows.map((row) => row.id));
    },
  };
}
