// Batches: contacts from a file. Uploaded, counted, confirmed, watched; what failed is retried or taken away to be mended.
import { z } from 'zod';
import { type BatchState, batchOptions } from '../../domain/batch.ts';
import { mayDo } from '../../domain/teammate.ts';
import { Failure } from '../../failure.ts';
import { byTeammate } from '../../usecases/audit.ts';
import type { BatchRow } from '../../usecases/batch-edges.ts';
import type { SeenBatch } from '../../usecases/batches.ts';
import { paged } from '../api/schemas.ts';
import { failedLines } from '../failed-rows.ts';
import { type Html, html } from '../html.ts';
import { jsonTypes, readFileRows } from '../rows/file-rows.ts';
import {
  type ConsolePage,
  file,
  form,
  none,
  page,
  type Refused,
  ticked,
  type UseCases,
  withId,
} from './console.ts';
import { refusal, selectField, textField, tickField } from './fields.ts';
import { empty, pageLinks } from './lists.ts';
import { badge, buttonForm, table } from './parts.ts';
import { batchTabs } from './tabs.ts';
import { count, dateTime, duration } from './words.ts';

const path = '/batches';
const onPage = 25;
const failuresShown = 20;

const { email_verified: _, ...choices } = batchOptions.shape;
const uploadGiven = z.object({
  ...choices,
  name: z.string().trim().max(200),
  unknown: z.enum(['refuse', 'attributes']),
  email_verified: ticked,
});

export const batchPages: ConsolePage[] = [
  page({
    path,
    title: 'Batches',
    nav: 'Batches',
    needs: 'viewer',
    params: none,
    query: z.object({ cursor: paged.cursor }),
    async show({ batches }, { visitor: { workspaceId, timeZone, role }, query: { cursor } }) {
      const { items, next } = await batches.list(workspaceId, { limit: onPage, after: cursor ?? null });
      return html`${batchTabs(path, role)}
<section>
<div class="row apart"><h2>Contacts from files</h2>${mayDo(role, 'administrator') && html`<a class="button main" href="/console/batches/new">Upload a file</a>`}</div>
<div id="batches" data-live="5">${items.length === 0 ? nothing : batchTable(items, timeZone)}</div>
${pageLinks(path, {}, cursor !== undefined, next)}
</section>`;
    },
  }),
  page({
    path: `${path}/new`,
    title: 'Upload a file',
    needs: 'administrator',
    params: none,
    query: none,
    show: async (_useCases, { csrf }) => uploadForm(csrf, null),
  }),
  form({
    path,
    title: 'Upload a file',
    needs: 'administrator',
    params: none,
    body: uploadGiven,
    async act({ batches, audit }, { visitor, body, file: uploaded }) {
      if (!uploaded || uploaded.name === '')
        throw new Failure('invalid', 'Choose a file.', { fields: { file: 'is missing' } });
      const { name, unknown, ...options } = body;
      const { columns, rows } = await readFileRows(uploaded.bytes, {
        contentType: typeOf(uploaded),
        unknown,
      });
      const { batch } = await batches.receive({
        workspaceId: visitor.workspaceId,
        name: name === '' ? uploaded.name : name,
        createdBy: visitor.teammate.name,
        uploadKey: null,
        ...{ columns, options, rows },
        start: false,
      });
      const what = `uploaded a batch of ${count(batch.rows)} rows`;
      await audit.record(visitor.workspaceId, byTeammate(visitor), what, { batch: batch.id });
      return {
        to: `/console${path}/${batch.id}`,
        said: 'The file is here. Nothing is done before you start it.',
      };
    },
    again: async (_useCases, { csrf, refused }) => uploadForm(csrf, refused),
  }),
  page({
    path: `${path}/:id`,
    title: 'Batch',
    needs: 'viewer',
    params: withId,
    query: none,
    async show({ batches }, { visitor: { workspaceId, timeZone, role }, csrf, params }) {
      const batch = await batches.read(workspaceId, params.id);
      const failed = await batches.rows(workspaceId, params.id, {
        states: ['failed', 'invalid'],
        after: 0,
        limit: failuresShown,
      });
      return {
        title: nameOf(batch),
        body: html`<p><a href="/console/batches">All batches</a></p>
<div id="batch"${isMoving(batch) && html` data-live="2"`}>
<section>
${progress(batch, timeZone)}
${mayDo(role, 'administrator') && buttons(batch, csrf)}
</section>
${failed.length > 0 && failures(batch, failed)}
</div>
<section><h2>How it was asked for</h2>${asked(batch, timeZone)}</section>`,
      };
    },
  }),
  file({
    path: `${path}/:id/failed.csv`,
    title: 'Failed rows',
    needs: 'viewer',
    params: withId,
    async answer({ batches }, { visitor, params }) {
      const { columns, rows } = await batches.failed(visitor.workspaceId, params.id);
      return { name: 'failed.csv', lines: failedLines(columns, rows) };
    },
  }),
  form({
    path: `${path}/:id/:press`,
    title: 'Batch',
    needs: 'administrator',
    params: withId.extend({ press: z.enum(['pause', 'resume', 'cancel', 'retry']) }),
    body: none,
    async act({ batches, audit }, { visitor, params: { id, press } }) {
      const { workspaceId } = visitor;
      const said = await pressed(batches, workspaceId, id, press);
      await audit.record(workspaceId, byTeammate(visitor), `${pressWords[press]} a batch`, { batch: id });
      return { to: `/console${path}/${id}`, said };
    },
  }),
];

type Press = 'pause' | 'resume' | 'cancel' | 'retry';
const pressWords: Record<Press, string> = {
  pause: 'paused',
  resume: 'started',
  cancel: 'cancelled',
  retry: 'retried the failed rows of',
};

async function pressed(batches: UseCases['batches'], workspaceId: string, id: string, press: Press) {
  if (press === 'retry') {
    const { retried } = await batches.retry(workspaceId, id);
    return `${count(retried)} ${retried === 1 ? 'row waits' : 'rows wait'} again.`;
  }
  const { state } = await batches[press](workspaceId, id);
  return `The batch is ${stateWords[state].toLowerCase()}.`;
}

/** Browsers name a type by what else is installed, which may be that of a spreadsheet. */
function typeOf({ name, type }: { name: string; type: string }): string | undefined {
  if (/\.(ndjson|jsonl|json)$/i.test(name)) return jsonTypes[0];
  return /\.(csv|tsv|txt)$/i.test(name) ? 'text/csv' : type;
}

const stateWords: Record<BatchState, string> = {
  receiving: 'Arriving',
  interrupted: 'Broken off',
  running: 'Running',
  paused: 'Paused',
  cancelled: 'Cancelled',
  done: 'Done',
};
const tones = {
  receiving: 'plain',
  interrupted: 'bad',
  running: 'fair',
  paused: 'plain',
  cancelled: 'plain',
  done: 'good',
} as const;

const stateBadge = ({ state, startedAt }: SeenBatch) =>
  state === 'paused' && startedAt === null
    ? badge('fair', 'Waits to be started')
    : badge(tones[state], stateWords[state]);

const nameOf = ({ name, id }: SeenBatch) => name ?? `Batch ${id.slice(0, 8)}`;
const isMoving = ({ state }: SeenBatch) => state === 'receiving' || state === 'running';

const nothing = empty(
  html`No file was uploaded yet. One with a row for each contact, as CSV or as a JSON object a line, makes them in Intercom: millions if need be.`,
);

function batchTable(batches: readonly SeenBatch[], timeZone: string): Html {
  return table(
    ['Batch', 'State', 'Rows', 'Failed', 'Uploaded', 'By'],
    batches.map(
      (one) => html`<th scope="row"><a href="/console/batches/${one.id}">${nameOf(one)}</a></th>
<td>${stateBadge(one)}</td>
<td>${count(one.settled)} of ${count(one.rows)}</td>
<td>${count((one.counts.failed ?? 0) + (one.counts.invalid ?? 0))}</td>
<td>${dateTime(one.createdAt, timeZone)}</td>
<td>${one.createdBy}</td>`,
    ),
    'Newest first',
  );
}

const policies = [
  ['nothing', 'Leave the contact as it is'],
  ['update', 'Update it with the row'],
  ['fill', 'Fill only what is empty'],
] as const;

function uploadForm(csrf: Html, refused: Refused | null): Html {
  const inFile = Object.entries(refused?.fields ?? {}).filter(
    ([name]) => !Object.hasOwn(uploadGiven.shape, name),
  );
  return html`<section>
${refusal(refused)}
${inFile.length > 0 && html`<ul>${inFile.map(([name, why]) => html`<li><b>${name}</b> ${why}</li>`)}</ul>`}
<p>Each row is a contact; the first row names the columns: <code>email</code>, <code>name</code>, <code>phone</code>, <code>external_id</code>, <code>role</code>, <code>tags</code>, <code>company_id</code>, <code>custom_attributes.plan</code>, …</p>
<form method="post" action="/console/batches" enctype="multipart/form-data">${csrf}
${textField({ name: 'name', label: 'Name (optional)', hint: 'To tell it by; else the file’s own.', refused })}
${selectField({
  ...{ name: 'role', label: 'Rows that name no role become', refused },
  options: [
    ['lead', 'leads'],
    ['user', 'users'],
  ],
})}
${selectField({ ...{ name: 'on_duplicate', label: 'Where the contact is there already', refused }, options: policies })}
${selectField({
  ...{ name: 'lead_where_user_wanted', label: 'Where a lead is there, and the row is a user', refused },
  options: [
    ['convert', 'Convert it to a user'],
    ['keep', 'Keep it a lead'],
  ],
})}
${selectField({
  ...{ name: 'archived', label: 'Where the contact is archived', refused },
  options: [
    ['report', 'Say so, as a failed row'],
    ['unarchive', 'Unarchive it'],
  ],
})}
${selectField({
  ...{ name: 'unknown', label: 'Columns that are not known', refused },
  options: [
    ['refuse', 'Refuse the file'],
    ['attributes', 'Take them for custom attributes of that name'],
  ],
})}
${tickField({ name: 'email_verified', label: 'Mark every email as verified: I know that they are', refused })}
<div class="field"><label for="f-file">File</label>
<input id="f-file" type="file" name="file" required accept=".csv,.tsv,.txt,.ndjson,.jsonl,text/csv"${refused?.fields.file !== undefined && html` aria-invalid="true"`}>
<p class="hint">CSV, or JSON with an object a line; of any length.</p></div>
<div class="row"><button class="main">Upload</button><a href="/console/batches">Not now</a></div>
</form>
</section>`;
}

function progress(batch: SeenBatch, timeZone: string): Html {
  const { rows, settled, pace, counts, error, pausedFor, state } = batch;
  const left = pace && pace.secondsLeft > 0 ? `, about ${duration(pace.secondsLeft)} left` : '';
  return html`<div class="row apart"><h2>${count(settled)} of ${count(rows)} rows</h2>${stateBadge(batch)}</div>
<progress max="${Math.max(1, rows)}" value="${settled}" aria-label="Rows that are settled">${settled} of ${rows}</progress>
<p class="quiet">${pace ? `${pace.perSecond.toFixed(1)} rows a second${left}.` : ''}${batch.finishedAt && html`Ended ${dateTime(batch.finishedAt, timeZone)}.`}</p>
${pausedFor !== null && html`<p class="notice fair">It waits for ${pausedFor === 'token' ? 'the app to be installed again' : 'Intercom to answer again'}, and goes on by itself.</p>`}
${error !== null && html`<p class="notice ${state === 'interrupted' ? 'bad' : 'fair'}">${error}</p>`}
${settled > 0 && outcomes(counts)}`;
}

/** In the order in which they are told. */
const outcomeWords = {
  created: 'Created',
  updated: 'Updated',
  converted: 'Converted to users',
  linked: 'There already, and left as they are',
  unchanged: 'There already, with nothing to change',
  failed: 'Failed',
  invalid: 'Cannot be used',
};

function outcomes(counts: SeenBatch['counts']): Html {
  const told = Object.entries(outcomeWords).filter(([outcome]) => (counts[outcome] ?? 0) > 0);
  return html`<dl>${told.map(([outcome, words]) => html`<dt>${words}</dt><dd>${count(counts[outcome] ?? 0)}</dd>`)}</dl>`;
}

function buttons(batch: SeenBatch, csrf: Html): Html {
  const { state, startedAt, counts, rows, settled } = batch;
  const press = (name: Press, label: string, style = '') =>
    buttonForm(`/console/batches/${batch.id}/${name}`, csrf, label, { style });
  const waiting = state === 'paused' || state === 'interrupted';
  const start = startedAt === null ? `Start: ${count(rows - settled)} rows` : 'Resume';
  return html`<div class="row">
${waiting && press('resume', start, 'main')}
${state === 'running' && press('pause', 'Pause')}
${(counts.failed ?? 0) > 0 && state !== 'cancelled' && press('retry', `Retry what failed: ${count(counts.failed ?? 0)}`)}
${(waiting || isMoving(batch)) && press('cancel', 'Cancel', 'danger')}
</div>`;
}

function failures({ id, counts }: SeenBatch, shown: readonly BatchRow[]): Html {
  const all = (counts.failed ?? 0) + (counts.invalid ?? 0);
  const rows = shown.map(
    (row) => html`<th scope="row">${row.line}</th>
<td>${String(row.given.email ?? row.given.external_id ?? row.given.name ?? '—')}</td>
<td>${row.state === 'invalid' ? badge('bad', 'Cannot be used') : badge('bad', 'Failed')}</td>
<td>${row.error}${Object.entries(row.problems ?? {}).map(([field, why]) => html`<div>${field}: ${why}</div>`)}</td>`,
  );
  return html`<section>
<div class="row apart"><h2>Rows that failed</h2><a class="button" href="/console/batches/${id}/failed.csv" download>${all === 1 ? 'Download it' : `Download all ${count(all)}`} as CSV</a></div>
<p class="quiet">Mend them in the file, and upload it again: the columns that say where and why are passed over.</p>
${table(['Line', 'Who', 'State', 'Why'], rows, all > shown.length ? `The first ${shown.length}` : undefined)}
</section>`;
}

function asked({ options, createdBy, createdAt, columns }: SeenBatch, timeZone: string): Html {
  return html`<dl>
<dt>Uploaded</dt><dd>${dateTime(createdAt, timeZone)} by ${createdBy}</dd>
<dt>Role</dt><dd>${options.role}</dd>
<dt>If there already</dt><dd>${policies.find(([policy]) => policy === options.on_duplicate)?.[1] ?? options.on_duplicate}</dd>
<dt>Emails verified</dt><dd>${options.email_verified ? 'Yes' : 'No'}</dd>
${columns && html`<dt>Columns</dt><dd>${columns.join(', ')}</dd>`}
</dl>`;
}
