// The Messenger's cards: what opens, and what each button does.
import type { MessengerPress } from '../../../canvas/messenger/action.ts';
import type { MessengerView, PersonalView } from '../../../canvas/messenger/view.ts';
import type { Context } from '../../context.ts';
import { translate } from '../../domain/languages/translate.ts';
import type { Membership } from '../../store/messenger/members.ts';
import { joinProgram } from './join-program.ts';
import { type Member, type MessengerVisit, readMember } from './member.ts';
import {
  canRefer,
  emptyForm,
  firstScreen,
  friendsView,
  isPublic,
  joinable,
  joinView,
  linkView,
  membershipIn,
  progressView,
  referView,
  rewardsView,
  staleView,
} from './own-screens.ts';
import { type FriendGiven, referFriend } from './refer-friend.ts';

export type PressOutcome = {
  view: MessengerView;
  /** A friend was referred, or the person has joined. */
  isCompleted: boolean;
};

export async function viewCard(ctx: Context, visit: MessengerVisit): Promise<MessengerView> {
  const read = await readMember(ctx, visit);
  return isPublic(read) ? read : firstScreen(ctx, read);
}

/** `action` is null for a button unknown to this version. */
export async function pressOnCard(
  ctx: Context,
  visit: MessengerVisit,
  action: MessengerPress | null,
  given: FriendGiven,
): Promise<PressOutcome> {
  const read = await readMember(ctx, visit);
  if (isPublic(read)) return { view: read, isCompleted: false };
  if (action === null) return { view: staleView(ctx, read), isCompleted: false };
  if (!('campaignId' in action)) return { view: firstScreen(ctx, read), isCompleted: false };
  if (action.do === 'join') return join(ctx, visit, read, action.campaignId);
  const membership = membershipIn(read, action.campaignId);
  if (action.do === 'refer-friend' && membership) return refer(ctx, read, membership, given);
  return { view: await show(ctx, read, action, membership), isCompleted: false };
}

type OfCampaign = Extract<MessengerPress, { campaignId: string }>;

function show(
  ctx: Context,
  member: Member,
  { do: kind, campaignId }: OfCampaign,
  membership: Membership | null,
): PersonalView | Promise<PersonalView> {
  if (membership === null) {
    const open = joinable(ctx, member).find(({ id }) => id === campaignId);
    return open && kind === 'show-link' ? joinView(ctx, member, open) : staleView(ctx, member);
  }
  switch (kind) {
    case 'show-link':
      return linkView(ctx, member, membership);
    case 'show-progress':
      return progressView(ctx, member, membership);
    case 'show-rewards':
      return rewardsView(ctx, member, membership);
    case 'show-friends':
      return friendsView(ctx, member, membership);
    case 'ask-friend':
      return canRefer(ctx, member, membership.campaign)
        ? referView(ctx, member, membership, emptyForm)
        : linkView(ctx, member, membership);
    default:
      return linkView(ctx, member, membership);
  }
}

async function join(
  ctx: Context,
  visit: MessengerVisit,
  member: Member,
  campaignId: string,
): Promise<PressOutcome> {
  const known = membershipIn(member, campaignId);
  if (known) return { view: linkView(ctx, member, known), isCompleted: false };
  const campaign = joinable(ctx, member).find(({ id }) => id === campaignId);
  if (!campaign || !(await joinProgram(ctx, member, campaign)))
    return { view: staleView(ctx, member), isCompleted: false };
  const after = await readMember(ctx, visit);
  const own = isPublic(after) ? null : membershipIn(after, campaignId);
  if (isPublic(after) || own === null) return { view: staleView(ctx, member), isCompleted: false };
  const notice = translate(member.language, 'messenger.join.done', { campaign: campaign.name });
  return { view: linkView(ctx, after, own, notice), isCompleted: true };
}

export function refer(
  ctx: Context,
  member: Member,
  membership: Membership,
  given: FriendGiven,
): PressOutcome | Promise<PressOutcome> {
  if (canRefer(ctx, member, membership.campaign)) return referFriend(ctx, member, membership, given);
  return { view: linkView(ctx, member, membership), isCompleted: false };
}
