// The first steps of a program, each with whether it is done: the checklist on Home.
import { setupOf } from '../../domain/enrollment/enrollment.ts';
import type { Campaign } from '../../domain/program/program.ts';
import { joinLink } from '../../domain/program/share-link.ts';
import type { Overview } from './overview.ts';

export type FirstStep = {
  name: string;
  isDone: boolean;
  how: string;
  label: string;
  href: string;
  /** A second way. */
  also?: { label: string; href: string };
};

/**
 * Empty once all are done, or all but the reward in a program that promises none. `campaigns`: those that are not archived,
 * newest first.
 */
export function firstSteps(
  { campaigns: standings, milestones: { joined, issued } }: Pick<Overview, 'campaigns' | 'milestones'>,
  campaigns: readonly Campaign[],
  publicUrl: string,
): FirstStep[] {
  const ruled = standings.some(({ rules }) => rules > 0);
  if (issued) return [];
  const enrolling = enrollingStep(campaigns);
  const promises = campaigns.some(({ rewards }) => rewards.referrer !== null || rewards.friend !== null);
  if (enrolling.isDone && ruled && joined && !promises) return [];
  const newest = campaigns[0];
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
    enrolling,
    {
      name: 'Write a rule that qualifies referrals',
      isDone: ruled,
      how: 'For example: plan is pro. Try it on existing people before you publish it.',
      label: 'Write a rule',
      href: pageOf(newest, '/rules'),
    },
    referralStep(newest, joined, publicUrl),
    {
      name: 'Issue the first reward',
      isDone: false,
      how: standings.some(({ rewardsDue }) => rewardsDue > 0)
        ? 'A reward is due. Select it and issue it, or approve it first if required.'
        : 'A reward becomes due when a referral qualifies.',
      label: 'Rewards',
      href: '/console/rewards',
    },
  ];
}

const pageOf = (campaign: Campaign | undefined, page: string) =>
  `/console/campaigns/${campaign ? campaign.id + page : 'new'}`;

/** Done only with both sides: while a campaign's referrers are not set up, those who join wait. */
function enrollingStep(campaigns: readonly Campaign[]): FirstStep {
  const sending = campaigns.filter(({ settings: { enrollment } }) => {
    const { action } = enrollment.leads;
    return action !== 'nothing' && setupOf(enrollment.leads, null).complete;
  });
  const link =
    sending.length > 0
      ? { label: 'Set up referrers', href: pageOf(sending[0], '/referrers') }
      : { label: 'Set up leads', href: pageOf(campaigns[0], '/leads') };
  return {
    name: 'Choose what happens in Intercom when people join',
    isDone: sending.some(({ settings: { enrollment } }) => setupOf(enrollment.referrers, null).complete),
    how: 'For friends, create a lead or a user and map the fields. For referrers, do the same or nothing. Then publish.',
    ...link,
  };
}

function referralStep(campaign: Campaign | undefined, isDone: boolean, publicUrl: string): FirstStep {
  const about = { name: 'Get the first referral', isDone };
  if (campaign !== undefined && campaign.platform !== 'built-in') {
    const how = 'Add a person on the referral platform, as a test.';
    return { ...about, how, label: 'Campaign', href: pageOf(campaign, '') };
  }
  const how =
    'Try it with a test person, which leaves nothing behind. Then join on the join page, and open your share link in a private window.';
  if (campaign === undefined) return { ...about, how, label: 'Campaign', href: pageOf(campaign, '') };
  return {
    ...{ ...about, how, label: 'Open the join page', href: joinLink(publicUrl, campaign.slug) },
    also: { label: 'Try it with a test person', href: pageOf(campaign, '/try') },
  };
}
