// The readings of contacts for rules: begun with the rule, gone on with person by person, and whom they are about.
import { and, asc, countDistinct, eq, gt, inArray, isNull, lt, sql } from 'drizzle-orm';
import type { RuleDefinition } from '../../domain/qualification/rule.ts';
import type { ReadingPlace, RuleReadingStore } from '../../usecases/qualification/rule-reading.ts';
import type { Database, Tx } from '../database.ts';
import { personColumns } from '../program/people.ts';
import { installations, people, referrals } from '../schema.ts';
import { ruleReadings } from './schema-rule-readings.ts';

type Enqueue = (
  tx: Tx,
  work: { name: 'read-contacts'; workspaceId: string; ruleId: string },
) => Promise<void>;
type Read = { id: string; campaignId: string; definition: RuleDefinition };

/** Begins to read for a rule, or begins again, in the transaction that saves it. */
export type BeginReading = (tx: Tx, workspaceId: string, rule: Read, at: Date) => Promise<void>;

/** As many as one search of Intercom takes. */
const atOnce = 50;
const abandonedAtOnce = 100;

export function createRuleReadingStore({ db }: Pick<Database, 'db'>, enqueue: Enqueue) {
  const open = ({ workspaceId, ruleId, startedAt }: ReadingPlace) =>
    and(
      eq(ruleReadings.workspaceId, workspaceId),
      eq(ruleReadings.ruleId, ruleId),
      eq(ruleReadings.startedAt, startedAt),
      isNull(ruleReadings.finishedAt),
    );

  const begin: BeginReading = async (tx, workspaceId, rule, at) => {
    const [counted] = await tx
      .select({ total: countDistinct(referrals.personId) })
      .from(referrals)
      .where(ruledBy(workspaceId, rule));
    const fresh = { after: null, read: 0, total: counted?.total ?? 0, trouble: null, startedAt: at };
    const begun = { ...fresh, touchedAt: at, finishedAt: null };
    await tx
      .insert(ruleReadings)
      .values({ workspaceId, ruleId: rule.id, ...begun })
      .onConflictDoUpdate({ target: [ruleReadings.workspaceId, ruleReadings.ruleId], set: begun });
    await enqueue(tx, { name: 'read-contacts', workspaceId, ruleId: rule.id });
  };

  const store: RuleReadingStore<Tx> = {
    enqueue,
    async find(workspaceId, ruleId) {
      const [found] = await db
        .select()
        .from(ruleReadings)
        .where(
          and(
            eq(ruleReadings.workspaceId, workspaceId),
            eq(ruleReadings.ruleId, ruleId),
            isNull(ruleReadings.finishedAt),
          ),
        );
      return found ?? null;
    },
    people: (workspaceId, rule, after) =>
      db
        .select(personColumns)
        .from(people)
        .where(
          and(
            eq(people.workspaceId, workspaceId),
            inArray(
              people.id,
              db.select({ id: referrals.personId }).from(referrals).where(ruledBy(workspaceId, rule)),
            ),
            after === null ? undefined : gt(people.id, after),
          ),
        )
        .orderBy(asc(people.id))
        .limit(atOnce),
    async advance(tx, from, { after, read, at }) {
      const moved = await tx
        .update(ruleReadings)
        .set({ after, read: sql`${ruleReadings.read} + ${read}`, trouble: null, touchedAt: at })
        .where(and(open(from), sql`${ruleReadings.after} is not distinct from ${from.after}`));
      return moved.rowCount === 1;
    },
    async finish(place, at) {
      await db.update(ruleReadings).set({ finishedAt: at, trouble: null, touchedAt: at }).where(open(place));
    },
    async note(place, trouble, at) {
      await db.update(ruleReadings).set({ trouble, touchedAt: at }).where(open(place));
    },
    abandoned: (before) =>
      db
        .select({ workspaceId: ruleReadings.workspaceId, ruleId: ruleReadings.ruleId })
        .from(ruleReadings)
        .innerJoin(installations, eq(installations.workspaceId, ruleReadings.workspaceId))
        .where(
          and(
            isNull(ruleReadings.finishedAt),
            lt(ruleReadings.touchedAt, before),
            eq(installations.status, 'active'),
          ),
        )
        .orderBy(asc(ruleReadings.touchedAt))
        .limit(abandonedAtOnce),
  };
  return { ...store, begin };
}

/** A rule that qualifies looks at pending referrals only; one that disqualifies, at qualified ones too. */
function ruledBy(workspaceId: string, { campaignId, definition }: Omit<Read, 'id'>) {
  const open =
    definition.then === 'disqualify' ? (['pending', 'qualified'] as const) : (['pending'] as const);
  return and(
    eq(referrals.workspaceId, workspaceId),
    eq(referrals.campaignId, campaignId),
    inArray(referrals.status, [...open]),
  );
}
