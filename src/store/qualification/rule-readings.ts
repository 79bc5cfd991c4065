// Readings of the contacts that a rule is about: their position, and the people they read.
import { and, asc, countDistinct, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import type { Person } from '../../domain/program/program.ts';
import type { RuleDefinition } from '../../domain/qualification/rule.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { workRows } from '../page-work.ts';
import { personColumns } from '../program/people.ts';
import { people, referrals } from '../schema.ts';
import { isNotUninstalled } from '../workspace/installations.ts';
import { ruleReadings } from './schema-rule-readings.ts';

export type RuleToRead = { id: string; campaignId: string; definition: RuleDefinition };

/** The most that one search of Intercom takes. */
const perPage = 50;

export const readingRows = workRows(ruleReadings, {
  startedAt: 'startedAt',
  isUnderWay: and(isNull(ruleReadings.finishedAt), isNotUninstalled(ruleReadings.workspaceId)),
});

/** Starts or restarts a reading; the page that a worker may have in hand is then void. */
export async function startReading(tx: Tx, workspaceId: string, rule: RuleToRead, at: Date): Promise<void> {
  const [counted] = await tx
    .select({ total: countDistinct(referrals.personId) })
    .from(referrals)
    .where(ruledBy(workspaceId, rule));
  const started = {
    after: null,
    read: 0,
    total: counted?.total ?? 0,
    trouble: null,
    startedAt: at,
    touchedAt: at,
    finishedAt: null,
  };
  await tx
    .insert(ruleReadings)
    .values({ workspaceId, id: rule.id, ...started })
    .onConflictDoUpdate({
      target: [ruleReadings.workspaceId, ruleReadings.id],
      set: { ...started, step: sql`${ruleReadings.step} + 1` },
    });
}

/** A page of the people that the rule is about, ordered by id. */
export function peopleOfRule(
  db: Queryable,
  workspaceId: string,
  rule: Omit<RuleToRead, 'id'>,
  after: string | null,
): Promise<Person[]> {
  const ruled = db.select({ id: referrals.personId }).from(referrals).where(ruledBy(workspaceId, rule));
  return db
    .select(personColumns)
    .from(people)
    .where(
      and(
        eq(people.workspaceId, workspaceId),
        inArray(people.id, ruled),
        after === null ? undefined : gt(people.id, after),
      ),
    )
    .orderBy(asc(people.id))
    .limit(perPage);
}

/** A rule that qualifies looks only at pending referrals; a rule that disqualifies, also at qualified ones. */
function ruledBy(workspaceId: string, { campaignId, definition }: Omit<RuleToRead, 'id'>) {
  const open =
    definition.then === 'disqualify' ? (['pending', 'qualified'] as const) : (['pending'] as const);
  return and(owned(referrals, { workspaceId, campaignId }), inArray(referrals.status, [...open]));
}
