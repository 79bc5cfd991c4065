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
import { type ConsolePage, form, type PageBody, type PageContext, page, refusedForm } from '../console.ts';
import { receivingAddress, refusal, textField } from '../fields.ts';
import { askedForm, buttonForm } from '../parts.ts';
import { secretPage } from '../secrets.ts';
import { dateTime } from '../words.ts';

const path = '/reward-webhook';
const about = {
  title: 'Reward webhook',
  tab: { group: 'Settings', label: 'Reward webhook' },
  needs: 'administrator',
} as const;

export const rewardWebhookPages: ConsolePage[] = [
  page(path, { ...about, show: draw }),
  form(path, {
    ...about,
    body: z.object({ url: receivingAddress }),
    async act({ ctx, workspaceId, actor, body }) {
      const secret = await chooseRewardWebhook(ctx, workspaceId, body.url, actor);
      return secret === null ? { to: `/console${path}`, flash: 'Webhook URL saved.' } : shownOnce(secret);
    },
    again: draw,
  }),
  form(`${path}/test`, {
    ...about,
    async act({ ctx, workspaceId }) {
      await testRewardWebhook(ctx, workspaceId);
      return { to: `/console${path}`, flash: 'Your system accepted the test event.' };
    },
    again: draw,
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

async function draw(context: PageContext): Promise<Html> {
  const { ctx, workspaceId, csrf, tabs } = context;
  const webhook = await readRewardWebhook(ctx, workspaceId);
  const refused = refusedForm(path, context);
  return html`${tabs}
<section><h2>Address</h2>
<p>Campaigns that issue automatically send their rewards here as soon as they are due. Rewards that need approval are sent
once approved. When your system answers with a 2xx status, the reward is issued. You choose this in each campaign, under
<b>About the campaign</b>.</p>
${refusal(refused)}
<form method="post" action="/console${path}">${csrf}
${textField({
  ...{ name: 'url', label: 'Webhook URL', type: 'url', value: webhook?.url ?? null },
  ...{ hint: 'Starts with https://. Redirects are not followed.', refused },
  more: html` required maxlength="2000" placeholder="https://example.com/rewards"`,
})}
<button class="main">${webhook === null ? 'Save and show secret' : 'Save'}</button></form></section>
${webhook !== null && connected(webhook, context)}
<p><a href="/console/run-log?kind=issue-reward">View sent rewards</a></p>`;
}

function connected({ previousUntil }: ShownWebhook, context: PageContext) {
  const { csrf, timeZone } = context;
  return html`<div class="grid two"><section><h2>Test</h2>
<p>Sends an event of the type <code>reward.test</code>. No reward is issued.</p>
${refusal(refusedForm(`${path}/test`, context))}
${buttonForm(`/console${path}/test`, csrf, 'Send test event')}</section>
<section><h2>Signing secret</h2>
<p>Your system uses it to verify events.
${previousUntil !== null && html`The previous secret is valid until ${dateTime(previousUntil, timeZone)}.`}</p>
${askedForm('The previous secret stays valid for a day, so that your system can switch.', `/console${path}/rotate`, csrf, 'Create a new secret')}</section></div>
<section><h2>Remove webhook</h2>
${askedForm('Unsent rewards stay due.', `/console${path}/remove`, csrf, 'Remove webhook', { style: 'danger' })}</section>`;
}

function shownOnce(secret: string): PageBody {
  return secretPage('signing secret', {
    secret,
    store: 'It is shown only once. Store it with your system’s secrets.',
    use: html`Every event has a <code>webhook-signature</code>, as <a href="https://www.standardwebhooks.com">Standard Webhooks</a>
describe it; libraries in most languages check it.`,
    back: path,
  });
}
