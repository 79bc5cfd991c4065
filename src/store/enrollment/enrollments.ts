// Enrollments: what became of whoever joined a campaign, and who waits for its setup.
import { and, asc, eq, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { SideName } from '../../domain/enrollment/enrollment.ts';
import { campaignSettings } from '../../domain/workspace/settings.ts';
import type {
  Enrollment,
  EnrollmentStore,
  JoinedMember,
  ListedEnrollment,
} from '../../usecases/enrollment/enrollment-edges.ts';
import type { Database, Tx } from '../database.ts';
import { matching, newestFirst, olderThan, toPage } from '../page.ts';
import { campaigns, installations, people, referrals, referrers, runs } from '../schema.ts';
import { enrollments } from './schema-enrollment.ts';

type Row = typeof enrollments.$inferSelect;

export function createEnrollmentStore({ db }: Pick<Database, 'db'>): Omit<EnrollmentStore<Tx>, 'joiner'> {
  const one = (workspaceId: string, id: string) =>
    and(eq(enrollments.workspaceId, workspaceId), eq(enrollments.id, id));
  const waitingOn = (workspaceId: string, campaignId: string, side: SideName) =>
    and(
      eq(enrollments.workspaceId, workspaceId),
      eq(enrollments.campaignId, campaignId),
      eq(enrollments.side, side),
      eq(enrollments.state, 'setup-required'),
    );

  return {
    async member(tx, workspaceId, { side, id }) {
      const members = side === 'leads' ? referrals : referrers;
      const [found] = await tx
        .select({ campaignId: campaigns.id, personId: members.personId, settings: campaigns.settings })
        .from(members)
        .innerJoin(
          campaigns,
          and(eq(campaigns.workspaceId, members.workspaceId), eq(campaigns.id, members.campaignId)),
        )
        .where(and(eq(members.workspaceId, workspaceId), eq(members.id, id)));
      return found ? { ...found, settings: campaignSettings.parse(found.settings) } : null;
    },

    async add(tx, workspaceId, { memberId, ...enrollment }) {
      const member = memberColumns({ side: enrollment.side, id: memberId });
      const added = await tx
        .insert(enrollments)
        .values({ workspaceId, ...enrollment, ...member })
        .onConflictDoNothing()
        .returning({ id: enrollments.id });
      return added.length > 0;
    },

    async find(workspaceId, id) {
      const [found] = await db.select().from(enrollments).where(one(workspaceId, id));
      return found ? toEnrollment(found) : null;
    },

    async lock(tx, workspaceId, id) {
      const [found] = await tx.select().from(enrollments).where(one(workspaceId, id)).for('update');
      return found ? toEnrollment(found) : null;
    },

    async change(tx, workspaceId, id, to) {
      await tx.update(enrollments).set(to).where(one(workspaceId, id));
    },

    async runOf(tx, workspaceId, id) {
      const [found] = await tx
        .select({ id: runs.id, state: runs.state })
        .from(enrollments)
        .innerJoin(runs, ofLatestRound)
        .where(one(workspaceId, id));
      return found ?? null;
    },

    async waiting(tx, { workspaceId, campaignId, side }, limit) {
      const rows = await tx
        .select()
        .from(enrollments)
        .where(waitingOn(workspaceId, campaignId, side))
        .orderBy(asc(enrollments.createdAt), asc(enrollments.id))
        .limit(limit)
        .for('update', { skipLocked: true });
      return rows.map(toEnrollment);
    },

    async waitingSides() {
      const { workspaceId, campaignId, side } = enrollments;
      return db
        .selectDistinct({ workspaceId, campaignId, side })
        .from(enrollments)
        .innerJoin(installations, eq(installations.workspaceId, enrollments.workspaceId))
        .where(and(eq(enrollments.state, 'setup-required'), eq(installations.status, 'active')));
    },

    async list(workspaceId, { campaignId, side, state }, page) {
      const rows = await db
        .select({
          enrollment: enrollments,
          campaign: campaigns.name,
          person: { id: people.id, email: people.email, name: people.name },
          run: { id: runs.id, error: runs.error },
          shown: shownState,
        })
        .from(enrollments)
        .innerJoin(campaigns, same(campaigns.workspaceId, campaigns.id, enrollments.campaignId))
        .innerJoin(people, same(people.workspaceId, people.id, enrollments.personId))
        .leftJoin(runs, ofLatestRound)
        .where(
          and(
            eq(enrollments.workspaceId, workspaceId),
            matching(enrollments.campaignId, campaignId),
            matching(enrollments.side, side),
            state === undefined ? undefined : sql`${shownState} = ${state}`,
            olderThan(enrollments.createdAt, enrollments.id, page.after),
          ),
        )
        .orderBy(...newestFirst(enrollments.createdAt, enrollments.id))
        .limit(page.limit + 1);
      return toPage(rows.map(toListed), page, ({ createdAt, id }) => ({ at: createdAt, id }));
    },

    async link(tx, workspaceId, personId, { id: contactId, from }) {
      const free =
        from === null ? isNull(people.contactId) : or(isNull(people.contactId), eq(people.contactId, from));
      const linked = await tx
        .update(people)
        .set({ contactId })
        .where(
          and(
            eq(people.workspaceId, workspaceId),
            eq(people.id, personId),
            or(free, eq(people.contactId, contactId)),
          ),
        )
        .returning({ id: people.id });
      if (linked.length === 0) return null;
      const theirs = await tx
        .select({ id: referrals.id })
        .from(referrals)
        .where(and(eq(referrals.workspaceId, workspaceId), eq(referrals.personId, personId)));
      return theirs.map((referral) => referral.id);
    },
  };
}

/** The run of the latest round: its key is made in usecases/enrollment.ts. */
const dedupe = sql`'enroll:' || ${enrollments.side} || ':' || coalesce(${enrollments.referralId}, ${enrollments.referrerId})
  || ':' || ${enrollments.round}`;

const ofLatestRound = and(eq(runs.workspaceId, enrollments.workspaceId), eq(runs.dedupe, dedupe));

/** What its run gave up is a failure, and what the run says is why. */
const shownState: SQL<Enrollment['state']> =
  sql`case when ${enrollments.state} = 'planned' and ${runs.state} = 'failed'
  then 'failed' else ${enrollments.state} end`;

const same = (
  workspaceId: typeof campaigns.workspaceId | typeof people.workspaceId,
  id: typeof campaigns.id | typeof people.id,
  of: typeof enrollments.campaignId | typeof enrollments.personId,
) => and(eq(workspaceId, enrollments.workspaceId), eq(id, of));

function memberColumns({ side, id }: JoinedMember) {
  return side === 'leads' ? { referralId: id, referrerId: null } : { referralId: null, referrerId: id };
}

function toEnrollment({ workspaceId, referralId, referrerId, ...row }: Row): Enrollment {
  const memberId = referralId ?? referrerId;
  if (memberId === null) throw new Error('an enrollment of nobody');
  return { ...row, memberId };
}

function toListed(row: {
  enrollment: Row;
  campaign: string;
  person: ListedEnrollment['person'];
  run: { id: string; error: string | null } | null;
  shown: Enrollment['state'];
}): ListedEnrollment {
  const { enrollment, campaign, person, run, shown } = row;
  const known = toEnrollment(enrollment);
  const outcome = known.outcome ?? run?.error ?? null;
  return { ...known, state: shown, outcome, campaign, person, runId: run?.id ?? null };
}
