// Reads who views a card in the Messenger. Personal data is read only for a proven identity.
import type { PublicView } from '../../../canvas/messenger/view.ts';
import type { Context } from '../../context.ts';
import { campaignState } from '../../domain/campaigns/campaign-state.ts';
import { idKey } from '../../domain/identity.ts';
import type { Language } from '../../domain/languages/language.ts';
import { type EndUser, provenIdentity } from '../../domain/messenger/end-user.ts';
import type { Wording } from '../../domain/messenger/wording.ts';
import { joinLink } from '../../domain/program/share-link.ts';
import type { MemberAnswer, ShownCampaign } from '../../store/messenger/members.ts';
import { checkUserToken } from '../workspace/user-tokens.ts';
import { openPlacement, type Placement } from './placement.ts';

export type MessengerVisit = {
  workspaceId: string | null;
  user: EndUser | null;
  language: Language;
  /** What the card was configured to show; a hint. */
  reference: string | null;
};

/** Proven: what is theirs may be shown to them. */
export type Member = Pick<MemberAnswer, 'people' | 'memberships' | 'campaigns'> & {
  workspaceId: string;
  language: Language;
  timeZone: string;
  user: EndUser & { externalId: string };
  placement: Placement;
};

/** Or what anyone may see. */
export async function readMember(ctx: Context, visit: MessengerVisit): Promise<Member | PublicView> {
  const { workspaceId, user, language } = visit;
  if (workspaceId === null) return { screen: 'off', language };
  const identity = provenIdentity(user);
  const answer = await ctx.messenger.read({ workspaceId, language, user: identity });
  const { workspace } = answer;
  if (workspace === null || !workspace.settings.enabled) return { screen: 'off', language };
  const placement = openPlacement(ctx, workspaceId, visit.reference);
  const isProven =
    identity !== null &&
    workspace.identityVerification &&
    (!workspace.settings.require_user_token || hasToken(ctx, workspaceId, user, workspace.sealedSecrets));
  if (user === null || identity === null || !isProven) {
    const why = identity === null ? 'log-in' : 'unverified';
    return publicView(ctx, { language, placement, answer, why });
  }
  return {
    workspaceId,
    language,
    timeZone: workspace.timeZone,
    user: { ...user, externalId: identity.externalId },
    placement,
    people: answer.people,
    memberships: answer.memberships,
    campaigns: answer.campaigns,
  };
}

/** The page's own proof, for workspaces that require more than Intercom's check. */
function hasToken(
  ctx: Context,
  workspaceId: string,
  user: EndUser | null,
  sealedSecrets: readonly string[],
): boolean {
  const token = checkUserToken(ctx, workspaceId, sealedSecrets, user?.userToken ?? null);
  return token.state === 'valid' && idKey(token.userId) === user?.externalId;
}

type Told = {
  language: Language;
  placement: Placement;
  answer: MemberAnswer;
  why: 'log-in' | 'unverified';
};

function publicView(ctx: Context, { language, placement, answer, why }: Told): PublicView {
  const shown = placedCampaign(placement, answer.campaigns) ?? publicCampaign(ctx, answer);
  const timeZone = answer.workspace?.timeZone ?? 'UTC';
  const state = shown === null ? 'none' : shownState(ctx, shown, timeZone);
  const { referrer = null, friend = null } = shown?.rewards ?? {};
  return {
    screen: 'public',
    language,
    wording: wordingFor(placement, shown),
    state,
    promised: { referrer: referrer?.label ?? null, friend: friend?.label ?? null },
    why,
    moreUrl:
      shown !== null && shown.platform === 'built-in' && shown.joinPage.open
        ? joinLink(ctx.config.publicUrl, shown.slug)
        : null,
  };
}

/** The newest that people can join. */
function publicCampaign(ctx: Context, { workspace, campaigns }: MemberAnswer): ShownCampaign | null {
  const timeZone = workspace?.timeZone ?? 'UTC';
  const isActive = (campaign: ShownCampaign) => shownState(ctx, campaign, timeZone) === 'active';
  return campaigns.find(isActive) ?? campaigns[0] ?? null;
}

export function placedCampaign(
  placement: Placement,
  campaigns: readonly ShownCampaign[],
): ShownCampaign | null {
  return campaigns.find(({ id }) => id === placement.campaignId) ?? null;
}

export function shownState(ctx: Context, { standing }: ShownCampaign, timeZone: string) {
  const state = campaignState({ ...standing, timeZone }, ctx.now());
  return state === 'archived' ? 'ended' : state;
}

/** The card's own words come before the campaign's. */
export function wordingFor({ headline, text }: Placement, campaign: ShownCampaign | null): Wording {
  const own = campaign?.wording;
  return {
    headline: headline ?? own?.headline ?? null,
    intro: text ?? own?.intro ?? null,
    needs: own?.needs ?? null,
    consent: own?.consent ?? null,
    share: own?.share ?? null,
  };
}
