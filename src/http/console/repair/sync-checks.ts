// Sync checks: what differs between the program and Intercom, and repairing it.
import { z } from 'zod';
import {
  type SyncFindingKind,
  type SyncRepair,
  syncFindingKinds,
} from '../../../domain/repair/sync-check.ts';
import { byTeammate } from '../../../domain/workspace/audit.ts';
import { mayDo } from '../../../domain/workspace/teammate.ts';
import { Failure } from '../../../failure.ts';
import { listCampaigns } from '../../../usecases/program/campaigns.ts';
import {
  listSyncCheckRows,
  listSyncChecks,
  readSyncCheck,
  repairSyncCheck,
  type SyncCheck,
  type SyncCheckRow,
  startSyncCheck,
} from '../../../usecases/repair/sync-check.ts';
import { paged, pagedByNumber } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, many, none, page, withId } from '../console.ts';
import { selectField } from '../fields.ts';
import { address, empty, filterForm, pageLinks } from '../lists.ts';
import { badge, buttonForm, table } from '../parts.ts';
import { personLink } from '../program/referral-words.ts';
import { count, dateTime } from '../words.ts';

const path = '/sync-checks';
const onPage = 25;
const rowsOnPage = 50;

export const syncCheckPages: ConsolePage[] = [
  page({
    path,
    title: 'Sync checks',
    nav: 'Sync checks',
    needs: 'viewer',
    params: none,
    query: z.object({ cursor: paged.cursor }),
    async show(useCases, { visitor: { workspaceId, timeZone, role }, csrf, query: { cursor } }) {
      const { items, next } = await listSyncChecks(useCases.ctx, workspaceId, {
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
<section><h2>Sync checks</h2>
<div id="sync-checks" data-live="5">${items.length === 0 ? empty(html`There is no sync check yet.`) : checkTable(items, names, timeZone)}</div>
${pageLinks(path, {}, cursor !== undefined, next)}
</section>`;
    },
  }),
  form({
    path,
    title: 'Sync checks',
    needs: 'administrator',
    params: none,
    body: z.object({ campaign: z.guid().or(z.literal('')) }),
    async act({ ctx }, { visitor, body }) {
      const campaignId = body.campaign === '' ? null : body.campaign;
      const { id } = await startSyncCheck(ctx, visitor.workspaceId, campaignId, byTeammate(visitor));
      return { to: `/console${path}/${id}` };
    },
  }),
  page({
    path: `${path}/:id`,
    title: 'Sync check',
    needs: 'viewer',
    params: withId,
    query: z.object({ kind: z.enum(syncFindingKinds).optional(), cursor: pagedByNumber.cursor }),
    async show({ ctx }, { visitor: { workspaceId, timeZone, role }, csrf, params: { id }, query }) {
      const check = await readSyncCheck(ctx, workspaceId, id);
      const { kind, cursor } = query;
      const { items, next } = await listSyncCheckRows(ctx, workspaceId, id, kind, {
        limit: rowsOnPage,
        after: cursor ?? null,
      });
      const address = `${path}/${id}`;
      return html`<p><a href="/console${path}">All sync checks</a></p>
${summary(check, timeZone)}
<section><h2>What differs</h2>
${filterForm(address, [kindField(kind)], kind !== undefined)}
${items.length === 0 ? nothing(check) : rowsOf(check, items, mayDo(role, 'administrator'), csrf)}
${pageLinks(address, { kind }, cursor !== undefined, next)}
</section>`;
    },
  }),
  page({
    path: `${path}/:id/repair`,
    title: 'Put everything right',
    needs: 'administrator',
    params: withId,
    query: none,
    async show({ ctx }, { visitor, csrf, params: { id } }) {
      const { counts } = await readSyncCheck(ctx, visitor.workspaceId, id);
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
    title: 'Sync check',
    needs: 'administrator',
    params: withId,
    body: z.object({ row: many(z.string().regex(/^(\d{1,15}|all)$/)) }),
    async act({ ctx }, { visitor, params: { id }, body: { row } }) {
      if (row.length === 0) throw new Failure('invalid', 'Choose what to put right.');
      const which = row.includes('all') ? ('all' as const) : { ids: row.map(Number) };
      const chosen = await repairSyncCheck(ctx, visitor.workspaceId, id, which, byTeammate(visitor));
      const flash = `${count(chosen)} ${chosen === 1 ? 'is' : 'are'} being put right: the run log says how far it is.`;
      return { to: `/console${path}/${id}`, flash };
    },
  }),
];

const kindWords: Record<SyncFindingKind, string> = {
  missing: 'No contact in Intercom',
  different: 'Says something else',
  orphaned: 'Nobody’s contact',
  unlinked: 'Not linked yet',
};

const repairWords: Record<SyncRepair, string> = {
  enroll: 'Enroll them anew',
  link: 'Link them',
  write: 'Write it again',
  clear: 'Take it away',
  none: 'You decide who is right',
};

const total = (counts: SyncCheck['counts']) => Object.values(counts).reduce((sum, one) => sum + one, 0);

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

function checkTable(
  checks: readonly SyncCheck[],
  names: ReadonlyMap<string, string>,
  timeZone: string,
): Html {
  return table(
    ['Begun', 'Campaign', 'State', 'Compared', 'Differences', 'Why'],
    checks.map(
      (
        one,
      ) => html`<th scope="row"><a href="/console/sync-checks/${one.id}">${dateTime(one.startedAt, timeZone)}</a></th>
<td>${one.campaignId === null ? 'All' : (names.get(one.campaignId) ?? '—')}</td>
<td>${badge(tones[one.state], stateWords[one.state])}</td>
<td>${count(one.seen)}</td>
<td>${count(total(one.counts))}</td>
<td>${one.cause}</td>`,
    ),
    'Newest first',
  );
}

function summary(check: SyncCheck, timeZone: string): Html {
  const { state, counts, seen, startedAt, finishedAt, trouble, cause } = check;
  return html`<section id="sync-check"${state !== 'done' && state !== 'failed' && html` data-live="3"`}>
<div class="row apart"><h2>${count(seen)} compared, ${count(total(counts))} differences</h2>${badge(tones[state], stateWords[state])}</div>
${trouble !== null && html`<p class="notice ${state === 'failed' ? 'bad' : 'fair'}">${trouble}</p>`}
<dl>
${syncFindingKinds.map((kind) => html`<dt>${kindWords[kind]}</dt><dd>${count(counts[kind])}</dd>`)}
<dt>Begun</dt><dd>${dateTime(startedAt, timeZone)}, ${cause}</dd>
${finishedAt && html`<dt>Ended</dt><dd>${dateTime(finishedAt, timeZone)}</dd>`}
</dl>
</section>`;
}

const kindField = (kind: SyncFindingKind | undefined) =>
  selectField({
    ...{ name: 'kind', label: 'Kind', value: kind ?? '' },
    options: [['', 'Any kind'], ...syncFindingKinds.map((one) => [one, kindWords[one]] as const)],
  });

const nothing = ({ state }: SyncCheck) =>
  state === 'running'
    ? empty(html`Nothing was found so far.`)
    : empty(html`Nothing: both sides say the same.`);

function rowsOf(check: SyncCheck, rows: readonly SyncCheckRow[], mayRepair: boolean, csrf: Html): Html {
  const choosing = mayRepair && check.state !== 'running';
  const listed = table(
    [...(choosing ? ['Choose'] : []), 'Who', 'What', 'Program', 'Intercom', 'Put right by'],
    rows.map((row) => html`${choosing && html`<td>${choice(row)}</td>`}${cells(row)}`),
    'In the order in which they were found',
  );
  if (!choosing) return listed;
  const repairAll = address(`${path}/${check.id}/repair`, {});
  return html`<form method="post" action="/console/sync-checks/${check.id}/repair">${csrf}${listed}
<div class="row"><button class="main">Put right what is chosen</button><a href="${repairAll}">Put everything right…</a></div>
</form>`;
}

function choice({ id, state, repair, person, contactId }: SyncCheckRow): Html {
  if (state !== 'found') return badge('good', state === 'planned' ? 'Put right' : 'Chosen');
  if (repair === 'none') return html`<span class="quiet">—</span>`;
  const whose = person?.name ?? person?.email ?? contactId ?? 'this';
  return html`<input type="checkbox" name="row" value="${id}" aria-label="Put right: ${whose}">`;
}

function cells({ kind, person, personId, contactId, differences, repair }: SyncCheckRow): Html {
  const who = person && personId ? personLink({ id: personId, ...person }) : html`<code>${contactId}</code>`;
  const side = (name: 'program' | 'intercom') =>
    differences.map(
      (one) =>
        html`<div class="long">${one.field.replace('custom_attributes.', '')}: <bdi>${one[name] ?? '—'}</bdi></div>`,
    );
  return html`<th scope="row">${who}</th>
<td>${kindWords[kind]}</td>
<td>${side('program')}</td>
<td>${side('intercom')}</td>
<td>${repairWords[repair]}</td>`;
}
