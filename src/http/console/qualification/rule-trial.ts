// The dry run of a drafted rule: who would qualify, who would not, and why. It changes nothing.
import { z } from 'zod';
import { ruleSentence } from '../../../domain/qualification/rule-sentence.ts';
import { readPlannedCampaign } from '../../../usecases/campaigns/campaign-drafts.ts';
import { dryRunRule, type Trial } from '../../../usecases/qualification/dry-run.ts';
import { cursorOf, paged } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { campaignPage, campaignPath } from '../campaigns/campaign-frame.ts';
import { type ConsolePage, page, withId } from '../console.ts';
import { selectField } from '../fields.ts';
import { pageAt } from '../lists.ts';
import { type Badge, badge, table } from '../parts.ts';
import { count, date } from '../words.ts';
import { ruleIn } from './campaign-rules.ts';

const atOnce = 200;
const periods = [
  ['7', 'the last 7 days'],
  ['30', 'the last 30 days'],
  ['90', 'the last 90 days'],
  ['365', 'the last year'],
] as const;

/** `settled`: the rule is met, but the referral already has the target status or cannot qualify any more. */
type Result = Trial['would'] | 'settled';
const resultOrder = ['qualify', 'disqualify', 'hold', 'settled', 'nothing'] as const;
const resultWords: Record<Result, Badge> = {
  qualify: ['good', 'Would qualify'],
  disqualify: ['bad', 'Would be disqualified'],
  hold: ['fair', 'Would wait'],
  settled: ['plain', 'Already decided'],
  nothing: ['plain', 'No match'],
};

function resultOf({ would, referral }: Trial): Result {
  const past = would === 'disqualify' ? referral.status === 'disqualified' : referral.status !== 'pending';
  return would !== 'nothing' && past ? 'settled' : would;
}

export const trialPages: ConsolePage[] = [
  page('/campaigns/:id/rules/:rule/try', {
    title: 'Dry run',
    needs: 'viewer',
    params: withId.extend({ rule: z.guid() }),
    query: z.object({
      days: z.coerce.number().int().min(1).max(365).default(30),
      after: paged.cursor,
    }),
    async show(context) {
      const { ctx, workspaceId, timeZone, params, query } = context;
      const planned = await readPlannedCampaign(ctx, workspaceId, params.id);
      const { name, definition } = ruleIn(planned, params.rule);
      const request = { tried: { campaignId: params.id, name, definition }, days: query.days };
      const result = await dryRunRule(ctx, workspaceId, request, pageAt(query.after, atOnce));
      const path = campaignPath(params.id, `/rules/${params.rule}`);
      const body = html`<section><h2>Dry run of “${name}”</h2>
<p>${ruleSentence(definition, timeZone)}</p>
<p class="quiet">What this rule would have done with the events of this period. Without events, it looks at the contacts as they are now.
Nothing is changed.</p>
<form method="get" action="${path}/try" class="filters">
${selectField({ name: 'days', label: 'Look back over', value: String(query.days), options: periods })}
<button>Run again</button> <a class="button" href="${path}">Change the rule</a></form>
</section>
${results({ ...result, days: query.days, path: `${path}/try`, timeZone, isFirst: query.after === undefined })}`;
      return campaignPage(planned, context, '/rules', body);
    },
  }),
];

type Results = Awaited<ReturnType<typeof dryRunRule>> & {
  days: number;
  path: string;
  timeZone: string;
  isFirst: boolean;
};

function results({ items, next, total, remaining, days, path, timeZone, isFirst }: Results): Html {
  if (total === 0) return html`<section><p class="empty">No referrals in this campaign yet.</p></section>`;
  const done = total - remaining;
  const more = (cursor: string | null) =>
    `${path}?${new URLSearchParams({ days: String(days), ...(cursor === null ? {} : { after: cursor }) })}`;
  return html`<section><h2>Results by person</h2>
<p><label for="done">${count(done)} of ${count(total)} referrals tried</label>
<progress id="done" max="${total}" value="${done}">${count(done)} of ${count(total)}</progress></p>
<p class="row">${resultOrder.map((result) => counted(items, result))}</p>
${table(
  ['Person', 'Status now', 'Result', 'Reason'],
  items.map((trial) => trialRow(trial, timeZone)),
)}
<p class="pages">${!isFirst && html`<a href="${more(null)}">Back to the start</a>`}
${next !== null && html`<a class="button" href="${more(cursorOf(next))}">Try the next ${count(Math.min(atOnce, remaining))}</a>`}</p>
</section>`;
}

function counted(items: readonly Trial[], result: Result): Html | null {
  const matching = items.filter((trial) => resultOf(trial) === result);
  const [tone, words] = resultWords[result];
  return matching.length === 0 ? null : badge(tone, `${words}: ${count(matching.length)}`);
}

function trialRow(trial: Trial, timeZone: string): Html {
  const { referral, at, explanation, reasons } = trial;
  const { person, status } = referral;
  return html`<th scope="row">${person.name ?? person.email ?? person.externalId ?? 'No name'}${person.name !== null && person.email !== null && html`<br><span class="quiet">${person.email}</span>`}</th>
<td>${status}</td>
<td>${badge(...resultWords[resultOf(trial)])}${at !== null && html`<br>${date(at, timeZone)}`}</td>
<td class="wide">${explanation}${reasons.length > 1 && html`<details><summary>Each condition</summary><ul>${reasons.map(({ met, wanted, seen }) => html`<li>${met ? 'Met' : 'Not met'}: ${wanted}; ${seen}</li>`)}</ul></details>`}</td>`;
}
