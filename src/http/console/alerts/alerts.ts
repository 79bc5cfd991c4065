// Alerts: what a teammate gets by mail, and which chat channels are told.

import { z } from 'zod';
import { type AlertTopic, alertTopicNames, alertTopics } from '../../../domain/alerts/alert.ts';
import {
  type AlertSettings,
  chooseAlerts,
  createChannel,
  deleteChannel,
  readAlertSettings,
  testChannel,
  testMail,
} from '../../../usecases/alerts/alert-settings.ts';
import { text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import {
  type ConsolePage,
  type FormErrors,
  form,
  type PageContext,
  page,
  refusedForm,
  withId,
} from '../console.ts';
import { receivingAddress, refusal, textField, tickField } from '../fields.ts';
import { helpLink } from '../help/help-topics.ts';
import { askedForm, buttonForm, table } from '../parts.ts';

const path = '/alerts';
const about = { title: 'Alerts', tab: { group: 'Settings', label: 'Alerts' } };

/** A checkbox for each topic; an unticked one is not sent. */
const topicFields = z.object(
  Object.fromEntries(alertTopicNames.map((topic) => [topic, z.string().optional()])) as Record<
    AlertTopic,
    z.ZodOptional<z.ZodString>
  >,
);
const topicsIn = (fields: Partial<Record<AlertTopic, string | undefined>>) =>
  alertTopicNames.filter((topic) => fields[topic] !== undefined);

const channelForm = topicFields
  .extend({
    name: text(80),
    url: receivingAddress,
  })
  .refine((fields) => topicsIn(fields).length > 0, {
    path: ['failures'],
    message: 'choose at least one kind of message',
  });

export const alertPages: ConsolePage[] = [
  page(path, { ...about, needs: 'viewer', show: draw }),
  form(path, {
    ...about,
    needs: 'viewer',
    body: topicFields,
    async act({ ctx, workspaceId, visitor, actor, body }) {
      await chooseAlerts(ctx, workspaceId, visitor.teammate, topicsIn(body), actor);
      return { to: '/console/alerts', flash: 'Alerts saved.' };
    },
  }),
  form('/alerts/test', {
    ...about,
    needs: 'viewer',
    async act({ ctx, workspaceId, visitor }) {
      await testMail(ctx, workspaceId, visitor.teammate.id);
      return { to: '/console/alerts', flash: 'Test mail sent.' };
    },
    again: draw,
  }),
  form('/alerts/channels', {
    ...about,
    needs: 'administrator',
    body: channelForm,
    async act({ ctx, workspaceId, actor, body: { name, url, ...fields } }) {
      await createChannel(ctx, workspaceId, { name, url, topics: topicsIn(fields) }, actor);
      return { to: '/console/alerts', flash: 'Channel added. Send it a test message.' };
    },
    again: draw,
  }),
  form('/alerts/channels/:id/test', {
    ...about,
    needs: 'administrator',
    params: withId,
    async act({ ctx, workspaceId, params }) {
      await testChannel(ctx, workspaceId, params.id);
      return { to: '/console/alerts', flash: 'Test message sent.' };
    },
    again: draw,
  }),
  form('/alerts/channels/:id/remove', {
    ...about,
    needs: 'administrator',
    params: withId,
    async act({ ctx, workspaceId, actor, params }) {
      await deleteChannel(ctx, workspaceId, params.id, actor);
      return { to: '/console/alerts', flash: 'Channel removed. It gets no more messages.' };
    },
  }),
];

async function draw(context: PageContext): Promise<Html> {
  const { ctx, workspaceId, visitor, csrf, isAdministrator, tabs } = context;
  const { own, channels, sendsMail } = await readAlertSettings(ctx, workspaceId, visitor.teammate.id);
  return html`${tabs}
<section><h2>Your mail</h2>
<p class="hint">${helpLink('alerts')}</p>
${refusal(refusedForm('/alerts/test', context))}
${
  own === null
    ? html`<p>Intercom gives no email address for you, so you get no mail.</p>`
    : html`<p>Sent to ${own.email}.</p>`
}
${!sendsMail && html`<p class="notice fair">Mail is off. The operator switches it on with <code>SMTP_URL</code> and <code>MAIL_FROM</code>.</p>`}
<form method="post" action="/console/alerts">${csrf}
<fieldset><legend>Alerts</legend>${topicTicks(own?.topics ?? [], null)}</fieldset>
<button class="main">Save alerts</button></form>
${sendsMail && own !== null && html`<hr><p>Check that mail arrives.</p>${buttonForm('/console/alerts/test', csrf, 'Send test mail')}`}
</section>
<section><h2>Chat channels</h2>
<p>Slack and compatible incoming webhooks, such as Mattermost, Rocket.Chat, or Discord with <code>/slack</code> added to its URL.</p>
${refusal(refusedForm('/alerts/channels/:id/test', context))}
${channels.length === 0 ? html`<p class="quiet">No channels yet.</p>` : channelTable(channels, context)}
${isAdministrator ? addForm(csrf, refusedForm('/alerts/channels', context)) : html`<p class="quiet">An administrator can add a channel.</p>`}
</section>
<p><a href="/console/run-log?kind=alert">View sent alerts</a></p>`;
}

function topicTicks(chosen: readonly AlertTopic[], refused: FormErrors | null): Html {
  return html`${alertTopicNames.map((topic) =>
    tickField({ ...alertTopics[topic], name: topic, value: chosen.includes(topic), refused }),
  )}`;
}

function channelTable(channels: AlertSettings['channels'], { csrf, isAdministrator }: PageContext): Html {
  const rows = channels.map(({ id, name, topics }) => {
    const labels = topics.map((topic) => alertTopics[topic].label).join(', ');
    return html`<th scope="row">${name}</th><td>${labels}${isAdministrator && html`<div class="row">${buttonForm(`/console/alerts/channels/${id}/test`, csrf, `Test ${name}`)}${askedForm('Alerts are no longer posted there.', `/console/alerts/channels/${id}/remove`, csrf, `Remove ${name}`, { style: 'danger' })}</div>`}</td>`;
  });
  return table(['Channel', 'Gets'], rows);
}

function addForm(csrf: Html, refused: FormErrors | null): Html {
  return html`<h3>Add a channel</h3>${refusal(refused)}
<form method="post" action="/console/alerts/channels">${csrf}
${textField({ name: 'name', label: 'Name', hint: 'For example, #referrals.', refused, more: html` required maxlength="80"` })}
${textField({ name: 'url', label: 'Incoming webhook URL', type: 'url', hint: 'Stored encrypted and never shown again.', refused, more: html` required maxlength="2000" placeholder="https://hooks.slack.com/services/…"` })}
<fieldset><legend>Alerts</legend>${channelTicks(refused)}</fieldset>
<button class="main">Add channel</button></form>`;
}

/** With IDs of their own: the teammate's checkboxes are on the same page. */
function channelTicks(refused: FormErrors | null): Html {
  return html`${alertTopicNames.map((topic) => {
    const { label } = alertTopics[topic];
    const on = refused ? topic in refused.values : topic === 'failures';
    return html`<div class="field tick"><input type="checkbox" id="channel-${topic}" name="${topic}"${on && html` checked`}><label for="channel-${topic}">${label}</label></div>`;
  })}
${refused?.fields.failures !== undefined && html`<p class="why">${refused.fields.failures}</p>`}`;
}
