// Reviews: questions about duplicates, each open until it is decided once.
import { and, eq, isNotNull, isNull } from 'drizzle-orm';
import { z } from 'zod';
import { contactDraft } from '../../domain/contacts/contact-draft.ts';
import { reviewDecision } from '../../domain/enrollment/enrollment.ts';
import type { EnrollmentDeps } from '../../usecases/enrollment/enrollment-edges.ts';
import type { Review, ReviewStore } from '../../usecases/enrollment/reviews.ts';
import type { Database, Tx } from '../database.ts';
import { matching, newestFirst, olderThan, toPage } from '../page.ts';
import { campaigns, people } from '../schema.ts';
import { enrollments, reviewCandidates, reviews } from './schema-enrollment.ts';

type Store = ReviewStore<Tx> & EnrollmentDeps<Tx>['reviews'];

const candidates = z.array(
  z.object({
    id: z.string(),
    role: z.enum(['lead', 'user']),
    name: z.string().nullable(),
    email: z.string().nullable(),
    externalId: z.string().nullable(),
    lastActiveAt: z.coerce.date().nullable(),
    archived: z.boolean(),
    by: z.enum(['link', 'external-id', 'email', 'conflict']),
  }),
);

export function createReviewStore({ db }: Pick<Database, 'db'>): Store {
  const reading = (from: Pick<Tx, 'select'>) =>
    from
      .select(columns)
      .from(reviews)
      .innerJoin(
        enrollments,
        and(eq(enrollments.workspaceId, reviews.workspaceId), eq(enrollments.id, reviews.enrollmentId)),
      )
      .innerJoin(
        campaigns,
        and(eq(campaigns.workspaceId, reviews.workspaceId), eq(campaigns.id, enrollments.campaignId)),
      )
      .innerJoin(
        people,
        and(eq(people.workspaceId, reviews.workspaceId), eq(people.id, enrollments.personId)),
      );
  const one = (workspaceId: string, id: string) =>
    and(eq(reviews.workspaceId, workspaceId), eq(reviews.id, id));

  async function open(...[tx, workspaceId, review]: Parameters<Store['open']>): Promise<void> {
    const shown = candidates.parse(review.candidates);
    await tx.insert(reviews).values({ ...review, workspaceId, candidates: shown });
    if (shown.length === 0) return;
    const cards = shown.map(({ id: contactId }) => ({ workspaceId, contactId, reviewId: review.id }));
    await tx.insert(reviewCandidates).values(cards).onConflictDoNothing();
  }

  return {
    open,

    async find(workspaceId, id) {
      const [row] = await reading(db).where(one(workspaceId, id));
      return row ? toReview(row) : null;
    },

    async lock(tx, workspaceId, id) {
      const [row] = await reading(tx).where(one(workspaceId, id)).for('update', { of: reviews });
      return row ? toReview(row) : null;
    },

    async list(workspaceId, { open: isOpen, campaignId }, page) {
      const state = isOpen ? isNull(reviews.decidedAt) : isNotNull(reviews.decidedAt);
      const rows = await reading(db)
        .where(
          and(
            eq(reviews.workspaceId, workspaceId),
            isOpen === undefined ? undefined : state,
            matching(enrollments.campaignId, campaignId),
            olderThan(reviews.askedAt, reviews.id, page.after),
          ),
        )
        .orderBy(...newestFirst(reviews.askedAt, reviews.id))
        .limit(page.limit + 1);
      return toPage(rows.map(toReview), page, ({ askedAt, id }) => ({ at: askedAt, id }));
    },

    async close(tx, workspaceId, id, { decision, by, at }) {
      await tx.update(reviews).set({ decision, decidedBy: by, decidedAt: at }).where(one(workspaceId, id));
      await tx
        .delete(reviewCandidates)
        .where(and(eq(reviewCandidates.workspaceId, workspaceId), eq(reviewCandidates.reviewId, id)));
    },
  };
}

const columns = {
  id: reviews.id,
  enrollmentId: reviews.enrollmentId,
  side: enrollments.side,
  campaign: { id: campaigns.id, name: campaigns.name },
  person: { id: people.id, email: people.email, name: people.name },
  why: reviews.why,
  draft: reviews.draft,
  candidates: reviews.candidates,
  askedAt: reviews.askedAt,
  decision: reviews.decision,
  decidedBy: reviews.decidedBy,
  decidedAt: reviews.decidedAt,
};

type Row = Omit<Review, 'draft' | 'candidates' | 'decision'> &
  Record<'draft' | 'candidates' | 'decision', unknown>;

function toReview(row: Row): Review {
  return {
    ...row,
    draft: contactDraft.parse(row.draft),
    candidates: candidates.parse(row.candidates),
    decision: reviewDecision.nullable().parse(row.decision),
  };
}
