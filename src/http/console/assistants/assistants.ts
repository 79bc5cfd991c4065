// AI assistants: how to connect one, what assistants may do, and which are connected.
import { z } from 'zod';
import { Failure } from '../../../failure.ts';
import { type ListedGrant, listGrants, revokeGrant } from '../../../usecases/assistants/grants.ts';
import { changeSettings, getSettings } from '../../../usecases/workspace/settings.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, type PageContext, page, ticked } from '../console.ts';
import { refusal, textField, tickField } from '../fields.ts';
import { helpLink } from '../help/help-topics.ts';
import { tableOr } from '../lists.ts';
import { askedForm, badge } from '../parts.ts';
import { date, dateTime } from '../words.ts';

const path = '/settings/assistants';
const about = { title: 'AI assistants', tab: { group: 'Settings', label: 'AI assistants' } };

export const assistantPages: ConsolePage[] = [
  page(path, { ...about, needs: 'viewer', show: draw }),
  form(path, {
    ...about,
    needs: 'administrator',
    body: z.object({
      write: ticked,
      daily_limit: z.coerce.number('must be a number').int().min(0).max(1_000),
    }),
    async act({ ctx, workspaceId, actor, body }) {
      await changeSettings(ctx, workspaceId, { assistants: body }, actor);
      return { to: `/console${path}`, flash: 'Saved. Changes are live.' };
    },
    again: draw,
  }),
  form(`${path}/disconnect`, {
    ...about,
    needs: 'viewer',
    body: z.object({ id: z.guid() }),
    async act({ ctx, visitor, body }) {
      const ended = await revokeGrant(ctx, visitor, body.id);
      if (!ended) throw new Failure('not-found', 'This assistant is no longer connected.');
      return { to: `/console${path}`, flash: 'Disconnected. Its requests are now refused.' };
    },
  }),
];

async function draw(context: PageContext): Promise<Html> {
  const { ctx, workspaceId, visitor, isAdministrator, tabs } = context;
  const [settings, grants] = await Promise.all([getSettings(ctx, workspaceId), listGrants(ctx, visitor)]);
  const scope = isAdministrator ? 'Assistants of all teammates.' : 'Assistants that you connected.';
  return html`${tabs}
<section>
<h2>Connect an assistant</h2>
<p>Claude, ChatGPT and other assistants that speak MCP can look up referrals and rewards. Add this address there as a custom
connector, then sign in with Intercom and choose what it may do.</p>
<pre tabindex="0"><code>${ctx.config.publicUrl}/mcp</code></pre>
<ul>
<li><b>Claude</b>: Settings, Connectors, Add custom connector.</li>
<li><b>ChatGPT</b>: Settings, Connectors, Create. Authentication: OAuth.</li>
<li><b>Claude Code</b>: <code>claude mcp add --transport http referral-desk ${ctx.config.publicUrl}/mcp</code></li>
</ul>
<p class="hint">${helpLink('assistants')}</p>
</section>
<section>
<h2>Connected assistants</h2>
<p class="quiet">${scope} Unused ones are disconnected after 30 days.</p>
${tableOr(
  html`No connected assistants.`,
  ['Assistant', 'Teammate', 'Access', 'Connected', 'Last used', ''],
  grants.map((grant) => row(grant, context)),
)}
</section>
${await changes(context, settings.assistants)}`;
}

async function changes(
  { csrf, refused, isAdministrator }: PageContext,
  { write, daily_limit }: { write: boolean; daily_limit: number },
): Promise<Html> {
  const about = 'Qualify and disqualify referrals, convert leads, and retry runs, each after a preview.';
  if (!isAdministrator)
    return html`<section><h2>Changes by assistants</h2><p>${write ? `On, at most ${daily_limit} a day.` : 'Off: assistants only read.'}</p></section>`;
  return html`<section><h2>Changes by assistants</h2>
${refusal(refused)}
<form method="post" action="/console${path}">${csrf}
${tickField({ name: 'write', label: 'Let assistants make changes', value: write, refused, hint: `${about} Only assistants of administrators who allowed it when they connected, and API tokens made for it.` })}
${textField({ name: 'daily_limit', label: 'Changes per day', type: 'number', hint: 'For all assistants together. Resets at midnight in the workspace’s time zone.', value: String(daily_limit), refused, more: html` required min="0" max="1000"` })}
<button class="main">Save</button></form></section>`;
}

function row(grant: ListedGrant, { timeZone, csrf }: PageContext): Html {
  const { id, clientName, clientHost, teammate, scopes, createdAt, lastUsedAt } = grant;
  const mayWrite = scopes.includes('referrals:write');
  return html`<th scope="row">${clientName}<div class="quiet">${clientHost}</div></th>
<td>${teammate.name}</td>
<td>${mayWrite ? badge('fair', 'Reads and changes') : badge('plain', 'Reads')}</td>
<td>${date(createdAt, timeZone)}</td>
<td>${lastUsedAt === null ? 'never' : dateTime(lastUsedAt, timeZone)}</td>
<td>${askedForm(`${clientName} loses access immediately. ${teammate.name} can connect it again.`, `/console${path}/disconnect`, csrf, 'Disconnect', { fields: { id }, style: 'danger' })}</td>`;
}
