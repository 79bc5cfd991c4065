// Rewards that a referral platform keeps, as it lists them now: issued and canceled there.
import { z } from 'zod';
import {
  type OutsidePlatformName,
  outsidePlatformNames,
  platforms,
} from '../../../domain/platforms/platform.ts';
import {
  type PlatformRewardChange,
  platformRewardChanges,
} from '../../../domain/platforms/platform-reward.ts';
import { counted } from '../../../domain/words.ts';
import { Failure } from '../../../failure.ts';
import {
  type ListedPlatformReward,
  readPlatformRewards,
  settlePlatformRewards,
} from '../../../usecases/platforms/platform-rewards.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, many, type PageContext, page } from '../console.ts';
import { empty } from '../lists.ts';
import { table } from '../parts.ts';
import { nameOf, personLink } from '../program/referral-words.ts';

const path = '/rewards/on/:platform';
const about = { title: 'Rewards', needs: 'administrator' } as const;
const params = z.object({ platform: z.enum(outsidePlatformNames) });
const change = z.enum(platformRewardChanges);
const ids = many(z.string().min(1).max(255));
const mostAtOnce = 200;

export const platformRewardsPath = (platform: OutsidePlatformName) => `/console/rewards/on/${platform}`;

export const platformRewardPages: ConsolePage[] = [
  page(path, { ...about, params, show: list }),
  page(`${path}/confirm`, { ...about, params, query: z.object({ change, ids }), show: confirmation }),
  form(path, {
    ...about,
    params,
    body: z.object({ change, ids: ids.pipe(z.array(z.string()).min(1).max(mostAtOnce)) }),
    async act({ ctx, workspaceId, actor, params: { platform }, body }) {
      const settled = await settlePlatformRewards(ctx, workspaceId, { platform, ...body }, actor);
      return { to: platformRewardsPath(platform), flash: outcomeText(settled, body.change) };
    },
  }),
];

function outcomeText(
  { done, failed, waiting }: { done: number; failed: number; waiting: number },
  wanted: PlatformRewardChange,
): string {
  const parts = [
    done > 0 && `${counted(done, 'reward is', 'rewards are')} ${wanted === 'issue' ? 'issued' : 'canceled'}.`,
    waiting > 0 && `${counted(waiting, 'reward is', 'rewards are')} on the way.`,
    failed > 0 && `${counted(failed, 'reward', 'rewards')} failed: see the run log.`,
  ];
  return parts.filter((part) => part !== false).join(' ');
}

async function list({ ctx, workspaceId, params: { platform } }: Context): Promise<Html> {
  const { name } = platforms[platform];
  const rewards = await readPlatformRewards(ctx, workspaceId, platform).catch(trouble);
  return html`<p><a href="/console/rewards">All rewards</a></p>
<section><h2>Due on ${name}</h2>
<p class="quiet">Live from ${name}, which pays them. Issuing or canceling here does it there.
The list of all rewards updates within 15 minutes.</p>
${'problem' in rewards ? html`<p class="notice fair">${rewards.problem}</p>` : rewards.length === 0 ? empty(html`No rewards are due on ${name}.`) : rewardForm(rewards, platform)}
</section>`;
}

type Context = PageContext & { params: z.output<typeof params> };

function trouble(error: unknown): { problem: string } {
  if (!(error instanceof Failure)) throw error;
  return { problem: error.message };
}

function rewardForm(rewards: readonly ListedPlatformReward[], platform: OutsidePlatformName): Html {
  const rows = rewards.map(
    (
      reward,
    ) => html`<td class="pick">${reward.canBeIssued && html`<input type="checkbox" name="ids" value="${reward.id}" aria-label="Select the reward of ${whoText(reward)}">`}</td>
<th scope="row">${reward.recipient === null ? whoText(reward) : personLink(reward.recipient.person)}</th>
<td>${worthText(reward)}</td>
<td>${reward.recipient?.campaign ?? '—'}</td>
<td>${reward.canBeIssued ? 'Due' : html`Due<br><span class="quiet">cannot be issued from here</span>`}</td>`,
  );
  const tick = html`<span class="visually-hidden">Select</span>`;
  return html`<form action="${platformRewardsPath(platform)}/confirm">
${table([tick, 'Who', 'Reward', 'Campaign', 'Status'], rows)}
<div class="row"><button type="button" data-tick-all hidden>Select all</button>
<button name="change" value="issue" class="main">Issue</button><button name="change" value="cancel">Cancel</button></div></form>`;
}

const whoText = ({ recipient, recipientId }: ListedPlatformReward) =>
  recipient === null ? `Person ${recipientId}` : nameOf(recipient.person);

/** The platform says neither the unit of its totals nor the reward's name. */
function worthText({ kind, total, coupon, count }: ListedPlatformReward): Html {
  const lines = [
    total === null ? null : `Total ${total}`,
    coupon === null || coupon === '' ? null : `Coupon ${coupon}`,
    count === null ? null : counted(count, 'referral', 'referrals'),
  ].filter((line) => line !== null);
  return html`${kindWords[kind] ?? kind}${lines.map((line) => html`<br><span class="quiet">${line}</span>`)}`;
}

const kindWords: Record<string, string> = {
  amount: 'Amount',
  commission: 'Commission',
  coupon: 'Coupon',
  custom: 'Custom reward',
};

async function confirmation({
  csrf,
  params: { platform },
  query: { change: wanted, ids: chosen },
}: Context & { query: { change: PlatformRewardChange; ids: string[] } }) {
  const back = html`<a href="${platformRewardsPath(platform)}">Back</a>`;
  if (chosen.length === 0 || chosen.length > mostAtOnce) {
    const title = chosen.length === 0 ? 'No rewards selected' : 'Too many rewards';
    return { title, body: html`<section><p>Select 1 to ${mostAtOnce} rewards. ${back}</p></section>` };
  }
  const { name } = platforms[platform];
  const label = `${wanted === 'issue' ? 'Issue' : 'Cancel'} ${counted(chosen.length, 'reward', 'rewards')}`;
  const effect =
    wanted === 'issue'
      ? `${name} issues them and notifies the recipients, as set up there. This cannot be undone here.`
      : `${name} cancels them. This cannot be undone here.`;
  return {
    title: `${label} on ${name}?`,
    body: html`<section><p>${effect}</p>
<form method="post" action="${platformRewardsPath(platform)}">${csrf}
<input type="hidden" name="change" value="${wanted}">${chosen.map((id) => html`<input type="hidden" name="ids" value="${id}">`)}
<div class="row"><button class="main">${label}</button>${back}</div></form></section>`,
  };
}
