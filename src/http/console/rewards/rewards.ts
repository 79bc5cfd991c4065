// Rewards: who gets what, for whom, since when, with totals; many are ticked and changed together.
import { z } from 'zod';
import { amountText } from '../../../domain/rewards/amount.ts';
import {
  type EarnedStatus,
  earnedStatus,
  earnedStatusWords,
  type RewardChange,
  rewardRecipient,
} from '../../../domain/rewards/reward.ts';
import {
  countDue,
  countRewardsByStatus,
  listRewards,
  type Reward,
  type RewardTotal,
  readRewards,
  readRewardTotals,
} from '../../../usecases/rewards/rewards.ts';
import { paged } from '../../api/schemas.ts';
import { type CsvFile, csvLine } from '../../csv.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, file, type PageContext, page } from '../console.ts';
import { selectField } from '../fields.ts';
import { address, campaignOptions, empty, everyCampaign, filterForm, pageAt, pageLinks } from '../lists.ts';
import { table, tabs } from '../parts.ts';
import { personLink } from '../program/referral-words.ts';
import { count } from '../words.ts';
import { undoNotice } from './reward-changes.ts';
import { changeWords, earnedFor, statusText, whoText, worthText } from './reward-words.ts';

const path = '/rewards';
const perPage = 50;
const mostCounted = 1_000;

const filters = {
  status: z.enum([...earnedStatus.options, 'all']).default('due'),
  campaign: z.guid().optional(),
  recipient: rewardRecipient.optional(),
};
type Filters = z.output<z.ZodObject<typeof filters>>;

const filterOf = ({ status, campaign, recipient }: Filters) => ({
  ...{ campaignId: campaign, recipient, status: status === 'all' ? undefined : status },
});

const addressOf = ({ status, ...rest }: Filters, more: Record<string, string> = {}) => ({
  ...{ ...rest, status: status === 'due' ? undefined : status, ...more },
});

export const rewardPages: ConsolePage[] = [
  page(path, {
    title: 'Rewards',
    nav: 'Rewards',
    navCount: (ctx, workspaceId) => countDue(ctx, workspaceId, mostCounted),
    needs: 'viewer',
    query: z.object({ ...filters, changed: z.guid().optional(), cursor: paged.cursor }),
    async show(context) {
      const { ctx, workspaceId, query } = context;
      const { cursor, changed, ...chosen } = query;
      const { campaign: campaignId, recipient } = chosen;
      const [campaigns, { items, next }, counts, notice] = await Promise.all([
        everyCampaign(ctx, workspaceId, { chosen: [campaignId] }),
        listRewards(ctx, workspaceId, filterOf(chosen), pageAt(cursor, perPage)),
        countRewardsByStatus(ctx, workspaceId, { campaignId, recipient }, mostCounted),
        changed === undefined ? null : undoNotice(context, changed),
      ]);
      return html`${notice}
${statusTabs(chosen, counts)}
<section>
${filterForm(path, { campaign: campaignId, recipient }, filterFields(chosen, campaigns))}
${items.length === 0 ? nothing(chosen, counts) : rewardList(items, chosen, context)}
${pageLinks(path, addressOf(chosen), cursor, next)}
${items.length > 0 && html`<p class="row"><a href="${address(`${path}/export`, addressOf(chosen))}">Download as CSV</a>${context.isAdministrator && html`<a href="/console${path}/receipts">Upload receipts</a>`}</p>`}
</section>`;
    },
  }),
  page(`${path}/totals`, {
    title: 'Rewards',
    needs: 'viewer',
    query: z.object(filters),
    async show({ ctx, workspaceId, query: chosen }) {
      const { campaign: campaignId, recipient } = chosen;
      const [campaigns, totals] = await Promise.all([
        everyCampaign(ctx, workspaceId, { chosen: [campaignId] }),
        readRewardTotals(ctx, workspaceId, { campaignId, recipient }),
      ]);
      return html`${statusTabs(chosen, null)}
<section>
${filterForm(`${path}/totals`, { campaign: campaignId, recipient }, filterFields(chosen, campaigns))}
${totals.length === 0 ? empty(html`No rewards match these filters.`) : totalsTable(totals)}
</section>`;
    },
  }),
  file(`${path}/export`, {
    title: 'Rewards',
    needs: 'viewer',
    query: z.object(filters),
    answer: async ({ ctx, workspaceId, query }): Promise<CsvFile> => ({
      name: `rewards-${query.status}.csv`,
      lines: rewardLines(readRewards(ctx, workspaceId, filterOf(query))),
    }),
  }),
];

type Counts = Record<EarnedStatus, number>;

/** `counts` is null on the page of totals. */
function statusTabs(chosen: Filters, counts: Counts | null): Html {
  const isCurrent = (status: Filters['status']) => counts !== null && chosen.status === status;
  const numberOf = (status: EarnedStatus) => {
    const number = counts?.[status] ?? 0;
    return counts === null ? '' : ` ${count(number)}${number === mostCounted ? '+' : ''}`;
  };
  const links = earnedStatus.options.map((status) => ({
    label: `${earnedStatusWords[status]}${numberOf(status)}`,
    href: address(path, addressOf({ ...chosen, status })),
    isCurrent: isCurrent(status),
  }));
  const all = { label: 'All', href: address(path, addressOf({ ...chosen, status: 'all' })) };
  const { campaign, recipient } = chosen;
  const totals = { label: 'Totals', href: address(`${path}/totals`, { campaign, recipient }) };
  return tabs('Rewards by status', [
    ...links,
    { ...all, isCurrent: isCurrent('all') },
    { ...totals, isCurrent: counts === null },
  ]);
}

function filterFields(
  { status, campaign, recipient }: Filters,
  campaigns: Parameters<typeof campaignOptions>[0],
) {
  return [
    html`<input type="hidden" name="status" value="${status}">`,
    selectField({
      ...{ name: 'campaign', label: 'Campaign', value: campaign ?? '' },
      options: [['', 'Any campaign'], ...campaignOptions(campaigns)],
    }),
    selectField({
      ...{ name: 'recipient', label: 'Recipient', value: recipient ?? '' },
      options: [
        ['', 'Referrers and friends'],
        ['referrer', 'Referrers'],
        ['friend', 'Friends'],
      ],
    }),
  ];
}

function nothing({ status }: Filters, counts: Counts): Html {
  if (Object.values(counts).every((number) => number === 0))
    return empty(
      html`No rewards yet. A reward becomes due when a referral qualifies in a campaign that has one. <a href="/console/campaigns">Set rewards in a campaign</a>`,
    );
  const words = status === 'all' ? 'No rewards match these filters.' : `No rewards are ${status}.`;
  return empty(html`${words} <a href="${address(path, { status: 'all' })}">Show all rewards</a>`);
}

const offered: Record<Filters['status'], readonly RewardChange[]> = {
  due: ['issue', 'approve', 'cancel'],
  approved: ['issue', 'cancel'],
  failed: ['issue', 'approve', 'cancel'],
  all: ['issue', 'approve', 'cancel'],
  issued: [],
  canceled: [],
};

function rewardList(rewards: readonly Reward[], { status }: Filters, context: PageContext): Html {
  const { timeZone, isAdministrator } = context;
  const changes = isAdministrator ? offered[status] : [];
  const ticks = changes.length > 0;
  const rows = rewards.map(
    (
      reward,
    ) => html`${ticks && html`<td class="pick"><input type="checkbox" name="ids" value="${reward.id}" aria-label="Select the reward of ${whoText(reward)}"></td>`}
<th scope="row">${personLink(reward.person)}</th>
<td>${worthText(reward)}</td>
<td>${earnedFor(reward)}</td>
<td>${reward.campaign.name}</td>
<td>${statusText(reward, timeZone)}</td>`,
  );
  const columns = ['Who', 'Reward', 'For', 'Campaign', 'Status'];
  if (!ticks) return table(columns, rows, 'Latest due first');
  const tick = html`<span class="visually-hidden">Select</span>`;
  return html`<form action="/console${path}/confirm">
${table([tick, ...columns], rows, 'Latest due first')}
<div class="row"><button type="button" data-tick-all hidden>Select all</button>${changes.map(
    (change, at) =>
      html`<button name="change" value="${change}" class="${at === 0 && 'main'}">${changeWords[change]}</button>`,
  )}</div></form>`;
}

function totalsTable(totals: readonly RewardTotal[]): Html {
  const groups = [...Map.groupBy(totals, (total) => `${total.campaignId} ${total.currency}`).values()];
  const number = (words: string) => html`<span class="number">${words}</span>`;
  const rows = groups.map((group) => {
    const cells = earnedStatus.options.map((status) => {
      const total = group.find((candidate) => candidate.status === status);
      return html`<td class="number">${total ? totalCell(total) : '0'}</td>`;
    });
    return html`<th scope="row">${group[0]?.campaign}${group[0]?.currency && html` <span class="quiet">${group[0].currency}</span>`}</th>${cells}`;
  });
  const columns = ['Campaign', ...earnedStatus.options.map((status) => number(earnedStatusWords[status]))];
  return table(columns, rows, 'By campaign and currency');
}

/** The row names the currency. */
function totalCell({ campaignId, status, amount, count: number }: RewardTotal): Html {
  const to = address(path, { campaign: campaignId, status });
  return html`<a href="${to}">${count(number)}</a>${amount !== null && html`<br><span class="quiet">${amountText(amount, null)}</span>`}`;
}

const fileColumns = {
  reward_id: (reward: Reward) => reward.id,
  status: (reward: Reward) => reward.status,
  recipient: (reward: Reward) => reward.recipient,
  name: (reward: Reward) => reward.person.name,
  email: (reward: Reward) => reward.person.email,
  external_id: (reward: Reward) => reward.person.externalId,
  contact_id: (reward: Reward) => reward.person.contactId,
  label: (reward: Reward) => reward.label,
  amount: (reward: Reward) => reward.amount,
  currency: (reward: Reward) => reward.currency,
  campaign: (reward: Reward) => reward.campaign.name,
  due_at: (reward: Reward) => reward.dueAt,
  issued_at: (reward: Reward) => reward.issuedAt,
  reference: (reward: Reward) => reward.reference,
  reason: (reward: Reward) => reward.reason,
  referral_id: (reward: Reward) => reward.referralId,
  friend_name: (reward: Reward) => reward.friend.name,
  friend_email: (reward: Reward) => reward.friend.email,
};

async function* rewardLines(rewards: AsyncIterable<Reward>): AsyncGenerator<string> {
  yield csvLine(Object.keys(fileColumns));
  for await (const reward of rewards) yield csvLine(Object.values(fileColumns).map((read) => read(reward)));
}
