// Rewards: each with its recipient, referral and dates, and totals; many can be selected and changed together.
import { z } from 'zod';
import { isOutside, platforms } from '../../../domain/platforms/platform.ts';
import type { Campaign } from '../../../domain/program/program.ts';
import { platformName } from '../../../domain/program/referral.ts';
import { amountText } from '../../../domain/rewards/amount.ts';
import {
  type EarnedStatus,
  earnedStatus,
  earnedStatusWords,
  needsApproval,
  type RewardChange,
} from '../../../domain/rewards/reward.ts';
import { findNamedPerson } from '../../../usecases/people/people-search.ts';
import { connectedPlatforms } from '../../../usecases/platforms/platform-rewards.ts';
import { isRewardWebhookSet } from '../../../usecases/rewards/reward-webhook.ts';
import {
  browseRewards,
  countRewardsByStatus,
  countWaiting,
  listRewardLabels,
  type Reward,
  type RewardTotal,
  readRewards,
  readRewardTotals,
  sumListedRewards,
} from '../../../usecases/rewards/rewards.ts';
import { type CsvFile, csvOf } from '../../csv.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, file, type PageContext, page } from '../console.ts';
import { selectField, textField } from '../fields.ts';
import {
  address,
  campaignOptions,
  empty,
  everyCampaign,
  filterForm,
  placeInList,
  readOrder,
  sortedBy,
  sortedPageLinks,
  sortHead,
} from '../lists.ts';
import { table, tabs } from '../parts.ts';
import { nameOf, personLink } from '../program/referral-words.ts';
import { count, date } from '../words.ts';
import { viewBar } from '../workspace/saved-views.ts';
import { platformRewardsPath } from './platform-rewards.ts';
import { bulkForm } from './reward-bulk.ts';
import { undoNotice } from './reward-changes.ts';
import { filterOf, type RewardFilters, rewardFilters } from './reward-filters.ts';
import { changeWords, earnedFor, statusText, sumsText, whoText, worthText } from './reward-words.ts';

const path = '/rewards';
const perPage = 50;
const mostCounted = 1_000;
const mostLabels = 200;

const order = sortedBy(['since', 'due', 'amount']);
const columns = { since: 'statusAt', due: 'dueAt', amount: 'amount' } as const;
const usualOrder = '-since';

const addressOf = ({ status, ...rest }: RewardFilters, more: Record<string, string | undefined> = {}) => ({
  ...{ ...rest, status: status === 'due' ? undefined : status, ...more },
});

export const rewardPages: ConsolePage[] = [
  page(path, {
    title: 'Rewards',
    nav: 'Rewards',
    navCount: (ctx, workspaceId) => countWaiting(ctx, workspaceId, mostCounted),
    needs: 'viewer',
    query: z.object({
      ...rewardFilters,
      sort: order.default(usualOrder),
      place: placeInList.optional(),
      changed: z.guid().optional(),
    }),
    async show(context) {
      const { ctx, workspaceId, query } = context;
      const { place, changed, sort: chosenOrder, ...chosen } = query;
      const { filter, more } = await filterOf(context, chosen);
      const { sort, descending } = readOrder(chosenOrder);
      const request = { limit: perPage, after: place ?? null, descending };
      const ordered = { sort: chosenOrder === usualOrder ? undefined : chosenOrder };
      const kept = addressOf(chosen, ordered);
      const [campaigns, { items, next }, counts, sums, person, labels, views, notice, canSend, connected] =
        await Promise.all([
          everyCampaign(ctx, workspaceId, { chosen: [chosen.campaign] }),
          browseRewards(ctx, workspaceId, filter, columns[sort], request),
          countRewardsByStatus(ctx, workspaceId, filter, mostCounted),
          sumListedRewards(ctx, workspaceId, filter),
          chosen.person === undefined ? null : findNamedPerson(ctx, workspaceId, chosen.person),
          listRewardLabels(ctx, workspaceId, mostLabels),
          viewBar(context, 'rewards', kept),
          changed === undefined ? null : undoNotice(context, changed),
          isRewardWebhookSet(ctx, workspaceId),
          connectedPlatforms(ctx, workspaceId),
        ]);
      const { status, ...used } = chosen;
      const all = sums.reduce((total, sum) => total + sum.count, 0);
      const changes = context.isAdministrator ? changesFor(status, items, campaigns) : [];
      return html`${notice}
${statusTabs(chosen, counts)}
${context.isAdministrator && connected.map((name) => html`<p><a href="${platformRewardsPath(name)}">Rewards that are due on ${platforms[name].name}</a></p>`)}
<section>
${views}
${filterForm(path, used, filterFields(chosen, { campaigns, person, labels }, ordered.sort))}
${more && html`<p class="notice">More people match. Refine the search.</p>`}
<p id="totals"><b>${sumsText(sums)}</b></p>
${items.length === 0 ? nothing(chosen, counts) : rewardTable(items, changes, context, { order: chosenOrder, kept, canSend })}
${sortedPageLinks(path, kept, place, next)}
${all > items.length && changes.length > 0 && bulkForm(canSend ? [...changes, 'send'] : changes, { ...chosen }, all, context.csrf)}
${items.length > 0 && html`<p class="row"><a href="${address(`${path}/export`, addressOf(chosen))}">Download as CSV</a>${context.isAdministrator && html`<a href="/console${path}/receipts">Upload receipts</a>`}</p>`}
</section>`;
    },
  }),
  page(`${path}/totals`, {
    title: 'Rewards',
    needs: 'viewer',
    query: z.object(rewardFilters),
    async show({ ctx, workspaceId, query: chosen }) {
      const { campaign: campaignId, recipient } = chosen;
      const [campaigns, totals] = await Promise.all([
        everyCampaign(ctx, workspaceId, { chosen: [campaignId] }),
        readRewardTotals(ctx, workspaceId, { campaignId, recipient }),
      ]);
      return html`${statusTabs(chosen, null)}
<section>
${filterForm(`${path}/totals`, { campaign: campaignId, recipient }, totalsFields(chosen, campaigns))}
${totals.length === 0 ? empty(html`No rewards match these filters.`) : totalsTable(totals)}
</section>`;
    },
  }),
  file(`${path}/export`, {
    title: 'Rewards',
    needs: 'viewer',
    query: z.object(rewardFilters),
    async answer(context): Promise<CsvFile> {
      const { ctx, workspaceId, query } = context;
      const { filter } = await filterOf(context, query);
      return {
        name: `rewards-${query.status}.csv`,
        lines: csvOf(fileColumns, readRewards(ctx, workspaceId, filter)),
      };
    },
  }),
];

type Counts = Record<EarnedStatus, number>;

/** `counts` is null on the page of totals. */
function statusTabs(chosen: RewardFilters, counts: Counts | null): Html {
  const isCurrent = (status: RewardFilters['status']) => counts !== null && chosen.status === status;
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

type Campaigns = Parameters<typeof campaignOptions>[0];
type Named = { id: string; name: string | null; email: string | null };

type Offered = { campaigns: Campaigns; person: Named | null; labels: readonly string[] };

function filterFields(
  chosen: RewardFilters,
  { campaigns, person, labels }: Offered,
  sort: string | undefined,
): Html[] {
  const { q, label, platform } = chosen;
  const days = (name: 'from' | 'until' | 'due_from' | 'due_until', words: string) =>
    textField({ name, label: words, type: 'date', value: chosen[name] ?? null });
  const known = label === undefined || labels.includes(label) ? labels : [...labels, label];
  return [
    html`${sort !== undefined && html`<input type="hidden" name="sort" value="${sort}">`}`,
    textField({
      ...{ name: 'q', label: 'Recipient or friend', type: 'search', value: q ?? null },
      more: html` placeholder="Name, email or ID" maxlength="100"`,
    }),
    ...totalsFields(chosen, campaigns),
    selectField({
      ...{ name: 'label', label: 'Reward', value: label ?? '' },
      options: [['', 'Any reward'], ...known.map((each) => [each, each] as const)],
    }),
    selectField({
      ...{ name: 'platform', label: 'Platform', value: platform ?? '' },
      options: [
        ['', 'Any platform'],
        ...platformName.options.map((name) => [name, platforms[name].name] as const),
      ],
    }),
    days('from', 'Status changed from'),
    days('until', 'Status changed until'),
    days('due_from', 'Due from'),
    days('due_until', 'Due until'),
    ...(person === null
      ? []
      : [
          selectField({
            ...{ name: 'person', label: 'Who', value: person.id },
            options: [
              ['', 'Anyone'],
              [person.id, nameOf(person)],
            ],
          }),
        ]),
  ];
}

function totalsFields({ status, campaign, recipient }: RewardFilters, campaigns: Campaigns): Html[] {
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

function nothing({ status }: RewardFilters, counts: Counts): Html {
  if (Object.values(counts).every((number) => number === 0))
    return empty(
      html`No rewards yet. A reward becomes due when a referral qualifies in a campaign that has one. <a href="/console/campaigns">Set rewards in a campaign</a>`,
    );
  const words = status === 'all' ? 'No rewards match these filters.' : `No rewards are ${status}.`;
  return empty(html`${words} <a href="${address(path, { status: 'all' })}">Show all rewards</a>`);
}

const offered: Record<RewardFilters['status'], readonly RewardChange[]> = {
  due: ['issue', 'approve', 'cancel'],
  approved: ['issue', 'cancel'],
  failed: ['issue', 'approve', 'cancel'],
  all: ['issue', 'approve', 'cancel'],
  issued: [],
  canceled: [],
};

/** Where a listed reward has to be approved first, that is what the main button does. */
function changesFor(
  status: RewardFilters['status'],
  rewards: readonly Reward[],
  campaigns: readonly Campaign[],
): readonly RewardChange[] {
  const asksFirst = rewards.some(({ campaign, amount, status: its }) => {
    const approval = campaigns.find(({ id }) => id === campaign.id)?.rewardApproval ?? null;
    return its === 'due' && needsApproval(approval, amount);
  });
  const changes = offered[status];
  return asksFirst
    ? changes.toSorted((left, right) => Number(right === 'approve') - Number(left === 'approve'))
    : changes;
}

type Shown = { order: string; kept: Record<string, string | undefined>; canSend: boolean };

function rewardTable(
  rewards: readonly Reward[],
  changes: readonly RewardChange[],
  context: PageContext,
  { order: chosenOrder, kept, canSend }: Shown,
): Html {
  const { timeZone } = context;
  const ticks = changes.length > 0;
  const rows = rewards.map(
    (
      reward,
    ) => html`${ticks && html`<td class="pick"><input type="checkbox" name="ids" value="${reward.id}" aria-label="Select the reward of ${whoText(reward)}${reward.recipient === 'referrer' && ` for referring ${nameOf(reward.friend)}`}"></td>`}
<th scope="row">${personLink(reward.person)}</th>
<td>${worthText(reward)}</td>
<td>${earnedFor(reward)}</td>
<td>${reward.campaign.name}${isOutside(reward.campaign.platform) && html`<br><span class="quiet">${platforms[reward.campaign.platform].name}</span>`}</td>
<td>${statusText(reward, timeZone)}</td>
<td>${date(reward.dueAt, timeZone)}</td>`,
  );
  const head = (label: string, name: string) => sortHead(label, name, chosenOrder, { path, query: kept });
  const heads = [
    'Who',
    head('Reward', 'amount'),
    'For',
    'Campaign',
    head('Status', 'since'),
    head('Due', 'due'),
  ];
  if (!ticks) return table(heads, rows);
  const tick = html`<span class="visually-hidden">Select</span>`;
  return html`<form action="/console${path}/confirm">
${table([tick, ...heads], rows)}
<div class="row"><button type="button" data-tick-all hidden>Select all</button>${changes.map(
    (change, at) =>
      html`<button name="change" value="${change}" class="${at === 0 && 'main'}">${changeWords[change]}</button>`,
  )}${canSend && html`<button formaction="/console${path}/send">Send to your system</button>`}</div></form>`;
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
