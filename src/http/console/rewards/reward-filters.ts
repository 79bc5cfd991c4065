// The filters of the list of rewards, as they are in its address and in the form of a bulk change.
import { z } from 'zod';
import { calendarDay, dayRange } from '../../../domain/day.ts';
import { platformName } from '../../../domain/program/referral.ts';
import { earnedStatus, rewardRecipient } from '../../../domain/rewards/reward.ts';
import type { RewardFilter } from '../../../usecases/rewards/rewards.ts';

export const rewardFilters = {
  status: z.enum([...earnedStatus.options, 'all']).default('due'),
  campaign: z.guid().optional(),
  recipient: rewardRecipient.optional(),
  platform: platformName.optional(),
  person: z.guid().optional(),
  from: calendarDay.optional(),
  until: calendarDay.optional(),
};
export type RewardFilters = z.output<z.ZodObject<typeof rewardFilters>>;

export const filterOf = (chosen: RewardFilters, timeZone: string): RewardFilter => ({
  ...{ campaignId: chosen.campaign, recipient: chosen.recipient, platform: chosen.platform },
  ...{ personId: chosen.person, changed: dayRange(chosen, timeZone) },
  status: chosen.status === 'all' ? undefined : chosen.status,
});

/** An empty field of a form means that the filter is not used. */
export const filled = (given: unknown): unknown =>
  typeof given === 'object' && given !== null
    ? Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))
    : given;
