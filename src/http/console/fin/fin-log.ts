// How often Fin asked, and what came of it: from our own counts, and from Intercom's log where it can be read.
import { type ConnectorName, connectorNames, type FinOutcome } from '../../../domain/fin/question.ts';
import { type FinDay, readFinDays } from '../../../usecases/fin/fin-counts.ts';
import { type ExecutionSummary, readExecutionLog } from '../../../usecases/fin/fin-setup.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, page } from '../console.ts';
import { helpLink } from '../help/help-topics.ts';
import { empty } from '../lists.ts';
import { table } from '../parts.ts';

const days = 30;

export const finLogPages: ConsolePage[] = [
  page('/fin/log', {
    title: 'What Fin asked',
    tab: { group: 'Fin', label: 'Log' },
    needs: 'viewer',
    async show({ ctx, workspaceId, timeZone, tabs }) {
      const [counted, executions] = await Promise.all([
        readFinDays(ctx, workspaceId, timeZone, days),
        readExecutionLog(ctx, workspaceId),
      ]);
      return html`${tabs}
<section><h2>Last ${days} days</h2>
${counted.length === 0 ? empty(html`Fin has not asked yet. Once its data connectors are live, its questions are counted here.`) : countedTables(counted)}
${counted.some(({ outcome }) => outcome === 'unnamed') && noId}
<p class="hint">Counted by day. Nothing about a customer is kept here. <b>Unverified</b> customers were told only about the program.</p>
</section>
<section><h2>Intercom’s own log, last 24 hours</h2>${intercomLog(executions)}</section>`;
    },
  }),
];

const noId = html`<p class="notice fair">Some questions came without an ID, so Fin got only public text. In Intercom, under <b>Settings › Integrations › Data connectors</b>, bind the inputs <code>contact_id</code> and <code>user_id</code> of each connector to the customer’s attributes. Visitors have none, so a few such questions are normal. ${helpLink('fin')}</p>`;

const questionWords: Record<ConnectorName, string> = {
  'referral-status': 'Referral status',
  rewards: 'Rewards',
  'my-link': 'My link',
  program: 'Program',
  'resend-link': 'Send a link again',
  'missing-referral': 'Missing referral',
};

function countedTables(counted: readonly FinDay[]): Html {
  const head = ['Asked', 'Answered', 'Not found', 'Unverified', 'No ID', 'Refused', 'Failed', 'Slow'];
  const questions = connectorNames.filter((name) => counted.some(({ question }) => question === name));
  const byQuestion = questions.map(
    (name) =>
      html`<th scope="row">${questionWords[name]}</th>${cells(counted.filter(({ question }) => question === name))}`,
  );
  const dates = [...new Set(counted.map(({ day }) => day))].toReversed();
  const byDay = dates.map(
    (day) => html`<th scope="row">${day}</th>${cells(counted.filter((each) => each.day === day))}`,
  );
  return html`${table(['Question', ...head], [...byQuestion, html`<th scope="row">All</th>${cells(counted)}`])}
${table(['Day', ...head], byDay)}`;
}

function cells(counted: readonly FinDay[]): Html {
  const sum = (list: readonly FinDay[]) => list.reduce((total, { requests }) => total + requests, 0);
  const of = (outcome: FinOutcome) => sum(counted.filter((each) => each.outcome === outcome));
  const slow = counted.reduce((total, each) => total + each.slow, 0);
  const numbers = [
    ...[sum(counted), of('answered'), of('not-found'), of('unverified'), of('unnamed')],
    ...[of('refused'), of('failed'), slow],
  ];
  return html`${numbers.map((number) => html`<td>${number.toLocaleString('en-US')}</td>`)}`;
}

function intercomLog(executions: readonly ExecutionSummary[] | null): Html {
  if (executions === null)
    return html`<p class="quiet">Intercom does not let the app read it. It is in Intercom, in the logs of each data connector.</p>`;
  if (executions.length === 0) return html`<p class="quiet">No data connectors were created from here.</p>`;
  const rows = executions.map(
    ({ name, executions: all, failed, errors }) => html`<th scope="row">${questionWords[name]}</th>
<td>${all === 30 ? '30 or more' : String(all)}</td><td>${failed}</td>
<td>${errors.length === 0 ? '—' : errors.map(([type, count]) => html`<code>${type}</code> × ${count} `)}</td>`,
  );
  return table(['Data connector', 'Executions', 'Failed', 'Errors'], rows);
}
