// Run log: everything done outside of this app, what waits and what failed, with a retry for one run or all shown.
import { z } from 'zod';
import type { Context } from '../../../context.ts';
import { dayAfter, startOfDay } from '../../../domain/day.ts';
import type { LoggedRun, RunFilter } from '../../../domain/runs/run.ts';
import { runStates, workKindNames } from '../../../domain/runs/run.ts';
import { byTeammate } from '../../../domain/workspace/audit.ts';
import { mayDo } from '../../../domain/workspace/teammate.ts';
import {
  countRunsToRetry,
  getRun,
  listRuns,
  retryFailedRuns,
  retryRun,
} from '../../../usecases/runs/run-log.ts';
import { peopleOfRuns, subjectsMatching } from '../../../usecases/runs/run-people.ts';
import type { Visitor } from '../../../usecases/workspace/sessions.ts';
import { pagedByNumber, text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, none, page, withId } from '../console.ts';
import { selectField, textField } from '../fields.ts';
import { address, empty, filterForm, pageLinks, pretty } from '../lists.ts';
import { buttonForm, table } from '../parts.ts';
import { personLink } from '../program/referral-words.ts';
import { workTabs } from '../tabs.ts';
import { count, dateTime } from '../words.ts';
import {
  canRetry,
  kindText,
  progress,
  runColumns,
  runRow,
  stateBadge,
  stateWords,
  workText,
} from './run-words.ts';

const path = '/run-log';
const runsOnPage = 25;

const day = z.iso.date();
const filters = {
  kind: text(50).optional(),
  who: text(255).optional(),
  from: day.optional(),
  until: day.optional(),
};
const query = z.object({ state: z.enum(runStates).optional(), ...filters, cursor: pagedByNumber.cursor });
type Filters = Omit<z.output<typeof query>, 'cursor'>;

export const runLogPages: ConsolePage[] = [
  page({
    path,
    title: 'Run log',
    nav: 'Run log',
    needs: 'viewer',
    params: none,
    query,
    async show({ ctx }, { visitor, query: { cursor, ...filters } }) {
      const { workspaceId } = visitor;
      const filter = await filterOf(ctx, visitor, filters);
      const { items, next } = await listRuns(ctx, workspaceId, filter, {
        limit: runsOnPage,
        after: cursor ?? null,
      });
      const people = await peopleOfRuns(ctx, workspaceId, items);
      const used = Object.values(filters).some((value) => value !== undefined);
      return html`${workTabs(path, visitor.role)}
<section>
${filterForm(path, fields(filters), used)}
<div id="runs" data-live="5">
${items.length === 0 ? nothing(used || cursor !== undefined) : runTable(items, people, visitor.timeZone)}
</div>
${pageLinks(path, filters, cursor !== undefined, next)}
${items.length > 0 && mayDo(visitor.role, 'administrator') && retryLink(filters)}
</section>`;
    },
  }),
  page({
    path: `${path}/retry`,
    title: 'Retry failed runs',
    needs: 'administrator',
    params: none,
    query: z.object(filters),
    async show({ ctx }, { visitor, csrf, query: filters }) {
      const failed = await countRunsToRetry(ctx, visitor.workspaceId, await filterOf(ctx, visitor, filters));
      const back = address(path, { ...filters, state: 'failed' });
      if (failed === 0)
        return empty(html`None of them has failed. <a href="${back}">Back to the run log</a>`);
      const label = failed === 1 ? 'Retry it' : `Retry all ${count(failed)}`;
      return html`<section>
<p><b>${count(failed)}</b> failed ${failed === 1 ? 'run' : 'runs'}${described(filters)} will be tried again, each with all of its attempts. What was done already is not done twice.</p>
<div class="row">${buttonForm('/console/run-log/retry', csrf, label, { fields: filledFilters(filters), style: 'main' })}
<a href="${back}">Leave them as they are</a></div>
</section>`;
    },
  }),
  form({
    path: `${path}/retry`,
    title: 'Retry failed runs',
    needs: 'administrator',
    params: none,
    body: z.object(filters),
    async act({ ctx }, { visitor, body }) {
      const filter = await filterOf(ctx, visitor, body);
      const retried = await retryFailedRuns(ctx, visitor.workspaceId, filter, byTeammate(visitor));
      const flash = `${count(retried)} ${retried === 1 ? 'run is' : 'runs are'} due again.`;
      return { to: address(path, body), flash };
    },
  }),
  page({
    path: `${path}/:id`,
    title: 'Run',
    needs: 'viewer',
    params: withId,
    query: none,
    async show({ ctx }, { visitor, csrf, params }) {
      const run = await getRun(ctx, visitor.workspaceId, params.id);
      const person = (await peopleOfRuns(ctx, visitor.workspaceId, [run])).get(run.id);
      return { title: workText(run), body: runPage(run, person ? personLink(person) : null, visitor, csrf) };
    },
  }),
  form({
    path: `${path}/:id/retry`,
    title: 'Run',
    needs: 'administrator',
    params: withId,
    body: none,
    async act({ ctx }, { visitor, params }) {
      await retryRun(ctx, visitor.workspaceId, params.id, byTeammate(visitor));
      return { to: `/console${path}/${params.id}`, flash: 'The run is due again, with all of its attempts.' };
    },
  }),
];

async function filterOf(
  ctx: Context,
  { workspaceId, timeZone }: Visitor,
  { state, kind, who, from, until }: Filters,
): Promise<RunFilter> {
  return {
    state,
    kind,
    subjects: who === undefined ? undefined : await subjectsMatching(ctx, workspaceId, who),
    from: from === undefined ? undefined : startOfDay(from, timeZone),
    until: until === undefined ? undefined : startOfDay(dayAfter(until), timeZone),
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
      ...{ name: 'who', label: 'Whose', type: 'search', value: who ?? null },
      more: html` placeholder="Name or email"`,
    }),
    textField({ name: 'from', label: 'From', type: 'date', value: from ?? null }),
    textField({ name: 'until', label: 'Until', type: 'date', value: until ?? null }),
  ];
}

const nothing = (used: boolean) =>
  used
    ? empty(html`No run is like that. <a href="/console/run-log">Show all</a>`)
    : empty(
        html`Nothing was done outside of this app yet. Changes of referrals, and what is written to Intercom, show here.`,
      );

type People = Awaited<ReturnType<typeof peopleOfRuns>>;

function runTable(runs: readonly LoggedRun[], people: People, timeZone: string): Html {
  return table(
    [...runColumns, 'Whose'],
    runs.map((run) => {
      const person = people.get(run.id);
      return html`${runRow(run, timeZone)}
<td>${person ? personLink(person) : html`<code>${run.contactId ?? '—'}</code>`}</td>`;
    }),
    'Newest first',
  );
}

/** All failed runs that match the filters, ignoring the state filter. */
function retryLink({ state, ...filters }: Filters): Html | null {
  if (state !== undefined && state !== 'failed') return null;
  return html`<p><a href="${address(`${path}/retry`, filters)}">Retry all failed runs${described(filters)}…</a></p>`;
}

function described({ kind, who, from, until }: Filters): string {
  return [
    kind === undefined ? '' : ` of the kind “${kindText(kind)}”`,
    who === undefined ? '' : ` of “${who}”`,
    from === undefined ? '' : ` from ${from} on`,
    until === undefined ? '' : ` until ${until}`,
  ].join('');
}

const filledFilters = (filters: Filters): Record<string, string> =>
  Object.fromEntries(
    Object.entries(filters).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

function runPage(run: LoggedRun, person: Html | null, { timeZone, role }: Visitor, csrf: Html): Html {
  const retry = canRetry(run) && mayDo(role, 'administrator');
  return html`<p><a href="/console/run-log">All runs</a></p>
<div id="run" data-live="5"><section>
<div class="row apart"><h2>${run.cause}</h2>${stateBadge(run)}</div>
${progress(run, timeZone)}
<dl>
<dt>Whose</dt><dd>${person ?? '—'}</dd>
<dt>Contact</dt><dd>${run.contactId === null ? '—' : html`<code>${run.contactId}</code>`}</dd>
<dt>Kind</dt><dd>${run.kind}</dd>
<dt>Recorded</dt><dd>${dateTime(run.createdAt, timeZone)}</dd>
<dt>Asked outside</dt><dd>${run.attemptedAt ? dateTime(run.attemptedAt, timeZone) : '—'}</dd>
<dt>Finished</dt><dd>${run.finishedAt ? dateTime(run.finishedAt, timeZone) : '—'}</dd>
<dt>Attempts that failed</dt><dd>${run.attempts} of ${run.maxAttempts}</dd>
<dt>Run id</dt><dd><code>${run.id}</code></dd>
</dl>
${retry && buttonForm(`/console/run-log/${run.id}/retry`, csrf, run.state === 'failed' ? 'Retry' : 'Try now', { style: 'main' })}
</section>
<section><h2>The last request and answer</h2>
${run.exchange === null ? html`<p class="quiet">None is kept: nothing was asked yet, or it was long ago.</p>` : exchangeParts(run.exchange)}
<p class="hint">Secrets are never kept.</p>
</section></div>
<section><details><summary>What is to be done, as it is recorded</summary>${pretty(run.work)}</details></section>`;
}

const exchangeSchema = z.object({ request: z.unknown(), answer: z.unknown() });

/** Puts the request first: jsonb does not keep the order. */
function exchangeParts(exchange: unknown): Html {
  const read = exchangeSchema.safeParse(exchange);
  if (!read.success) return pretty(exchange);
  return html`<h3>Request</h3>${pretty(read.data.request)}<h3>Answer</h3>${pretty(read.data.answer)}`;
}
