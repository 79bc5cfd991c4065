// Recoveries with their position, and contacts with changes that were missed.

import { and, desc, eq, lte, sql } from 'drizzle-orm';
import type { Facts, SeenContact } from '../../domain/qualification/notification.ts';
import { attributesAfter, knowsSame } from '../../domain/qualification/snapshot.ts';
import { latestPast } from '../../domain/time.ts';
import { givenContacts, isGivenContact } from '../contacts/identities.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { workRows } from '../page-work.ts';
import { deliveries } from '../schema.ts';
import { heartbeats, recoveries } from './schema-sync-checks.ts';

export type Recovery = typeof recoveries.$inferSelect;

export const recoveryRows = workRows(recoveries, {
  startedAt: 'startedAt',
  isUnderWay: eq(recoveries.state, 'running'),
});

/** False when one is under way in the workspace, which is then extended to this one's start. */
export async function addRecovery(
  tx: Tx,
  recovery: Omit<typeof recoveries.$inferInsert, 'step' | 'touchedAt'>,
): Promise<boolean> {
  const { workspaceId, since, startedAt } = recovery;
  const { rowCount } = await tx
    .insert(recoveries)
    .values({ ...recovery, touchedAt: startedAt })
    .onConflictDoNothing();
  if (rowCount === 1) return true;
  await tx.execute(sql`update recoveries set since = ${since.toISOString()}::timestamptz, cursor = null,
    look_again_at = null, step = step + 1 where workspace_id = ${workspaceId} and state = 'running'
    and since > ${since.toISOString()}::timestamptz`);
  return false;
}

export async function isRecovering(tx: Tx, workspaceId: string): Promise<boolean> {
  const running = owned(recoveries, { workspaceId, state: 'running' });
  return (await tx.select({ id: recoveries.id }).from(recoveries).where(running)).length > 0;
}

export async function lastHeartbeat(db: Queryable): Promise<Date | null> {
  const [last] = await db.select({ at: heartbeats.at }).from(heartbeats);
  return last?.at ?? null;
}

export async function noteHeartbeat(db: Queryable, at: Date): Promise<void> {
  const newest = sql`greatest(${heartbeats.at}, excluded.at)`;
  await db
    .insert(heartbeats)
    .values({ name: 'app', at })
    .onConflictDoUpdate({ target: heartbeats.name, set: { at: newest } });
}

export async function lastDeliveryBefore(tx: Tx, workspaceId: string, before: Date): Promise<Date | null> {
  const [last] = await tx
    .select({ at: deliveries.receivedAt })
    .from(deliveries)
    .where(and(eq(deliveries.workspaceId, workspaceId), lte(deliveries.receivedAt, before)))
    .orderBy(desc(deliveries.id))
    .limit(1);
  return last?.at ?? null;
}

/**
 * Contacts of known people or for an ongoing backfill, newer than what is stored, or of the same second and different.
 */
export async function missedContacts(
  tx: Tx,
  workspaceId: string,
  contacts: readonly SeenContact[],
  now: Date,
): Promise<Set<string>> {
  if (contacts.length === 0) return new Set();
  // Intercom's API returns whole seconds, notifications milliseconds: within a second, the order is unknown.
  const isSameSecond = sql`date_trunc('second', contacts.updated_at) = date_trunc('second', given.updated_at)`;
  const { rows } = await tx.execute<{ id: string; stored: Facts | null }>(sql`
    select given.id, case when ${isSameSecond} and not exists (select from people
        where people.workspace_id = ${workspaceId} and people.contact_id is null and ${isGivenContact})
      then contacts.values end as stored
    from ${givenContacts(contacts)}
    left join contacts on contacts.workspace_id = ${workspaceId} and contacts.contact_id = given.id
    where (contacts.updated_at is null or given.updated_at is null or contacts.updated_at > ${latestPast(now)}
        or date_trunc('second', contacts.updated_at) <= given.updated_at)
      and (exists (select from people where people.workspace_id = ${workspaceId} and ${isGivenContact})
        or exists (select from backfills where backfills.workspace_id = ${workspaceId}
          and backfills.next_pass_at is not null))`);
  const facts = new Map(contacts.map((contact) => [contact.id, { ...contact.facts, role: contact.role }]));
  const isKnown = (stored: Facts | null, told: Facts | undefined) =>
    stored !== null &&
    told !== undefined &&
    knowsSame(stored, attributesAfter(stored, told, Object.keys(stored)));
  return new Set(rows.filter(({ id, stored }) => !isKnown(stored, facts.get(id))).map(({ id }) => id));
}
