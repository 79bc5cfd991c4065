// What comes after a campaign's first publishing, each step with whether it is done.
import type { Context } from '../../context.ts';
import type { Campaign } from '../../domain/program/program.ts';
import { joinLink } from '../../domain/program/share-link.ts';
import { readBeginnings } from '../../store/campaigns/campaign-counts.ts';
import type { FirstStep } from '../people/first-steps.ts';

/** Empty once all are done. */
export async function readNextSteps(
  ctx: Context,
  workspaceId: string,
  { id, platform, slug, joinPage }: Pick<Campaign, 'id' | 'platform' | 'slug' | 'joinPage'>,
): Promise<FirstStep[]> {
  const { hasRule, hasReferrer, hasReferral } = await readBeginnings(ctx.database.db, workspaceId, id);
  if (hasRule && hasReferrer && hasReferral) return [];
  const isBuiltIn = platform === 'built-in';
  const page = (more: string) => `/console/campaigns/${id}${more}`;
  const add = { label: 'Add a referrer', href: `/console/people/referrers/new?campaign=${id}` };
  const join = { label: 'Open the join page', href: joinLink(ctx.config.publicUrl, slug) };
  const [first, second] = joinPage.open ? [join, add] : [add];
  return [
    {
      name: 'Write a rule that qualifies referrals',
      isDone: hasRule,
      how: 'Without a rule, teammates qualify referrals by hand, from a list or by the API.',
      ...{ label: 'Write a rule', href: page('/rules/new') },
    },
    isBuiltIn
      ? {
          name: 'Get the first referrer',
          isDone: hasReferrer,
          how: joinPage.open
            ? 'Share the join page with your customers, or add referrers yourself. Each gets a share link.'
            : 'Add referrers yourself: the join page is closed. Each gets a share link.',
          ...(first ?? add),
          ...(second && { also: second }),
        }
      : {
          name: 'Get the first referrer',
          isDone: hasReferrer,
          how: 'Add one on the referral platform.',
          ...{ label: 'Referrers', href: `/console/people?refers=${id}` },
        },
    {
      name: 'Get the first referral',
      isDone: hasReferral,
      how: isBuiltIn
        ? 'Send a referrer their share link. First see what happens to a test person, which leaves nothing behind.'
        : 'Add a person on the referral platform, as a test.',
      ...(isBuiltIn
        ? { label: 'Try it with a test person', href: page('/try') }
        : { label: 'Referrals', href: `/console/people/referrals?campaign=${id}` }),
    },
  ];
}
