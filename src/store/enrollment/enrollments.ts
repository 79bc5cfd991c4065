// Enrollments: the outcome for each participant, and who waits for a campaign's setup.
import { and, asc, eq, getTableColumns, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { EnrollmentState, SideName } from '../../domain/enrollment/enrollment.ts';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import type { Queryable, Tx } from '../database.ts';
import { campaignOf, personOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { byTime, mapPage, matching, pageOf } from '../page.ts';
import { standingColumns } from '../program/campaigns.ts';
import { referralIdsOf } from '../program/referrals.ts';
import { campaigns, installations, people, referrals, referrers, runs } from '../schema.ts';
import { enrollments } from './schema-enrollment.ts';

type Row = typeof enrollments.$inferSelect;

/** `id` is a referral's on the leads side, a referrer's on the other. */
export type Participant = { side: SideName; id: string };

/** Each `round` is a run of its own. */
export type Enrollment = Omit<Row, 'workspaceId' | 'referralId' | 'referrerId'> & { participantId: string };

/** As listed: a failed run counts as a failed enrollment. */
export type ListedEnrollment = Enrollment & {
  campaign: string;
  person: { id: string; email: string | null; name: string | null };
  runId: string | null;
};

export type EnrollmentFilter = {
  campaignId?: string | undefined;
  side?: SideName | undefined;
  state?: EnrollmentState | undefined;
};

export type WaitingSide = { workspaceId: string; campaignId: string; side: SideName };

const byId = (workspaceId: string, id: string) => owned(enrollments, { workspaceId, id });

export async function findParticipant(db: Queryable, workspaceId: string, { side, id }: Participant) {
  const participants = side === 'leads' ? referrals : referrers;
  const [found] = await db
    .select({
      campaignId: campaigns.id,
      personId: participants.personId,
      settings: campaigns.settings,
      standing: standingColumns,
    })
    .from(participants)
    .innerJoin(campaigns, campaignOf(participants))
    .where(owned(participants, { workspaceId, id }));
  return found ?? null;
}

/** False when the participant already has one. */
export async function insertEnrollment(
  tx: Tx,
  workspaceId: string,
  { participantId, ...enrollment }: Enrollment,
): Promise<boolean> {
  const participant = participantColumns({ side: enrollment.side, id: participantId });
  const added = await tx
    .insert(enrollments)
    .values({ workspaceId, ...enrollment, ...participant })
    .onConflictDoNothing()
    .returning({ id: enrollments.id });
  return added.length > 0;
}

export async function findEnrollment(db: Queryable, workspaceId: string, id: string) {
  const [found] = await db.select().from(enrollments).where(byId(workspaceId, id));
  return found ? toEnrollment(found) : null;
}

export async function lockEnrollment(tx: Tx, workspaceId: string, id: string): Promise<Enrollment | null> {
  const [found] = await tx.select().from(enrollments).where(byId(workspaceId, id)).for('update');
  return found ? toEnrollment(found) : null;
}

export async function updateEnrollment(
  tx: Tx,
  workspaceId: string,
  id: string,
  to: Partial<Pick<Enrollment, 'round' | 'contactId'>> & Pick<Enrollment, 'state' | 'outcome' | 'changedAt'>,
): Promise<void> {
  await tx.update(enrollments).set(to).where(byId(workspaceId, id));
}

/** The latest round's run; null before the first. */
export async function findRunOfEnrollment(db: Queryable, workspaceId: string, id: string) {
  const [found] = await db
    .select({ id: runs.id, state: runs.state })
    .from(enrollments)
    .innerJoin(runs, ofLatestRound)
    .where(byId(workspaceId, id));
  return found ?? null;
}

/** Oldest first; skips locked ones. */
export async function lockWaitingEnrollments(
  tx: Tx,
  { workspaceId, campaignId, side }: WaitingSide,
  limit: number,
): Promise<Enrollment[]> {
  const rows = await tx
    .select()
    .from(enrollments)
    .where(owned(enrollments, { workspaceId, campaignId, side, state: 'setup-required' }))
    .orderBy(asc(enrollments.createdAt), asc(enrollments.id))
    .limit(limit)
    .for('update', { skipLocked: true });
  return rows.map(toEnrollment);
}

/** Every campaign side with enrollments that wait for the setup, in all workspaces. */
export async function listWaitingSides(db: Queryable): Promise<WaitingSide[]> {
  const { workspaceId, campaignId, side } = enrollments;
  return db
    .selectDistinct({ workspaceId, campaignId, side })
    .from(enrollments)
    .innerJoin(installations, eq(installations.workspaceId, enrollments.workspaceId))
    .where(and(eq(enrollments.state, 'setup-required'), eq(installations.status, 'active')));
}

export async function enrollmentPage(
  db: Queryable,
  workspaceId: string,
  { campaignId, side, state }: EnrollmentFilter,
  page: PageRequest,
): Promise<Page<ListedEnrollment>> {
  const query = db
    .select({
      ...getTableColumns(enrollments),
      campaign: campaigns.name,
      person: { id: people.id, email: people.email, name: people.name },
      run: { id: runs.id, error: runs.error },
      shown: shownState,
    })
    .from(enrollments)
    .innerJoin(campaigns, campaignOf(enrollments))
    .innerJoin(people, personOf(enrollments))
    .leftJoin(runs, ofLatestRound);
  const condition = and(
    eq(enrollments.workspaceId, workspaceId),
    matching(enrollments.campaignId, campaignId),
    matching(enrollments.side, side),
    state === undefined ? undefined : sql`${shownState} = ${state}`,
  );
  const found = await pageOf(query, byTime(enrollments, 'createdAt'), condition, page);
  return mapPage(found, ({ run, shown, campaign, person, ...row }) => {
    const known = toEnrollment(row);
    const outcome = known.outcome ?? run?.error ?? null;
    return { ...known, state: shown, outcome, campaign, person, runId: run?.id ?? null };
  });
}

/** Returns the ids of their referrals; null when they are linked to a contact other than `from` by now. */
export async function linkPersonToContact(
  tx: Tx,
  workspaceId: string,
  personId: string,
  { id: contactId, from }: { id: string; from: string | null },
): Promise<string[] | null> {
  const free =
    from === null ? isNull(people.contactId) : or(isNull(people.contactId), eq(people.contactId, from));
  const linked = await tx
    .update(people)
    .set({ contactId })
    .where(and(owned(people, { workspaceId, id: personId }), or(free, eq(people.contactId, contactId))))
    .returning({ id: people.id });
  return linked.length === 0 ? null : referralIdsOf(tx, workspaceId, personId);
}

/** The latest round's run; usecases/enrollment/plan-enrollment.ts builds the same key. */
const deduplicationKey = sql`'enroll:' || ${enrollments.side} || ':' || coalesce(${enrollments.referralId}, ${enrollments.referrerId})
  || ':' || ${enrollments.round}`;

const ofLatestRound = owned(runs, { workspaceId: enrollments.workspaceId, deduplicationKey });

/** A failed run overrides the stored state, and provides the reason. */
const shownState: SQL<Enrollment['state']> =
  sql`case when ${enrollments.state} = 'planned' and ${runs.state} in ('failed', 'dismissed')
  then 'failed' else ${enrollments.state} end`;

function participantColumns({ side, id }: Participant) {
  return side === 'leads' ? { referralId: id, referrerId: null } : { referralId: null, referrerId: id };
}

function toEnrollment({ workspaceId, referralId, referrerId, ...row }: Row): Enrollment {
  const participantId = referralId ?? referrerId;
  if (participantId === null) throw new Error('an enrollment without a participant');
  return { ...row, participantId };
}
