// A campaign's people by page, and which are not enrolled.
import { and, asc, eq, gt, inArray, or, sql } from 'drizzle-orm';
import type { WorkKind } from '../../domain/runs/run.ts';
import type { Queryable, Tx } from '../database.ts';
import type { Participant } from '../enrollment/enrollments.ts';
import { enrollments } from '../enrollment/schema-enrollment.ts';
import { personOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { people, referrals, referrers, runs } from '../schema.ts';

/** `enrollmentId`: an earlier enrollment to plan again. */
export type Unenrolled = { participant: Participant; enrollmentId: string | null };

const perPage = 100;

/** Referrals before referrers, by id, without erased people. The cursor is side and id. */
export async function campaignParticipants(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  { members, after }: { members: 'all' | 'referrals' | 'referrers'; after: string | null },
): Promise<{ items: Participant[]; next: string | null }> {
  const [from = members === 'referrers' ? 'referrers' : 'leads', id = null] = after?.split(' ') ?? [];
  const side = from === 'referrers' ? 'referrers' : 'leads';
  const table = side === 'leads' ? referrals : referrers;
  const rows = await db
    .select({ id: table.id })
    .from(table)
    .innerJoin(people, personOf(table))
    .where(
      and(
        owned(table, { workspaceId, campaignId }),
        sql`coalesce(${people.email}, ${people.externalId}, ${people.name}, ${people.contactId}) is not null`,
        id === null ? undefined : gt(table.id, id),
      ),
    )
    .orderBy(asc(table.id))
    .limit(perPage);
  const items = rows.map((row) => ({ side, id: row.id }) as const);
  const last = rows.at(-1);
  if (last && rows.length === perPage) return { items, next: `${side} ${last.id}` };
  return { items, next: side === 'leads' && members === 'all' ? 'referrers' : null };
}

export async function notEnrolled(
  tx: Tx,
  workspaceId: string,
  participants: readonly Participant[],
): Promise<Unenrolled[]> {
  const idsOf = (side: Participant['side']) =>
    participants.filter((participant) => participant.side === side).map(({ id }) => id);
  const known = await tx
    .select({
      id: enrollments.id,
      participantId: sql<string>`coalesce(${enrollments.referralId}, ${enrollments.referrerId})`,
      state: enrollments.state,
    })
    .from(enrollments)
    .where(
      and(
        eq(enrollments.workspaceId, workspaceId),
        or(
          inArray(enrollments.referralId, idsOf('leads')),
          inArray(enrollments.referrerId, idsOf('referrers')),
        ),
      ),
    );
  const byParticipant = new Map(known.map((enrollment) => [enrollment.participantId, enrollment]));
  return participants.flatMap((participant) => {
    const enrollment = byParticipant.get(participant.id);
    const isSettled = enrollment && enrollment.state !== 'skipped' && enrollment.state !== 'failed';
    return isSettled ? [] : [{ participant, enrollmentId: enrollment?.id ?? null }];
  });
}

export async function lockEnrollmentOf(tx: Tx, workspaceId: string, { side, id }: Participant) {
  const participantId = side === 'leads' ? enrollments.referralId : enrollments.referrerId;
  const [found] = await tx
    .select({ id: enrollments.id, state: enrollments.state })
    .from(enrollments)
    .where(and(eq(enrollments.workspaceId, workspaceId), eq(participantId, id)))
    .for('update');
  return found ?? null;
}

export function countWaitingOfKind(db: Queryable, workspaceId: string, kind: WorkKind): Promise<number> {
  return db.$count(runs, and(owned(runs, { workspaceId, kind }), sql`${runs.state} = 'waiting'`));
}
