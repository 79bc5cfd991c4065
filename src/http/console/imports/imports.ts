// Imports of contacts from a file: counted, confirmed, watched; failed rows can be retried or downloaded.
import { z } from 'zod';
import type { ImportRow, ImportState } from '../../../domain/imports/contact-import.ts';
import {
  changeImport,
  type ImportView,
  listImportRows,
  listImports,
  readImport,
  retryImport,
} from '../../../usecases/imports/contact-imports.ts';
import { paged } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { failedRowsFile } from '../../rows/failed-rows.ts';
import { type ConsolePage, file, form, type PageContext, page, withId } from '../console.ts';
import { empty, pageAt, pageLinks } from '../lists.ts';
import { type Badge, badge, buttonForm, table } from '../parts.ts';
import { count, dateTime, duration } from '../words.ts';
import { duplicateChoices, uploadPages } from './import-upload-form.ts';

const path = '/imports';
const failuresShown = 20;

const presses = ['start', 'pause', 'resume', 'cancel', 'retry'] as const;
type Press = (typeof presses)[number];

export const importPages: ConsolePage[] = [
  page(path, {
    title: 'Imports',
    nav: 'Imports',
    tab: { group: 'Many at once', label: 'Uploads' },
    needs: 'viewer',
    query: z.object({ cursor: paged.cursor }),
    async show({ ctx, workspaceId, timeZone, isAdministrator, tabs, query: { cursor } }) {
      const { items, next } = await listImports(ctx, workspaceId, pageAt(cursor));
      return html`${tabs}
<section>
<div class="row apart"><h2>Contacts from files</h2>${isAdministrator && html`<a class="button main" href="/console/imports/new">Upload a file</a>`}</div>
<div id="imports" data-live="5">${items.length === 0 ? nothing : importTable(items, timeZone)}</div>
${pageLinks(path, {}, cursor, next)}
</section>`;
    },
  }),
  ...uploadPages,
  page(`${path}/:id`, {
    title: 'Import',
    needs: 'viewer',
    params: withId,
    async show({ ctx, workspaceId, timeZone, isAdministrator, csrf, params }) {
      const contactImport = await readImport(ctx, workspaceId, params.id);
      const failed = await listImportRows(ctx, workspaceId, params.id, {
        states: ['failed', 'invalid'],
        after: 0,
        limit: failuresShown,
      });
      return {
        title: nameOf(contactImport),
        body: html`<p><a href="/console/imports">All imports</a></p>
<div id="import"${isMoving(contactImport) && html` data-live="2"`}>
<section>
${progress(contactImport, timeZone)}
${isAdministrator && buttons(contactImport, csrf)}
</section>
${failed.length > 0 && failures(contactImport, failed)}
</div>
<section><h2>How it was asked for</h2>${asked(contactImport, timeZone)}</section>`,
      };
    },
  }),
  file(`${path}/:id/failed.csv`, {
    title: 'Failed rows',
    needs: 'viewer',
    params: withId,
    answer: ({ ctx, workspaceId, params }) => failedRowsFile(ctx, workspaceId, params.id),
  }),
  form(`${path}/:id/:press`, {
    title: 'Import',
    needs: 'administrator',
    params: withId.extend({ press: z.enum(presses) }),
    async act(context) {
      const { id, press } = context.params;
      return { to: `/console${path}/${id}`, flash: await change(context, id, press) };
    },
  }),
];

async function change({ ctx, workspaceId, actor }: PageContext, id: string, press: Press): Promise<string> {
  if (press === 'retry') {
    const { retried } = await retryImport(ctx, workspaceId, id, actor);
    return `${count(retried)} ${retried === 1 ? 'row waits' : 'rows wait'} again.`;
  }
  const { state } = await changeImport(ctx, workspaceId, id, press, actor);
  return `The import is ${states[state][1].toLowerCase()}.`;
}

const states: Record<ImportState, Badge> = {
  receiving: ['plain', 'Arriving'],
  interrupted: ['bad', 'Broken off'],
  running: ['fair', 'Running'],
  paused: ['plain', 'Paused'],
  canceled: ['plain', 'Canceled'],
  done: ['good', 'Done'],
};

const stateBadge = ({ state, startedAt }: ImportView) =>
  state === 'paused' && startedAt === null ? badge('fair', 'Waits to be started') : badge(...states[state]);

const nameOf = ({ name, id }: ImportView) => name ?? `Import ${id.slice(0, 8)}`;
const isMoving = ({ state }: ImportView) => state === 'receiving' || state === 'running';

const nothing = empty(
  html`No file was uploaded yet. One with a row for each contact, as CSV or as a JSON object a line, makes them in Intercom: millions if need be.`,
);

function importTable(imports: readonly ImportView[], timeZone: string): Html {
  return table(
    ['Import', 'State', 'Rows', 'Failed', 'Uploaded', 'By'],
    imports.map(
      (
        contactImport,
      ) => html`<th scope="row"><a href="/console/imports/${contactImport.id}">${nameOf(contactImport)}</a></th>
<td>${stateBadge(contactImport)}</td>
<td>${count(contactImport.settled)} of ${count(contactImport.rows)}</td>
<td>${count((contactImport.counts.failed ?? 0) + (contactImport.counts.invalid ?? 0))}</td>
<td>${dateTime(contactImport.createdAt, timeZone)}</td>
<td>${contactImport.createdBy}</td>`,
    ),
    'Newest first',
  );
}

function progress(contactImport: ImportView, timeZone: string): Html {
  const { rows, settled, pace, counts, error, pausedFor, state } = contactImport;
  const left = pace && pace.secondsLeft > 0 ? `, about ${duration(pace.secondsLeft)} left` : '';
  return html`<div class="row apart"><h2>${count(settled)} of ${count(rows)} rows</h2>${stateBadge(contactImport)}</div>
<progress max="${Math.max(1, rows)}" value="${settled}" aria-label="Rows that are settled">${settled} of ${rows}</progress>
<p class="quiet">${pace ? `${pace.perSecond.toFixed(1)} rows a second${left}.` : ''}${contactImport.finishedAt && html`Ended ${dateTime(contactImport.finishedAt, timeZone)}.`}</p>
${pausedFor !== null && html`<p class="notice fair">It waits for ${pausedFor === 'token' ? 'the app to be installed again' : 'Intercom to take calls again'}, and goes on by itself.</p>`}
${error !== null && html`<p class="notice ${state === 'interrupted' ? 'bad' : 'fair'}">${error}</p>`}
${settled > 0 && outcomes(counts)}`;
}

/** In display order. */
const outcomeWords = {
  created: 'Created',
  updated: 'Updated',
  converted: 'Converted to users',
  linked: 'There already, and left as they are',
  unchanged: 'There already, with nothing to change',
  failed: 'Failed',
  invalid: 'Cannot be used',
};

function outcomes(counts: ImportView['counts']): Html {
  const told = Object.entries(outcomeWords).filter(([outcome]) => (counts[outcome] ?? 0) > 0);
  return html`<dl>${told.map(([outcome, words]) => html`<dt>${words}</dt><dd>${count(counts[outcome] ?? 0)}</dd>`)}</dl>`;
}

function buttons(contactImport: ImportView, csrf: Html): Html {
  const { state, startedAt, counts, rows, settled } = contactImport;
  const press = (name: Press, label: string, style = '') =>
    buttonForm(`/console/imports/${contactImport.id}/${name}`, csrf, label, { style });
  const waiting = state === 'paused' || state === 'interrupted';
  const start =
    startedAt === null
      ? press('start', `Start: ${count(rows - settled)} rows`, 'main')
      : press('resume', 'Resume', 'main');
  return html`<div class="row">
${waiting && start}
${state === 'running' && press('pause', 'Pause')}
${(counts.failed ?? 0) > 0 && state !== 'canceled' && press('retry', `Retry what failed: ${count(counts.failed ?? 0)}`)}
${(waiting || isMoving(contactImport)) && press('cancel', 'Cancel', 'danger')}
</div>`;
}

function failures({ id, counts }: ImportView, shown: readonly ImportRow[]): Html {
  const all = (counts.failed ?? 0) + (counts.invalid ?? 0);
  const rows = shown.map(
    (row) => html`<th scope="row">${row.line}</th>
<td>${String(row.given.email ?? row.given.external_id ?? row.given.name ?? '—')}</td>
<td>${row.state === 'invalid' ? badge('bad', 'Cannot be used') : badge('bad', 'Failed')}</td>
<td>${row.error}${Object.entries(row.problems ?? {}).map(([field, why]) => html`<div>${field}: ${why}</div>`)}</td>`,
  );
  return html`<section>
<div class="row apart"><h2>Rows that failed</h2><a class="button" href="/console/imports/${id}/failed.csv" download>${all === 1 ? 'Download it' : `Download all ${count(all)}`} as CSV</a></div>
<p class="quiet">Mend them in the file, and upload it again: the columns that say where and why are passed over.</p>
${table(['Line', 'Who', 'State', 'Why'], rows, all > shown.length ? `The first ${shown.length}` : undefined)}
</section>`;
}

function asked({ options, createdBy, createdAt, columns }: ImportView, timeZone: string): Html {
  return html`<dl>
<dt>Uploaded</dt><dd>${dateTime(createdAt, timeZone)} by ${createdBy}</dd>
<dt>Role</dt><dd>${options.role}</dd>
<dt>If there already</dt><dd>${duplicateChoices.find(([policy]) => policy === options.on_duplicate)?.[1] ?? options.on_duplicate}</dd>
<dt>Emails verified</dt><dd>${options.email_verified ? 'Yes' : 'No'}</dd>
${columns && html`<dt>Columns</dt><dd>${columns.join(', ')}</dd>`}
</dl>`;
}
