// /api/v1/campaigns
import { z } from 'zod';
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
import { approvalText, rewards, rewardsExample, rewardsGivenNamed } from '../rewards/reward-shapes.ts';
import { list, type Route, read, write } from '../route.ts';
import { moment, named, paged, text } from '../schemas.ts';
import { joinPageGiven, slugGiven } from './join-page-given.ts';

const name = text(200).describe('Unique in the workspace, whatever its capitals.');
const destinationUrl = z
  .url({ protocol: /^https?$/, error: 'must be a complete http or https address' })
  .max(2000)
  .refine((url) => !url.includes('\0') && url.isWellFormed(), 'must not contain unprintable characters')
  .nullable()
  .describe(
    'Where share links lead; the referrer\'s code is added as the query parameter "ref". Null: to the campaign\'s own ' +
      'join page, `/join/` with its slug.',
  );
const slugText = "The join page's address: `/join/spring`. Unique; made of the name when left out.";
const joinPageText = 'The page on which people join: it gives them their share link.';
const approval = rewardApprovalGiven.nullable().describe(approvalText);

const campaignGiven = z
  .strictObject({
    name,
    destination_url: destinationUrl.default(null),
    slug: slugGiven.exactOptional().describe(slugText),
    join_page: joinPageGiven.exactOptional().describe(joinPageText),
    rewards: rewardsGivenNamed.default(noRewards),
    reward_approval: approval.default(null),
  })
  .transform(camelFields)
  .register(named, {
    id: 'CampaignGiven',
    examples: [{ name: 'Spring', destination_url: 'https://example.com/welcome', rewards: rewardsExample }],
  });

const campaignChanged = z
  .strictObject({
    name: name.exactOptional(),
    destination_url: destinationUrl.exactOptional(),
    slug: slugGiven.exactOptional().describe(slugText),
    join_page: joinPageGiven.exactOptional().describe(joinPageText),
    rewards: rewardsGivenNamed.exactOptional(),
    reward_approval: approval.exactOptional(),
    settings: campaignChanges.exactOptional(),
  })
  .transform(camelFields)
  .register(named, {
    id: 'CampaignChanges',
    description:
      'What is left out stays as it is; null clears. Of a campaign on an outside platform only the settings can be ' +
      'changed here. New numbers of attempts hold for work that is recorded from then on.',
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
    platform: platformName,
    settings: campaignSettings,
    enrollment: setups.describe('Whether the settings of enrollment are complete, and what they still need.'),
    created_at: moment,
  },
  sourceOf: async (campaign: Campaign, { ctx, workspaceId }) => ({
    ...campaign,
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
    platform: 'built-in',
    settings: { expires_after_days: 90 },
    enrollment: {
      leads: {
        complete: false,
        missing: ['Map a field to email: without one nobody can be found or created.'],
      },
      referrers: { complete: true, missing: [] },
    },
    created_at: '2026-03-01T09:00:00.000Z',
  },
});

export const campaignRoutes: Route[] = [
  list('/campaigns', {
    operation: 'listCampaigns',
    summary: 'The campaigns of the workspace',
    query: paged,
    items: campaign,
    name: 'CampaignList',
    statuses: { 200: 'A page of campaigns' },
    find: ({ ctx, workspaceId, page }) => listCampaigns(ctx, workspaceId, page),
  }),
  write('/campaigns', {
    operation: 'createCampaign',
    summary: 'Start a campaign of the built-in program',
    body: campaignGiven,
    answer: campaign,
    statuses: { 201: 'The new campaign' },
    act: ({ ctx, workspaceId, body, actor }) => createCampaign(ctx, workspaceId, body, actor),
  }),
  read('/campaigns/:id', {
    operation: 'readCampaign',
    summary: 'One campaign',
    answer: campaign,
    statuses: { 200: 'The campaign' },
    find: ({ ctx, workspaceId, id }) => readCampaign(ctx, workspaceId, id),
  }),
  write('/campaigns/:id', {
    method: 'patch',
    operation: 'changeCampaign',
    summary: 'Change a campaign or its settings',
    body: campaignChanged,
    answer: campaign,
    statuses: { 200: 'The campaign as it is now' },
    act: ({ ctx, workspaceId, id, body, actor }) => changeCampaign(ctx, workspaceId, id, body, actor),
  }),
];
