// Run log: all work outside of this app, what waits and what failed, with retries.
import { z } from 'zod';
import { calendarDay, dayRange } from '../../../domain/day.ts';
import {
  hasFailed,
  type LoggedRun,
  type RunFilter,
  runStates,
  workKindNames,
} from '../../../domain/runs/run.ts';
import { countFailed } from '../../../usecases/people/overview.ts';
import {
  countRunsToRetry,
  dismissFailedRuns,
  dismissRun,
  getRun,
  listRuns,
  retryFailedRuns,
  retryRun,
} from '../../../usecases/runs/run-log.ts';
import { peopleOfRuns, subjectsMatching } from '../../../usecases/runs/run-people.ts';
import { pagedByNumber, text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, type PageContext, page, withId } from '../console.ts';
import { selectField, textField } from '../fields.ts';
import { address, empty, filterForm, isFiltered, pageAt, pageLinks, pretty } from '../lists.ts';
import { buttonForm, table } from '../parts.ts';
import { personLink } from '../program/referral-words.ts';
import { count, dateTime } from '../words.ts';
import { dismissForm, reasonField, reasonGiven } from './dismissal.ts';
import {
  canRetry,
  kindText,
  runBadge,
  runColumns,
  runProgress,
  runRow,
  stateWords,
  workText,
} from './run-words.ts';

const path = '/run-log';

const filters = {
  kind: text(50).optional(),
  who: text(255).optional(),
  from: calendarDay.optional(),
  until: calendarDay.optional(),
};
const query = z.object({ state: z.enum(runStates).optional(), ...filters, cursor: pagedByNumber.cursor });
type Filters = Omit<z.output<typeof query>, 'cursor'>;

export const runLogPages: ConsolePage[] = [
  page(path, {
    title: 'Run log',
    nav: 'Run log',
    navCount: (ctx, workspaceId) => countFailed(ctx, workspaceId, 1_000),
    tab: { group: 'Logs', label: 'Runs' },
    needs: 'viewer',
    query,
    async show(context) {
      const { ctx, workspaceId, timeZone, isAdministrator, tabs, query } = context;
      const { cursor, ...filters } = query;
      const filter = await filterOf(context, filters);
      const { items, next } = await listRuns(ctx, workspaceId, filter, pageAt(cursor));
      const people = await peopleOfRuns(ctx, workspaceId, items);
      const used = isFiltered(filters);
      return html`${tabs}
<section>
${filterForm(path, filters, fields(filters))}
<div id="runs" data-live="5">
${items.length === 0 ? nothing(used || cursor !== undefined) : runTable(items, people, timeZone)}
</div>
${pageLinks(path, filters, cursor, next)}
${items.length > 0 && isAdministrator && linksToFailed(filters)}
</section>`;
    },
  }),
  page(`${path}/retry`, {
    title: 'Retry failed runs',
    needs: 'administrator',
    query: z.object(filters),
    show: (context) =>
      askAboutFailed(context, 'retry', (failed, which) => ({
        says: html`${which} will be retried with all attempts. Finished steps are not repeated.`,
        label: failed === 1 ? 'Retry run' : `Retry all ${count(failed)}`,
      })),
  }),
  form(`${path}/retry`, {
    title: 'Retry failed runs',
    needs: 'administrator',
    body: z.object(filters),
    async act(context) {
      const { ctx, workspaceId, actor, body } = context;
      const retried = await retryFailedRuns(ctx, workspaceId, await filterOf(context, body), actor);
      const flash = `${count(retried)} ${retried === 1 ? 'run is' : 'runs are'} scheduled again.`;
      return { to: address(path, body), flash };
    },
  }),
  page(`${path}/dismiss`, {
    title: 'Dismiss failed runs',
    needs: 'administrator',
    query: z.object(filters),
    show: (context) =>
      askAboutFailed(context, 'dismiss', (failed, which) => ({
        says: html`Home and alerts no longer count ${which}. Nothing else changes, and dismissed runs can still be retried.`,
        label: failed === 1 ? 'Dismiss run' : `Dismiss ${count(failed)} runs`,
        more: reasonField,
      })),
  }),
  form(`${path}/dismiss`, {
    title: 'Dismiss failed runs',
    needs: 'administrator',
    body: z.object({ ...filters, reason: reasonGiven }),
    async act(context) {
      const { ctx, workspaceId, actor, body } = context;
      const { reason, ...filters } = body;
      const filter = await filterOf(context, filters);
      const dismissed = await dismissFailedRuns(ctx, workspaceId, filter, { actor, reason });
      const flash = `Dismissed ${count(dismissed)} ${dismissed === 1 ? 'run' : 'runs'}.`;
      return { to: address(path, filters), flash };
    },
  }),
  page(`${path}/:id`, {
    title: 'Run',
    needs: 'viewer',
    params: withId,
    async show(context) {
      const { ctx, workspaceId, params } = context;
      const run = await getRun(ctx, workspaceId, params.id);
      const person = (await peopleOfRuns(ctx, workspaceId, [run])).get(run.id);
      return { title: workText(run), body: runPage(run, person ? personLink(person) : null, context) };
    },
  }),
  form(`${path}/:id/retry`, {
    title: 'Run',
    needs: 'administrator',
    params: withId,
    async act({ ctx, workspaceId, actor, params }) {
      await retryRun(ctx, workspaceId, params.id, actor);
      return { to: `/console${path}/${params.id}`, flash: 'Retry scheduled, with all attempts.' };
    },
  }),
  form(`${path}/:id/dismiss`, {
    title: 'Run',
    needs: 'administrator',
    params: withId,
    body: z.object({ reason: reasonGiven }),
    async act({ ctx, workspaceId, actor, params, body: { reason } }) {
      await dismissRun(ctx, workspaceId, params.id, { actor, reason });
      return { to: `/console${path}/${params.id}`, flash: 'Dismissed. Home and alerts no longer count it.' };
    },
  }),
];

type Question = { says: Html; label: string; more?: Html };

/** Before all failed runs of the filters are retried or dismissed. `which` names them in a sentence. */
async function askAboutFailed(
  context: PageContext & { query: Filters },
  act: 'retry' | 'dismiss',
  question: (failed: number, which: Html) => Question,
): Promise<Html> {
  const { ctx, workspaceId, csrf, query: chosen } = context;
  const failed = await countRunsToRetry(ctx, workspaceId, await filterOf(context, chosen));
  const back = address(path, { ...chosen, state: 'failed' });
  if (failed === 0) return empty(html`No failed runs match. <a href="${back}">Back to the run log</a>`);
  const which = html`<b>${count(failed)}</b> failed ${failed === 1 ? 'run' : 'runs'}${described(chosen)}`;
  const { says, label, more } = question(failed, which);
  const fields = { fields: chosen, style: 'main', ...(more && { more }) };
  return html`<section>
<p>${says}</p>
<div class="row">${buttonForm(`/console${path}/${act}`, csrf, label, fields)}
<a href="${back}">Cancel</a></div>
</section>`;
}

async function filterOf(
  { ctx, workspaceId, timeZone }: PageContext,
  { state, kind, who, from, until }: Filters,
): Promise<RunFilter> {
  return {
    state,
    kind,
    subjects: who === undefined ? undefined : await subjectsMatching(ctx, workspaceId, who),
    ...dayRange({ from, until }, timeZone),
  };
}

function fields({ state, kind, who, from, until }: Filters): Html[] {
  return [
    selectField({
      ...{ name: 'state', label: 'State', value: state ?? '' },
      options: [['', 'Any state'], ...Object.entries(stateWords)],
    }),
    selectField({
      ...{ name: 'kind', label: 'Kind', value: kind ?? '' },
      options: [['', 'Any kind'], ...workKindNames.map((name) => [name, kindText(name)] as const)],
    }),
    textField({
      ...{ name: 'who', label: 'Person', type: 'search', value: who ?? null },
      more: html` placeholder="Name or email"`,
    }),
    textField({ name: 'from', label: 'From', type: 'date', value: from ?? null }),
    textField({ name: 'until', label: 'Until', type: 'date', value: until ?? null }),
  ];
}

const nothing = (used: boolean) =>
  used
    ? empty(html`No runs match. <a href="/console/run-log">Show all</a>`)
    : empty(html`No runs yet. Changes to referrals and writes to Intercom show here.`);

type People = Awaited<ReturnType<typeof peopleOfRuns>>;

function runTable(runs: readonly LoggedRun[], people: People, timeZone: string): Html {
  return table(
    [...runColumns, 'Person'],
    runs.map((run) => {
      const person = people.get(run.id);
      return html`${runRow(run, timeZone)}
<td>${person ? personLink(person) : html`<code>${run.contactId ?? '—'}</code>`}</td>`;
    }),
    'Newest first',
  );
}

function linksToFailed({ state, ...filters }: Filters): Html | null {
  if (state !== undefined && state !== 'failed') return null;
  return html`<p><a href="${address(`${path}/retry`, filters)}">Retry all failed runs${described(filters)}…</a>
<a href="${address(`${path}/dismiss`, filters)}">Dismiss all failed runs${described(filters)}…</a></p>`;
}

function described({ kind, who, from, until }: Filters): string {
  return [
    kind === undefined ? '' : ` of the kind “${kindText(kind)}”`,
    who === undefined ? '' : ` of “${who}”`,
    from === undefined ? '' : ` from ${from} on`,
    until === undefined ? '' : ` until ${until}`,
  ].join('');
}

function runPage(
  run: LoggedRun,
  person: Html | null,
  { timeZone, isAdministrator, csrf }: PageContext,
): Html {
  const retry = canRetry(run) && isAdministrator;
  return html`<p><a href="/console/run-log">All runs</a></p>
<div id="run" data-live="5"><section>
<div class="row apart"><h2>${run.cause}</h2>${runBadge(run)}</div>
${runProgress(run, timeZone)}
<dl>
<dt>Person</dt><dd>${person ?? '—'}</dd>
<dt>Contact</dt><dd>${run.contactId === null ? '—' : html`<code>${run.contactId}</code>`}</dd>
<dt>Kind</dt><dd>${run.kind}</dd>
<dt>Recorded</dt><dd>${dateTime(run.createdAt, timeZone)}</dd>
<dt>Sent</dt><dd>${run.attemptedAt ? dateTime(run.attemptedAt, timeZone) : '—'}</dd>
<dt>Finished</dt><dd>${run.finishedAt ? dateTime(run.finishedAt, timeZone) : '—'}</dd>
<dt>Failed attempts</dt><dd>${run.attempts} of ${run.maxAttempts}</dd>
<dt>Run ID</dt><dd><code>${run.id}</code></dd>
</dl>
${run.state === 'dismissed' && html`<p class="quiet">Dismissed${run.dismissedBecause !== null && html`: ${run.dismissedBecause}`}. Home and alerts do not count it.</p>`}
${retry && buttonForm(`/console/run-log/${run.id}/retry`, csrf, hasFailed(run) ? 'Retry' : 'Try now', { style: 'main' })}
${run.state === 'failed' && isAdministrator && dismissForm(`/console/run-log/${run.id}/dismiss`, csrf, 'Dismiss run')}
</section>
<section><h2>Last request and response</h2>
${run.exchange === null ? html`<p class="quiet">Not stored: nothing was sent yet, or it is too old.</p>` : exchangeParts(run.exchange)}
<p class="hint">Secrets are never stored.</p>
</section></div>
<section><details><summary>Recorded work</summary>${pretty(run.work)}</details></section>`;
}

const exchangeSchema = z.object({ request: z.unknown(), answer: z.unknown() });

/** Puts the request first: jsonb does not keep the order. */
function exchangeParts(exchange: unknown): Html {
  const read = exchangeSchema.safeParse(exchange);
  if (!read.success) return pretty(exchange);
  return html`<h3>Request</h3>${pretty(read.data.request)}<h3>Answer</h3>${pretty(read.data.answer)}`;
}
