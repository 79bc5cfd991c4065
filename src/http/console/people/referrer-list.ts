// Referrers, by what their share links brought in a range of days: the whole of Home's leaderboard.
import { z } from 'zod';
import { dayRange } from '../../../domain/day.ts';
import { counted } from '../../../domain/words.ts';
import {
  browseReferrers,
  type ListedReferrer,
  type ReferrerSort,
  referrerSorts,
  sumListedReferrers,
} from '../../../usecases/people/program-lists.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, type PageContext, page } from '../console.ts';
import {
  address,
  empty,
  everyCampaign,
  placeInList,
  readOrder,
  sortedBy,
  sortedPageLinks,
  sortHead,
} from '../lists.ts';
import { table } from '../parts.ts';
import { personLink } from '../program/referral-words.ts';
import { count } from '../words.ts';
import { viewBar } from '../workspace/saved-views.ts';
import {
  type ChosenRange,
  rangeAddress,
  rangeForm,
  rangeQuery,
  rangeWords,
  readRange,
} from './day-range-form.ts';
import { rewardsOf } from './home.ts';
import { peopleTabs } from './people-tabs.ts';

const path = '/people/referrers';
const perPage = 50;
const order = sortedBy(referrerSorts);
const usualOrder = '-qualified';

const query = z.object({
  ...rangeQuery,
  sort: order.default(usualOrder),
  place: placeInList.optional(),
});

export const referrerListPages: ConsolePage[] = [
  page(path, { title: 'Referrers', needs: 'viewer', query, show: referrersPage }),
];

const sortWords: Record<ReferrerSort, string> = {
  clicks: 'Clicks',
  joined: 'Joined',
  qualified: 'Qualified',
  issued: 'Rewards issued',
};

async function referrersPage(context: PageContext & { query: z.output<typeof query> }) {
  const { ctx, workspaceId, timeZone, query: chosen } = context;
  const range = readRange(chosen, ctx.now(), timeZone);
  const { campaign, place, sort: chosenOrder } = chosen;
  const filter = { campaignId: campaign, days: range, range: dayRange(range, timeZone) };
  const { sort, descending } = readOrder(chosenOrder);
  const request = { limit: perPage, after: place ?? null, descending };
  const usual = { sort: chosenOrder === usualOrder ? undefined : chosenOrder };
  const kept = { ...rangeAddress(range), campaign, ...usual };
  const [campaigns, { items, next }, sums, views] = await Promise.all([
    everyCampaign(ctx, workspaceId, { chosen: [campaign] }),
    browseReferrers(ctx, workspaceId, filter, sort, request),
    sumListedReferrers(ctx, workspaceId, filter),
    viewBar(context, 'referrers', kept),
  ]);
  const heads = referrerSorts.map((name) =>
    sortHead(sortWords[name], name, chosenOrder, { path, query: kept, isNumber: true }),
  );
  const rows = items.map((referrer) => row(referrer, range));
  const total = referrerSorts.map((name) => html`<td class="number"><b>${count(sums[name])}</b></td>`);
  return html`${peopleTabs('referrers')}
<section>
${views}
${rangeForm(path, range, campaign, campaigns, usual)}
${
  items.length === 0
    ? nothing(campaign !== undefined || place !== undefined)
    : table(
        ['Referrer', 'Campaign', ...heads],
        [
          html`<th scope="row" id="totals">${counted(sums.referrers, 'referrer', 'referrers')}</th><td></td>${total}`,
          ...rows,
        ],
        rangeWords(range),
      )
}
${sortedPageLinks(path, kept, place, next)}
</section>`;
}

const nothing = (used: boolean): Html =>
  used
    ? empty(html`No referrers match these filters. <a href="/console${path}">Show all referrers</a>`)
    : empty(
        html`No referrers yet. A person becomes one on a join page, or <a href="/console/people/referrers/new">add one</a>.`,
      );

function row(referrer: ListedReferrer, range: ChosenRange): Html {
  const { id, person, campaign } = referrer;
  const { from, until } = range;
  const to = (more: Record<string, string>) => address('/people/referrals', { referrer: id, ...more });
  const linked = (number: number, where: string) =>
    number === 0 ? html`0` : html`<a href="${where}">${count(number)}</a>`;
  return html`<th scope="row">${personLink(person)}</th><td>${campaign.name}</td>
<td class="number">${count(referrer.clicks)}</td>
<td class="number">${linked(referrer.joined, to({ joined_from: from, joined_until: until }))}</td>
<td class="number">${linked(referrer.qualified, to({ status: 'qualified', since_from: from, since_until: until }))}</td>
<td class="number">${linked(referrer.issued, rewardsOf(referrer, range))}</td>`;
}
