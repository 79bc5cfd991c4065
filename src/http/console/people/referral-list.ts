// Referrals and referrers of the program: lists that are ordered and filtered by all that they show.
import { z } from 'zod';
import { calendarDay, dayRange } from '../../../domain/day.ts';
import { platforms } from '../../../domain/platforms/platform.ts';
import { hintCodes, hintWords, shownHints } from '../../../domain/program/doubt.ts';
import type { Campaign } from '../../../domain/program/program.ts';
import { platformName, referralStatus, statusWords } from '../../../domain/program/referral.ts';
import { rewardStatus } from '../../../domain/rewards/reward.ts';
import { capital, counted } from '../../../domain/words.ts';
import {
  browseReferrals,
  countListedReferrals,
  findListedReferrer,
  type ListedReferral,
  type ReferralListFilter,
  readListedReferrals,
} from '../../../usecases/people/program-lists.ts';
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
  isFiltered,
  placeInList,
  readOrder,
  sortedBy,
  sortedPageLinks,
  sortHead,
} from '../lists.ts';
import { badge, table } from '../parts.ts';
import { personLink, rewardWords, statusBadge } from '../program/referral-words.ts';
import { count, date } from '../words.ts';
import { viewBar } from '../workspace/saved-views.ts';
import { peopleTabs } from './people-tabs.ts';

const path = '/people/referrals';
const perPage = 50;
const day = calendarDay.optional();

const filters = {
  campaign: z.guid().optional(),
  platform: platformName.optional(),
  status: referralStatus.optional(),
  reward: rewardStatus.optional(),
  referrer: z.guid().optional(),
  doubt: z.enum(['any', ...hintCodes]).optional(),
  joined_from: day,
  joined_until: day,
  since_from: day,
  since_until: day,
};
type Filters = z.output<z.ZodObject<typeof filters>>;

const order = sortedBy(['joined', 'since']);
const columns = { joined: 'joinedAt', since: 'statusAt' } as const;
const usualOrder = '-joined';

export const referralListPages: ConsolePage[] = [
  page(path, {
    title: 'Referrals',
    needs: 'viewer',
    query: z.object({ ...filters, sort: order.default(usualOrder), place: placeInList.optional() }),
    show: referralsPage,
  }),
  file(`${path}/export`, {
    title: 'Referrals',
    needs: 'viewer',
    query: z.object(filters),
    answer: async ({ ctx, workspaceId, timeZone, query }): Promise<CsvFile> => ({
      name: 'referrals.csv',
      lines: csvOf(fileColumns, readListedReferrals(ctx, workspaceId, filterOf(query, timeZone))),
    }),
  }),
];

const filterOf = (chosen: Filters, timeZone: string): ReferralListFilter => ({
  campaignId: chosen.campaign,
  platform: chosen.platform,
  status: chosen.status,
  rewardStatus: chosen.reward,
  referrerId: chosen.referrer,
  hint: chosen.doubt,
  joined: dayRange({ from: chosen.joined_from, until: chosen.joined_until }, timeZone),
  changed: dayRange({ from: chosen.since_from, until: chosen.since_until }, timeZone),
});

type Query = Filters & { sort: z.output<typeof order>; place?: z.output<typeof placeInList> | undefined };

async function referralsPage(context: PageContext & { query: Query }) {
  const { ctx, workspaceId, timeZone, query } = context;
  const { sort: chosenOrder, place, ...chosen } = query;
  const filter = filterOf(chosen, timeZone);
  const { sort, descending } = readOrder(chosenOrder);
  const request = { limit: perPage, after: place ?? null, descending };
  const kept = { ...chosen, sort: chosenOrder === usualOrder ? undefined : chosenOrder };
  const [campaigns, { items, next }, counts, referrer, views] = await Promise.all([
    everyCampaign(ctx, workspaceId, { chosen: [chosen.campaign] }),
    browseReferrals(ctx, workspaceId, filter, columns[sort], request),
    countListedReferrals(ctx, workspaceId, filter),
    chosen.referrer === undefined ? null : findListedReferrer(ctx, workspaceId, chosen.referrer),
    viewBar(context, 'referrals', kept),
  ]);
  const head = (label: string, name: string) => sortHead(label, name, chosenOrder, { path, query: kept });
  const heads = [
    'Friend',
    'Referrer',
    'Campaign',
    head('Status', 'since'),
    'Reward',
    head('Joined', 'joined'),
  ];
  const rows = items.map((referral) => row(referral, timeZone));
  return html`${peopleTabs('referrals')}
<section>
${views}
${filterForm(path, chosen, fields(chosen, chosenOrder, campaigns, referrer))}
<p id="totals">${totals(counts)}</p>
${items.length === 0 ? nothing(isFiltered(chosen) || place !== undefined) : table(heads, rows)}
${sortedPageLinks(path, kept, place, next)}
${items.length > 0 && html`<p><a href="${address(`${path}/export`, chosen)}">Download as CSV</a></p>`}
</section>`;
}

const nothing = (used: boolean): Html =>
  used
    ? empty(html`No referrals match these filters. <a href="/console${path}">Show all referrals</a>`)
    : empty(
        html`No referrals yet. They come by share links, the API, your referral platform, or <a href="/console/people/referrals/new">add one</a>.`,
      );

type Counts = Awaited<ReturnType<typeof countListedReferrals>>;

function totals(counts: Counts): Html {
  const all = Object.values(counts).reduce((sum, number) => sum + number, 0);
  const parts = referralStatus.options
    .filter((status) => counts[status] > 0 && counts[status] < all)
    .map((status) => `${count(counts[status])} ${statusWords[status].toLowerCase()}`);
  return html`<b>${counted(all, 'referral', 'referrals')}</b>${parts.length > 0 && `: ${parts.join(', ')}`}`;
}

function row(referral: ListedReferral, timeZone: string): Html {
  const { person, giver, campaign, status, statusAt, rewardStatus: reward, joinedAt } = referral;
  const hints = shownHints(status, referral.hints);
  return html`<th scope="row">${personLink(person)}</th>
<td>${giver ? personLink(giver) : '—'}</td>
<td>${campaign.name}${campaign.platform !== 'built-in' && html`<br><span class="quiet">${platforms[campaign.platform].name}</span>`}</td>
<td>${statusBadge(status)} <span class="quiet">${date(statusAt, timeZone)}</span>${hints.length > 0 && html`<br>${badge('fair', 'Doubtful')} <span class="quiet">${hints.map((hint) => hintWords[hint]).join(', ')}</span>`}</td>
<td>${reward === 'none' ? '—' : rewardWords[reward]}</td>
<td>${date(joinedAt, timeZone)}</td>`;
}

type Referrer = Awaited<ReturnType<typeof findListedReferrer>>;

function fields(chosen: Filters, sort: string, campaigns: readonly Campaign[], referrer: Referrer): Html[] {
  const days = (name: keyof Filters, label: string) =>
    textField({ name, label, type: 'date', value: chosen[name] ?? null });
  return [
    html`${sort !== usualOrder && html`<input type="hidden" name="sort" value="${sort}">`}`,
    selectField({
      ...{ name: 'campaign', label: 'Campaign', value: chosen.campaign ?? '' },
      options: [['', 'Any campaign'], ...campaignOptions(campaigns)],
    }),
    selectField({
      ...{ name: 'platform', label: 'Platform', value: chosen.platform ?? '' },
      options: [
        ['', 'Any platform'],
        ...platformName.options.map((name) => [name, platforms[name].name] as const),
      ],
    }),
    selectField({
      ...{ name: 'status', label: 'Status', value: chosen.status ?? '' },
      options: [['', 'Any status'], ...Object.entries(statusWords)],
    }),
    selectField({
      ...{ name: 'reward', label: 'Reward', value: chosen.reward ?? '' },
      options: [['', 'Any'], ...Object.entries(rewardWords)],
    }),
    selectField({
      ...{ name: 'doubt', label: 'Doubtful', value: chosen.doubt ?? '' },
      options: [
        ['', 'Doubtful or not'],
        ['any', 'Doubtful'],
        ...hintCodes.map((code) => [code, capital(hintWords[code])] as const),
      ],
    }),
    days('joined_from', 'Joined from'),
    days('joined_until', 'Joined until'),
    days('since_from', 'Status changed from'),
    days('since_until', 'Status changed until'),
    ...(referrer === null
      ? []
      : [
          selectField({
            ...{ name: 'referrer', label: 'Referrer', value: referrer.id },
            options: [
              ['', 'Any referrer'],
              [referrer.id, `${referrer.name ?? 'No name'} in ${referrer.campaign}`],
            ],
          }),
        ]),
  ];
}

const fileColumns = {
  referral_id: (referral: ListedReferral) => referral.id,
  campaign: (referral: ListedReferral) => referral.campaign.name,
  status: (referral: ListedReferral) => referral.status,
  status_at: (referral: ListedReferral) => referral.statusAt,
  reward_status: (referral: ListedReferral) => referral.rewardStatus,
  joined_at: (referral: ListedReferral) => referral.joinedAt,
  hints: (referral: ListedReferral) => shownHints(referral.status, referral.hints).join(', ') || null,
  friend_name: (referral: ListedReferral) => referral.person.name,
  friend_email: (referral: ListedReferral) => referral.person.email,
  friend_external_id: (referral: ListedReferral) => referral.person.externalId,
  referrer_name: (referral: ListedReferral) => referral.giver?.name ?? null,
  referrer_email: (referral: ListedReferral) => referral.giver?.email ?? null,
};
