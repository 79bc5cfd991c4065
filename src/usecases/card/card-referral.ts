// The card's screens of a referral and a referrer, and a referral's buttons.
import type { Action } from '../../../canvas/action.ts';
import type { InboxView, Notice } from '../../../canvas/view.ts';
import type { Context } from '../../context.ts';
import {
  type AnswerFields,
  type AnswerName,
  answerFor,
  fillAnswer,
} from '../../domain/card/customer-answer.ts';
import { day } from '../../domain/day.ts';
import type { HistoryEntry } from '../../domain/program/program.ts';
import { rewardCounts, totalOf } from '../../domain/rewards/reward-counts.ts';
import { counted } from '../../domain/words.ts';
import type { StoredReferral } from '../../store/card/cards.ts';
import { historyPage } from '../../store/program/referrals.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { readCreditCase } from '../program/credit-case.ts';
import { offeredStatusChanges, type Target } from './card-actions.ts';
import { cardClock, homeView, notOfContact, referralSummary, referrerSummary, shown } from './card-view.ts';
import { keepsCredit } from './credit.ts';
import { type Found, readVisit, referralOf, type Visit } from './visit.ts';

/** More than a card can show; the card says that there is more. */
const historyLimit = 50;

export async function referralView(
  ctx: Context,
  found: Found,
  referralId: string,
  notice?: Notice,
): Promise<InboxView> {
  const referral = referralOf(found, referralId)?.stored;
  if (!referral || found.match.outcome !== 'matched') return homeView(ctx, found, notOfContact);
  const page = { limit: historyLimit, after: null };
  const [{ items: history }, actions] = await Promise.all([
    historyPage(ctx.database.db, found.workspaceId, referral.id, page),
    offeredStatusChanges(ctx, found.workspaceId, referral),
  ]);
  return {
    screen: 'referral',
    referral: referralSummary(ctx, found, referral),
    history,
    matchedBy: found.match.by,
    clock: cardClock(ctx, found),
    actions,
    ...(found.match.by === 'link' ? unlinkable(found, referral, history) : {}),
    ...(wasAddedByHand(history) && keepsCredit(found, referralId) === null
      ? { undoableCredit: true as const }
      : {}),
    ...(found.people.every(({ referrers }) => referrers.length === 0) ? { invitable: true as const } : {}),
    ...(notice ? { notice } : {}),
  };
}

/** Shows the screen that `act` returns, or its notice above the updated referral. */
export async function onReferral(
  ctx: Context,
  visit: Visit,
  found: Found,
  referralId: string,
  act: (target: Target) => Promise<InboxView | Notice>,
): Promise<InboxView> {
  const referral = found.match.outcome === 'matched' ? referralOf(found, referralId) : null;
  if (!referral) return homeView(ctx, found, notOfContact);
  const { workspaceId, timeZone, teammate } = found;
  const summary = referralSummary(ctx, found, referral.stored);
  const contact = shown(found.contact);
  const result = await act({ workspaceId, timeZone, teammate, contact, ...referral, shown: summary });
  if ('screen' in result) return result;
  const current = await readVisit(ctx, visit);
  return 'screen' in current ? current : referralView(ctx, current, referralId, result);
}

export function referrerView(ctx: Context, found: Found, referrerId: string): InboxView {
  const referrer = found.people.flatMap((person) => person.referrers).find(({ id }) => id === referrerId);
  if (!referrer || found.match.outcome !== 'matched') return homeView(ctx, found, notOfContact);
  return {
    screen: 'referrer',
    referrer: referrerSummary(ctx, found, referrer),
    clock: cardClock(ctx, found),
    wasReferred: wasReferred(found),
  };
}

/** Of a referral, or of a contact that was not referred. */
export async function whyNoCredit(ctx: Context, found: Found, referralId: string | null): Promise<InboxView> {
  const stored = referralId === null ? null : referralOf(found, referralId)?.stored;
  const isKnown = stored ? found.match.outcome === 'matched' : stored === null && !wasReferred(found);
  if (stored === undefined || !isKnown) return homeView(ctx, found, notOfContact);
  const asked = await readCreditCase(ctx, found.workspaceId, {
    contact: found.contact,
    people: found.match.outcome === 'matched' ? found.people : [],
    matchedBy: found.match.outcome === 'matched' ? found.match.by : null,
    referral: stored && caseReferral(ctx, found, stored),
    refersIn: found.people.flatMap(({ referrers }) => referrers),
    timeZone: found.timeZone,
  });
  const clock = cardClock(ctx, found);
  const back: Action = stored ? { do: 'show-referral', referralId: stored.id } : { do: 'home' };
  return { screen: 'no-credit', asked, clock, canAdd: stored === null, back };
}

function caseReferral(ctx: Context, found: Found, stored: StoredReferral) {
  const { id, campaign, status, statusAt, joinedAt, statusReason, blocked } = stored;
  const { outlook } = referralSummary(ctx, found, stored);
  return {
    ...{ id, campaign, status, statusAt, joinedAt, statusReason },
    blocked: blocked?.reason ?? null,
    needs: outlook?.versions[0] ?? null,
  };
}

const wasReferred = ({ people }: Found) => people.some(({ referrals }) => referrals.length > 0);

export async function referralAnswer(ctx: Context, found: Found, referralId: string): Promise<InboxView> {
  const stored = found.match.outcome === 'matched' ? referralOf(found, referralId)?.stored : undefined;
  if (!stored) return homeView(ctx, found, notOfContact);
  const { campaign, rewards, outlook, status, statusAt, blocked } = referralSummary(ctx, found, stored);
  const reward = rewards.find(({ recipient }) => recipient === 'friend');
  const since = reward?.since;
  return answerView(ctx, found, answerFor(status, rewards, blocked !== null), {
    ...{ campaign, date: day(statusAt, found.timeZone), needs: outlook?.needs ?? '' },
    ...(reward?.label ? { reward: reward.label } : {}),
    ...(since ? { reward_date: day(since, found.timeZone) } : {}),
    back: { do: 'show-referral', referralId },
  });
}

export async function referrerAnswer(ctx: Context, found: Found, referrerId: string): Promise<InboxView> {
  const referrer = found.people.flatMap((person) => person.referrers).find(({ id }) => id === referrerId);
  if (!referrer || found.match.outcome !== 'matched') return homeView(ctx, found, notOfContact);
  const { campaign, joinedAt, referrals, rewards, link } = referrerSummary(ctx, found, referrer);
  return answerView(ctx, found, 'referrer', {
    ...{ campaign, date: day(joinedAt, found.timeZone), link, rewards: rewardCounts(rewards) },
    referred: counted(totalOf(referrals), 'person', 'people'),
    qualified: String(referrals.qualified ?? 0),
    back: { do: 'show-referrer', referrerId },
  });
}

async function answerView(
  ctx: Context,
  found: Found,
  name: AnswerName,
  { back, ...values }: AnswerFields & { back: Action },
): Promise<InboxView> {
  const { answers } = await readSettings(ctx.database.db, found.workspaceId);
  const contact = shown(found.contact);
  const answer = fillAnswer(name, answers[name], { ...values, first_name: firstName(found) });
  return { screen: 'answer', contact, answer, back };
}

/** "there" without a name, as in "Hi there". */
function firstName({ contact, people }: Found): string {
  const name = contact.name ?? people.find((person) => person.name !== null)?.name ?? '';
  return name.trim().split(/\s+/)[0] || 'there';
}

/** Also when two people share this contact and one blocks the other's referral. */
function unlinkable({ contact }: Found, referral: StoredReferral, history: readonly HistoryEntry[]) {
  const { blocked, referrer } = referral;
  const isShared = blocked?.code === 'self_referral' && referrer?.contactId === contact.id;
  const isSecond = blocked?.code === 'second_referral';
  return {
    ...(isShared || isSecond || wasChosen(history, contact.id) ? { unlinkable: true as const } : {}),
    ...(isShared ? { unlinkableReferrer: true as const } : {}),
  };
}

function wasAddedByHand(history: readonly HistoryEntry[]): boolean {
  return history.some(({ what, actor }) => what === 'joined' && actor.kind === 'teammate');
}

/** `history` is newest first: whether the last link to this contact was a teammate's. */
function wasChosen(history: readonly HistoryEntry[], contactId: string): boolean {
  const latest = history.find((entry) => entry.what === 'linked');
  return latest?.to === contactId && latest.actor.kind === 'teammate';
}
