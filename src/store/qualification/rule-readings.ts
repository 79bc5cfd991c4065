// Readings of the contacts that a rule is about: their position, and the people they read.
import { and, asc, countDistinct, eq, gt, inArray, isNull, lt, sql } from 'drizzle-orm';
import type { Person } from '../../domain/program/program.ts';
import type { RuleDefinition } from '../../domain/qualification/rule.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { personColumns } from '../program/people.ts';
import { installations, people, referrals } from '../schema.ts';
import { ruleReadings } from './schema-rule-readings.ts';

/** The position of a reading: only the process that advances it from there has read the next page. */
export type ReadingPlace = { workspaceId: string; ruleId: string; startedAt: Date; after: string | null };

export type RuleToRead = { id: string; campaignId: string; definition: RuleDefinition };

/** The most that one search of Intercom takes. */
const perPage = 50;
const abandonedAtOnce = 100;

const unfinished = ({ workspaceId, ruleId }: Pick<ReadingPlace, 'workspaceId' | 'ruleId'>) =>
  and(owned(ruleReadings, { workspaceId, ruleId }), isNull(ruleReadings.finishedAt));
/** This reading, and not one that was restarted since. */
const sameReading = (place: ReadingPlace) =>
  and(unfinished(place), eq(ruleReadings.startedAt, place.startedAt));

/** Starts or restarts a reading. */
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
    .values({ workspaceId, ruleId: rule.id, ...started })
    .onConflictDoUpdate({ target: [ruleReadings.workspaceId, ruleReadings.ruleId], set: started });
}

/** Null when it is finished or does not exist. */
export async function findReading(
  db: Queryable,
  workspaceId: string,
  ruleId: string,
): Promise<ReadingPlace | null> {
  const [found] = await db.select().from(ruleReadings).where(unfinished({ workspaceId, ruleId }));
  return found ?? null;
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

/** False when another process advanced it, or it was restarted. */
export async function advanceReading(
  tx: Tx,
  from: ReadingPlace,
  { after, read, at }: { after: string; read: number; at: Date },
): Promise<boolean> {
  const moved = await tx
    .update(ruleReadings)
    .set({ after, read: sql`${ruleReadings.read} + ${read}`, trouble: null, touchedAt: at })
    .where(and(sameReading(from), sql`${ruleReadings.after} is not distinct from ${from.after}`));
  return moved.rowCount === 1;
}

export async function finishReading(db: Queryable, place: ReadingPlace, at: Date): Promise<void> {
  await db
    .update(ruleReadings)
    .set({ finishedAt: at, trouble: null, touchedAt: at })
    .where(sameReading(place));
}

export async function noteReadingTrouble(
  db: Queryable,
  place: ReadingPlace,
  trouble: string,
  at: Date,
): Promise<void> {
  await db.update(ruleReadings).set({ trouble, touchedAt: at }).where(sameReading(place));
}

/** Unfinished and not touched since `before`, of active installations. */
export function abandonedReadings(db: Queryable, before: Date) {
  return db
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
    .limit(abandonedAtOnce);
}

/** A rule that qualifies looks only at pending referrals; a rule that disqualifies, also at qualified ones. */
function ruledBy(workspaceId: string, { campaignId, definition }: Omit<RuleToRead, 'id'>) {
  const open =
    definition.then === 'disqualify' ? (['pending', 'qualified'] as const) : (['pending'] as const);
  return and(owned(referrals, { workspaceId, campaignId }), inArray(referrals.status, [...open]));
}
