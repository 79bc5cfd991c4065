// Holds: rules that act only after their conditions have stayed met for some time.
import { and, asc, eq, getTableColumns, inArray, lte } from 'drizzle-orm';
import type { Queryable, Tx } from '../database.ts';
import { personOf, referralOf, referrerOf, ruleOf } from '../joins.ts';
import { isAmong, owned } from '../owned.ts';
import { holds, installations, people, referrals, referrers, rules } from '../schema.ts';

export type Hold = typeof holds.$inferSelect;
type HoldKey = Pick<Hold, 'workspaceId' | 'referralId' | 'ruleId'>;

const dueAtOnce = 1_000;

const byKey = ({ workspaceId, referralId, ruleId }: HoldKey) =>
  owned(holds, { workspaceId, referralId, ruleId });

export async function holdsOfReferrals(db: Queryable, workspaceId: string, referralIds: readonly string[]) {
  return db
    .select()
    .from(holds)
    .where(and(eq(holds.workspaceId, workspaceId), isAmong(holds.referralId, referralIds)));
}

/** Starts it, or moves its end. */
export async function keepHold(tx: Tx, hold: Hold): Promise<void> {
  const { since, dueAt } = hold;
  const target = [holds.workspaceId, holds.referralId, holds.ruleId];
  await tx.insert(holds).values(hold).onConflictDoUpdate({ target, set: { since, dueAt } });
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

/** With their rules, and what pending referrals show; in the order in which notifications lock referrals. */
export async function explainedHolds(tx: Tx, workspaceId: string) {
  const rows = await tx
    .select({
      referralId: holds.referralId,
      dueAt: holds.dueAt,
      explanation: referrals.explanation,
      name: rules.name,
      definition: rules.definition,
    })
    .from(holds)
    .innerJoin(referrals, referralOf(holds))
    .innerJoin(rules, ruleOf(holds))
    .where(and(owned(holds, { workspaceId }), eq(referrals.status, 'pending')))
    .orderBy(asc(referrals.id))
    .for('update', { of: referrals });
  return rows.flatMap(({ explanation, ...hold }) => (explanation === null ? [] : [{ ...hold, explanation }]));
}

export async function endHold(tx: Tx, hold: HoldKey): Promise<void> {
  await tx.delete(holds).where(byKey(hold));
}

/** After a change of the rule or the contact, so that the next round looks at the holds as things are now. */
export async function makeHoldsDue(
  tx: Tx,
  workspaceId: string,
  changed: { ruleId: string } | { contactId: string },
  at: Date,
): Promise<void> {
  const ofChanged =
    'ruleId' in changed
      ? eq(holds.ruleId, changed.ruleId)
      : inArray(
          holds.referralId,
          tx
            .select({ id: referrals.id })
            .from(referrals)
            .innerJoin(people, personOf(referrals))
            .where(owned(people, { workspaceId, contactId: changed.contactId })),
        );
  const due = and(eq(holds.workspaceId, workspaceId), ofChanged);
  // Referrals are locked before their holds, in order.
  await tx
    .select({ id: referrals.id })
    .from(referrals)
    .innerJoin(holds, referralOf(holds))
    .where(due)
    .orderBy(asc(referrals.id))
    .for('update', { of: referrals });
  await tx.update(holds).set({ dueAt: at }).where(due);
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
