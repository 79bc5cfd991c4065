// Changes that AI assistants made: one for each idempotency key, counted by day.
import { and, eq, gte, lt, sql } from 'drizzle-orm';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { assistantChanges } from './schema-assistants.ts';

export type AssistantChange = typeof assistantChanges.$inferSelect;
type Key = Pick<AssistantChange, 'workspaceId' | 'caller' | 'key'>;

const batchSize = 1_000;
const byKey = ({ workspaceId, caller, key }: Key) => owned(assistantChanges, { workspaceId, caller, key });

/** Serializes a workspace's changes, so that two cannot both take the day's last one. */
export async function lockChanges(tx: Tx, workspaceId: string): Promise<void> {
  const key = JSON.stringify([workspaceId, 'assistant changes']);
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
}

export async function findChange(db: Queryable, key: Key): Promise<AssistantChange | null> {
  const [found] = await db.select().from(assistantChanges).where(byKey(key));
  return found ?? null;
}

/** By the workspace's time zone. */
export function countChanges(
  db: Pick<Queryable, '$count'>,
  workspaceId: string,
  day: { at: Date; timeZone: string },
): Promise<number> {
  const at = sql`${day.at.toISOString()}::timestamptz`;
  const today = gte(assistantChanges.at, sql`date_trunc('day', ${at}, ${day.timeZone})`);
  return db.$count(assistantChanges, and(eq(assistantChanges.workspaceId, workspaceId), today));
}

export async function addChange(tx: Tx, change: Omit<AssistantChange, 'result'>): Promise<void> {
  await tx.insert(assistantChanges).values(change);
}

export async function saveResult(db: Queryable, key: Key, result: Record<string, unknown>): Promise<void> {
  await db.update(assistantChanges).set({ result }).where(byKey(key));
}

/** It was not done: it counts for nothing, and its key is free again. */
export async function removeChange(db: Queryable, key: Key): Promise<void> {
  await db.delete(assistantChanges).where(byKey(key));
}

/** Returns whether there may be more. */
export async function deleteChanges(db: Queryable, before: Date): Promise<boolean> {
  const old = db
    .select({ place: sql`ctid` })
    .from(assistantChanges)
    .where(lt(assistantChanges.at, before))
    .limit(batchSize);
  const { rowCount } = await db.delete(assistantChanges).where(sql`ctid in ${old}`);
  return rowCount === batchSize;
}
