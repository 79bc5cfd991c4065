// Holds: rules that act only after their conditions have stayed met for some time.
import { and, asc, eq, getTableColumns, inArray, lte } from 'drizzle-orm';
import type { Queryable, Tx } from '../database.ts';
import { referralOf, referrerOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { holds, installations, referrals, referrers } from '../schema.ts';

export type Hold = typeof holds.$inferSelect;
type HoldKey = Pick<Hold, 'workspaceId' | 'referralId' | 'ruleId'>;

const dueAtOnce = 1_000;

const byKey = ({ workspaceId, referralId, ruleId }: HoldKey) =>
  owned(holds, { workspaceId, referralId, ruleId });

export async function holdsOfReferrals(db: Queryable, workspaceId: string, referralIds: readonly string[]) {
  return db
    .select()
    .from(holds)
    .where(and(eq(holds.workspaceId, workspaceId), inArray(holds.referralId, [...referralIds])));
}

export async function startHold(tx: Tx, hold: Hold): Promise<void> {
  await tx.insert(holds).values(hold).onConflictDoNothing();
}

/** Also moves the end of one that there is. */
export async function keepHold(tx: Tx, hold: Hold): Promise<void> {
  const { dueAt } = hold;
  const target = [holds.workspaceId, holds.referralId, holds.ruleId];
  await tx.insert(holds).values(hold).onConflictDoUpdate({ target, set: { dueAt } });
}

/** Of the referrals that the person gave. */
export function holdsOfReferrer(db: Queryable, workspaceId: string, personId: string): Promise<Hold[]> {
  return db
    .select(getTableColumns(holds))
    .from(holds)
    .innerJoin(referrals, referralOf(holds))
    .innerJoin(referrers, referrerOf(referrals))
    .where(owned(referrers, { workspaceId, personId }));
}

export async function endHold(tx: Tx, hold: HoldKey): Promise<void> {
  await tx.delete(holds).where(byKey(hold));
}

/** At most a thousand, in active installations only. */
export function dueHolds(db: Queryable, now: Date): Promise<Hold[]> {
  return db
    .select(getTableColumns(holds))
    .from(holds)
    .innerJoin(installations, eq(installations.workspaceId, holds.workspaceId))
    .where(and(lte(holds.dueAt, now), eq(installations.status, 'active')))
    .orderBy(asc(holds.dueAt))
    .limit(dueAtOnce);
}

/** Null when it ended meanwhile. */
export async function lockHold(tx: Tx, hold: HoldKey): Promise<Hold | null> {
  const [found] = await tx.select().from(holds).where(byKey(hold)).for('update');
  return found ?? null;
}
