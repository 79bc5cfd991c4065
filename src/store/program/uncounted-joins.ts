// Keeps the joins that led to no credit: a row for each person, code and day, and the newest of a person only.
import { and, eq, inArray, or, sql } from 'drizzle-orm';
import { keptOfPerson, type UncountedReason } from '../../domain/program/uncounted-join.ts';
import type { Queryable } from '../database.ts';
import { campaignOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { campaigns, people, referrers } from '../schema.ts';
import { uncountedJoins } from './schema-uncounted-joins.ts';

type NewUncountedJoin = Omit<typeof uncountedJoins.$inferInsert, 'id' | 'times'>;

export type UncountedJoin = {
  campaign: string | null;
  code: string;
  /** Null when no referrer has the code. */
  referrer: { name: string | null; email: string | null } | null;
  why: UncountedReason;
  times: number;
  at: Date;
};

export async function recordUncountedJoin(db: Queryable, join: NewUncountedJoin): Promise<void> {
  const { workspaceId, identity } = join;
  const { workspaceId: ofWorkspace, identity: ofIdentity, code, why, day, campaignId } = uncountedJoins;
  await db
    .insert(uncountedJoins)
    .values({ ...join, times: 1 })
    .onConflictDoUpdate({
      target: [ofWorkspace, ofIdentity, code, why, day, campaignId],
      set: { times: sql`${uncountedJoins.times} + 1`, at: join.at },
    });
  const kept = db
    .select({ id: uncountedJoins.id })
    .from(uncountedJoins)
    .where(owned(uncountedJoins, { workspaceId, identity }))
    .orderBy(sql`${uncountedJoins.at} desc, ${uncountedJoins.id} desc`)
    .offset(keptOfPerson);
  await db
    .delete(uncountedJoins)
    .where(and(eq(uncountedJoins.workspaceId, workspaceId), inArray(uncountedJoins.id, kept)));
}

/** Newest first; at most those that are kept of one person for each identity. */
export async function uncountedJoinsOf(
  db: Queryable,
  workspaceId: string,
  { identities, personIds }: { identities: readonly string[]; personIds: readonly string[] },
): Promise<UncountedJoin[]> {
  const rows = await db
    .select({
      campaign: campaigns.name,
      code: uncountedJoins.code,
      personId: people.id,
      name: people.name,
      email: people.email,
      why: uncountedJoins.why,
      times: uncountedJoins.times,
      at: uncountedJoins.at,
    })
    .from(uncountedJoins)
    .leftJoin(campaigns, campaignOf(uncountedJoins))
    .leftJoin(referrers, owned(referrers, { workspaceId, code: uncountedJoins.code }))
    .leftJoin(people, owned(people, { workspaceId, id: referrers.personId }))
    .where(
      and(
        eq(uncountedJoins.workspaceId, workspaceId),
        or(
          inArray(uncountedJoins.identity, [...identities]),
          inArray(uncountedJoins.personId, [...personIds]),
        ),
      ),
    )
    .orderBy(sql`${uncountedJoins.at} desc, ${uncountedJoins.id} desc`)
    .limit(4 * keptOfPerson);
  return rows.map(({ personId, name, email, ...row }) => ({
    ...row,
    referrer: personId === null ? null : { name, email },
  }));
}

/** Returns whether there may be more. */
export async function deleteUncountedJoins(db: Queryable, before: Date): Promise<boolean> {
  const batchSize = 1_000;
  const { rowCount } = await db.execute(sql`
    delete from uncounted_joins where id in (
      select id from uncounted_joins where at < ${before.toISOString()}::timestamptz order by at limit ${batchSize})`);
  return rowCount === batchSize;
}
