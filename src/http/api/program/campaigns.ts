// /api/v1/campaigns
import { z } from 'zod';
import {
  campaignState,
  campaignStates,
  type StandingChanges,
} from '../../../domain/campaigns/campaign-state.ts';
import { calendarDay } from '../../../domain/day.ts';
import { joinPage } from '../../../domain/program/join-page.ts';
import type { Campaign } from '../../../domain/program/program.ts';
import { platformName } from '../../../domain/program/referral.ts';
import { noRewards, rewardApproval } from '../../../domain/rewards/reward.ts';
import { rewardApprovalGiven } from '../../../domain/rewards/reward-given.ts';
import { campaignChanges, campaignSettings } from '../../../domain/workspace/settings.ts';
import { readSetups } from '../../../usecases/enrollment/enrollment-setup.ts';
import {
  changeCampaign,
  createCampaign,
  listCampaigns,
  readCampaign,
} from '../../../usecases/program/campaigns.ts';
import { setups } from '../enrollment/enrollment-shapes.ts';
import { camelFields, resource } from '../resource.ts';
import {
  approvalText,
  autoIssueText,
  rewards,
  rewardsExample,
  rewardsGivenNamed,
} from '../rewards/reward-shapes.ts';
import { list, type Route, read, write } from '../route.ts';
import { moment, named, paged, text } from '../schemas.ts';
import { joinPageGiven, slugGiven } from './join-page-given.ts';

const name = text(200).describe('Unique in the workspace, ignoring case.');
const destinationUrl = z
  .url({ protocol: /^https?$/, error: 'must be a complete http or https address' })
  .max(2000)
  .refine((url) => !url.includes('\0') && url.isWellFormed(), 'must not contain unprintable characters')
  .nullable()
  .describe(
    'Share link target, with the referrer\'s code in the query parameter "ref". Null: the join page, `/join/` with the slug.',
  );
const slugText = 'Address of the join page: `/join/spring`. Unique. Default: derived from the name.';
const joinPageText = 'The page where people join and get their share link.';
const approval = rewardApprovalGiven.nullable().describe(approvalText);

const campaignGiven = z
  .strictObject({
    name,
    destination_url: destinationUrl.default(null),
    slug: slugGiven.exactOptional().describe(slugText),
    join_page: joinPageGiven.exactOptional().describe(joinPageText),
    rewards: rewardsGivenNamed.default(noRewards),
    reward_approval: approval.default(null),
    auto_issue: z.boolean().default(false).describe(autoIssueText),
  })
  .transform(camelFields)
  .register(named, {
    id: 'CampaignGiven',
    examples: [{ name: 'Spring', destination_url: 'https://example.com/welcome', rewards: rewardsExample }],
  });

const stateText =
  'Only active campaigns take new people. In paused and ended ones, earlier referrals can still qualify. Archived ones are ' +
  'hidden, and their rules are inactive. Reports from other platforms are always recorded.';
const stateGivenText =
  `${stateText} "active" also unarchives. To end a campaign, set ends_on. ` +
  'Campaigns of another platform accept only "archived", and "active" to unarchive.';
const endsOnText =
  "The last day on which people can join, in the workspace's time zone: 2026-12-24. The campaign ends after it. Null: no end.";

function standingGiven(
  state: 'active' | 'paused' | 'archived' | undefined,
  endsOn: string | null | undefined,
): StandingChanges {
  return {
    ...(endsOn !== undefined && { endsOn }),
    ...(state !== undefined && { archived: state === 'archived' }),
    ...(state !== undefined && state !== 'archived' && { paused: state === 'paused' }),
  };
}

const campaignChanged = z
  .strictObject({
    name: name.exactOptional(),
    destination_url: destinationUrl.exactOptional(),
    slug: slugGiven.exactOptional().describe(slugText),
    join_page: joinPageGiven.exactOptional().describe(joinPageText),
    rewards: rewardsGivenNamed.exactOptional(),
    reward_approval: approval.exactOptional(),
    auto_issue: z.boolean().exactOptional().describe(autoIssueText),
    settings: campaignChanges.exactOptional(),
    state: z.enum(['active', 'paused', 'archived']).exactOptional().describe(stateGivenText),
    ends_on: calendarDay.nullable().exactOptional().describe(endsOnText),
  })
  .transform(({ state, ends_on, ...given }) => ({
    ...camelFields(given),
    standing: standingGiven(state, ends_on),
  }))
  .register(named, {
    id: 'CampaignChanges',
    description:
      'Omitted fields stay unchanged; null clears a field. Campaigns of another referral platform accept only settings and ' +
      'archiving. New attempt limits apply to new runs.',
    examples: [{ settings: { expires_after_days: 90, attempts: { 'write-back': 3 } } }],
  });

const campaign = resource('Campaign', {
  fields: {
    id: z.guid(),
    name: z.string(),
    destination_url: z.string().nullable(),
    slug: z.string().describe(slugText),
    join_page: joinPage.describe(joinPageText),
    rewards,
    reward_approval: rewardApproval.nullable().describe(approvalText),
    auto_issue: z.boolean().describe(autoIssueText),
    platform: platformName,
    settings: campaignSettings,
    state: z.enum(campaignStates).describe(stateText),
    ends_on: z.iso.date().nullable().describe(endsOnText),
    enrollment: setups.describe('Whether the enrollment settings are complete, and what is missing.'),
    created_at: moment,
  },
  sourceOf: async (campaign: Campaign, { ctx, workspaceId }) => ({
    ...campaign,
    state: campaignState(campaign.standing, ctx.now()),
    endsOn: campaign.standing.endsOn,
    enrollment: await readSetups(ctx, workspaceId, campaign),
  }),
  example: {
    id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10',
    name: 'Spring',
    destination_url: 'https://example.com/welcome',
    slug: 'spring',
    join_page: { open: true, text: 'Give 10 EUR, get 10 EUR.', color: '#0b57d0', consent: null },
    rewards: rewardsExample,
    reward_approval: { above: '100' },
    auto_issue: false,
    platform: 'built-in',
    settings: { expires_after_days: 90 },
    state: 'active',
    ends_on: '2026-12-24',
    enrollment: {
      leads: {
        complete: false,
        missing: ['Map a field to email. Contacts are found and created by email.'],
      },
      referrers: { complete: true, missing: [] },
    },
    created_at: '2026-03-01T09:00:00.000Z',
  },
});

const archivedFilter = z
  .enum(['true', 'false'])
  .transform((word) => word === 'true')
  .optional()
  .describe('Filter by archived or not. Default: all.');

export const campaignRoutes: Route[] = [
  list('/campaigns', {
    operation: 'listCampaigns',
    summary: 'List campaigns',
    query: { archived: archivedFilter, ...paged },
    items: campaign,
    name: 'CampaignList',
    statuses: { 200: 'A page of campaigns' },
    find: ({ ctx, workspaceId, filter, page }) => listCampaigns(ctx, workspaceId, filter, page),
  }),
  write('/campaigns', {
    operation: 'createCampaign',
    summary: 'Create a campaign in the built-in program',
    body: campaignGiven,
    answer: campaign,
    statuses: { 201: 'The new campaign' },
    act: ({ ctx, workspaceId, body, actor }) => createCampaign(ctx, workspaceId, body, actor),
  }),
  read('/campaigns/:id', {
    operation: 'readCampaign',
    summary: 'Get a campaign',
    answer: campaign,
    statuses: { 200: 'The campaign' },
    find: ({ ctx, workspaceId, id }) => readCampaign(ctx, workspaceId, id),
  }),
  write('/campaigns/:id', {
    method: 'patch',
    operation: 'changeCampaign',
    summary: 'Update a campaign or its settings',
    body: campaignChanged,
    answer: campaign,
    statuses: { 200: 'The updated campaign' },
    act: ({ ctx, workspaceId, id, body, actor }) => changeCampaign(ctx, workspaceId, id, body, actor),
  }),
];
