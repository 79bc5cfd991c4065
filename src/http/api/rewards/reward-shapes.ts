// Shapes of rewards in /api/v1: what campaigns promise, and what people earned.
import { z } from 'zod';
import {
  campaignRewards,
  earnedStatus,
  rewardApproval,
  rewardRecipient,
  rewardTerms,
} from '../../../domain/rewards/reward.ts';
import { rewardApprovalGiven, rewardsGiven, rewardTermsGiven } from '../../../domain/rewards/reward-given.ts';
import type { RewardRequest } from '../../../usecases/rewards/change-rewards.ts';
import { resource } from '../resource.ts';
import { listOf, moment, named, person, personExample, text } from '../schemas.ts';

export const rewardsExample = {
  referrer: { label: '10 EUR credit', amount: '10.00', currency: 'EUR', limit_per_person: 20 },
  friend: { label: 'A water bottle', amount: null, currency: null, limit_per_person: null },
};

rewardTerms.register(named, { id: 'RewardTerms', examples: [rewardsExample.referrer] });
rewardTermsGiven.register(named, {
  id: 'RewardTermsGiven',
  examples: [{ label: '10 EUR credit', amount: '10', currency: 'EUR' }],
});
rewardApproval.register(named, { id: 'RewardApproval', examples: [{ above: '100' }] });
rewardApprovalGiven.register(named, { id: 'RewardApprovalGiven', examples: [{ above: '100' }] });

export const rewards = campaignRewards.register(named, {
  id: 'CampaignRewards',
  description: 'Reward for a qualified referral. Null for none.',
  examples: [rewardsExample],
});

export const rewardsGivenNamed = rewardsGiven.register(named, {
  id: 'CampaignRewardsGiven',
  description: 'Replaces both. An omitted recipient gets no reward. Due rewards keep their terms.',
  examples: [rewardsExample],
});

export const approvalText = 'Rewards that require approval. Null: none. An object without a limit: all.';

export const autoIssueText =
  'Whether rewards are sent to the reward webhook, which issues them, once they are due or approved.';

export const reward = resource('Reward', {
  fields: {
    id: z.guid(),
    referral_id: z.guid(),
    recipient: rewardRecipient,
    person: person.describe('The recipient.'),
    campaign: z.strictObject({ id: z.guid(), name: z.string() }),
    label: z.string().describe('The label when it became due. Amount and currency likewise.'),
    amount: rewardTerms.shape.amount,
    currency: rewardTerms.shape.currency,
    status: earnedStatus,
    due_at: moment,
    approved_at: moment.nullable(),
    issued_at: moment.nullable(),
    canceled_at: moment.nullable(),
    reference: z.string().nullable().describe('The receipt of an issued reward.'),
    reason: z.string().nullable().describe('Why it was canceled or failed.'),
  },
  description: 'A reward for one referral: at most one for the referrer and one for the friend.',
  example: {
    id: '3a1d8c52-7a5e-4b0c-9d2f-6c1f0a9b8e77',
    referral_id: '9d0e4f0a-7c1f-4d0c-8f0e-3d9a6c5b4a22',
    recipient: 'friend',
    person: personExample,
    campaign: { id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10', name: 'Spring' },
    label: '10 EUR credit',
    amount: '10.00',
    currency: 'EUR',
    status: 'issued',
    due_at: '2026-03-19T14:02:11.000Z',
    approved_at: null,
    issued_at: '2026-03-31T09:12:00.000Z',
    canceled_at: null,
    reference: 'Voucher 2041',
    reason: null,
  },
});

export const rewardList = listOf(reward.schema, 'RewardList');

const ids = z
  .array(text(100).toLowerCase())
  .min(1)
  .max(1_000)
  .describe('All of them change, or none. An unknown ID is a 404. Repeating the request changes nothing.');
const reference = text(200).nullish().describe('The receipt, such as a voucher or transfer number.');
const reason = text(500).nullish().describe('Kept with the reward and in the history of its referral.');

export const rewardChangeGiven = z
  .strictObject({ ids, reference, reason })
  .transform(
    ({ reference = null, reason = null, ids }): Omit<RewardRequest, 'change'> => ({ ids, reference, reason }),
  )
  .register(named, {
    id: 'RewardChangeGiven',
    examples: [{ ids: ['3a1d8c52-7a5e-4b0c-9d2f-6c1f0a9b8e77'], reference: 'Voucher 2041' }],
  });
