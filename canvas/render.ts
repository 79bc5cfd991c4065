// Renders any screen as the response to Intercom: one line per screen, and the compiler catches a missing one.
import type { Canvas, Component } from './components.ts';
import { answerForCustomer } from './inbox/answer.ts';
import { cardInReply } from './inbox/card-in-reply.ts';
import { archivedMatch, chooseUser, previewMerge, previewRoleChange } from './inbox/conversion.ts';
import { cannotConvert, converted, converting } from './inbox/conversion-result.ts';
import { addReferral, confirmUndoCredit } from './inbox/credit.ts';
import { noCredit } from './inbox/no-credit.ts';
import {
  noContact,
  noIdentity,
  notInstalled,
  severalMatches,
  unavailable,
  unknownPerson,
} from './inbox/notices.ts';
import { campaigns, card } from './inbox/referral-card.ts';
import { confirmUnlink, referral, referrer } from './inbox/referral-details.ts';
import { compareReview, confirmReview, review } from './inbox/review.ts';
import { changingStatus, confirmStatus } from './inbox/status-change.ts';
import { canvas } from './kit.ts';
import { cardOptions } from './messenger/action.ts';
import { done, muted, navigation } from './parts.ts';
import type { InboxView, Screen } from './view.ts';

export type CanvasAnswer = {
  readonly canvas: Canvas;
  readonly event?: { readonly type: 'completed' };
  /** Intercom initializes the Messenger's card in the reply with them. */
  readonly card_creation_options?: Readonly<Record<string, string>>;
};

/** Always a canvas that Intercom draws: a canvas over the size limit is replaced by a small one that says so. */
export function render(view: InboxView): CanvasAnswer {
  const drawn = { canvas: withinLimit(draw(view)) };
  if (view.screen === 'card-in-reply')
    return { ...drawn, card_creation_options: cardOptions(view.campaignId) };
  return view.screen === 'converted' ? { ...drawn, event: { type: 'completed' } } : drawn;
}

const screens: { [K in InboxView['screen']]: (view: Screen<K>) => Component[] } = {
  'not-installed': notInstalled,
  'no-contact': noContact,
  'no-identity': noIdentity,
  'unknown-person': unknownPerson,
  'several-matches': severalMatches,
  card: (view) => card(view.card, view.notice),
  review,
  'compare-review': compareReview,
  'confirm-review': confirmReview,
  campaigns: (view) => campaigns(view.card),
  referral,
  'confirm-unlink': confirmUnlink,
  'confirm-status': confirmStatus,
  'changing-status': changingStatus,
  'no-credit': noCredit,
  answer: answerForCustomer,
  'add-referral': addReferral,
  'confirm-undo-credit': confirmUndoCredit,
  'card-in-reply': cardInReply,
  referrer,
  'preview-role-change': previewRoleChange,
  'preview-merge': previewMerge,
  'choose-user': chooseUser,
  'archived-match': archivedMatch,
  'cannot-convert': ({ contact, reason }) => cannotConvert(contact, reason),
  converting: ({ contact }) => converting(contact),
  converted,
  unavailable,
};

export const screenNames = Object.keys(screens);

function draw<K extends InboxView['screen']>(view: Screen<K>): Component[] {
  return screens[view.screen as K](view);
}

function withinLimit(components: readonly Component[]): Canvas {
  try {
    return canvas(components);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return canvas([
      muted('This card is too large to show. Open the contact in Intercom.'),
      ...navigation(done),
    ]);
  }
}
