// Readings of a rule's contacts: the position, and the people to read.
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

/** Intercom's limit for one search. */
const perPage = 50;

export const readingRows = workRows(ruleReadings, {
  startedAt: 'startedAt',
  isUnderWay: and(isNull(ruleReadings.finishedAt), isNotUninstalled(ruleReadings.workspaceId)),
});

/** Restarting voids the page that a worker may be reading. */
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

/** By id. */
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

/** A qualifying rule looks only at pending referrals; a disqualifying one also at qualified ones. */
function ruledBy(workspaceId: string, { campaignId, definition }: Omit<RuleToRead, 'id'>) {
  const open =
    definition.then === 'disqualify' ? (['pending', 'qualified'] as const) : (['pending'] as const);
  return and(owned(referrals, { workspaceId, campaignId }), inArray(referrals.status, [...open]));
}
