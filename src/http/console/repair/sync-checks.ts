// Sync checks: differences between the program and Intercom, and their repair.
import { z } from 'zod';
import type { Campaign } from '../../../domain/program/program.ts';
import {
  type SyncFindingKind,
  type SyncRepair,
  syncFindingKinds,
} from '../../../domain/repair/sync-check.ts';
import { Failure } from '../../../failure.ts';
import { listRecoveries, type Recovery, resumeRecovery } from '../../../usecases/repair/recovery.ts';
import {
  listSyncCheckRows,
  listSyncChecks,
  previewRepair,
  type RepairEffect,
  readSyncCheck,
  repairSyncCheck,
  type SyncCheck,
  type SyncCheckRow,
  startSyncCheck,
} from '../../../usecases/repair/sync-check.ts';
import { paged, pagedByNumber } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, many, type PageContext, page, withId } from '../console.ts';
import {
  atLeast,
  bullets,
  effectLines,
  effectPart,
  effortOf,
  effortQuery,
  ownWritesNote,
  wordFor,
} from '../effect-words.ts';
import { selectField } from '../fields.ts';
import { campaignOptions, empty, everyCampaign, filterForm, pageAt, pageLinks } from '../lists.ts';
import { type Badge, badge, buttonForm, table } from '../parts.ts';
import { personLink } from '../program/referral-words.ts';
import { count, dateTime } from '../words.ts';

const path = '/sync-checks';
const rowsOnPage = 50;
const recoveriesShown = 5;

export const syncCheckPages: ConsolePage[] = [
  page(path, {
    title: 'Sync checks',
    nav: 'Sync checks',
    needs: 'viewer',
    query: z.object({ cursor: paged.cursor }),
    async show({ ctx, workspaceId, timeZone, isAdministrator, csrf, query: { cursor } }) {
      const { items, next } = await listSyncChecks(ctx, workspaceId, pageAt(cursor));
      const recoveries = await listRecoveries(ctx, workspaceId, { after: null, limit: recoveriesShown });
      const campaigns = await everyCampaign(ctx, workspaceId, { archived: true });
      const names = new Map(campaignOptions(campaigns));
      return html`<section>
<p>Compares everyone in the referral program with Intercom, as both are now. Nothing changes until you choose what to fix.</p>
${
  isAdministrator &&
  startForm(
    campaigns.filter(({ standing }) => standing.archivedAt === null),
    csrf,
  )
}
</section>
<section><h2>Sync checks</h2>
<div id="sync-checks" data-live="5">${items.length === 0 ? empty(html`No sync checks yet.`) : checkTable(items, names, timeZone)}</div>
${pageLinks(path, {}, cursor, next)}
</section>
${recoveries.items.length > 0 && recoveryTable(recoveries.items, { timeZone, isAdministrator, csrf })}`;
    },
  }),
  form(`${path}/recoveries/:id/resume`, {
    title: 'Sync checks',
    needs: 'administrator',
    params: withId,
    async act({ ctx, workspaceId, actor, params: { id } }) {
      await resumeRecovery(ctx, workspaceId, id, actor);
      return { to: `/console${path}`, flash: 'Recovery restarted.' };
    },
  }),
  form(path, {
    title: 'Sync checks',
    needs: 'administrator',
    body: z.object({ campaign: z.guid().or(z.literal('')) }),
    async act({ ctx, workspaceId, actor, body }) {
      const { id } = await startSyncCheck(ctx, workspaceId, body.campaign || null, actor);
      return { to: `/console${path}/${id}` };
    },
  }),
  page(`${path}/:id`, {
    title: 'Sync check',
    needs: 'viewer',
    params: withId,
    query: z.object({ kind: z.enum(syncFindingKinds).optional(), cursor: pagedByNumber.cursor }),
    async show(context) {
      const { ctx, workspaceId, timeZone, params, query } = context;
      const { kind, cursor } = query;
      const check = await readSyncCheck(ctx, workspaceId, params.id);
      const page = pageAt(cursor, rowsOnPage);
      const { items, next } = await listSyncCheckRows(ctx, workspaceId, check.id, kind, page);
      const address = `${path}/${check.id}`;
      return html`<p><a href="/console${path}">All sync checks</a></p>
${summary(check, timeZone)}
<section><h2>Differences</h2>
${filterForm(address, { kind }, [kindField(kind)])}
<div id="differences"${isUnderWay(check) && html` data-live="3"`}>${items.length === 0 ? nothing(check) : rowsOf(check, items, context)}
${pageLinks(address, { kind }, cursor, next)}</div>
</section>`;
    },
  }),
  page(`${path}/:id/repair`, {
    title: 'Fix all',
    needs: 'administrator',
    params: withId,
    query: z.object({ row: many(z.string().regex(/^\d{1,15}$/)), ...effortQuery }),
    async show({ ctx, workspaceId, csrf, params: { id }, query: { row, ...query } }) {
      const isEverything = row.length === 0;
      const which = isEverything ? ('all' as const) : { ids: row.map(Number) };
      const effort = effortOf(query);
      const effect = await previewRepair(ctx, workspaceId, id, which, effort);
      const back = `/console${path}/${id}`;
      const rows = (isEverything ? ['all'] : row).map(
        (each) => html`<input type="hidden" name="row" value="${each}">`,
      );
      const to = `${back}/repair?${new URLSearchParams([...row.map((each): [string, string] => ['row', each]), ['count', 'all']])}`;
      const press = buttonForm(`${back}/repair`, csrf, isEverything ? 'Fix all' : 'Fix selected', {
        more: html`${rows}`,
        style: 'main',
      });
      return html`<section>
<h2>Fix ${count(effect.chosen)} ${wordFor(effect.chosen, 'difference', 'differences')}?</h2>
${effectPart(effect, effect.chosen, { effort, to }, bullets(repairLines(effect)))}
<p class="quiet">Each fix is a run of its own. Conflicts that need a decision are skipped. ${ownWritesNote}</p>
<div class="row">${effect.chosen > 0 && press}<a href="${back}">Cancel</a></div>
</section>`;
    },
  }),
  form(`${path}/:id/repair`, {
    title: 'Sync check',
    needs: 'administrator',
    params: withId,
    body: z.object({ row: many(z.string().regex(/^(\d{1,15}|all)$/)) }),
    async act({ ctx, workspaceId, actor, params: { id }, body: { row } }) {
      if (row.length === 0) throw new Failure('invalid', 'Select at least one row.');
      const which = row.includes('all') ? ('all' as const) : { ids: row.map(Number) };
      const chosen = await repairSyncCheck(ctx, workspaceId, id, which, actor);
      const flash = `Fixing ${count(chosen)} ${chosen === 1 ? 'difference' : 'differences'}. Follow it in the run log.`;
      return { to: `/console${path}/${id}`, flash };
    },
  }),
];

const kindWords: Record<SyncFindingKind, string> = {
  missing: 'No contact in Intercom',
  different: 'Different values',
  orphaned: 'Unmatched contact',
  unlinked: 'Not linked yet',
};

const repairWords: Record<SyncRepair, string> = {
  enroll: 'Enroll again',
  link: 'Link to the contact',
  write: 'Update in Intercom',
  clear: 'Remove from Intercom',
  none: 'Needs a decision',
};

function repairLines(effect: RepairEffect): Html[] {
  const kinds = Object.entries(repairWords).flatMap(([kind, words]) => {
    const number = effect.repairs[kind as SyncRepair] ?? 0;
    return number === 0 ? [] : [html`${words}: ${atLeast(number, effect)}`];
  });
  return [...kinds, ...effectLines(effect)];
}

const isUnderWay = ({ state }: SyncCheck) => state === 'running' || state === 'repairing';

const total = (counts: SyncCheck['counts']) => Object.values(counts).reduce((sum, found) => sum + found, 0);

const recoveryStates: Record<Recovery['state'], Badge> = {
  running: ['fair', 'In progress'],
  done: ['good', 'Done'],
  failed: ['bad', 'Failed'],
};

/** What was missed while Intercom could not be reached is read again by itself; one that failed waits for a person. */
function recoveryTable(
  recoveries: readonly Recovery[],
  { timeZone, isAdministrator, csrf }: Pick<PageContext, 'timeZone' | 'isAdministrator' | 'csrf'>,
): Html {
  const rows = recoveries.map(
    ({
      id,
      startedAt,
      cause,
      state,
      missed,
      trouble,
    }) => html`<th scope="row">${dateTime(startedAt, timeZone)}</th>
<td>${cause}</td>
<td>${badge(...recoveryStates[state])}${trouble !== null && html`<div class="quiet">${trouble}</div>`}
${state === 'failed' && isAdministrator && buttonForm(`/console${path}/recoveries/${id}/resume`, csrf, 'Restart')}</td>
<td>${count(missed)}</td>`,
  );
  return html`<section><h2>Missed deliveries</h2>
${table(['Started', 'Reason', 'State', 'Missed'], rows, 'Newest first')}
</section>`;
}

const states: Record<SyncCheck['state'], Badge> = {
  running: ['fair', 'Checking'],
  repairing: ['fair', 'Fixing'],
  done: ['good', 'Done'],
  failed: ['bad', 'Failed'],
};

function startForm(campaigns: readonly Campaign[], csrf: Html): Html {
  return html`<form class="filters" method="post" action="/console${path}">${csrf}
${selectField({
  ...{ name: 'campaign', label: 'Compare' },
  options: [['', 'All campaigns'], ...campaignOptions(campaigns)],
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
    ['Started', 'Campaign', 'State', 'Compared', 'Differences', 'Reason'],
    checks.map(
      (
        check,
      ) => html`<th scope="row"><a href="/console/sync-checks/${check.id}">${dateTime(check.startedAt, timeZone)}</a></th>
<td>${check.campaignId === null ? 'All' : (names.get(check.campaignId) ?? '—')}</td>
<td>${badge(...states[check.state])}</td>
<td>${count(check.seen)}</td>
<td>${count(total(check.counts))}</td>
<td>${check.cause}</td>`,
    ),
    'Newest first',
  );
}

function summary(check: SyncCheck, timeZone: string): Html {
  const { state, counts, seen, startedAt, finishedAt, trouble, cause } = check;
  return html`<section id="sync-check"${isUnderWay(check) && html` data-live="3"`}>
<div class="row apart"><h2>${count(seen)} compared, ${count(total(counts))} differences</h2>${badge(...states[state])}</div>
${trouble !== null && html`<p class="notice ${state === 'failed' ? 'bad' : 'fair'}">${trouble}</p>`}
<dl>
${syncFindingKinds.map((kind) => html`<dt>${kindWords[kind]}</dt><dd>${count(counts[kind])}</dd>`)}
<dt>Started</dt><dd>${dateTime(startedAt, timeZone)}</dd>
<dt>Reason</dt><dd>${cause}</dd>
${finishedAt && html`<dt>Ended</dt><dd>${dateTime(finishedAt, timeZone)}</dd>`}
</dl>
</section>`;
}

const kindField = (kind: SyncFindingKind | undefined) =>
  selectField({
    ...{ name: 'kind', label: 'Kind', value: kind ?? '' },
    options: [['', 'Any kind'], ...Object.entries(kindWords)],
  });

const nothing = ({ state }: SyncCheck) =>
  state === 'running' ? empty(html`No differences so far.`) : empty(html`No differences.`);

function rowsOf(check: SyncCheck, rows: readonly SyncCheckRow[], { isAdministrator }: PageContext): Html {
  const choosing = isAdministrator && check.state !== 'running';
  const listed = table(
    [...(choosing ? ['Choose'] : []), 'Person', 'Difference', 'Program', 'Intercom', 'Fix'],
    rows.map((row) => html`${choosing && html`<td>${choice(row)}</td>`}${cells(row)}`),
    'In the order found',
  );
  if (!choosing) return listed;
  const repair = `/console${path}/${check.id}/repair`;
  return html`<form action="${repair}">${listed}
<div class="row"><button class="main">Fix selected…</button><a href="${repair}">Fix all…</a></div>
</form>`;
}

function choice({ id, state, repair, person, contactId }: SyncCheckRow): Html {
  if (state !== 'found')
    return state === 'planned' ? badge('good', 'In the run log') : badge('plain', 'Selected');
  if (repair === 'none') return html`<span class="quiet">—</span>`;
  const name = person?.name ?? person?.email ?? contactId ?? 'this';
  return html`<input type="checkbox" name="row" value="${id}" aria-label="Fix: ${name}">`;
}

function cells({ kind, person, personId, contactId, differences, repair }: SyncCheckRow): Html {
  const who = person && personId ? personLink({ id: personId, ...person }) : html`<code>${contactId}</code>`;
  const side = (name: 'program' | 'intercom') =>
    differences.map(
      ({ field, ...values }) =>
        html`<div class="long">${field.replace('custom_attributes.', '')}: <bdi>${values[name] ?? '—'}</bdi></div>`,
    );
  return html`<th scope="row">${who}</th>
<td>${kindWords[kind]}</td>
<td>${side('program')}</td>
<td>${side('intercom')}</td>
<td>${repairWords[repair]}</td>`;
}
