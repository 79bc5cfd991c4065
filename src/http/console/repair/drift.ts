// Drift report: what differs between the referral side and Intercom, and putting it right.
import { z } from 'zod';
import { type DriftKind, type DriftRepair, driftKinds } from '../../../domain/repair/drift.ts';
import { mayDo } from '../../../domain/workspace/teammate.ts';
import { Failure } from '../../../failure.ts';
import { listCampaigns } from '../../../usecases/program/campaigns.ts';
import type { DriftReport, DriftRow } from '../../../usecases/repair/drift-edges.ts';
import { byTeammate } from '../../../usecases/workspace/audit.ts';
import { paged, pagedByNumber } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, many, none, page, withId } from '../console.ts';
import { selectField } from '../fields.ts';
import { address, empty, filterForm, pageLinks } from '../lists.ts';
import { badge, buttonForm, table } from '../parts.ts';
import { personLink } from '../program/referral-words.ts';
import { count, dateTime } from '../words.ts';

const path = '/drift';
const onPage = 25;
const rowsOnPage = 50;

export const driftPages: ConsolePage[] = [
  page({
    path,
    title: 'Drift',
    nav: 'Drift',
    needs: 'viewer',
    params: none,
    query: z.object({ cursor: paged.cursor }),
    async show(useCases, { visitor: { workspaceId, timeZone, role }, csrf, query: { cursor } }) {
      const { items, next } = await useCases.drift.list(workspaceId, {
        limit: onPage,
        after: cursor ?? null,
      });
      const { items: campaigns } = await listCampaigns(useCases.ctx, workspaceId, {
        limit: 100,
        after: null,
      });
      const names = new Map(campaigns.map((one) => [one.id, one.name]));
      return html`<section>
<p>Compares everybody in the referral program with Intercom, as both are now. Nothing is changed before you choose what to put right.</p>
${mayDo(role, 'administrator') && startForm(campaigns, csrf)}
</section>
<section><h2>Reports</h2>
<div id="reports" data-live="5">${items.length === 0 ? empty(html`No report was made yet.`) : reportTable(items, names, timeZone)}</div>
${pageLinks(path, {}, cursor !== undefined, next)}
</section>`;
    },
  }),
  form({
    path,
    title: 'Drift',
    needs: 'administrator',
    params: none,
    body: z.object({ campaign: z.guid().or(z.literal('')) }),
    async act({ drift, audit }, { visitor, body }) {
      const campaignId = body.campaign === '' ? null : body.campaign;
      const { workspaceId, teammate } = visitor;
      const { id } = await drift.start(workspaceId, campaignId, `asked for by ${teammate.name}`);
      await audit.record(workspaceId, byTeammate(visitor), 'asked for a drift report', { report: id });
      return { to: `/console${path}/${id}` };
    },
  }),
  page({
    path: `${path}/:id`,
    title: 'Drift report',
    needs: 'viewer',
    params: withId,
    query: z.object({ kind: z.enum(driftKinds).optional(), cursor: pagedByNumber.cursor }),
    async show({ drift }, { visitor: { workspaceId, timeZone, role }, csrf, params: { id }, query }) {
      const report = await drift.find(workspaceId, id);
      const { kind, cursor } = query;
      const { items, next } = await drift.rows(workspaceId, id, kind, {
        limit: rowsOnPage,
        after: cursor ?? null,
      });
      const here = `${path}/${id}`;
      return html`<p><a href="/console${path}">All reports</a></p>
${summary(report, timeZone)}
<section><h2>What differs</h2>
${filterForm(here, [kindField(kind)], kind !== undefined)}
${items.length === 0 ? nothing(report) : rowsOf(report, items, mayDo(role, 'administrator'), csrf)}
${pageLinks(here, { kind }, cursor !== undefined, next)}
</section>`;
    },
  }),
  page({
    path: `${path}/:id/repair`,
    title: 'Put everything right',
    needs: 'administrator',
    params: withId,
    query: none,
    async show({ drift }, { visitor, csrf, params: { id } }) {
      const { counts } = await drift.find(visitor.workspaceId, id);
      const back = `/console${path}/${id}`;
      return html`<section>
<p>Up to <b>${count(total(counts))}</b> differences are put right, each by a run of its own; those of which nobody can say who is right are left to you.</p>
<div class="row">${buttonForm(`${back}/repair`, csrf, 'Put everything right', { fields: { row: 'all' }, style: 'main' })}
<a href="${back}">Leave it as it is</a></div>
</section>`;
    },
  }),
  form({
    path: `${path}/:id/repair`,
    title: 'Drift report',
    needs: 'administrator',
    params: withId,
    body: z.object({ row: many(z.string().regex(/^(\d{1,15}|all)$/)) }),
    async act({ drift, audit }, { visitor, params: { id }, body: { row } }) {
      if (row.length === 0) throw new Failure('invalid', 'Choose what to put right.');
      const which = row.includes('all') ? ('all' as const) : { ids: row.map(Number) };
      const chosen = await drift.repair(visitor.workspaceId, id, which);
      const what = `had ${count(chosen)} ${chosen === 1 ? 'difference' : 'differences'} put right`;
      await audit.record(visitor.workspaceId, byTeammate(visitor), what, { report: id });
      const said = `${count(chosen)} ${chosen === 1 ? 'is' : 'are'} being put right: the run log says how far it is.`;
      return { to: `/console${path}/${id}`, said };
    },
  }),
];

const kindWords: Record<DriftKind, string> = {
  missing: 'No contact in Intercom',
  different: 'Says something else',
  orphaned: 'Nobody’s contact',
  unlinked: 'Not linked yet',
};

const repairWords: Record<DriftRepair, string> = {
  enroll: 'Enroll them anew',
  link: 'Link them',
  write: 'Write it again',
  clear: 'Take it away',
  none: 'You decide who is right',
};

const total = (counts: DriftReport['counts']) => Object.values(counts).reduce((sum, one) => sum + one, 0);

const tones = { running: 'fair', repairing: 'fair', done: 'good', failed: 'bad' } as const;
const stateWords = { running: 'Comparing', repairing: 'Being put right', done: 'Done', failed: 'Failed' };

function startForm(campaigns: readonly { id: string; name: string }[], csrf: Html): Html {
  return html`<form class="filters" method="post" action="/console${path}">${csrf}
${selectField({
  ...{ name: 'campaign', label: 'Compare' },
  options: [['', 'All campaigns'], ...campaigns.map((one) => [one.id, one.name] as const)],
})}
<button class="main">Compare now</button>
</form>`;
}

function reportTable(
  reports: readonly DriftReport[],
  names: ReadonlyMap<string, string>,
  timeZone: string,
): Html {
  return table(
    ['Begun', 'Campaign', 'State', 'Compared', 'Differences', 'Why'],
    reports.map(
      (
        one,
      ) => html`<th scope="row"><a href="/console/drift/${one.id}">${dateTime(one.startedAt, timeZone)}</a></th>
<td>${one.campaignId === null ? 'All' : (names.get(one.campaignId) ?? '—')}</td>
<td>${badge(tones[one.state], stateWords[one.state])}</td>
<td>${count(one.seen)}</td>
<td>${count(total(one.counts))}</td>
<td>${one.cause}</td>`,
    ),
    'Newest first',
  );
}

function summary(report: DriftReport, timeZone: string): Html {
  const { state, counts, seen, startedAt, finishedAt, trouble, cause } = report;
  return html`<section id="report"${state !== 'done' && state !== 'failed' && html` data-live="3"`}>
<div class="row apart"><h2>${count(seen)} compared, ${count(total(counts))} differences</h2>${badge(tones[state], stateWords[state])}</div>
${trouble !== null && html`<p class="notice ${state === 'failed' ? 'bad' : 'fair'}">${trouble}</p>`}
<dl>
${driftKinds.map((kind) => html`<dt>${kindWords[kind]}</dt><dd>${count(counts[kind])}</dd>`)}
<dt>Begun</dt><dd>${dateTime(startedAt, timeZone)}, ${cause}</dd>
${finishedAt && html`<dt>Ended</dt><dd>${dateTime(finishedAt, timeZone)}</dd>`}
</dl>
</section>`;
}

const kindField = (kind: DriftKind | undefined) =>
  selectField({
    ...{ name: 'kind', label: 'Kind', value: kind ?? '' },
    options: [['', 'Any kind'], ...driftKinds.map((one) => [one, kindWords[one]] as const)],
  });

const nothing = ({ state }: DriftReport) =>
  state === 'running'
    ? empty(html`Nothing was found so far.`)
    : empty(html`Nothing: both sides say the same.`);

function rowsOf(report: DriftReport, rows: readonly DriftRow[], mayRepair: boolean, csrf: Html): Html {
  const choosing = mayRepair && report.state !== 'running';
  const listed = table(
    [...(choosing ? ['Choose'] : []), 'Who', 'What', 'Referral side', 'Intercom', 'Put right by'],
    rows.map((row) => html`${choosing && html`<td>${choice(row)}</td>`}${cells(row)}`),
    'In the order in which they were found',
  );
  if (!choosing) return listed;
  const repairAll = address(`${path}/${report.id}/repair`, {});
  return html`<form method="post" action="/console/drift/${report.id}/repair">${csrf}${listed}
<div class="row"><button class="main">Put right what is chosen</button><a href="${repairAll}">Put everything right…</a></div>
</form>`;
}

function choice({ id, state, repair, person, contactId }: DriftRow): Html {
  if (state !== 'found') return badge('good', state === 'planned' ? 'Put right' : 'Chosen');
  if (repair === 'none') return html`<span class="quiet">—</span>`;
  const whose = person?.name ?? person?.email ?? contactId ?? 'this';
  return html`<input type="checkbox" name="row" value="${id}" aria-label="Put right: ${whose}">`;
}

function cells({ kind, person, personId, contactId, differences, repair }: DriftRow): Html {
  const who = person && personId ? personLink({ id: personId, ...person }) : html`<code>${contactId}</code>`;
  const side = (of: 'here' | 'there') =>
    differences.map(
      (one) =>
        html`<div class="long">${one.field.replace('custom_attributes.', '')}: <bdi>${one[of] ?? '—'}</bdi></div>`,
    );
  return html`<th scope="row">${who}</th>
<td>${kindWords[kind]}</td>
<td>${side('here')}</td>
<td>${side('there')}</td>
<td>${repairWords[repair]}</td>`;
}
