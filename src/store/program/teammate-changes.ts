// Teammates' changes from the card or console, counted against the daily cap.
import { and, eq, sql } from 'drizzle-orm';
import type { Queryable, Tx } from '../database.ts';
import { runs } from '../schema.ts';

/** Serializes a workspace's changes, so that two cannot both take the day's last one. */
export async function lockTeammateChanges(tx: Tx, workspaceId: string): Promise<void> {
  const key = `card-actions:${workspaceId}`;
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
}

/** By the workspace's time zone. */
export async function countTeammateChanges(
  db: Queryable,
  workspaceId: string,
  day: { at: Date; timeZone: string },
) {
  const at = sql`${day.at.toISOString()}::timestamptz`;
  const today = sql`${runs.createdAt} >= date_trunc('day', ${at}, ${day.timeZone})`;
  const ofCards = sql`${runs.deduplicationKey} like 'card:%'`;
  return db.$count(runs, and(eq(runs.workspaceId, workspaceId), ofCards, today));
}
