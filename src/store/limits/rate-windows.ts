// Counts calls to rate-limited services in PostgreSQL, so that all processes together stay within one limit.
import { sql } from 'drizzle-orm';
import { Failure } from '../../failure.ts';
import type { Database } from '../database.ts';
import { rateWindows } from '../schema.ts';

export type Limit = { seconds: number; calls: number };

// Counted in slices of the period; the check covers one extra slice.
const slicesInLimit = 12;

/** Uses the database's clock, which all processes share. */
export function createRateWindows({ transaction, db }: Pick<Database, 'transaction' | 'db'>) {
  /** `key` names the service and the owner of the limit. */
  const windowOf = (key: string, { seconds, calls }: Limit) => {
    const slice = seconds / slicesInLimit;
    const closedKey = `${key} closed`;
    return {
      /** Rejects with `rate-limited` and the seconds to wait when no call is left, or after `close`. */
      async take(): Promise<void> {
        const wait = await transaction(async (tx) => {
          // A separate statement, so that the next one sees the counts committed by then.
          await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
          const { rows } = await tx.execute<{ wait: number | null }>(sql`
            with clock as (select extract(epoch from clock_timestamp())::float8 as now),
            recent as (
              select sum(used) as used, min("window") as oldest from ${rateWindows}, clock
              where key = ${key} and "window" > now - ${seconds + slice}::float8
            ),
            closed as (select max("window") as until from ${rateWindows} where key = ${closedKey}),
            state as (
              select now, case
                when until > now then until - now
                when used >= ${calls}::int then oldest + ${seconds + slice}::float8 - now
              end as wait
              from clock, recent, closed
            ),
            counted as (
              insert into ${rateWindows} (key, "window", used)
              select ${key}, floor(now / ${slice}::float8) * ${slice}::float8, 1 from state where wait is null
              on conflict (key, "window") do update set used = rate_windows.used + 1
            ),
            forgotten as (
              delete from ${rateWindows} using clock
              where key in (${key}, ${closedKey}) and "window" < now - ${2 * seconds}::float8
            )
            select ceil(wait)::int as wait from state`);
          return rows[0]?.wait ?? null;
        });
        if (wait === null) return;
        throw new Failure('rate-limited', 'The rate limit is reached for the moment', {
          retryAfterSeconds: Math.max(1, wait),
        });
      },

      /** The service asked for a pause. */
      async close(forSeconds: number): Promise<void> {
        await db.execute(sql`
          insert into ${rateWindows} (key, "window", used)
          values (${closedKey}, ceil(extract(epoch from clock_timestamp()))::bigint + ${forSeconds}::int, 0)
          on conflict do nothing`);
      },
    };
  };
  return { of: windowOf };
}
