// Lets one process at a time begin a round of a schedule.
import { and, eq, sql } from 'drizzle-orm';
import type { Queryable } from '../database.ts';
import { scheduleRounds } from './schema-schedule-rounds.ts';

/** Processes check at slightly uneven times, so a round may begin early by this part of its period. */
const early = 0.1;

const clock = sql`clock_timestamp()`;

/** A new schedule has its first round one period from now. */
export async function knowSchedules(db: Queryable, names: readonly string[]): Promise<void> {
  const rows = names.map((name) => ({ name, beganAt: clock }));
  await db.insert(scheduleRounds).values(rows).onConflictDoNothing();
}

/** True for one process in each period. */
export async function claimRound(db: Queryable, name: string, everyMs: number): Promise<boolean> {
  const dueAfterMs = everyMs * (1 - early);
  const claimed = await db
    .update(scheduleRounds)
    .set({ beganAt: clock })
    .where(
      and(
        eq(scheduleRounds.name, name),
        sql`${scheduleRounds.beganAt} <= ${clock} - ${dueAfterMs} * interval '1 millisecond'`,
      ),
    )
    .returning({ name: scheduleRounds.name });
  return claimed.length > 0;
}
