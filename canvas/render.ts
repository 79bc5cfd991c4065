// Renders any screen as the response to Intercom: one line per screen, and the compiler catches a missing one.

import type { Canvas, Component } from './components.ts';
import { archivedMatch, chooseUser, previewMerge, previewRoleChange } from './inbox/conversion.ts';
import { cannotConvert, converted, converting } from './inbox/conversion-result.ts';
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
import { review } from './inbox/review.ts';
import { changingStatus, confirmStatus } from './inbox/status-change.ts';
import { canvas } from './kit.ts';
import { back, muted, navigation } from './parts.ts';
import type { InboxView } from './view.ts';

/** The body of the response to initialize or submit. */
export type CanvasAnswer = { readonly canvas: Canvas; readonly event?: { readonly type: 'completed' } };

/** Always a canvas that Intercom draws: a canvas over the size limit is replaced by a small one that says so. */
export function render(view: InboxView): CanvasAnswer {
  const drawn = { canvas: withinLimit(draw(view)) };
  return view.screen === 'converted' ? { ...drawn, event: { type: 'completed' } } : drawn;
}

function draw(view: InboxView): Component[] {
  switch (view.screen) {
    case 'not-installed':
      return notInstalled(view.installUrl);
    case 'no-contact':
      return noContact();
    case 'no-identity':
      return noIdentity(view);
    case 'unknown-person':
      return unknownPerson(view);
    case 'several-matches':
      return severalMatches(view);
    case 'card':
      return card(view.card, view.notice);
    case 'review':
      return review(view);
    case 'campaigns':
      return campaigns(view.card);
    case 'referral':
      return referral(view);
    case 'confirm-unlink':
      return confirmUnlink(view);
    case 'confirm-status':
      return confirmStatus(view);
    case 'changing-status':
      return changingStatus(view);
    case 'referrer':
      return referrer(view.referrer, view.clock);
    case 'preview-role-change':
      return previewRoleChange(view);
    case 'preview-merge':
      return previewMerge(view);
    case 'choose-user':
      return chooseUser(view);
    case 'archived-match':
      return archivedMatch(view);
    case 'cannot-convert':
      return cannotConvert(view.contact, view.reason);
    case 'converting':
      return converting(view.contact);
    case 'converted':
      return converted(view);
    case 'unavailable':
      return unavailable(view);
  }
}

function withinLimit(components: readonly Component[]): Canvas {
  try {
    return canvas(components);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return canvas([
      muted('There is too much here for one card. Open the contact in Intercom.'),
      ...navigation(back),
    ]);
  }
}
