// Reviews: possible duplicates, each decided once.
import { and, eq, getTableColumns, isNotNull, isNull } from 'drizzle-orm';
import type { FoundContact } from '../../domain/contacts/contact-draft.ts';
import type { ReviewDecision, SideName } from '../../domain/enrollment/enrollment.ts';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import type { Queryable, Tx } from '../database.ts';
import { campaignOf, personOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { byTime, matching, pageOf } from '../page.ts';
import { campaigns, people } from '../schema.ts';
import { enrollments, reviewCandidateList, reviewCandidates, reviews } from './schema-enrollment.ts';

type Row = Omit<typeof reviews.$inferSelect, 'workspaceId'>;

export type NewReview = Pick<Row, 'id' | 'enrollmentId' | 'why' | 'draft' | 'askedAt'> & {
  candidates: readonly FoundContact[];
};

export type ReviewCandidate = Row['candidates'][number];

export type Decider = NonNullable<Row['decidedBy']>;

export type Review = Row & {
  side: SideName;
  campaign: { id: string; name: string };
  person: { id: string; email: string | null; name: string | null };
};

export type ReviewFilter = { open?: boolean | undefined; campaignId?: string | undefined };

const { workspaceId: _, ...ownColumns } = getTableColumns(reviews);
const columns = {
  ...ownColumns,
  side: enrollments.side,
  campaign: { id: campaigns.id, name: campaigns.name },
  person: { id: people.id, email: people.email, name: people.name },
};

const byId = (workspaceId: string, id: string) => owned(reviews, { workspaceId, id });

const reading = (db: Queryable) =>
  db
    .select(columns)
    .from(reviews)
    .innerJoin(
      enrollments,
      owned(enrollments, { workspaceId: reviews.workspaceId, id: reviews.enrollmentId }),
    )
    .innerJoin(campaigns, campaignOf(enrollments))
    .innerJoin(people, personOf(enrollments));

export async function insertReview(tx: Tx, workspaceId: string, review: NewReview): Promise<void> {
  const shown = reviewCandidateList.parse(review.candidates);
  await tx.insert(reviews).values({ ...review, workspaceId, candidates: shown });
  if (shown.length === 0) return;
  const cards = shown.map(({ id: contactId }) => ({ workspaceId, contactId, reviewId: review.id }));
  await tx.insert(reviewCandidates).values(cards).onConflictDoNothing();
}

export async function findReview(db: Queryable, workspaceId: string, id: string): Promise<Review | null> {
  const [row] = await reading(db).where(byId(workspaceId, id));
  return row ?? null;
}

export async function lockReview(tx: Tx, workspaceId: string, id: string): Promise<Review | null> {
  const [row] = await reading(tx).where(byId(workspaceId, id)).for('update', { of: reviews });
  return row ?? null;
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
    matching(enrollments.campaignId, campaignId),
  );
  return pageOf(reading(db), byTime(reviews, 'askedAt'), condition, page);
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
