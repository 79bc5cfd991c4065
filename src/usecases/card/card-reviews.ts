// Possible duplicates on the card: each contact that may be whoever joined shows the question, and a press answers it.
import { z } from 'zod';
import type { InboxView, Notice, ReviewAnswer } from '../../../canvas/view.ts';
import type { Context } from '../../context.ts';
import type { ReviewDecision } from '../../domain/enrollment/enrollment.ts';
import { Failure } from '../../failure.ts';
import { decideReview, readReview } from '../enrollment/reviews.ts';
import { type Found, shown } from './card-view.ts';

export type CardReviews = ReturnType<typeof createCardReviews>;

const known: readonly ReviewAnswer[] = ['update', 'fill', 'link', 'create', 'skip'];

const words: Record<ReviewAnswer, string> = {
  update: 'Decided: this contact is updated and marked as referred.',
  fill: 'Decided: what is empty is filled, and this contact is marked as referred.',
  link: 'Decided: this contact is linked, and nothing is written to it.',
  create: 'Decided: a new contact is made.',
  skip: 'Decided: nothing is done.',
};

export function createCardReviews(ctx: Context) {
  /** The question that this contact's card opens with; null when there is none. */
  function screen(found: Found): InboxView | null {
    return found.review && { screen: 'review', contact: shown(found.contact), asked: found.review };
  }

  /** Resolves with what to say above the card. The same press twice decides once. */
  async function answer(found: Found, given: { reviewId: string; answer: string }): Promise<Notice> {
    const answer = known.find((one) => one === given.answer);
    if (answer === undefined || !z.guid().safeParse(given.reviewId).success) return notAsked;
    const { workspaceId, contact, teammate } = found;
    try {
      const { candidates } = await readReview(ctx, workspaceId, given.reviewId);
      if (!candidates.some((one) => one.id === contact.id)) return notAsked;
      const actor = { kind: 'teammate' as const, id: teammate.id, name: teammate.name };
      await decideReview(ctx, workspaceId, given.reviewId, decisionOf(answer, contact.id), actor);
      return { tone: 'plain', text: words[answer] };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { tone: 'problem', text: error.message };
    }
  }

  return { screen, answer };
}

function decisionOf(answer: ReviewAnswer, contactId: string): ReviewDecision {
  if (answer === 'create') return { create: true };
  return answer === 'skip' ? { skip: true } : { use: contactId, how: answer };
}

const notAsked: Notice = { tone: 'plain', text: 'That question is not asked any more. Nothing was changed.' };
