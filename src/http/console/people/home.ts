// Home: is it working, and how are the campaigns doing.
import { readFirstSteps, type Step } from '../../../usecases/people/first-steps.ts';
import {
  type Check,
  type Funnel,
  type HeldUp,
  type Level,
  readOverview,
} from '../../../usecases/people/overview.ts';
import { type Html, html } from '../../html.ts';
import { dayChart } from '../chart.ts';
import { type ConsolePage, page } from '../console.ts';
import { address } from '../lists.ts';
import { badge, table } from '../parts.ts';
import { count, dateTime } from '../words.ts';

export const homePages: ConsolePage[] = [
  page('/', {
    title: 'Home',
    nav: 'Home',
    needs: 'viewer',
    async show({ ctx, workspaceId, timeZone }) {
      const overview = await readOverview(ctx, workspaceId, timeZone);
      const { checks, funnels, days, openReviews, heldUp } = overview;
      const steps = await readFirstSteps(ctx, workspaceId, funnels);
      const started = funnels.some((funnel) => funnel.joined > 0);
      return html`<section id="working" data-live="10">
<h2>Is it working?</h2>
${verdict(checks, heldUp)}
<ul class="checks">${checks.map((check) => line(check, timeZone))}</ul>
</section>
${heldUp.map(setupNotice)}
${openReviews > 0 && html`<p class="notice">${openReviews === 1 ? 'A possible duplicate waits' : html`${count(openReviews)} possible duplicates wait`} for somebody to decide. <a href="/console/reviews">Reviews</a></p>`}
${ruleless(funnels)}
${checklist(steps)}
${funnels.length > 0 && html`<section><h2>Campaigns</h2>${funnelTable(funnels)}</section>`}
${started && html`<section><h2>The last 30 days</h2>${dayChart(days)}</section>`}`;
    },
  }),
];

const badges: Record<Level, Html> = {
  good: badge('good', 'Working'),
  fair: badge('fair', 'Needs a look'),
  bad: badge('bad', 'Needs fixing'),
};

function verdict(checks: readonly Check[], heldUp: readonly HeldUp[]): Html {
  const wrong = checks.filter((check) => check.level !== 'good').length + heldUp.length;
  if (wrong === 0) return html`<p>Yes: everything works.</p>`;
  return html`<p>${wrong === 1 ? 'One thing needs' : `${wrong} things need`} you. The rest works.</p>`;
}

/** An incomplete setup breaks nothing, but sends no person to Intercom, so it has to show here. */
function setupNotice({ id, name, side, waiting }: HeldUp): Html {
  return html`<p class="notice">${waiting === 1 ? 'One person waits' : html`${count(waiting)} people wait`} to be sent to Intercom: the setup of <b>${name}</b> is not complete. <a href="/console/campaigns/${id}/${side}">Set it up</a></p>`;
}

function line({ about, level, says, moment, fix }: Check, timeZone: string): Html {
  return html`<li>
<div><h3>${about}</h3>${badges[level]}</div>
<div><p>${says}${moment && html` <span class="quiet">(${moment.label} ${dateTime(moment.at, timeZone)})</span>`}</p>
${fix && html`<p>${fix.words} <a href="${fix.href}">${fix.label}</a></p>`}</div>
</li>`;
}

function funnelTable(funnels: readonly Funnel[]): Html {
  const rows = funnels.map(
    (funnel) => html`<th scope="row"><a href="/console/campaigns/${funnel.id}">${funnel.name}</a></th>
<td class="number">${counted(funnel, 'joined')}</td>
<td class="number">${counted(funnel, 'pending')}</td>
<td class="number">${counted(funnel, 'qualified')}${share(funnel)}</td>
<td class="number">${earned(funnel.id, 'due', funnel.rewardsDue)}</td>
<td class="number">${earned(funnel.id, 'issued', funnel.rewardsIssued)}</td>`,
  );
  const numbers = ['Joined', 'Pending', 'Qualified', 'Rewards due', 'Rewards issued'].map(
    (name) => html`<span class="number">${name}</span>`,
  );
  const caption = 'Everybody who was referred, by campaign, and how far they are';
  return table(['Campaign', ...numbers], rows, caption);
}

function counted(funnel: Funnel, stage: 'joined' | 'pending' | 'qualified'): Html {
  if (funnel[stage] === 0) return html`0`;
  const status = stage === 'joined' ? '' : `&status=${stage}`;
  return html`<a href="${`/console/people?campaign=${funnel.id}${status}`}">${count(funnel[stage])}</a>`;
}

function earned(campaign: string, status: 'due' | 'issued', number: number): Html {
  if (number === 0) return html`0`;
  return html`<a href="${address('/rewards', { campaign, status })}">${count(number)}</a>`;
}

function share({ qualified, joined }: Funnel): Html | null {
  if (joined === 0) return null;
  return html` <span class="quiet">(${Math.round((100 * qualified) / joined)} %)</span>`;
}

function checklist(steps: readonly Step[]): Html | null {
  if (steps.length === 0) return null;
  const next = steps.find((step) => !step.isDone);
  const done = steps.filter((step) => step.isDone).length;
  const item = (step: Step) => html`<li>
<div><h3>${step.name}</h3>${step.isDone ? badge('good', 'Done') : step === next ? badge('fair', 'Next') : badge('plain', 'To do')}</div>
${!step.isDone && html`<div><p>${step.how}</p><p><a href="${step.href}">${step.label}</a></p></div>`}
</li>`;
  return html`<section id="first-steps"><h2>First steps</h2>
<p>${done} of ${steps.length} done. This list goes away with the first reward that is issued.</p>
<ol class="checks">${steps.map(item)}</ol></section>`;
}

function ruleless(funnels: readonly Funnel[]): Html | null {
  const found = funnels.find((funnel) => funnel.rules === 0 && funnel.pending > 0);
  if (!found) return null;
  return html`<p class="notice">Nothing qualifies by itself in <b>${found.name}</b>: ${count(found.pending)} are pending, and it has no rule. <a href="/console/campaigns/${found.id}/rules">Write one</a>.</p>`;
}
