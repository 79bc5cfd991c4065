// Receipts that come back as a file: uploaded, previewed line by line, and issued once confirmed.

import { Failure } from '../../../failure.ts';
import {
  issueReceipts,
  keepReceipts,
  maxReceipts,
  previewReceipts,
  type ReceiptPreview,
} from '../../../usecases/rewards/receipts.ts';
import { type Html, html } from '../../html.ts';
import { readReceipts } from '../../rows/receipt-rows.ts';
import { type ConsolePage, form, type PageContext, page, withId } from '../console.ts';
import { refusal } from '../fields.ts';
import { address } from '../lists.ts';
import { buttonForm, table } from '../parts.ts';
import { count } from '../words.ts';
import { undoNotice } from './reward-changes.ts';
import { sumsText } from './reward-words.ts';

const path = '/rewards/receipts';
const about = { title: 'Upload receipts', needs: 'administrator' } as const;

export const receiptPages: ConsolePage[] = [
  page(path, { ...about, show: uploadForm }),
  form(path, {
    ...about,
    async act({ ctx, workspaceId, file }) {
      if (!file || file.name === '')
        throw new Failure('invalid', 'Choose a file.', { fields: { file: 'is missing' } });
      const lines = await readReceipts(file.bytes, maxReceipts);
      const id = await keepReceipts(ctx, workspaceId, { name: file.name, lines });
      return { to: `/console${path}/${id}` };
    },
    again: uploadForm,
  }),
  page(`${path}/:id`, { ...about, params: withId, show: preview }),
  form(`${path}/:id/issue`, {
    ...about,
    params: withId,
    async act({ ctx, workspaceId, actor, params }) {
      await issueReceipts(ctx, workspaceId, params.id, actor);
      return { to: `/console${path}/${params.id}` };
    },
  }),
];

async function uploadForm({ csrf, refused }: PageContext): Promise<Html> {
  return html`<section>
${refusal(refused)}
<p>Upload a list of rewards that you issued elsewhere. The first row names the columns: <code>reward_id</code> and
<code>reference</code>, and <code>amount</code> if you want it checked. Download the rewards that are <a href="${address('/rewards/export', { status: 'due' })}">due</a> or <a href="${address('/rewards/export', { status: 'approved' })}">approved</a>, fill in
the reference of each one you have issued, and upload the file. Lines without a reference are left as they are.</p>
<form method="post" action="/console${path}" enctype="multipart/form-data">${csrf}
<div class="field"><label for="f-file">File</label>
<input id="f-file" type="file" name="file" required accept=".csv,.tsv,.txt,text/csv"${refused?.fields.file !== undefined && html` aria-invalid="true"`}>
<p class="hint">CSV with up to ${count(maxReceipts)} lines. Nothing is issued before you have seen a preview.</p></div>
<div class="row"><button class="main">Upload and preview</button><a href="/console/rewards">Back</a></div>
</form></section>`;
}

async function preview(context: PageContext & { params: { id: string } }) {
  const { ctx, workspaceId, params } = context;
  const shown = await previewReceipts(ctx, workspaceId, params.id);
  const { file } = shown;
  const notice = file.state === 'done' ? await undoNotice(context, file.changeId) : null;
  return {
    title: titleOf(shown),
    body: html`<div id="receipts"${file.state === 'running' && html` data-live="2"`}>${notice}
<section><p class="quiet"><bdi>${file.name}</bdi></p>
${progress(shown)}
${outcomes(shown)}
${file.state === 'ready' && shown.counts.issue > 0 && confirmForm(shown, context.csrf)}
<p><a href="/console/rewards">Rewards</a> · <a href="/console${path}">Upload another file</a></p></section>
${shown.refused.length > 0 && refusedLines(shown)}</div>`,
  };
}

function titleOf({ file, sums, counts }: ReceiptPreview): string {
  if (file.state === 'ready') return counts.issue === 0 ? 'Nothing to issue' : `Issue ${sumsText(sums)}?`;
  return file.state === 'running' ? 'Issuing rewards' : 'Receipts';
}

function progress({ file, counts }: ReceiptPreview): Html | null {
  if (file.state === 'running') {
    const all = counts.issue + counts.issued;
    return html`<p role="status">${count(counts.issued)} of ${count(all)} rewards are issued.</p><progress max="${all}" value="${counts.issued}"></progress>
${file.trouble !== null && html`<p class="notice fair">${file.trouble}</p>`}`;
  }
  if (file.state === 'failed')
    return html`<p class="notice bad">Stopped: ${file.trouble}. Upload the file again to continue. Issued rewards stay issued.</p>`;
  return null;
}

function confirmForm({ file, counts }: ReceiptPreview, csrf: Html): Html {
  const label = counts.issue === 1 ? 'Issue 1 reward' : `Issue ${count(counts.issue)} rewards`;
  return buttonForm(`/console${path}/${file.id}/issue`, csrf, label, { style: 'main' });
}

function outcomes({ counts }: ReceiptPreview): Html {
  const rows = (
    [
      ['To issue', counts.issue],
      ['Issued', counts.issued],
      ['Issued before', counts.unchanged],
      ['No receipt, left as they are', counts['no-receipt']],
      ['Invalid', counts.refused],
    ] as const
  ).filter(([, number]) => number > 0);
  return table(
    ['Lines', html`<span class="number">Number</span>`],
    rows.map(([name, number]) => html`<th scope="row">${name}</th><td class="number">${count(number)}</td>`),
  );
}

function refusedLines({ refused, counts }: ReceiptPreview): Html {
  const rows = refused.map(
    ({ line, rewardId, reference, problem }) =>
      html`<td class="number">${count(line)}</td><td>${problem}</td><td><code>${rewardId ?? '—'}</code></td><td><bdi>${reference}</bdi></td>`,
  );
  const caption =
    counts.refused > refused.length
      ? `The first ${count(refused.length)} of ${count(counts.refused)}`
      : 'In the order of the file';
  return html`<section><h2>Lines with problems</h2>${table([html`<span class="number">Line</span>`, 'Problem', 'Reward', 'Reference'], rows, caption)}</section>`;
}
