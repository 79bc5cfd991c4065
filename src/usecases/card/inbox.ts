// The Inbox card: what opens with a conversation, and what each button does.
import type { Action } from '../../../canvas/action.ts';
import type { InboxView, Notice } from '../../../canvas/view.ts';
import type { Context } from '../../context.ts';
import { refusalOfPress } from './card-access.ts';
import { askStatusChange, confirmStatusChange } from './card-actions.ts';
import { inviteToProgram, sendCard } from './card-in-reply.ts';
import { askUnlink, choosePerson, unlinkPerson } from './card-links.ts';
import {
  onReferral,
  referralAnswer,
  referralView,
  referrerAnswer,
  referrerView,
  whyNoCredit,
} from './card-referral.ts';
import { answerReview, compareReview, confirmReview, reviewScreen, useGiven } from './card-reviews.ts';
import { alreadyAUser, homeView } from './card-view.ts';
import { confirmMerge, confirmRoleChange, previewConversion, unarchiveUser } from './conversion.ts';
import type { Subject } from './conversion-views.ts';
import { askCredit, confirmCredit, keepsCredit, undoCredit } from './credit.ts';
import { type Found, readVisit, type Visit } from './visit.ts';

export type Press = Visit & {
  /** Null for a button unknown to this version. */
  action: Action | null;
  inputs: Record<string, string>;
};

export async function openCard(ctx: Context, visit: Visit): Promise<InboxView> {
  const found = await readVisit(ctx, visit);
  return 'screen' in found ? found : firstScreen(ctx, found);
}

export async function pressButton(ctx: Context, { action, inputs, ...visit }: Press): Promise<InboxView> {
  const found = await readVisit(ctx, visit);
  if ('screen' in found) return found;
  if (action === null) {
    const text = 'The card has changed. This is the current one.';
    return homeView(ctx, found, { tone: 'plain', text });
  }
  const refused = await refusalOfPress(ctx, found.workspaceId, found.teammate, action.do);
  if (refused !== null) {
    return 'referralId' in action
      ? referralView(ctx, found, action.referralId, refused)
      : homeView(ctx, found, refused);
  }
  return work({ ctx, visit, found, inputs }, action);
}

/** For administrators in the console, which has checked their access. */
export async function pressInConsole(ctx: Context, { inputs, action, ...visit }: Press & { action: Action }) {
  const found = await readVisit(ctx, visit);
  return 'screen' in found ? found : work({ ctx, visit, found, inputs }, action);
}

function work(pressed: Pressed, action: Action): InboxView | Promise<InboxView> {
  const press = presses[action.do] as PressOf<Action['do']>;
  return press(pressed, action);
}

const firstScreen = (ctx: Context, found: Found) => reviewScreen(found) ?? homeView(ctx, found);

type Pressed = { ctx: Context; visit: Visit; found: Found; inputs: Record<string, string> };
type PressOf<Do extends Action['do']> = (
  pressed: Pressed,
  action: Extract<Action, { do: Do }>,
) => InboxView | Promise<InboxView>;

const presses: { [Do in Action['do']]: PressOf<Do> } = {
  home: ({ ctx, found }) => homeView(ctx, found),
  refresh: ({ ctx, found }) => firstScreen(ctx, found),
  'compare-review': ({ ctx, found }, { reviewId }) => compareReview(ctx, found, reviewId),
  'same-person'({ ctx, visit, found, inputs }, { reviewId }) {
    const use = useGiven(inputs);
    if (use === 'update') return confirmReview(ctx, found, reviewId, use);
    return decide({ ctx, visit, found, inputs }, { reviewId, answer: use });
  },
  'other-person': ({ ctx, found }, { reviewId }) => confirmReview(ctx, found, reviewId, 'create'),
  'answer-review': decide,
  'show-referral': ({ ctx, found }, { referralId }) => referralView(ctx, found, referralId),
  'show-referrer': ({ ctx, found }, { referrerId }) => referrerView(ctx, found, referrerId),
  'show-answer': ({ ctx, found }, { referralId }) => referralAnswer(ctx, found, referralId),
  'show-referrer-answer': ({ ctx, found }, { referrerId }) => referrerAnswer(ctx, found, referrerId),
  'show-no-credit': ({ ctx, found }, { referralId }) => whyNoCredit(ctx, found, referralId),
  'show-not-referred': ({ ctx, found }) => whyNoCredit(ctx, found, null),
  'show-campaigns'({ ctx, found }) {
    const view = homeView(ctx, found);
    return view.screen === 'card' ? { screen: 'campaigns', card: view.card } : view;
  },
  async 'choose-person'({ ctx, visit, found }, { personId }) {
    const problem = await choosePerson(ctx, found, personId);
    return problem === null ? openCard(ctx, visit) : homeView(ctx, found, problem);
  },
  'ask-unlink': ({ ctx, found }, { referralId }) => askUnlink(ctx, found, { referralId, who: 'friend' }),
  'confirm-unlink': (pressed, { referralId }) => unlink(pressed, { referralId, who: 'friend' }),
  'ask-unlink-referrer': ({ ctx, found }, { referralId }) =>
    askUnlink(ctx, found, { referralId, who: 'referrer' }),
  'confirm-unlink-referrer': (pressed, { referralId }) => unlink(pressed, { referralId, who: 'referrer' }),
  'start-conversion': (pressed) => forLead(pressed, previewConversion),
  'preview-merge': (pressed, { userId }) =>
    forLead(pressed, (ctx, subject) => previewConversion(ctx, subject, userId)),
  'confirm-role-change': (pressed, { nonce }) =>
    forLead(pressed, (ctx, subject) => confirmRoleChange(ctx, subject, nonce, pressed.inputs)),
  'confirm-merge': (pressed, { nonce, userId, warned }) =>
    forLead(pressed, (ctx, subject) =>
      confirmMerge(ctx, subject, nonce, userId, warned === 'yes', pressed.inputs),
    ),
  unarchive: (pressed, { userId }) => forLead(pressed, (ctx, subject) => unarchiveUser(ctx, subject, userId)),
  'ask-status': ({ ctx, visit, found }, { referralId, change }) =>
    onReferral(ctx, visit, found, referralId, (target) => askStatusChange(ctx, target, change)),
  'confirm-status': ({ ctx, visit, found, inputs }, action) =>
    onReferral(ctx, visit, found, action.referralId, (target) =>
      confirmStatusChange(ctx, target, action, inputs),
    ),
  'send-card': ({ ctx, found }, { referrerId }) => sendCard(ctx, found, referrerId),
  invite: ({ ctx, found }) => inviteToProgram(ctx, found),
  'ask-credit': ({ ctx, found }) => askCredit(ctx, found),
  async 'confirm-credit'({ ctx, visit, found, inputs }, { nonce }) {
    const result = await confirmCredit(ctx, found, nonce, inputs);
    return 'screen' in result ? result : homeAgain(ctx, visit, result);
  },
  'ask-undo-credit': ({ ctx, visit, found }, { referralId }) =>
    onReferral(ctx, visit, found, referralId, async ({ contact, shown: referral }) => {
      const kept = keepsCredit(found, referralId);
      return kept === null
        ? { screen: 'confirm-undo-credit', contact, referral }
        : { tone: 'problem', text: kept };
    }),
  async 'confirm-undo-credit'({ ctx, visit, found }, { referralId }) {
    return homeAgain(ctx, visit, await undoCredit(ctx, found, referralId));
  },
};

async function decide(
  { ctx, visit, found }: Pressed,
  { reviewId, answer }: { reviewId: string; answer: string },
): Promise<InboxView> {
  return homeAgain(ctx, visit, await answerReview(ctx, found, { reviewId, answer }));
}

async function unlink(
  { ctx, visit, found }: Pressed,
  unlinking: Parameters<typeof unlinkPerson>[2],
): Promise<InboxView> {
  const { done, notice } = await unlinkPerson(ctx, found, unlinking);
  return done ? homeAgain(ctx, visit, notice) : homeView(ctx, found, notice);
}

async function homeAgain(ctx: Context, visit: Visit, notice: Notice): Promise<InboxView> {
  const found = await readVisit(ctx, visit);
  return 'screen' in found ? found : homeView(ctx, found, notice);
}

function forLead(
  { ctx, found }: Pressed,
  convert: (ctx: Context, subject: Subject) => Promise<InboxView>,
): InboxView | Promise<InboxView> {
  if (found.contact.role !== 'lead') return alreadyAUser(found);
  const people = found.match.outcome === 'matched' ? found.people : [];
  return convert(ctx, {
    workspaceId: found.workspaceId,
    timeZone: found.timeZone,
    teammate: found.teammate,
    contact: found.contact,
    channel: found.channel,
    personIds: people.map((person) => person.id),
    referrals: people.flatMap((person) => person.referrals).length,
  });
}
