// The filters of the list of rewards, as they are in its address and in the form of a bulk change.
import { z } from 'zod';
import { calendarDay, dayRange } from '../../../domain/day.ts';
import { platformName } from '../../../domain/program/referral.ts';
import { earnedStatus, rewardRecipient } from '../../../domain/rewards/reward.ts';
import { findPeopleIds } from '../../../usecases/people/people-search.ts';
import type { RewardFilter } from '../../../usecases/rewards/rewards.ts';
import { text } from '../../api/schemas.ts';
import type { PageContext } from '../console.ts';

export const rewardFilters = {
  status: z.enum([...earnedStatus.options, 'all']).default('due'),
  /** Who gets it, or was referred. */
  q: text(100).optional(),
  label: text(200).optional(),
  campaign: z.guid().optional(),
  recipient: rewardRecipient.optional(),
  platform: platformName.optional(),
  person: z.guid().optional(),
  from: calendarDay.optional(),
  until: calendarDay.optional(),
  due_from: calendarDay.optional(),
  due_until: calendarDay.optional(),
};
export type RewardFilters = z.output<z.ZodObject<typeof rewardFilters>>;

/** `more`: more people match the text than are looked for. */
export async function filterOf(
  { ctx, workspaceId, timeZone }: Pick<PageContext, 'ctx' | 'workspaceId' | 'timeZone'>,
  chosen: RewardFilters,
): Promise<{ filter: RewardFilter; more: boolean }> {
  const found = chosen.q === undefined ? null : await findPeopleIds(ctx, workspaceId, chosen.q);
  const filter = {
    ...{ campaignId: chosen.campaign, recipient: chosen.recipient, platform: chosen.platform },
    ...{ personId: chosen.person, peopleIds: found?.ids, label: chosen.label },
    changed: dayRange(chosen, timeZone),
    due: dayRange({ from: chosen.due_from, until: chosen.due_until }, timeZone),
    status: chosen.status === 'all' ? undefined : chosen.status,
  };
  return { filter, more: found?.more ?? false };
}

/** An empty field of a form means that the filter is not used. */
export const filled = (given: unknown): unknown =>
  typeof given === 'object' && given !== null
    ? Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))
    : given;
