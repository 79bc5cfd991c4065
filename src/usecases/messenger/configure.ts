// What a teammate chooses who puts a card somewhere. The result comes back as options when the card is made.
import { allCampaigns } from '../../../canvas/messenger/action.ts';
import type { ConfigureView } from '../../../canvas/messenger/view.ts';
import type { Context } from '../../context.ts';
import { tidy } from '../../domain/identity.ts';
import { wordingLimits } from '../../domain/messenger/wording.ts';
import { isId } from '../../domain/program/join-page.ts';
import { campaignPage } from '../../store/program/campaigns.ts';
import { everyCampaign, openPlacement, type Placement } from './placement.ts';

/** A drop-down holds ten, one of which is "all of theirs". */
const listed = 9;

export type Chosen = ConfigureView['chosen'];

/** As in `card_creation_options`. */
export type ConfigureResults = { campaign: string; headline: string; text: string };

export const nothingChosen: Chosen = { campaign: allCampaigns, campaignName: '', headline: '', text: '' };

/** What the existing card shows. */
export function chosenBefore(ctx: Context, workspaceId: string, reference: string | null): Chosen {
  const { campaignId, headline, text } = openPlacement(ctx, workspaceId, reference);
  return {
    ...nothingChosen,
    campaign: campaignId ?? allCampaigns,
    headline: headline ?? '',
    text: text ?? '',
  };
}

export async function configureView(
  ctx: Context,
  workspaceId: string,
  chosen: Chosen,
  problem: string | null = null,
): Promise<ConfigureView> {
  const { items } = await campaignPage(
    ctx.database.db,
    workspaceId,
    { archived: false },
    { limit: listed + 1, after: null },
  );
  const shown = items.slice(0, listed).map(({ id, name }) => ({ id, name }));
  return { screen: 'configure', campaigns: shown, hasMore: items.length > listed, chosen, problem };
}

/** The results, or the form again with what is wrong. */
export async function finishConfiguring(
  ctx: Context,
  workspaceId: string,
  chosen: Chosen,
): Promise<ConfigureResults | ConfigureView> {
  const headline = tidy(chosen.headline);
  const text = tidy(chosen.text);
  if (headline.length > wordingLimits.headline)
    return configureView(
      ctx,
      workspaceId,
      chosen,
      `The headline has more than ${wordingLimits.headline} characters.`,
    );
  if (text.length > wordingLimits.intro)
    return configureView(
      ctx,
      workspaceId,
      chosen,
      `The text has more than ${wordingLimits.intro} characters.`,
    );
  const campaign = await campaignFor(ctx, workspaceId, chosen);
  if (campaign === null)
    return configureView(
      ctx,
      workspaceId,
      chosen,
      'Campaign not found. Choose one from the list, or enter its full name.',
    );
  return { campaign, headline, text };
}

/** By its name, if one was written. */
async function campaignFor(ctx: Context, workspaceId: string, { campaign, campaignName }: Chosen) {
  const name = tidy(campaignName).toLowerCase();
  if (name === '' && campaign === allCampaigns) return allCampaigns;
  const page = await campaignPage(
    ctx.database.db,
    workspaceId,
    { archived: false },
    { limit: 1_000, after: null },
  );
  const found = page.items.find((each) =>
    name === '' ? each.id === campaign : each.name.toLowerCase() === name,
  );
  return found?.id ?? null;
}

/** Of options from anywhere: the results above, or the Inbox card's. What is not ours is every campaign. */
export function placementOf(options: Record<string, string>): Placement {
  const { campaign = '', headline = '', text = '' } = options;
  const own = (words: string, max: number) => tidy(words).slice(0, max).toWellFormed() || null;
  return {
    ...everyCampaign,
    campaignId: isId(campaign) ? campaign.toLowerCase() : null,
    headline: own(headline, wordingLimits.headline),
    text: own(text, wordingLimits.intro),
  };
}
