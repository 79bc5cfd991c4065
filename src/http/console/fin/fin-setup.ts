// Fin: the set-up of its data connectors, who counts as verified, and the sheet for a set-up by hand.
import { z } from 'zod';
import { finGuidance } from '../../../domain/fin/connectors.ts';
import { Failure } from '../../../failure.ts';
import {
  type Connector,
  createConnectors,
  listFinConnectors,
  plannedConnectors,
  type StoredConnector,
  switchConnectors,
} from '../../../usecases/fin/fin-setup.ts';
import { readVerification } from '../../../usecases/fin/verification.ts';
import { changeSettings, getSettings } from '../../../usecases/workspace/settings.ts';
import { readUserTokenSecrets } from '../../../usecases/workspace/user-tokens.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, type PageContext, page, ticked } from '../console.ts';
import { refusal, tickField } from '../fields.ts';
import { helpLink } from '../help/help-topics.ts';
import { tableOr } from '../lists.ts';
import { askedForm, badge, buttonForm } from '../parts.ts';
import { date } from '../words.ts';

const path = '/fin';
const group = 'Fin';
const about = { title: 'Fin', tab: { group, label: 'Set up' } };

export const finSetupPages: ConsolePage[] = [
  page(path, { ...about, nav: 'Fin', needs: 'viewer', show: draw }),
  form(`${path}/connectors`, {
    ...about,
    needs: 'administrator',
    async act({ ctx, workspaceId, actor }) {
      const outcome = await createConnectors(ctx, workspaceId, actor);
      if (outcome.outcome === 'created')
        return {
          to: `/console${path}`,
          flash: `${outcome.connectors} data connectors are in Intercom as drafts. In Intercom, check that their inputs are bound to the customer’s attributes, then switch them live.`,
        };
      const advice = outcome.isAboutScope
        ? ' You can set the connectors up by hand: see “Set up by hand”, below.'
        : ' Try again, or set the connectors up by hand.';
      throw new Failure('conflict', `${outcome.why}.${advice}`);
    },
    again: draw,
  }),
  form(`${path}/live`, {
    ...about,
    needs: 'administrator',
    body: z.object({ state: z.enum(['live', 'draft']) }),
    async act({ ctx, workspaceId, actor, body: { state } }) {
      const switched = await switchConnectors(ctx, workspaceId, state, actor);
      const words =
        state === 'live' ? 'live. Fin uses them from now on' : 'drafts again. Fin does not use them';
      return { to: `/console${path}`, flash: `${switched} data connectors are ${words}.` };
    },
    again: draw,
  }),
  form(`${path}/settings`, {
    ...about,
    needs: 'administrator',
    body: z.object({
      'fin.require_user_token': ticked,
      'fin.one_time_passcode': ticked,
      'fin.resend_link': ticked,
      'fin.report_missing': ticked,
    }),
    async act({ ctx, workspaceId, actor, body }) {
      const fin = {
        require_user_token: body['fin.require_user_token'],
        one_time_passcode: body['fin.one_time_passcode'],
        resend_link: body['fin.resend_link'],
        report_missing: body['fin.report_missing'],
      };
      await changeSettings(ctx, workspaceId, { fin }, actor);
      const flash = 'Saved. Create the connectors again if you changed the passcode or what Fin may do.';
      return { to: `/console${path}`, flash };
    },
    again: draw,
  }),
  page(`${path}/by-hand`, {
    title: 'Set Fin up by hand',
    tab: { group, label: 'Set up by hand' },
    needs: 'viewer',
    async show({ ctx, workspaceId, tabs }) {
      const { fin } = await getSettings(ctx, workspaceId);
      const planned = await plannedConnectors(ctx, workspaceId);
      return html`${tabs}${sheet(planned, fin.one_time_passcode)}`;
    },
  }),
];

async function draw(context: PageContext): Promise<Html> {
  const { ctx, workspaceId, isAdministrator, tabs, refused } = context;
  const [stored, planned, settings, secrets, verification] = await Promise.all([
    listFinConnectors(ctx, workspaceId),
    plannedConnectors(ctx, workspaceId),
    getSettings(ctx, workspaceId),
    readUserTokenSecrets(ctx, workspaceId),
    readVerification(ctx, workspaceId),
  ]);
  const hasSecret = secrets.length > 0;
  const isProvable = verification || hasSecret || settings.fin.one_time_passcode;
  return html`${tabs}
<p class="quiet">Fin answers “Where is my reward?” from your referral data, in the customer’s language. ${helpLink('fin')}</p>
${refusal(refused)}
${!isProvable && html`<p class="notice">No one can be verified yet. Turn on identity verification for the Messenger in Intercom, or use user tokens or the passcode below. Until then, Fin gets only the public text about your program.</p>`}
${connectorSection(context, stored, planned)}
${isAdministrator && proofSection(context, settings.fin, { hasSecret, verification })}
<section><h2>Guidance for Fin</h2>
<p>Paste this into Intercom, under <b>Fin AI Agent › Train › Guidance</b>. It keeps Fin from guessing when there is nothing to say.</p>
<textarea rows="8" readonly aria-label="Guidance for Fin">${finGuidance}</textarea>
</section>`;
}

function connectorSection(
  { csrf, isAdministrator, timeZone }: PageContext,
  stored: readonly StoredConnector[],
  planned: readonly Connector[],
): Html {
  const byName = new Map(stored.map((each) => [each.name, each]));
  const rows = planned.map((connector) => {
    const found = byName.get(connector.name);
    const state = found
      ? badge(found.state === 'live' ? 'good' : 'fair', found.state === 'live' ? 'Live' : 'Draft')
      : badge('plain', 'Not created');
    return html`<th scope="row">${connector.title}</th>
<td>${connector.isDirect ? 'Fin directly' : 'Procedures'}</td>
<td>${connector.isPublic ? 'Everyone' : 'Verified users'}</td>
<td>${state}</td>
<td>${found ? date(found.createdAt, timeZone) : '—'}</td>`;
  });
  const isDraft = stored.some(({ state }) => state === 'draft');
  const isLive = stored.some(({ state }) => state === 'live');
  const isComplete = planned.every(({ name }) => byName.has(name));
  return html`<section><h2>Data connectors</h2>
${tableOr(html``, ['In Intercom', 'Used by', 'For', 'State', 'Created'], rows)}
${
  isAdministrator &&
  html`<div class="row">${buttonForm('/console/fin/connectors', csrf, isComplete ? 'Create them again' : 'Create in Intercom', { style: isComplete ? '' : 'main' })}
${isDraft && askedForm('Fin starts to use the data connectors in conversations with customers.', '/console/fin/live', csrf, 'Switch live', { fields: { state: 'live' }, style: 'main' })}
${isLive && askedForm('Fin stops using the data connectors. Procedures and Workflows that use one keep Intercom from doing so.', '/console/fin/live', csrf, 'Back to draft', { fields: { state: 'draft' } })}</div>`
}
<p class="hint">This also creates a connector key, which only Intercom gets. Creating them again replaces the key and keeps their state. If Intercom does not let the app create them, <a href="/console/fin/by-hand">set them up by hand</a>.</p>
</section>`;
}

type Fin = Awaited<ReturnType<typeof getSettings>>['fin'];

function proofSection(
  { csrf, refused }: PageContext,
  fin: Fin,
  { hasSecret, verification }: { hasSecret: boolean; verification: boolean },
): Html {
  const tick = (name: keyof Fin, label: string, hint: string) =>
    tickField({ name: `fin.${name}`, label, value: fin[name], hint, refused });
  return html`<section><h2>Who gets personal answers</h2>
<p>${badge(verification ? 'good' : 'fair', verification ? 'On' : 'Off')} Identity verification of the Messenger. With it, users with an external ID get their own data. Leads never do.</p>
<p>${badge(hasSecret ? 'good' : 'plain', hasSecret ? 'Accepted' : 'Not set up')} <a href="/console/user-tokens">User tokens</a>. Your server signs one for each customer. ${helpLink('finTokens')}</p>
<form method="post" action="/console/fin/settings">${csrf}
${tick('require_user_token', 'Require a user token', 'The strictest choice: without a token, Fin gets only public text. It needs a secret under Settings › User tokens.')}
${tick('one_time_passcode', 'Fin’s one-time passcode is on', 'Fin mails a 6-digit code to the customer’s email before it asks here. Only then can an email identify a customer. Setup turns it on for the connectors: do not turn it off there while this is on.')}
<h3>What Fin may do in Procedures</h3>
${tick('resend_link', 'Send a customer their link again', 'Tracks the event referral-link-requested with the link, for a message of yours in Intercom. Three a day for each customer.')}
${tick('report_missing', 'Report a missing referral', 'Opens a review here with what the customer says. Three a day for each customer.')}
<button class="main">Save</button></form>
</section>`;
}

function sheet(planned: readonly Connector[], passcode: boolean): Html {
  return html`<section><h2>Before you start</h2>
<ol><li>Create a key under <a href="/console/fin/keys">Connector keys</a>, and copy it.</li>
<li>In Intercom, open <b>Settings › Integrations › Data connectors</b>, and press <b>New</b> for each of the following.</li>
<li>Set each live when its test answers as in its example response.</li></ol></section>
${planned.map((connector) => connectorSheet(connector, passcode))}`;
}

function connectorSheet(connector: Connector, passcode: boolean): Html {
  const { title, description, method, url, body, inputs, isDirect, isPublic, mockResponse } = connector;
  const row = (name: string, value: Html | string) => html`<dt>${name}</dt><dd>${value}</dd>`;
  const code = (text: string) => html`<code class="copied">${text}</code>`;
  return html`<section><h2>${title}</h2>
<dl class="sheet">
${row('Name', code(title))}
${row('Description', code(description))}
${row('Method', method.toUpperCase())}
${row('URL', code(url))}
${row('Header', code('Authorization: Bearer YOUR-KEY'))}
${body !== null && row('Body', code(body))}
${row('Inputs', html`<ul>${inputs.map(({ name, description: what, defaultValue }) => html`<li>${code(name)}: ${defaultValue === '' ? 'from the conversation' : html`bind to ${code(defaultValue)}`}. ${what}</li>`)}</ul>`)}
${row('Used by', isDirect ? 'Fin directly' : 'Procedures only')}
${row('Audience', isPublic ? 'Users, leads and visitors' : 'Users')}
${row('Security', isPublic ? 'Public data: no authentication of the customer' : passcode ? 'Email verification (one-time passcode): on' : 'Authenticated users only')}
</dl>
<details><summary>Example response</summary><pre tabindex="0"><code>${JSON.stringify(mockResponse, null, 2)}</code></pre></details>
</section>`;
}
