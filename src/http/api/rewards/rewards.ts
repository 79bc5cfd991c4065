// /api/v1/rewards: what people earned, and its status.
import { z } from 'zod';
import { earnedStatus, type RewardChange, rewardRecipient } from '../../../domain/rewards/reward.ts';
import { changeRewards } from '../../../usecases/rewards/change-rewards.ts';
import { listRewards, type Reward } from '../../../usecases/rewards/rewards.ts';
import { answer } from '../resource.ts';
import { list, type Route, write } from '../route.ts';
import { paged } from '../schemas.ts';
import { reward, rewardChangeGiven, rewardList } from './reward-shapes.ts';

const changedRewards = answer(rewardList, (data: Reward[]) => ({ data, next: null }));

const changing = (change: RewardChange, summary: string) =>
  write(`/rewards/${change}`, {
    operation: `${change}Rewards`,
    summary,
    body: rewardChangeGiven,
    answer: changedRewards,
    statuses: { 200: 'The updated rewards' },
    act: async ({ ctx, workspaceId, body, actor }) =>
      (await changeRewards(ctx, workspaceId, { change, ...body }, actor)).rewards,
  });

export const rewardRoutes: Route[] = [
  list('/rewards', {
    operation: 'listRewards',
    summary: 'List rewards by due date',
    query: {
      status: earnedStatus.optional(),
      recipient: rewardRecipient.optional(),
      campaign_id: z.guid().optional(),
      ...paged,
    },
    items: reward,
    name: 'RewardList',
    statuses: { 200: 'A page of rewards' },
    find: ({ ctx, workspaceId, filter, page }) => listRewards(ctx, workspaceId, filter, page),
  }),
  changing('approve', 'Approve due rewards of campaigns that require approval'),
  changing('issue', 'Mark rewards as issued, with their receipt'),
  changing('cancel', 'Cancel rewards that are not issued'),
];
