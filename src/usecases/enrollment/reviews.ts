// A teammate's decision on a possible duplicate: this contact, none of them, or leave it.
import type { Context } from '../../context.ts';
import type { ReviewDecision } from '../../domain/enrollment/enrollment.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import { lockEnrollment, updateEnrollment } from '../../store/enrollment/enrollments.ts';
import {
  closeReview,
  findReview,
  lockReview,
  type Review,
  reviewPage,
} from '../../store/enrollment/reviews.ts';
import { found } from '../found.ts';
import { query, required } from '../query.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { type EnrollWork, replanEnrollment } from './plan-enrollment.ts';

export type { Review, ReviewCandidate } from '../../store/enrollment/reviews.ts';

/** Rejects with a Failure `not-found`. */
export const readReview = required(findReview, 'review');

export const listReviews = query(reviewPage);

/**
 * Repeating a decision changes nothing. Rejects with `not-found`, `invalid` for a contact that is not a
 * candidate, `conflict` when decided otherwise.
 */
export async function decideReview(
  ctx: Context,
  workspaceId: string,
  id: string,
  decision: ReviewDecision,
  actor: Actor,
): Promise<Review> {
  await ctx.database.transaction(async (tx) => {
    const review = found(await lockReview(tx, workspaceId, id), 'review');
    if (review.decision) return refuseOther(review, decision);
    const runDecision = decisionFor(review, decision);
    const by = { kind: actor.kind === 'api' ? ('api' as const) : ('teammate' as const), name: actor.name };
    await closeReview(tx, workspaceId, id, { decision, by, at: ctx.now() });
    await recordAudit(ctx, tx, workspaceId, actor, 'review.decide', id, { decision });
    const enrollment = await lockEnrollment(tx, workspaceId, review.enrollmentId);
    if (enrollment?.state !== 'review') return;
    if (runDecision) return replanEnrollment(ctx, tx, workspaceId, enrollment, runDecision);
    const outcome = `${actor.name} decided to leave it.`;
    const to = { state: 'skipped' as const, outcome, changedAt: ctx.now() };
    await updateEnrollment(tx, workspaceId, enrollment.id, to);
  });
  return readReview(ctx, workspaceId, id);
}

/** Null when the decision needs no further work. */
function decisionFor({ candidates }: Review, decision: ReviewDecision): EnrollWork['decision'] {
  const ids = candidates.map((candidate) => candidate.id);
  if ('skip' in decision) return null;
  if ('create' in decision) return { create: true, excludedIds: ids };
  if (ids.includes(decision.use)) return decision;
  throw new Failure('invalid', 'Some fields were refused: see "fields".', {
    fields: { use: `is none of the candidates: ${ids.join(', ')}` },
  });
}

function refuseOther({ decision, decidedBy }: Review, wanted: ReviewDecision): void {
  if (sameAs(decision, wanted)) return;
  throw new Failure('conflict', `${decidedBy?.name ?? 'Somebody'} has decided this already.`);
}

function sameAs(one: ReviewDecision | null, other: ReviewDecision): boolean {
  if (one === null) return false;
  if ('use' in one) return 'use' in other && one.use === other.use && one.how === other.how;
  return 'create' in one ? 'create' in other : 'skip' in other;
}
