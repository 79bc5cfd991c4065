// Rate windows shared by all processes: permits are taken in blocks to save statements.
import { sql } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { rateWindows } from '../schema.ts';

const keptSeconds = 600;

export function createSharedWindows({ db }: Pick<Database, 'db'>) {
  const closedKey = (key: string) => `${key} closed`;

  /** Null when the window has no row. */
  async function take(
    key: string,
    { reset, seen, wanted, most }: { reset: number; seen: number; wanted: number; most: number },
    at: Date,
  ) {
    // Reading the used permits locks the row, so that two processes never take the same ones.
    const { rows } = await db.execute<{ granted: number; closedFor: number | null }>(sql`
      with closed as (select max("window") as until from ${rateWindows} where key = ${closedKey(key)}),
      present as (
        select greatest(used, ${seen}::int) as used from ${rateWindows}
        where key = ${key} and "window" = ${reset}::bigint for update
      ),
      taken as (
        select used, case when until > ${at.getTime() / 1000}::float8 then 0
          else greatest(0, least(${wanted}::int, ${most}::int - used)) end as granted
        from present, closed
      )
      update ${rateWindows} set used = taken.used + taken.granted from taken, closed
      where key = ${key} and "window" = ${reset}::bigint
      returning granted, nullif(greatest(0, until - ${at.getTime() / 1000}::float8), 0)::float8 as "closedFor"`);
    return rows[0] ?? null;
  }

  return {
    async lease(
      key: string,
      window: { reset: number; seen: number; wanted: number; most: number },
      at: Date,
    ): Promise<{ granted: number; closedFor: number | null }> {
      const taken = await take(key, window, at);
      if (taken) return taken;
      await db.execute(sql`
        with forgotten as (
          delete from ${rateWindows}
          where key in (${key}, ${closedKey(key)}) and "window" < ${window.reset - keptSeconds}::bigint
        )
        insert into ${rateWindows} (key, "window", used) values (${key}, ${window.reset}::bigint, 0)
        on conflict do nothing`);
      return (await take(key, window, at)) ?? { granted: 0, closedFor: null };
    },

    async close(key: string, until: Date): Promise<void> {
      await db.execute(sql`
        insert into ${rateWindows} (key, "window", used)
        values (${closedKey(key)}, ${Math.ceil(until.getTime() / 1000)}::bigint, 0)
        on conflict do nothing`);
    },
  };
}
