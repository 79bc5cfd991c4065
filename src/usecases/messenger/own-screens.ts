// A member's own screens, of what is stored.
import type { OwnScreenPress } from '../../../canvas/messenger/action.ts';
import type {
  FriendForm,
  MessengerScreen,
  MessengerView,
  PersonalView,
  PublicView,
} from '../../../canvas/messenger/view.ts';
import type { Context } from '../../context.ts';
import { allows } from '../../domain/campaigns/campaign-state.ts';
import { translate } from '../../domain/languages/translate.ts';
import { shareChannels } from '../../domain/messenger/share-channel.ts';
import type { Membership, ShownCampaign } from '../../store/messenger/members.ts';
import { countFriends, latestFriends, latestRewards } from '../../store/messenger/named-friends.ts';
import { shareLinkOf } from '../program/share-links.ts';
import { type Member, placedCampaign, shownState, wordingFor } from './member.ts';
import { shareUrl } from './share.ts';

/** As many as a card of half the Messenger's height can list. */
const listed = { campaigns: 5, rewards: 4, friends: 5 } as const;

export const emptyForm: FriendForm = { name: '', email: '', words: '', consent: false, problems: {} };

/** What opens with the card. */
export function firstScreen(ctx: Context, member: Member, notice?: string): PersonalView {
  const { language } = member;
  const mine = ownMemberships(member);
  const open = joinable(ctx, member);
  const more = notice === undefined ? {} : { notice };
  const [own] = mine;
  if (own && mine.length === 1) return linkView(ctx, member, own, notice);
  if (own)
    return {
      screen: 'choose',
      language,
      campaigns: mine.map(({ campaign }) => choice(campaign, true)).slice(0, listed.campaigns),
      ...more,
    };
  const [joining] = open;
  if (joining && open.length === 1) return joinView(ctx, member, joining, notice);
  if (joining)
    return {
      screen: 'choose',
      language,
      campaigns: open.map((campaign) => choice(campaign, false)).slice(0, listed.campaigns),
      ...more,
    };
  const shown = placedCampaign(member.placement, member.campaigns) ?? member.campaigns[0] ?? null;
  const state = shown === null ? 'none' : shownState(ctx, shown, member.timeZone);
  // Active, but of another platform or without a join page: nothing to do here.
  return {
    screen: 'closed',
    language,
    wording: wordingFor(member.placement, shown),
    state: state === 'active' ? 'none' : state,
  };
}

/** Newest first, of the card's campaign if it has one; an archived campaign is over for everyone. */
export function ownMemberships({ memberships, placement, campaigns }: Member): Membership[] {
  const only = placedCampaign(placement, [...campaigns, ...memberships.map(({ campaign }) => campaign)]);
  const seen = new Set<string>();
  return memberships.filter(({ campaign }) => {
    // Records that share a contact may be referrers of one campaign.
    const isShown =
      campaign.standing.archivedAt === null &&
      (only === null || only.id === campaign.id) &&
      !seen.has(campaign.id);
    seen.add(campaign.id);
    return isShown;
  });
}

/** By one press, here. */
export function joinable(
  ctx: Context,
  { campaigns, memberships, placement, timeZone }: Member,
): ShownCampaign[] {
  const mine = new Set(memberships.map(({ campaign }) => campaign.id));
  const only = placedCampaign(placement, campaigns);
  return campaigns.filter(
    (campaign) =>
      (only === null || only.id === campaign.id) &&
      campaign.platform === 'built-in' &&
      campaign.joinPage.open &&
      !mine.has(campaign.id) &&
      allows({ ...campaign.standing, timeZone }, 'join', ctx.now()),
  );
}

export function membershipIn(member: Member, campaignId: string): Membership | null {
  return ownMemberships(member).find(({ campaign }) => campaign.id === campaignId) ?? null;
}

/** What was pressed is not this person's, or no longer there. */
export function staleView(ctx: Context, member: Member): PersonalView {
  return firstScreen(ctx, member, translate(member.language, 'messenger.stale'));
}

export function linkView(
  ctx: Context,
  member: Member,
  { campaign, code, link }: Membership,
  notice?: string,
): MessengerScreen<'link'> {
  const { language, placement, timeZone } = member;
  const state = shownState(ctx, campaign, timeZone);
  return {
    screen: 'link',
    ...about(member, campaign),
    wording: wordingFor(placement, campaign),
    state,
    promised: promisedBy(campaign),
    link: shareLinkOf(ctx, { code, link }),
    shares: shareChannels.map((channel) => ({ channel, url: shareUrl(ctx, channel, code, language) })),
    canRefer: canRefer(ctx, member, campaign),
    ...(notice === undefined ? {} : { notice }),
  };
}

export function canRefer(ctx: Context, { timeZone }: Member, { platform, standing }: ShownCampaign): boolean {
  return platform === 'built-in' && allows({ ...standing, timeZone }, 'join', ctx.now());
}

export function joinView(
  ctx: Context,
  member: Member,
  campaign: ShownCampaign,
  notice?: string,
): MessengerScreen<'join'> {
  return {
    screen: 'join',
    language: member.language,
    campaignId: campaign.id,
    isOnly: joinable(ctx, member).length < 2,
    wording: wordingFor(member.placement, campaign),
    promised: promisedBy(campaign),
    ...(notice === undefined ? {} : { notice }),
  };
}

export async function progressView(
  ctx: Context,
  member: Member,
  { campaign, referrerId }: Membership,
): Promise<MessengerScreen<'progress'>> {
  const counts = await countFriends(ctx.database.db, { workspaceId: member.workspaceId, referrerId });
  return {
    screen: 'progress',
    ...about(member, campaign),
    wording: wordingFor(member.placement, campaign),
    counts,
  };
}

export async function rewardsView(
  ctx: Context,
  member: Member,
  { campaign }: Membership,
): Promise<MessengerScreen<'rewards'>> {
  const { workspaceId, people, timeZone } = member;
  const own = { workspaceId, personIds: people.map(({ id }) => id), campaignId: campaign.id };
  const { rewards, total } = await latestRewards(ctx.database.db, own, listed.rewards);
  return {
    screen: 'rewards',
    ...about(member, campaign),
    timeZone,
    promised: promisedBy(campaign).referrer,
    rewards,
    more: total - rewards.length,
  };
}

export async function friendsView(
  ctx: Context,
  member: Member,
  { campaign, referrerId }: Membership,
): Promise<MessengerScreen<'friends'>> {
  const own = { workspaceId: member.workspaceId, referrerId };
  const friends = await latestFriends(ctx.database.db, own, listed.friends);
  return { screen: 'friends', ...about(member, campaign), friends };
}

export function referView(
  ctx: Context,
  member: Member,
  { campaign }: Membership,
  form: FriendForm,
): MessengerScreen<'refer'> {
  return {
    screen: 'refer',
    ...about(member, campaign),
    wording: wordingFor(member.placement, campaign),
    form,
    sheetUrl: `${ctx.config.publicUrl}/intercom/messenger/sheet`,
  };
}

export function about(member: Member, { id }: ShownCampaign) {
  return { language: member.language, campaignId: id, isOnly: ownMemberships(member).length < 2 };
}

function promisedBy({ rewards }: ShownCampaign) {
  return { referrer: rewards.referrer?.label ?? null, friend: rewards.friend?.label ?? null };
}

function choice(campaign: ShownCampaign, isMine: boolean) {
  return { id: campaign.id, name: campaign.name, promised: promisedBy(campaign), isMine };
}

export const isPublic = (read: Member | PublicView): read is PublicView => 'screen' in read;

/** The press that leads to a screen with what is one person's own; null for screens that have nothing of the kind. */
export function ownScreenOf(view: MessengerView): OwnScreenPress | 'first' | null {
  switch (view.screen) {
    case 'link':
    case 'progress':
    case 'rewards':
    case 'friends':
      return { do: `show-${view.screen}`, campaignId: view.campaignId };
    case 'choose':
      return 'first';
    default:
      return null;
  }
}

/** As it may stay in a conversation, for all who take part: without what was typed about a friend. */
export function withoutFriend(view: MessengerView): MessengerView {
  switch (view.screen) {
    case 'refer':
      return { ...view, form: { ...emptyForm, problems: view.form.problems } };
    case 'sent':
      return { ...view, friend: null };
    default:
      return view;
  }
}
