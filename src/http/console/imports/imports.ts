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
import { ownWritesNote, wordFor } from '../effect-words.ts';
import { empty, pageAt, pageLinks } from '../lists.ts';
import { askedForm, type Badge, badge, buttonForm, table } from '../parts.ts';
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
    tab: { group: 'Imports', label: 'Contacts' },
    needs: 'viewer',
    query: z.object({ cursor: paged.cursor }),
    async show({ ctx, workspaceId, timeZone, isAdministrator, tabs, query: { cursor } }) {
      const { items, next } = await listImports(ctx, workspaceId, pageAt(cursor));
      return html`${tabs}
<section>
<div class="row apart"><h2>Contact imports</h2>${isAdministrator && html`<a class="button main" href="/console/imports/new">Upload a file</a>`}</div>
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
<section><h2>Import settings</h2>${asked(contactImport, timeZone)}</section>`,
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
  receiving: ['plain', 'Uploading'],
  interrupted: ['bad', 'Interrupted'],
  running: ['fair', 'Running'],
  paused: ['plain', 'Paused'],
  canceled: ['plain', 'Canceled'],
  done: ['good', 'Done'],
};

const stateBadge = ({ state, startedAt }: ImportView) =>
  state === 'paused' && startedAt === null ? badge('fair', 'Ready') : badge(...states[state]);

const nameOf = ({ name, id }: ImportView) => name ?? `Import ${id.slice(0, 8)}`;
const isMoving = ({ state }: ImportView) => state === 'receiving' || state === 'running';

const nothing = empty(
  html`No contact imports yet. Upload a CSV or NDJSON file to create contacts in Intercom, up to millions of rows.`,
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
<progress max="${Math.max(1, rows)}" value="${settled}" aria-label="Rows done">${settled} of ${rows}</progress>
<p class="quiet">${pace ? `${pace.perSecond.toFixed(1)} rows a second${left}.` : ''}${contactImport.finishedAt && html`Ended ${dateTime(contactImport.finishedAt, timeZone)}.`}</p>
${pausedFor !== null && html`<p class="notice fair">Waiting for ${pausedFor === 'token' ? 'the app to be installed again' : 'Intercom to answer again'}. It then continues automatically.</p>`}
${error !== null && html`<p class="notice ${state === 'interrupted' ? 'bad' : 'fair'}">${error}</p>`}
${settled > 0 && outcomes(counts)}`;
}

/** In display order. */
const outcomeWords = {
  created: 'Created',
  updated: 'Updated',
  converted: 'Converted to users',
  linked: 'Existing, not changed',
  unchanged: 'Existing, nothing to change',
  failed: 'Failed',
  invalid: 'Invalid',
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
      ? press('start', `Start: ${count(rows - settled)} ${wordFor(rows - settled, 'row', 'rows')}`, 'main')
      : press('resume', 'Resume', 'main');
  return html`${waiting && startedAt === null && html`<p class="quiet">${ownWritesNote}</p>`}
<div class="row">
${waiting && start}
${state === 'running' && press('pause', 'Pause')}
${(counts.failed ?? 0) > 0 && state !== 'canceled' && press('retry', `Retry ${count(counts.failed ?? 0)} failed ${counts.failed === 1 ? 'row' : 'rows'}`)}
${(waiting || isMoving(contactImport)) && askedForm('Rows that are done stay done. The remaining rows are not imported, and a canceled import cannot be resumed.', `/console/imports/${contactImport.id}/cancel`, csrf, 'Cancel import', { style: 'danger' })}
</div>`;
}

function failures({ id, counts }: ImportView, shown: readonly ImportRow[]): Html {
  const all = (counts.failed ?? 0) + (counts.invalid ?? 0);
  const rows = shown.map(
    (row) => html`<th scope="row">${row.line}</th>
<td>${String(row.given.email ?? row.given.external_id ?? row.given.name ?? '—')}</td>
<td>${row.state === 'invalid' ? badge('bad', 'Invalid') : badge('bad', 'Failed')}</td>
<td>${row.error}${Object.entries(row.problems ?? {}).map(([field, why]) => html`<div>${field}: ${why}</div>`)}</td>`,
  );
  return html`<section>
<div class="row apart"><h2>Failed rows</h2><a class="button" href="/console/imports/${id}/failed.csv" download>${all === 1 ? 'Download it' : `Download all ${count(all)}`} as CSV</a></div>
<p class="quiet">Fix these rows and upload the file again. The line and error columns are ignored.</p>
${table(['Line', 'Who', 'State', 'Why'], rows, all > shown.length ? `The first ${shown.length}` : undefined)}
</section>`;
}

function asked({ options, createdBy, createdAt, columns }: ImportView, timeZone: string): Html {
  return html`<dl>
<dt>Uploaded</dt><dd>${dateTime(createdAt, timeZone)} by ${createdBy}</dd>
<dt>Role</dt><dd>${options.role}</dd>
<dt>If the contact exists</dt><dd>${duplicateChoices.find(([policy]) => policy === options.on_duplicate)?.[1] ?? options.on_duplicate}</dd>
<dt>Emails verified</dt><dd>${options.email_verified ? 'Yes' : 'No'}</dd>
${columns && html`<dt>Columns</dt><dd>${columns.join(', ')}</dd>`}
</dl>`;
}
