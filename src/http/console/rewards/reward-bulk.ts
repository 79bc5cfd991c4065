// One change of all rewards that the list shows, on however many pages: checked, confirmed, and its progress.
import { z } from 'zod';
import { type BulkAct, bulkActs, maxInBulk } from '../../../domain/rewards/bulk-change.ts';
import { capital, counted } from '../../../domain/words.ts';
import {
  type BulkPreview,
  cancelBulkChange,
  confirmBulkChange,
  previewBulkChange,
  startBulkChange,
} from '../../../usecases/rewards/bulk-changes.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, type PageContext, page, withId } from '../console.ts';
import { askedForm } from '../parts.ts';
import { count } from '../words.ts';
import { bulkWords, givenText, undoNotice } from './reward-changes.ts';
import { filled, filterOf, rewardFilters } from './reward-filters.ts';
import { doneWords, sumsText } from './reward-words.ts';

const path = '/rewards/bulk';
const about = { title: 'Rewards', needs: 'administrator' } as const;

export const rewardBulkPages: ConsolePage[] = [
  form(path, {
    ...about,
    body: z.preprocess(filled, z.object({ ...rewardFilters, change: z.enum(bulkActs) })),
    async act(context) {
      const { ctx, workspaceId } = context;
      const { change, ...chosen } = context.body;
      const { filter } = await filterOf(context, chosen);
      const id = await startBulkChange(ctx, workspaceId, change, filter);
      return { to: `/console${path}/${id}` };
    },
  }),
  page(`${path}/:id`, { ...about, params: withId, show: bulkPage }),
  form(`${path}/:id/confirm`, {
    ...about,
    params: withId,
    body: z.object({ reference: givenText(200), reason: givenText(500) }),
    async act({ ctx, workspaceId, actor, params, body }) {
      await confirmBulkChange(ctx, workspaceId, params.id, body, actor);
      return { to: `/console${path}/${params.id}` };
    },
  }),
  form(`${path}/:id/cancel`, {
    ...about,
    params: withId,
    async act({ ctx, workspaceId, params }) {
      await cancelBulkChange(ctx, workspaceId, params.id);
      return { to: `/console${path}/${params.id}` };
    },
  }),
];

async function bulkPage(context: PageContext & { params: { id: string } }) {
  const { ctx, workspaceId, csrf, params } = context;
  const shown = await previewBulkChange(ctx, workspaceId, params.id);
  const { bulk, counts } = shown;
  const isOver = bulk.state === 'done' || bulk.state === 'failed' || bulk.state === 'canceled';
  const notice = isOver && counts.changed > 0 ? await undoNotice(context, bulk.changeId) : null;
  const isMoving = bulk.state === 'checking' || bulk.state === 'running';
  return {
    title: titleOf(shown),
    body: html`<div id="bulk"${isMoving && html` data-live="2"`}>${notice}<section>
${progress(shown)}
${leftOut(shown)}
${bulk.state === 'ready' && counts.change > 0 && confirmForm(shown, csrf)}
${(isMoving || (bulk.state === 'ready' && counts.change > 0)) && askedForm('Rewards that were changed stay changed, and can be undone. The others stay as they are.', `/console${path}/${bulk.id}/cancel`, csrf, bulk.state === 'running' ? 'Stop' : 'Cancel')}
<p><a href="/console/rewards">Back to rewards</a></p></section></div>`,
  };
}

const doing: Record<BulkAct, string> = {
  approve: 'Approving',
  issue: 'Issuing',
  cancel: 'Canceling',
  send: 'Sending',
};
const done: Record<BulkAct, string> = {
  approve: doneWords.approved,
  issue: doneWords.issued,
  cancel: doneWords.canceled,
  send: 'on the way to your system',
};

function titleOf({ bulk: { state, change, rows }, counts, sums }: BulkPreview): string {
  if (state === 'checking') return `Checking ${counted(rows, 'reward', 'rewards')}`;
  if (state === 'running') return `${doing[change]} rewards`;
  if (state === 'ready')
    return counts.change === 0 ? `Nothing to ${change}` : `${bulkWords[change].label} ${sumsText(sums)}?`;
  return `${capital(done[change])}: ${counted(counts.changed, 'reward', 'rewards')}`;
}

function progress({ bulk: { state, change, place, rows, trouble }, counts }: BulkPreview): Html | null {
  const bar = (at: number, all: number, words: string) => html`<p role="status">${words}</p>
<progress max="${Math.max(1, all)}" value="${at}" aria-label="Rewards"></progress>
${trouble !== null && html`<p class="notice fair">${trouble}</p>`}`;
  const all = counts.change + counts.changed;
  if (state === 'checking') return bar(place, rows, `${count(place)} of ${count(rows)} rewards are checked.`);
  if (state === 'running')
    return bar(counts.changed, all, `${count(counts.changed)} of ${count(all)} rewards are ${done[change]}.`);
  if (state === 'failed')
    return html`<p class="notice bad">Stopped: ${trouble}. Finished changes stay. Select the rest again.</p>`;
  if (state === 'canceled')
    return html`<p class="notice">Stopped${counts.changed === 0 ? ' before anything was changed' : '; finished changes stay'}.</p>`;
  return state === 'ready' && counts.change > 0 ? html`<p>${bulkWords[change].effect}</p>` : null;
}

function leftOut({ refused, counts }: BulkPreview): Html {
  const reasons = [...refused].map(
    ([why, number]) => html`<li>${counted(number, 'reward', 'rewards')}: ${why}</li>`,
  );
  return html`${reasons.length > 0 && html`<p>Some of the selected rewards stay as they are:</p><ul>${reasons}</ul>`}
${counts.unchanged > 0 && html`<p class="quiet">${counts.unchanged === 1 ? '1 reward needs' : `${count(counts.unchanged)} rewards need`} no change.</p>`}`;
}

function confirmForm({ bulk: { id, change }, counts }: BulkPreview, csrf: Html): Html {
  return html`<form method="post" action="/console${path}/${id}/confirm">${csrf}${bulkWords[change].fields}
<p><button class="main">${bulkWords[change].label} ${counted(counts.change, 'reward', 'rewards')}</button></p></form>`;
}

/** Below the list, when it goes on beyond what is ticked. */
export function bulkForm(
  acts: readonly BulkAct[],
  chosen: Record<string, string | undefined>,
  all: number,
  csrf: Html,
): Html {
  const hidden = Object.entries(chosen).map(
    ([name, value]) => value !== undefined && html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const most = Math.min(all, maxInBulk);
  const chosenWords = most < all ? `${count(most)} of the ${count(all)}` : `all ${count(all)}`;
  return html`<details class="bulk"><summary>Select ${chosenWords} that match</summary>
<form method="post" action="/console${path}">${csrf}${hidden}
<p class="hint">On all pages. You see the effect before you confirm.</p>
<div class="row">${acts.map((act) => html`<button name="change" value="${act}">${bulkWords[act].label} ${most < all ? count(most) : `all ${count(all)}`}${act === 'send' && ' to your system'}</button>`)}</div>
</form></details>`;
}
