// Enrolments: what became of whoever joined a campaign, and who waits for its setup.
import { and, asc, eq, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { SideName } from '../../domain/enrollment/enrollment.ts';
import { campaignSettings } from '../../domain/workspace/settings.ts';
import type {
  Enrolment,
  EnrolmentStore,
  JoinedMember,
  ListedEnrolment,
} from '../../usecases/enrollment/enrollment-edges.ts';
import type { Database, Tx } from '../database.ts';
import { matching, newestFirst, olderThan, toPage } from '../page.ts';
import { campaigns, installations, people, referrals, referrers, runs } from '../schema.ts';
import { enrolments } from './schema-enrollment.ts';

type Row = typeof enrolments.$inferSelect;

export function createEnrolmentStore({ db }: Pick<Database, 'db'>): Omit<EnrolmentStore<Tx>, 'joiner'> {
  const one = (workspaceId: string, id: string) =>
    and(eq(enrolments.workspaceId, workspaceId), eq(enrolments.id, id));
  const waitingOn = (workspaceId: string, campaignId: string, side: SideName) =>
    and(
      eq(enrolments.workspaceId, workspaceId),
      eq(enrolments.campaignId, campaignId),
      eq(enrolments.side, side),
      eq(enrolments.state, 'setup-required'),
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

    async add(tx, workspaceId, { memberId, ...enrolment }) {
      const member = memberColumns({ side: enrolment.side, id: memberId });
      const added = await tx
        .insert(enrolments)
        .values({ workspaceId, ...enrolment, ...member })
        .onConflictDoNothing()
        .returning({ id: enrolments.id });
      return added.length > 0;
    },

    async find(workspaceId, id) {
      const [found] = await db.select().from(enrolments).where(one(workspaceId, id));
      return found ? toEnrolment(found) : null;
    },

    async lock(tx, workspaceId, id) {
      const [found] = await tx.select().from(enrolments).where(one(workspaceId, id)).for('update');
      return found ? toEnrolment(found) : null;
    },

    async change(tx, workspaceId, id, to) {
      await tx.update(enrolments).set(to).where(one(workspaceId, id));
    },

    async runOf(tx, workspaceId, id) {
      const [found] = await tx
        .select({ id: runs.id, state: runs.state })
        .from(enrolments)
        .innerJoin(runs, ofLatestRound)
        .where(one(workspaceId, id));
      return found ?? null;
    },

    async waiting(tx, { workspaceId, campaignId, side }, limit) {
      const rows = await tx
        .select()
        .from(enrolments)
        .where(waitingOn(workspaceId, campaignId, side))
        .orderBy(asc(enrolments.createdAt), asc(enrolments.id))
        .limit(limit)
        .for('update', { skipLocked: true });
      return rows.map(toEnrolment);
    },

    async waitingSides() {
      const { workspaceId, campaignId, side } = enrolments;
      return db
        .selectDistinct({ workspaceId, campaignId, side })
        .from(enrolments)
        .innerJoin(installations, eq(installations.workspaceId, enrolments.workspaceId))
        .where(and(eq(enrolments.state, 'setup-required'), eq(installations.status, 'active')));
    },

    async list(workspaceId, { campaignId, side, state }, page) {
      const rows = await db
        .select({
          enrolment: enrolments,
          campaign: campaigns.name,
          person: { id: people.id, email: people.email, name: people.name },
          run: { id: runs.id, error: runs.error },
          shown: shownState,
        })
        .from(enrolments)
        .innerJoin(campaigns, same(campaigns.workspaceId, campaigns.id, enrolments.campaignId))
        .innerJoin(people, same(people.workspaceId, people.id, enrolments.personId))
        .leftJoin(runs, ofLatestRound)
        .where(
          and(
            eq(enrolments.workspaceId, workspaceId),
            matching(enrolments.campaignId, campaignId),
            matching(enrolments.side, side),
            state === undefined ? undefined : sql`${shownState} = ${state}`,
            olderThan(enrolments.createdAt, enrolments.id, page.after),
          ),
        )
        .orderBy(...newestFirst(enrolments.createdAt, enrolments.id))
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

/** The run of the latest round: its key is made in usecases/enrolment.ts. */
const dedupe = sql`'enrol:' || ${enrolments.side} || ':' || coalesce(${enrolments.referralId}, ${enrolments.referrerId})
  || ':' || ${enrolments.round}`;

const ofLatestRound = and(eq(runs.workspaceId, enrolments.workspaceId), eq(runs.dedupe, dedupe));

/** What its run gave up is a failure, and what the run says is why. */
const shownState: SQL<Enrolment['state']> =
  sql`case when ${enrolments.state} = 'planned' and ${runs.state} = 'failed'
  then 'failed' else ${enrolments.state} end`;

const same = (
  workspaceId: typeof campaigns.workspaceId | typeof people.workspaceId,
  id: typeof campaigns.id | typeof people.id,
  of: typeof enrolments.campaignId | typeof enrolments.personId,
) => and(eq(workspaceId, enrolments.workspaceId), eq(id, of));

function memberColumns({ side, id }: JoinedMember) {
  return side === 'leads' ? { referralId: id, referrerId: null } : { referralId: null, referrerId: id };
}

function toEnrolment({ workspaceId, referralId, referrerId, ...row }: Row): Enrolment {
  const memberId = referralId ?? referrerId;
  if (memberId === null) throw new Error('an enrolment of nobody');
  return { ...row, memberId };
}

function toListed(row: {
  enrolment: Row;
  campaign: string;
  person: ListedEnrolment['person'];
  run: { id: string; error: string | null } | null;
  shown: Enrolment['state'];
}): ListedEnrolment {
  const { enrolment, campaign, person, run, shown } = row;
  const known = toEnrolment(enrolment);
  const outcome = known.outcome ?? run?.error ?? null;
  return { ...known, state: shown, outcome, campaign, person, runId: run?.id ?? null };
}
