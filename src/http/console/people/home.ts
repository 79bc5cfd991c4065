// Home: is it working, and how the program does: a funnel over a range of days, each number with the list behind it.
import { z } from 'zod';
import { type DayRange, rangeBefore } from '../../../domain/people/day-range.ts';
import { type FirstStep, firstSteps } from '../../../usecases/people/first-steps.ts';
import {
  type Funnel,
  readFunnel,
  type Stage,
  type StageCounts,
  stages,
} from '../../../usecases/people/funnel.ts';
import {
  type CampaignOverview,
  type Check,
  type HeldUp,
  type Level,
  readOverview,
} from '../../../usecases/people/overview.ts';
import { type Html, html } from '../../html.ts';
import { dayChart } from '../chart.ts';
import { type ConsolePage, page } from '../console.ts';
import { address, everyCampaign } from '../lists.ts';
import { badge, stepList, table } from '../parts.ts';
import { personLink } from '../program/referral-words.ts';
import { count, timeAgo } from '../words.ts';
import {
  beforeWords,
  type ChosenRange,
  rangeAddress,
  rangeForm,
  rangeQuery,
  rangeWords,
  readRange,
} from './day-range-form.ts';

export const homePages: ConsolePage[] = [
  page('/', {
    title: 'Home',
    nav: 'Home',
    needs: 'viewer',
    query: z.object(rangeQuery),
    async show({ ctx, workspaceId, timeZone, query }) {
      const range = readRange(query, ctx.now(), timeZone);
      const { campaign: campaignId } = query;
      const [overview, funnel, known] = await Promise.all([
        readOverview(ctx, workspaceId),
        readFunnel(ctx, workspaceId, { range, campaignId, timeZone }),
        everyCampaign(ctx, workspaceId, { chosen: [campaignId] }),
      ]);
      const { checks, campaigns, openReviews, heldUp } = overview;
      const current = known.filter(({ standing }) => standing.archivedAt === null);
      // Archived campaigns show as long as anything is counted in them.
      const isShown = ({ id, pending, rewardsDue }: CampaignOverview) =>
        campaignId === undefined
          ? known.some((each) => each.id === id) || funnel.byCampaign.has(id) || pending + rewardsDue > 0
          : id === campaignId;
      return html`<section id="working" data-live="10">
<h2>System status</h2>
${verdict(checks, heldUp)}
<ul class="checks">${checks.map((check) => line(check, { now: ctx.now(), timeZone }))}</ul>
</section>
${heldUp.map(setupNotice)}
${openReviews > 0 && html`<p class="notice">${openReviews === 1 ? 'One review waits' : html`${count(openReviews)} reviews wait`} for a decision. <a href="/console/reviews">Reviews</a></p>`}
${ruleless(campaigns)}
${checklist(firstSteps(overview, current, ctx.config.publicUrl))}
${
  campaigns.length > 0 &&
  html`<section id="program"><h2>Program performance</h2>
${rangeForm('/', range, campaignId, known)}
${figures(funnel, range, campaignId)}
${dayChart(funnel.days, rangeWords(range))}</section>
${leaderboard(funnel, range, campaignId)}
<section><h2>Campaigns</h2>${campaignTable(campaigns.filter(isShown), funnel, range)}</section>`
}`;
    },
  }),
];

const badges: Record<Level, Html> = {
  good: badge('good', 'Working'),
  fair: badge('fair', 'Warning'),
  bad: badge('bad', 'Needs fixing'),
};

function verdict(checks: readonly Check[], heldUp: readonly HeldUp[]): Html {
  const wrong = checks.filter((check) => check.level !== 'good').length + heldUp.length;
  if (wrong === 0) return html`<p data-says>All systems operational.</p>`;
  return html`<p data-says>${wrong === 1 ? '1 issue needs' : `${wrong} issues need`} attention.</p>`;
}

/** An incomplete setup breaks nothing, but sends no person to Intercom, so it has to show here. */
function setupNotice({ id, name, side, waiting }: HeldUp): Html {
  return html`<p class="notice">${waiting === 1 ? 'One person waits' : html`${count(waiting)} people wait`} to be sent to Intercom: the setup of <b>${name}</b> is incomplete. <a href="/console/campaigns/${id}/${side}">Set up</a></p>`;
}

function line({ about, level, says, moment, fix }: Check, at: { now: Date; timeZone: string }): Html {
  return html`<li>
<div><h3>${about}</h3>${badges[level]}</div>
<div><p>${says}${moment && html` <span class="quiet">(${moment.label} ${timeAgo(moment.at, at)})</span>`}</p>
${fix && html`<p>${fix.words} <a href="${fix.href}">${fix.label}</a></p>`}</div>
</li>`;
}

const stageWords: Record<Stage, string> = {
  clicks: 'Clicks',
  joined: 'Joined',
  qualified: 'Qualified',
  issued: 'Rewards issued',
};

const hints: Record<Stage, string> = {
  clicks: 'on share links',
  joined: 'friends who were referred',
  qualified: 'and not disqualified since',
  issued: 'to referrers and friends',
};

/** The list of what a number counts. */
function listOf(stage: Stage, { from, until }: DayRange, campaign: string | undefined): string {
  switch (stage) {
    case 'clicks':
      return address('/people/referrers', { campaign, from, until, sort: '-clicks' });
    case 'joined':
      return address('/people/referrals', { campaign, joined_from: from, joined_until: until });
    case 'qualified':
      return address('/people/referrals', {
        ...{ campaign, status: 'qualified', since_from: from, since_until: until },
      });
    case 'issued':
      return address('/rewards', { status: 'issued', campaign, from, until });
  }
}

const linked = (number: number, to: string): Html =>
  number === 0 ? html`0` : html`<a href="${to}">${count(number)}</a>`;

function figures({ now, before }: Funnel, range: ChosenRange, campaign: string | undefined): Html {
  const earlier = rangeBefore(range);
  return html`<div class="grid figures">${stages.map(
    (stage) => html`<div class="card"><h3>${stageWords[stage]}</h3>
<p class="figure">${linked(now[stage], listOf(stage, range, campaign))}</p>
<p class="quiet">${hints[stage]}</p>
<p class="quiet">${comparison(now[stage], before[stage], beforeWords(range), listOf(stage, earlier, campaign))}</p></div>`,
  )}</div>`;
}

/** A percentage of nothing would mean nothing. */
function comparison(now: number, before: number, when: string, to: string): Html {
  if (before === 0) return html`None in ${when}${now === 0 && ' either'}`;
  const then = html`<a href="${to}">${count(before)}</a>`;
  if (now === before) return html`Same as in ${when}`;
  const percent = Math.round((100 * Math.abs(now - before)) / before);
  const share = percent === 0 ? 'less than 1' : count(percent);
  return html`${now > before ? 'Up' : 'Down'} ${share}% from ${then} in ${when}`;
}

function leaderboard({ leaders }: Funnel, range: ChosenRange, campaign: string | undefined): Html | null {
  if (leaders.length === 0) return null;
  const { from, until } = range;
  const rows = leaders.map(
    (
      leader,
    ) => html`<th scope="row">${personLink(leader.person)}${campaign === undefined && html` <span class="quiet">${leader.campaign.name}</span>`}</th>
<td class="number">${linked(leader.joined, address('/people/referrals', { referrer: leader.id, joined_from: from, joined_until: until }))}</td>
<td class="number">${linked(leader.qualified, address('/people/referrals', { referrer: leader.id, status: 'qualified', since_from: from, since_until: until }))}</td>
<td class="number">${linked(leader.issued, rewardsOf(leader, range))}</td>`,
  );
  const all = address('/people/referrers', { ...rangeAddress(range), campaign, sort: '-qualified' });
  return html`<section id="leaders"><div class="row apart"><h2>Top referrers</h2><a href="${all}">All referrers</a></div>
${table(['Referrer', ...numberHeads(['Joined', 'Qualified', 'Rewards issued'])], rows, `${rangeWords(range)}, most qualified first`)}</section>`;
}

type Rewarded = { person: { id: string }; campaign: { id: string } };

/** What a referrer was issued. */
export const rewardsOf = ({ person, campaign }: Rewarded, { from, until }: DayRange): string =>
  address('/rewards', {
    ...{ status: 'issued', campaign: campaign.id, recipient: 'referrer', person: person.id, from, until },
  });

export const numberHeads = (names: readonly string[]): Html[] =>
  names.map((name) => html`<span class="number">${name}</span>`);

const none: StageCounts = { clicks: 0, joined: 0, qualified: 0, issued: 0 };

function campaignTable(
  campaigns: readonly CampaignOverview[],
  { byCampaign }: Funnel,
  range: ChosenRange,
): Html {
  const rows = campaigns.map(({ id, name, pending, rewardsDue }) => {
    const counts = byCampaign.get(id) ?? none;
    return html`<th scope="row"><a href="/console/campaigns/${id}">${name}</a></th>
${stages.map((stage) => html`<td class="number">${linked(counts[stage], listOf(stage, range, id))}</td>`)}
<td class="number">${linked(pending, address('/people/referrals', { campaign: id, status: 'pending' }))}</td>
<td class="number">${linked(rewardsDue, address('/rewards', { campaign: id, status: 'due' }))}</td>`;
  });
  const names = [...stages.map((stage) => stageWords[stage]), 'Pending now', 'Rewards due now'];
  return table(['Campaign', ...numberHeads(names)], rows, `${rangeWords(range)}, with what is open now`);
}

function checklist(steps: readonly FirstStep[]): Html | null {
  if (steps.length === 0) return null;
  const done = steps.filter((step) => step.isDone).length;
  return html`<section id="first-steps"><h2>First steps</h2>
<p>${done} of ${steps.length} done. This list disappears when the first reward is issued.</p>
${stepList(steps)}</section>`;
}

function ruleless(campaigns: readonly CampaignOverview[]): Html | null {
  const found = campaigns.find(({ rules, pending }) => rules === 0 && pending > 0);
  if (!found) return null;
  return html`<p class="notice"><b>${found.name}</b> has no rule, so its ${count(found.pending)} pending referrals won’t qualify automatically. <a href="/console/campaigns/${found.id}/rules">Add a rule</a></p>`;
}
