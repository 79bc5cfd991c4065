// Calls to limited services, counted in PostgreSQL: all processes together keep to one limit.
import { sql } from 'drizzle-orm';
import { Failure } from '../failure.ts';
import type { Database } from './database.ts';
import { rateWindows } from './schema.ts';

export type Limit = { windowSeconds: number; calls: number };

/** Windows are those of the database's clock, which all processes share. */
export function createRateWindows({ db }: Pick<Database, 'db'>) {
  /** `key` names the service and whose limit it is. */
  const of = (key: string, { windowSeconds, calls }: Limit) => ({
    /** Takes one call; rejects with `rate-limited` and the seconds to wait when none is left, or `close` was called. */
    async take(): Promise<void> {
      const { rows } = await db.execute<{ taken: boolean; wait: number }>(sql`
        with clock as (select extract(epoch from clock_timestamp()) as now),
        closed as (select max("window") - (select now from clock) as seconds from ${rateWindows} where key = ${`${key} closed`}),
        old as (
          delete from ${rateWindows} where key in (${key}, ${`${key} closed`}) and "window" < (select now from clock) - 3600
        ),
        counted as (
          insert into ${rateWindows} (key, "window", used)
          select ${key}, floor(now / ${windowSeconds}::int) * ${windowSeconds}::int, 1 from clock
          where coalesce((select seconds from closed), 0) <= 0
          on conflict (key, "window") do update set used = rate_windows.used + 1
          where rate_windows.used < ${calls}::int
          returning used
        )
        select exists (select from counted) as taken,
          ceil(greatest(
            coalesce((select seconds from closed), 0),
            ${windowSeconds}::int - mod(now::numeric, ${windowSeconds}::int)
          ))::int as wait
        from clock`);
      const [row] = rows;
      if (row?.taken) return;
      throw new Failure('rate-limited', 'The limit of calls is used up for the moment', {
        retryAfterSeconds: row?.wait ?? windowSeconds,
      });
    },

    /** The service has said that it wants no call for so many seconds. */
    async close(seconds: number): Promise<void> {
      await db.execute(sql`
        insert into ${rateWindows} (key, "window", used)
        values (${`${key} closed`}, ceil(extract(epoch from clock_timestamp())) + ${seconds}::int, 0)
        on conflict do nothing`);
    },
  });
  return { of };
}
