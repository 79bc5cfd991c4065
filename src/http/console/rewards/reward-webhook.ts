// The reward webhook: where rewards are sent to be issued, its signing secret, and a test.
import { z } from 'zod';
import {
  chooseRewardWebhook,
  dropRewardWebhook,
  readRewardWebhook,
  rotateRewardSecret,
  type ShownWebhook,
  testRewardWebhook,
} from '../../../usecases/rewards/reward-webhook.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, type FormErrors, form, type PageContext, page } from '../console.ts';
import { receivingAddress, refusal, textField } from '../fields.ts';
import { askedForm, buttonForm } from '../parts.ts';
import { dateTime } from '../words.ts';

const path = '/reward-webhook';
const about = {
  title: 'Reward webhook',
  tab: { group: 'Settings', label: 'Reward webhook' },
  needs: 'administrator',
} as const;

export const rewardWebhookPages: ConsolePage[] = [
  page(path, { ...about, show: (context) => draw(context) }),
  form(path, {
    ...about,
    body: z.object({ url: receivingAddress }),
    async act({ ctx, workspaceId, actor, body }) {
      const secret = await chooseRewardWebhook(ctx, workspaceId, body.url, actor);
      return secret === null ? { to: `/console${path}`, flash: 'Webhook URL saved.' } : shownOnce(secret);
    },
    again: (context) => draw(context, { address: context.refused }),
  }),
  form(`${path}/test`, {
    ...about,
    async act({ ctx, workspaceId }) {
      await testRewardWebhook(ctx, workspaceId);
      return { to: `/console${path}`, flash: 'Your system accepted the test event.' };
    },
    again: (context) => draw(context, { test: context.refused }),
  }),
  form(`${path}/rotate`, {
    ...about,
    async act({ ctx, workspaceId, actor }) {
      return shownOnce(await rotateRewardSecret(ctx, workspaceId, actor));
    },
  }),
  form(`${path}/remove`, {
    ...about,
    async act({ ctx, workspaceId, actor }) {
      await dropRewardWebhook(ctx, workspaceId, actor);
      return {
        to: `/console${path}`,
        flash: 'Webhook removed. Rewards stay due until you issue them.',
      };
    },
  }),
];

type Refused = { address?: FormErrors; test?: FormErrors };

async function draw(context: PageContext, refused: Refused = {}): Promise<Html> {
  const { ctx, workspaceId, csrf, tabs } = context;
  const webhook = await readRewardWebhook(ctx, workspaceId);
  return html`${tabs}
<section><h2>Address</h2>
<p>Rewards of the campaigns that issue automatically are sent here as soon as they are due or, where they need approval,
approved. When your system answers with a 2xx status, the reward is issued. You choose this in each campaign, under
<b>About the campaign</b>.</p>
${refusal(refused.address)}
<form method="post" action="/console${path}">${csrf}
${textField({
  ...{ name: 'url', label: 'Webhook URL', type: 'url', value: webhook?.url ?? null },
  ...{ hint: 'Starts with https://. Redirects are not followed.', refused: refused.address ?? null },
  more: html` required maxlength="2000" placeholder="https://example.com/rewards"`,
})}
<button class="main">${webhook === null ? 'Save and show secret' : 'Save'}</button></form></section>
${webhook !== null && connected(webhook, context, refused.test ?? null)}
<p><a href="/console/run-log?kind=issue-reward">View sent rewards</a></p>`;
}

function connected(
  { previousUntil }: ShownWebhook,
  { csrf, timeZone }: PageContext,
  test: FormErrors | null,
) {
  return html`<div class="grid two"><section><h2>Test</h2>
<p>Sends an event of the type <code>reward.test</code>. No reward is issued.</p>
${refusal(test)}
${buttonForm(`/console${path}/test`, csrf, 'Send test event')}</section>
<section><h2>Signing secret</h2>
<p>Your system uses it to verify events.
${previousUntil !== null && html`The previous secret is valid until ${dateTime(previousUntil, timeZone)}.`}</p>
${askedForm('The previous secret stays valid for a day, so that your system can switch.', `/console${path}/rotate`, csrf, 'Create a new secret')}</section></div>
<section><h2>Remove webhook</h2>
${askedForm('Unsent rewards stay due.', `/console${path}/remove`, csrf, 'Remove webhook', { style: 'danger' })}</section>`;
}

function shownOnce(secret: string) {
  return {
    title: 'Copy the signing secret now',
    body: html`<section>
<p>It is shown only once. Store it with your system’s secrets.</p>
<pre tabindex="0"><code>${secret}</code></pre>
<p>Every event has a <code>webhook-signature</code>, as <a href="https://www.standardwebhooks.com">Standard Webhooks</a>
describe it; libraries in most languages check it.</p>
<p><a class="button" href="/console${path}">Done</a></p>
</section>`,
  };
}
