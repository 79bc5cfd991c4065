// Changes that teammates ask for, on the card or in the console: counted against the day's cap.
import { and, eq, sql } from 'drizzle-orm';
import type { Tx } from '../database.ts';
import { runs } from '../schema.ts';

/** One transaction at a time in a workspace, so that two teammates do not both take the last change of the day. */
export async function lockTeammateChanges(tx: Tx, workspaceId: string): Promise<void> {
  const key = `card-actions:${workspaceId}`;
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
}

/** Of the workspace's own day. */
export async function countTeammateChanges(tx: Tx, workspaceId: string, day: { at: Date; timeZone: string }) {
  const at = sql`${day.at.toISOString()}::timestamptz`;
  const today = sql`${runs.createdAt} >= date_trunc('day', ${at}, ${day.timeZone})`;
  const ofCards = sql`${runs.deduplicationKey} like 'card:%'`;
  return tx.$count(runs, and(eq(runs.workspaceId, workspaceId), ofCards, today));
}
