// The card's screens of a referral and a referrer, and a referral's buttons.
import type { InboxView, Notice } from '../../../canvas/view.ts';
import type { Context } from '../../context.ts';
import type { HistoryEntry } from '../../domain/program/program.ts';
import type { StoredReferral } from '../../store/card/cards.ts';
import { historyPage } from '../../store/program/referrals.ts';
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
  };
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
