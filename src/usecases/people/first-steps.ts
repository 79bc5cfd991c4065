// The first steps of a program, each with whether it is done: the checklist on Home.
import type { Context } from '../../context.ts';
import { setupOf } from '../../domain/enrollment/enrollment.ts';
import { joinLink } from '../../domain/program/share-link.ts';
import { type CampaignStanding, readMilestones } from '../../store/people/overview.ts';
import { campaignPage } from '../../store/program/campaigns.ts';

export type Step = {
  name: string;
  isDone: boolean;
  how: string;
  label: string;
  href: string;
  /** A second way. */
  also?: { label: string; href: string };
};

/** Empty once all are done, or all but the reward in a program that promises none. */
export async function readFirstSteps(
  ctx: Context,
  workspaceId: string,
  standings: readonly CampaignStanding[],
): Promise<Step[]> {
  const { joined, issued } = await readMilestones(ctx.database.db, workspaceId);
  const ruled = standings.some(({ rules }) => rules > 0);
  if (issued) return [];
  const { items: campaigns } = await campaignPage(
    ctx.database.db,
    workspaceId,
    { archived: false },
    { limit: 100, after: null },
  );
  const sends = campaigns.some(({ settings: { enrollment } }) => {
    const { action } = enrollment.leads;
    return action !== 'nothing' && setupOf(enrollment.leads, null).complete;
  });
  const promises = campaigns.some(({ rewards }) => rewards.referrer !== null || rewards.friend !== null);
  if (sends && ruled && joined && !promises) return [];
  const newest = campaigns[0];
  const of = (page: string) => (newest ? `/console/campaigns/${newest.id}${page}` : '/console/campaigns/new');
  const isOwn = newest?.platform === 'built-in';
  return [
    {
      name: 'Connect Intercom',
      isDone: true,
      how: 'The app is installed in this workspace.',
      label: 'Installation',
      href: '/console/access',
    },
    {
      name: 'Create a campaign',
      isDone: newest !== undefined,
      how: 'Its name, where share links lead, and what the referrer and the friend get.',
      label: 'New campaign',
      href: '/console/campaigns/new',
    },
    {
      name: 'Choose what happens in Intercom when a friend joins',
      isDone: sends,
      how: 'Create a lead or a user, and map its fields.',
      label: 'Set up leads',
      href: of('/leads'),
    },
    {
      name: 'Write a rule that qualifies referrals',
      isDone: ruled,
      how: 'Such as: plan is pro. Try it on the people that you have before you publish it.',
      label: 'Write a rule',
      href: of('/rules'),
    },
    {
      name: 'Get the first referral',
      isDone: joined,
      how: isOwn
        ? 'First see what happens to a test person, which leaves nothing behind. Then join on the join page, and open the share link that you get in a private window.'
        : 'Add a person on the referral platform, as a test.',
      label: isOwn ? 'Open the join page' : 'Campaign',
      href: isOwn ? joinLink(ctx.config.publicUrl, newest.slug) : of(''),
      ...(isOwn && { also: { label: 'Try it with a test person', href: of('/try') } }),
    },
    {
      name: 'Issue the first reward',
      isDone: false,
      how: 'It is due once a referral qualifies.',
      label: 'Rewards',
      href: '/console/rewards',
    },
  ];
}
