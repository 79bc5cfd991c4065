// Every button on the card: a union, and its codec to and from the component_id that Intercom sends back.
import { type ActionOf, actionCodec } from './action-codec.ts';

const actions = {
  /** Back and Done: return to the first screen. */
  home: [],
  refresh: [],
  /** "More", or a line of the list when there are several campaigns. */
  'show-referral': ['referralId'],
  'show-referrer': ['referrerId'],
  'show-campaigns': [],
  /** "Answer for the customer". */
  'show-answer': ['referralId'],
  'show-referrer-answer': ['referrerId'],
  /** "Why no credit?", of a referral, and of a person who was not referred. */
  'show-no-credit': ['referralId'],
  'show-not-referred': [],
  'choose-person': ['personId'],
  'ask-unlink': ['referralId'],
  'confirm-unlink': ['referralId'],
  /** The referrer of that referral is linked to this contact, too. */
  'ask-unlink-referrer': ['referralId'],
  'confirm-unlink-referrer': ['referralId'],
  'compare-review': ['reviewId'],
  'same-person': ['reviewId'],
  'other-person': ['reviewId'],
  /** Whether this contact is the person who joined; `answer` is one of view.ts's `ReviewAnswer`. */
  'answer-review': ['reviewId', 'answer'],
  'start-conversion': [],
  'preview-merge': ['userId'],
  'confirm-role-change': ['nonce'],
  /** `warned` is `yes` when the preview warned that the two share neither email nor phone. */
  'confirm-merge': ['userId', 'nonce', 'warned'],
  unarchive: ['userId'],
  'ask-status': ['referralId', 'change'],
  'confirm-status': ['referralId', 'change', 'nonce'],
  /** "Add as referral" of a contact that no campaign knows. */
  'ask-credit': [],
  'confirm-credit': ['nonce'],
  'ask-undo-credit': ['referralId'],
  'confirm-undo-credit': ['referralId'],
  /** Puts a referrer's card into the reply. */
  'send-card': ['referrerId'],
  /** The same for a contact without a referrer's link. */
  invite: [],
} as const;

export type Action = ActionOf<typeof actions>;

/** They only show something. Teammates who may not act press no other button, not even one that asks before a change. */
export const showingActions: readonly Action['do'][] = [
  'home',
  'refresh',
  'show-referral',
  'show-referrer',
  'show-campaigns',
  'show-answer',
  'show-referrer-answer',
  'show-no-credit',
  'compare-review',
  'show-not-referred',
];

export const inputIds = {
  ...{ email: 'email', externalId: 'external_id', reason: 'reason' },
  use: 'use',
  ...{ referrer: 'referrer', choice: 'referrer_id', campaign: 'campaign' },
} as const;

/** Its arguments are hints, and every submit checks them again. */
export const { encode: encodeAction, decode: decodeAction, table: actionTable } = actionCodec(actions);
