// Who is in a campaign, page by page, and whose enrollment is still to be planned; what waits to be told to Intercom.
import { and, asc, eq, gt, inArray, or, sql } from 'drizzle-orm';
import type { EnrollmentState } from '../../domain/enrollment/enrollment.ts';
import type { WorkKind } from '../../domain/runs/run.ts';
import type { CampaignSourceDeps, Member } from '../../usecases/repair/backfill-sources.ts';
import type { Database, Tx } from '../database.ts';
import { enrollments } from '../enrollment/schema-enrollment.ts';
import { people, referrals, referrers, runs } from '../schema.ts';

const perPage = 100;

type Members = Pick<CampaignSourceDeps<Tx>, 'members' | 'notEnrolled'> & {
  /** Locked until the transaction ends. */
  enrollmentOf(
    tx: Tx,
    workspaceId: string,
    member: Member,
  ): Promise<{ id: string; state: EnrollmentState } | null>;
  waitingRuns(workspaceId: string, kind: WorkKind): Promise<number>;
};

export function createMembers({ db }: Pick<Database, 'db'>): Members {
  const idsOf = (side: Member['side'], workspaceId: string, campaignId: string, after: string | null) => {
    const table = side === 'leads' ? referrals : referrers;
    return db
      .select({ id: table.id })
      .from(table)
      .innerJoin(people, and(eq(people.workspaceId, table.workspaceId), eq(people.id, table.personId)))
      .where(
        and(
          eq(table.workspaceId, workspaceId),
          eq(table.campaignId, campaignId),
          // Whoever was erased is nobody any more.
          sql`coalesce(${people.email}, ${people.externalId}, ${people.name}, ${people.contactId}) is not null`,
          after === null ? undefined : gt(table.id, after),
        ),
      )
      .orderBy(asc(table.id))
      .limit(perPage);
  };

  return {
    /** The cursor is the side and the id of the last one: referrals first, then referrers. */
    async members(workspaceId, campaignId, { members, after }) {
      const [side = members === 'referrers' ? 'referrers' : 'leads', id = null] = after?.split(' ') ?? [];
      const here = side === 'referrers' ? 'referrers' : 'leads';
      const rows = await idsOf(here, workspaceId, campaignId, id);
      const items = rows.map((row) => ({ side: here, id: row.id }) as const);
      const last = rows.at(-1);
      if (last && rows.length === perPage) return { items, next: `${here} ${last.id}` };
      return { items, next: here === 'leads' && members === 'all' ? 'referrers' : null };
    },

    async notEnrolled(tx, workspaceId, members) {
      const pick = (side: Member['side']) => members.filter((one) => one.side === side).map((one) => one.id);
      const known = await tx
        .select({
          id: enrollments.id,
          member: sql<string>`coalesce(${enrollments.referralId}, ${enrollments.referrerId})`,
          state: enrollments.state,
        })
        .from(enrollments)
        .where(
          and(
            eq(enrollments.workspaceId, workspaceId),
            or(
              inArray(enrollments.referralId, pick('leads')),
              inArray(enrollments.referrerId, pick('referrers')),
            ),
          ),
        );
      const byMember = new Map(known.map((one) => [one.member, one]));
      return members.flatMap((member) => {
        const enrollment = byMember.get(member.id);
        // What came to nothing is tried once more.
        const isSettled = enrollment && enrollment.state !== 'skipped' && enrollment.state !== 'failed';
        return isSettled ? [] : [{ member, enrollmentId: enrollment?.id ?? null }];
      });
    },

    async enrollmentOf(tx, workspaceId, { side, id }) {
      const member = side === 'leads' ? enrollments.referralId : enrollments.referrerId;
      const [found] = await tx
        .select({ id: enrollments.id, state: enrollments.state })
        .from(enrollments)
        .where(and(eq(enrollments.workspaceId, workspaceId), eq(member, id)))
        .for('update');
      return found ?? null;
    },

    async waitingRuns(workspaceId, kind) {
      const [row] = await db
        .select({ count: sql<number>`count(*)::int` })
        .from(runs)
        .where(and(eq(runs.workspaceId, workspaceId), eq(runs.kind, kind), sql`${runs.state} = 'waiting'`));
      return row?.count ?? 0;
    },
  };
}
