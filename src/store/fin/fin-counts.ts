// How often Fin asked, by day, question and outcome. Nothing here is about a person.
import { and, asc, eq, gte, lt, sql } from 'drizzle-orm';
import type { Queryable } from '../database.ts';
import { finDays } from './schema-fin.ts';

export type FinDay = Omit<typeof finDays.$inferSelect, 'workspaceId'>;

export async function countFinRequest(
  db: Queryable,
  workspaceId: string,
  { day, question, outcome, requests, slow }: FinDay,
): Promise<void> {
  await db
    .insert(finDays)
    .values({ workspaceId, day, question, outcome, requests, slow })
    .onConflictDoUpdate({
      target: [finDays.workspaceId, finDays.day, finDays.question, finDays.outcome],
      set: { requests: sql`${finDays.requests} + ${requests}`, slow: sql`${finDays.slow} + ${slow}` },
    });
}

export function finDaysSince(db: Queryable, workspaceId: string, day: string): Promise<FinDay[]> {
  return db
    .select({
      day: finDays.day,
      question: finDays.question,
      outcome: finDays.outcome,
      requests: finDays.requests,
      slow: finDays.slow,
    })
    .from(finDays)
    .where(and(eq(finDays.workspaceId, workspaceId), gte(finDays.day, day)))
    .orderBy(asc(finDays.day));
}

/** Returns whether there may be more. */
export async function deleteFinDays(db: Queryable, before: Date): Promise<boolean> {
  await db.delete(finDays).where(lt(finDays.day, before.toISOString().slice(0, 10)));
  return false;
}
