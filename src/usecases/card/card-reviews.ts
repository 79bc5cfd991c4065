// Possible duplicates on the card: shows a contact's open review, and decides it with one press.
import { z } from 'zod';
import { inputIds } from '../../../canvas/action.ts';
import type { InboxView, Notice, ReviewAnswer } from '../../../canvas/view.ts';
import type { Context } from '../../context.ts';
import { type ContactUse, contactUse } from '../../domain/contacts/contact-draft.ts';
import type { ReviewDecision } from '../../domain/enrollment/enrollment.ts';
import { momentOf } from '../../domain/time.ts';
import { byTeammate } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import { decideReview, readReview, readReviewRecords } from '../enrollment/reviews.ts';
import { cardClock, homeView, shown } from './card-view.ts';
import type { Found } from './visit.ts';

const decided: Record<ReviewAnswer, string> = {
  update: 'Decided: this contact is updated and marked as referred.',
  fill: 'Decided: empty fields are filled, and this contact is marked as referred.',
  link: 'Decided: this contact is linked, and nothing is written to it.',
  create: 'Decided: a new contact is created.',
  skip: 'Decided: no contact is created.',
};

export function reviewScreen({ review, contact }: Found): InboxView | null {
  return review && { screen: 'review', contact: shown(contact), review };
}

export async function compareReview(ctx: Context, found: Found, reviewId: string): Promise<InboxView> {
  const { contact, review, workspaceId } = found;
  if (review?.id !== reviewId) return homeView(ctx, found, alreadyDecided);
  const full = await readReview(ctx, workspaceId, reviewId);
  const [joined, ...candidates] = await readReviewRecords(ctx, workspaceId, full);
  const own = candidates.find(({ contactId }) => contactId === contact.id);
  if (!joined || !own) return homeView(ctx, found, alreadyDecided);
  const { name, email, phone, externalId } = contact;
  const facts = found.facts() ?? {};
  return {
    screen: 'compare-review',
    review,
    joined,
    // Intercom's request is newer than the search that found the candidate.
    contact: {
      ...{ ...own, name, email, externalId },
      phone: phone ?? own.phone,
      createdAt: momentOf(facts.created_at) ?? own.createdAt,
      lastSeenAt: momentOf(facts.last_seen_at) ?? own.lastSeenAt,
    },
    others: candidates.filter((candidate) => candidate !== own),
    clock: cardClock(ctx, found),
  };
}

export function confirmReview(
  ctx: Context,
  found: Found,
  reviewId: string,
  answer: 'update' | 'create',
): InboxView {
  const { contact, review } = found;
  if (review?.id !== reviewId) return homeView(ctx, found, alreadyDecided);
  return { screen: 'confirm-review', contact: shown(contact), review, answer };
}

/** What the form says about a contact that is the same person. */
export function useGiven(inputs: Record<string, string>): ContactUse {
  return contactUse.catch('fill').parse(inputs[inputIds.use]);
}

/** Returns the notice for the card. A repeated press decides once. */
export async function answerReview(
  ctx: Context,
  { workspaceId, contact, teammate }: Found,
  { reviewId, answer }: { reviewId: string; answer: string },
): Promise<Notice> {
  if (!isReviewAnswer(answer) || !z.guid().safeParse(reviewId).success) return alreadyDecided;
  try {
    const review = await readReview(ctx, workspaceId, reviewId);
    if (review.kind !== 'duplicate') return alreadyDecided;
    if (!review.candidates.some(({ id }) => id === contact.id)) return alreadyDecided;
    const actor = byTeammate({ teammate });
    await decideReview(ctx, workspaceId, reviewId, decisionOf(answer, contact.id), actor);
    return { tone: 'plain', text: decided[answer] };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { tone: 'problem', text: error.message };
  }
}

const isReviewAnswer = (answer: string): answer is ReviewAnswer => Object.hasOwn(decided, answer);

function decisionOf(answer: ReviewAnswer, contactId: string): ReviewDecision {
  if (answer === 'create') return { create: true };
  return answer === 'skip' ? { skip: true } : { use: contactId, how: answer };
}

const alreadyDecided: Notice = {
  tone: 'plain',
  text: 'This review is no longer open. Nothing was changed.',
};
