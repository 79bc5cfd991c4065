// Changes of rewards from the console: first what it would do, then the change, then a way back.
import { z } from 'zod';
import type { BulkAct } from '../../../domain/rewards/bulk-change.ts';
import { type RewardChange, rewardChanges } from '../../../domain/rewards/reward.ts';
import { changeRewards } from '../../../usecases/rewards/change-rewards.ts';
import { type ChangePreview, previewRewardChange, readChange } from '../../../usecases/rewards/rewards.ts';
import { previewSending, sendRewards } from '../../../usecases/rewards/send-rewards.ts';
import { undoRewardChange } from '../../../usecases/rewards/undo-rewards.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, many, type PageContext, page } from '../console.ts';
import { textField } from '../fields.ts';
import { address } from '../lists.ts';
import { buttonForm } from '../parts.ts';
import { count } from '../words.ts';
import { changeWords, doneWords, sumsText } from './reward-words.ts';

const path = '/rewards';
const change = z.enum(rewardChanges);
const ids = many(z.guid().toLowerCase());
/** Empty is null. */
export const givenText = (most: number) =>
  z
    .string()
    .trim()
    .max(most)
    .default('')
    .transform((given) => given || null);

export const rewardChangePages: ConsolePage[] = [
  page(`${path}/confirm`, {
    title: 'Rewards',
    needs: 'administrator',
    query: z.object({ change, ids }),
    async show({ ctx, workspaceId, csrf, query }) {
      if (query.ids.length === 0) return noneChosen;
      const preview = await previewRewardChange(ctx, workspaceId, query.change, query.ids);
      return confirmation(rewardActs[query.change], preview, csrf);
    },
  }),
  page(`${path}/send`, {
    title: 'Rewards',
    needs: 'administrator',
    query: z.object({ ids }),
    async show({ ctx, workspaceId, csrf, query }) {
      if (query.ids.length === 0) return noneChosen;
      const preview = await previewSending(ctx, workspaceId, query.ids);
      return confirmation(sending, preview, csrf);
    },
  }),
  form(`${path}/send`, {
    title: 'Rewards',
    needs: 'administrator',
    body: z.object({ ids }),
    async act({ ctx, workspaceId, actor, body }) {
      const sent = await sendRewards(ctx, workspaceId, body.ids, actor);
      const flash = `${count(sent)} ${sent === 1 ? 'reward is' : 'rewards are'} on the way. Those that your system accepts become issued.`;
      return { to: `/console${path}`, flash };
    },
  }),
  form(`${path}/undo`, {
    title: 'Rewards',
    needs: 'administrator',
    body: z.object({ change: z.guid() }),
    async act({ ctx, workspaceId, actor, body }) {
      const restored = await undoRewardChange(ctx, workspaceId, body.change, actor);
      const flash =
        restored === 1 ? 'Undone. 1 reward is as before.' : `Undone. ${restored} rewards are as before.`;
      return { to: `/console${path}`, flash: restored === 0 ? 'Nothing to undo.' : flash };
    },
  }),
  form(`${path}/:change`, {
    title: 'Rewards',
    needs: 'administrator',
    params: z.object({ change }),
    body: z.object({ ids, reference: givenText(200), reason: givenText(500) }),
    async act({ ctx, workspaceId, actor, params, body }) {
      const done = await changeRewards(ctx, workspaceId, { ...params, ...body }, actor);
      if (done.changed === 0) return { to: `/console${path}`, flash: 'Nothing to change.' };
      return { to: address(path, { changed: done.changeId }) };
    },
  }),
];

const noneChosen = {
  title: 'No rewards selected',
  body: html`<p>Select at least one reward. <a href="/console/rewards">Back to rewards</a></p>`,
};

function confirmation(act: Act, preview: ChangePreview, csrf: Html) {
  const { changing, sums, unchanged, refused } = preview;
  const left = [...refused].map(
    ([why, number]) => html`<li>${number === 1 ? '1 reward' : `${number} rewards`}: ${why}</li>`,
  );
  const aside = html`${left.length > 0 && html`<p>Some of the selected rewards stay as they are:</p><ul>${left}</ul>`}
${unchanged > 0 && html`<p class="quiet">${unchanged === 1 ? '1 reward needs' : `${unchanged} rewards need`} no change.</p>`}`;
  if (changing.length === 0) {
    return {
      title: `Nothing to ${act.name}`,
      body: html`<section>${aside}<p><a href="/console/rewards">Back to rewards</a></p></section>`,
    };
  }
  return {
    title: `${act.label} ${sumsText(sums)}?`,
    body: html`<section>
<p>${act.effect}</p>
${aside}
<form method="post" action="/console${path}/${act.name}">${csrf}
${changing.map((id) => html`<input type="hidden" name="ids" value="${id}">`)}
${act.fields}
<div class="row"><button class="main">${act.label} ${changing.length === 1 ? '1 reward' : `${changing.length} rewards`}</button><a href="/console/rewards">Back</a></div>
</form></section>`,
  };
}

type Act = { name: string; label: string; effect: string; fields: Html | null };

const rewardActs: Record<RewardChange, Act> = {
  approve: {
    ...{ name: 'approve', label: changeWords.approve, fields: null },
    effect:
      'Approved rewards can be issued. In campaigns that issue automatically, they are sent immediately.',
  },
  issue: {
    ...{ name: 'issue', label: changeWords.issue },
    effect:
      'Mark these rewards as paid. Agents see it on the card. Issued rewards stay issued even if the referral is disqualified later.',
    fields: textField({
      ...{ name: 'reference', label: 'Receipt (optional)' },
      hint: 'For example, a voucher or transfer number. Kept with each reward.',
      more: html` maxlength="200"`,
    }),
  },
  cancel: {
    ...{ name: 'cancel', label: changeWords.cancel },
    effect:
      'These rewards are not given. They become due again only if their referral goes back to pending and qualifies again.',
    fields: textField({
      ...{ name: 'reason', label: 'Reason' },
      hint: 'Kept with each reward and in the history of its referral.',
      more: html` required maxlength="500"`,
    }),
  },
};

const sending: Act = {
  ...{ name: 'send', label: 'Send', fields: null },
  effect:
    'They are sent to your system by the reward webhook. Those that it accepts become issued; those that it refuses become failed.',
};

export const bulkWords: Record<BulkAct, Act> = { ...rewardActs, send: sending };

/** Null once another change, or an undo, came after it. */
export async function undoNotice(
  { ctx, workspaceId, csrf, isAdministrator }: PageContext,
  changeId: string,
): Promise<Html | null> {
  const done = await readChange(ctx, workspaceId, changeId);
  if (!done) return null;
  const words = `${sumsText(done.sums)}: ${doneWords[done.status]}.`;
  const undo = buttonForm(`/console${path}/undo`, csrf, 'Undo', { fields: { change: changeId } });
  return html`<div class="notice good row apart" role="status"><p>${words}</p>${isAdministrator && undo}</div>`;
}
