// Reviews: possible duplicates and doubtful referrals, each decided once.
import { and, eq, getTableColumns, isNotNull, isNull, sql } from 'drizzle-orm';
import type { FoundContact } from '../../domain/contacts/contact-draft.ts';
import {
  type DoubtDecision,
  type DuplicateDecision,
  doubtDecision,
  duplicateDecision,
  type MissingDecision,
  missingDecision,
  type ReviewDecision,
  type SideName,
} from '../../domain/enrollment/enrollment.ts';
import type { ReviewRecord } from '../../domain/enrollment/review-record.ts';
import { type DoubtHint, doubtWords } from '../../domain/program/doubt.ts';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import type { Facts } from '../../domain/qualification/notification.ts';
import type { Queryable, Tx } from '../database.ts';
import { gathered } from '../gathered-writes.ts';
import { giver, ofGiver, referralOf, referrerOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { byTime, mapPage, pageOf } from '../page.ts';
import { type Qualification, qualificationColumn } from '../program/qualification-block.ts';
import { campaigns, people, referrals, referrers } from '../schema.ts';
import { enrollments, reviewCandidateList, reviewCandidates, reviews } from './schema-enrollment.ts';

type Row = Omit<typeof reviews.$inferSelect, 'workspaceId' | 'reporterId' | 'campaignId'>;

export type NewReview = Pick<DuplicateReview, 'id' | 'enrollmentId' | 'why' | 'draft' | 'askedAt'> & {
  candidates: readonly FoundContact[];
};

export type NewMissing = {
  id: string;
  reporterId: string;
  campaignId: string;
  friendEmail: string | null;
  said: string | null;
  why: string;
  askedAt: Date;
};

export type NewDoubt = { id: string; referralId: string; hints: DoubtHint[]; at: Date };

export type ReviewCandidate = Row['candidates'][number];

export type Decider = NonNullable<Row['decidedBy']>;

type Named = { id: string; email: string | null; name: string | null };

type Asked = Pick<Row, 'id' | 'why' | 'askedAt' | 'decidedBy' | 'decidedAt'> & {
  campaign: { id: string; name: string };
  person: Named;
};

export type DuplicateReview = Asked & {
  kind: 'duplicate';
  enrollmentId: string;
  side: SideName;
  draft: NonNullable<Row['draft']>;
  candidates: Row['candidates'];
  decision: DuplicateDecision | null;
};

export type DoubtReview = Asked & {
  kind: 'doubtful_referral';
  referralId: string;
  referrer: Named | null;
  /** As they are now while it is open; afterwards those that were decided on. */
  hints: DoubtHint[];
  decision: DoubtDecision | null;
};

/** `person` reported it. */
export type MissingReview = Asked & {
  kind: 'missing_referral';
  friendEmail: string | null;
  said: string | null;
  decision: MissingDecision | null;
};

export type Review = DuplicateReview | DoubtReview | MissingReview;

export type ReviewFilter = { open?: boolean | undefined; campaignId?: string | undefined };

const { workspaceId: _, reporterId: __, campaignId: ___, ...ownColumns } = getTableColumns(reviews);
const columns = {
  ...ownColumns,
  isReported: sql<boolean>`${reviews.reporterId} is not null`,
  side: enrollments.side,
  campaign: { id: campaigns.id, name: campaigns.name },
  person: { id: people.id, email: people.email, name: people.name },
  referrer: { id: giver.id, email: giver.email, name: giver.name },
  qualification: qualificationColumn,
};

/** Of any kind. */
const askedAbout = (column: 'campaign_id' | 'person_id') => {
  const reported = column === 'person_id' ? 'reviews.reporter_id' : 'reviews.campaign_id';
  return sql.raw(`coalesce(enrollments.${column}, referrals.${column}, ${reported})`);
};

const byId = (workspaceId: string, id: string) => owned(reviews, { workspaceId, id });

const reading = (db: Queryable) =>
  db
    .select(columns)
    .from(reviews)
    .leftJoin(enrollments, owned(enrollments, { workspaceId: reviews.workspaceId, id: reviews.enrollmentId }))
    .leftJoin(referrals, referralOf(reviews))
    .innerJoin(
      campaigns,
      owned(campaigns, { workspaceId: reviews.workspaceId, id: askedAbout('campaign_id') }),
    )
    .innerJoin(people, owned(people, { workspaceId: reviews.workspaceId, id: askedAbout('person_id') }))
    .leftJoin(referrers, referrerOf(referrals))
    .leftJoin(giver, ofGiver);

export async function insertReview(tx: Tx, workspaceId: string, review: NewReview): Promise<void> {
  const shown = reviewCandidateList.parse(review.candidates);
  await tx.insert(reviews).values({ ...review, workspaceId, candidates: shown });
  if (shown.length === 0) return;
  const cards = shown.map(({ id: contactId }) => ({ workspaceId, contactId, reviewId: review.id }));
  await tx.insert(reviewCandidates).values(cards).onConflictDoNothing();
}

export async function insertMissingReview(tx: Tx, workspaceId: string, review: NewMissing): Promise<void> {
  await tx.insert(reviews).values({ ...review, workspaceId, candidates: [] });
}

export async function findReview(db: Queryable, workspaceId: string, id: string): Promise<Review | null> {
  const [row] = await reading(db).where(byId(workspaceId, id));
  return row ? toReview(row) : null;
}

export async function lockReview(tx: Tx, workspaceId: string, id: string): Promise<Review | null> {
  const [row] = await reading(tx).where(byId(workspaceId, id)).for('update', { of: reviews });
  return row ? toReview(row) : null;
}

export async function reviewPage(
  db: Queryable,
  workspaceId: string,
  { open: isOpen, campaignId }: ReviewFilter,
  page: PageRequest,
): Promise<Page<Review>> {
  const state = isOpen ? isNull(reviews.decidedAt) : isNotNull(reviews.decidedAt);
  const condition = and(
    eq(reviews.workspaceId, workspaceId),
    isOpen === undefined ? undefined : state,
    campaignId === undefined ? undefined : eq(askedAbout('campaign_id'), campaignId),
  );
  return mapPage(await pageOf(reading(db), byTime(reviews, 'askedAt'), condition, page), toReview);
}

type ReadRow = Row & {
  isReported: boolean;
  side: SideName | null;
  campaign: Asked['campaign'];
  person: Named;
  referrer: Named | null;
  qualification: Qualification | null;
};

function toReview({ side, referrer, qualification, ...row }: ReadRow): Review {
  const { id, why, askedAt, decidedBy, decidedAt, campaign, person, enrollmentId, referralId, draft } = row;
  const asked = { id, why, askedAt, decidedBy, decidedAt, campaign, person };
  const decided = row.decision;
  if (enrollmentId !== null && draft !== null && side !== null) {
    const decision = decided && duplicateDecision.parse(decided);
    return { ...asked, kind: 'duplicate', enrollmentId, side, draft, candidates: row.candidates, decision };
  }
  if (row.isReported) {
    const { friendEmail, said } = row;
    const decision = decided && missingDecision.parse(decided);
    return { ...asked, kind: 'missing_referral', friendEmail, said, decision };
  }
  if (referralId === null) throw new Error('a review is of no kind');
  const hints = (decided === null ? qualification?.hints : row.hints) ?? [];
  const decision = decided && doubtDecision.parse(decided);
  return { ...asked, kind: 'doubtful_referral', referralId, referrer, hints, decision };
}

const doubtOf = (workspaceId: string, referralId: string) =>
  and(owned(reviews, { workspaceId, referralId }), isNull(reviews.decidedAt));

/** One at a time for each referral, with the hints of the last time it was asked. */
export async function askAboutDoubt(
  tx: Tx,
  workspaceId: string,
  { id, referralId, hints, at }: NewDoubt,
): Promise<void> {
  const why = doubtWords(hints) ?? '';
  const isOpen = sql`decided_at is null and referral_id is not null`;
  await tx
    .insert(reviews)
    .values({ id, workspaceId, referralId, hints, why, candidates: [], askedAt: at })
    .onConflictDoUpdate({
      target: [reviews.workspaceId, reviews.referralId],
      targetWhere: isOpen,
      set: { hints, why },
      setWhere: sql`${reviews.why} <> ${why}`,
    });
}

type ClosedDoubt = {
  workspaceId: string;
  referralId: string;
  decision: DoubtDecision;
  by: Decider;
  at: Date;
};

/** Decides the open reviews of referrals, where there are any. */
export const closeDoubts = gathered(async (tx: Tx, closed: readonly ClosedDoubt[]) => {
  await tx.execute(sql`
    update reviews set decision = given.decision, decided_by = given."by", decided_at = given.at
    from jsonb_to_recordset(${JSON.stringify(closed)}::jsonb)
      as given ("workspaceId" text, "referralId" uuid, decision jsonb, "by" jsonb, at timestamptz)
    where reviews.workspace_id = given."workspaceId" and reviews.referral_id = given."referralId"
      and reviews.decided_at is null`);
});

/** Decides the open review of the referral; false when none is open. */
export async function closeDoubt(
  tx: Tx,
  workspaceId: string,
  referralId: string,
  { decision, by, at, hints }: { decision: DoubtDecision; by: Decider; at: Date; hints?: DoubtHint[] },
): Promise<boolean> {
  const decided = { decision, decidedBy: by, decidedAt: at, ...(hints && { hints }) };
  const { rowCount } = await tx.update(reviews).set(decided).where(doubtOf(workspaceId, referralId));
  return (rowCount ?? 0) > 0;
}

/** Also removes it from all cards. */
export async function closeReview(
  tx: Tx,
  workspaceId: string,
  id: string,
  { decision, by, at }: { decision: ReviewDecision; by: Decider; at: Date },
): Promise<void> {
  await tx.update(reviews).set({ decision, decidedBy: by, decidedAt: at }).where(byId(workspaceId, id));
  await tx.delete(reviewCandidates).where(owned(reviewCandidates, { workspaceId, reviewId: id }));
}

export async function isReviewCandidate(
  db: Queryable,
  workspaceId: string,
  contactId: string,
): Promise<boolean> {
  return (await db.$count(reviewCandidates, owned(reviewCandidates, { workspaceId, contactId }))) > 0;
}

const membersShown = 20;
const campaignsShown = 5;

/** What the program knows of these people, and of the people who are linked to these contacts. */
export async function reviewedPeople(
  db: Queryable,
  workspaceId: string,
  { personIds, contactIds }: { personIds: readonly string[]; contactIds: readonly string[] },
) {
  const { rows } = await db.execute<ReviewedPerson>(sql`
    select p.id, p.name, p.email, p.external_id as "externalId", p.contact_id as "contactId",
      p.created_at as "createdAt", k.role, k.values as facts,
      coalesce((select json_agg(json_build_object('campaign', named, 'status', status, 'referrer', by) order by joined_at desc)
        from (select c.name as named, r.status, r.joined_at, coalesce(giver.name, giver.email) as by from referrals r
          join campaigns c on c.workspace_id = r.workspace_id and c.id = r.campaign_id
          left join referrers f on f.workspace_id = r.workspace_id and f.id = r.referrer_id
          left join people giver on giver.workspace_id = f.workspace_id and giver.id = f.person_id
          where r.workspace_id = p.workspace_id and r.person_id = p.id
          order by r.joined_at desc limit ${campaignsShown}) referred), '[]') as referrals,
      array(select c.name from referrers f join campaigns c on c.workspace_id = f.workspace_id and c.id = f.campaign_id
        where f.workspace_id = p.workspace_id and f.person_id = p.id
        order by f.joined_at desc limit ${campaignsShown}) as "refersIn"
    from people p left join contacts k on k.workspace_id = p.workspace_id and k.contact_id = p.contact_id
    where p.workspace_id = ${workspaceId} and (p.id = any(${sql.param([...personIds])}::uuid[])
      or p.contact_id = any(${sql.param([...contactIds])}::text[]))
    order by p.created_at limit ${membersShown}`);
  return rows.map((row) => ({ ...row, createdAt: new Date(row.createdAt) }));
}

type ReviewedPerson = Pick<ReviewRecord, 'name' | 'email' | 'externalId' | 'contactId' | 'role'> &
  Pick<ReviewRecord, 'referrals' | 'refersIn'> & { id: string; createdAt: string; facts: Facts | null };
