// Access tokens of the API: issued, shown once, revoked.
import { z } from 'zod';
import { Failure } from '../../../failure.ts';
import {
  type ApiToken,
  issueApiToken,
  listApiTokens,
  revokeApiToken,
} from '../../../usecases/workspace/api-tokens.ts';
import { text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, type PageContext, page, ticked } from '../console.ts';
import { refusal, textField, tickField } from '../fields.ts';
import { tableOr } from '../lists.ts';
import { askedForm, badge } from '../parts.ts';
import { date, dateTime } from '../words.ts';

const path = '/access/tokens';
const about = {
  title: 'API tokens',
  tab: { group: 'Access', label: 'API tokens' },
  needs: 'administrator',
} as const;

export const tokenPages: ConsolePage[] = [
  page(path, { ...about, show: draw }),
  form(path, {
    ...about,
    body: z.object({ name: text(80), assistants_may_write: ticked }),
    async act({ ctx, workspaceId, actor, body }) {
      const { name, assistants_may_write: assistantsMayWrite } = body;
      const { token } = await issueApiToken(ctx, workspaceId, name, actor, { assistantsMayWrite });
      return { title: 'Copy the token now', body: shownOnce(body.name, token) };
    },
    again: draw,
  }),
  form('/access/tokens/revoke', {
    ...about,
    body: z.object({ jti: z.guid() }),
    async act({ ctx, workspaceId, actor, body }) {
      const revoked = await revokeApiToken(ctx, workspaceId, body.jti, actor);
      if (!revoked) throw new Failure('not-found', 'No active token with this ID.');
      return { to: `/console${path}`, flash: 'Token revoked. Requests with it are now refused.' };
    },
  }),
];

async function draw({ ctx, workspaceId, timeZone, csrf, tabs, refused }: PageContext): Promise<Html> {
  const all = await listApiTokens(ctx, workspaceId);
  const rows = all.toReversed().map((token) => row(token, timeZone, csrf));
  return html`${tabs}
<section>
<h2>Tokens</h2>
<p class="quiet">Your backend calls the API with one of these tokens. See the <a href="/openapi.json">API description</a>.</p>
${tableOr(html`No tokens yet. Create one below.`, ['Name', 'Created', 'Last used', 'State', ''], rows)}
</section>
<section>
<h2>Create a token</h2>
${refusal(refused)}
<form method="post" action="/console${path}">${csrf}
${textField({ name: 'name', label: 'Name', hint: 'Where it is used, such as “Shop backend”.', refused, more: html` required maxlength="80"` })}
${tickField({ name: 'assistants_may_write', label: 'Let AI assistants make changes with this token', hint: 'At /mcp, while changes are on under Settings › AI assistants. Otherwise assistants only read.', refused })}
<button class="main">Create token</button>
</form>
</section>`;
}

function row(token: ApiToken, timeZone: string, csrf: Html): Html {
  const { jti, name, createdAt, lastUsedAt, revokedAt } = token;
  return html`<th scope="row">${name}${token.assistantsMayWrite && html`<div class="quiet">AI assistants can make changes</div>`}</th>
<td>${date(createdAt, timeZone)}</td>
<td>${lastUsedAt === null ? 'never' : dateTime(lastUsedAt, timeZone)}</td>
<td>${revokedAt === null ? badge('good', 'Active') : html`${badge('plain', 'revoked')} ${date(revokedAt, timeZone)}`}</td>
<td>${revokedAt === null && askedForm('Requests with this token are refused immediately. A revoked token cannot be restored.', '/console/access/tokens/revoke', csrf, 'Revoke', { fields: { jti }, style: 'danger' })}</td>`;
}

function shownOnce(name: string, token: string): Html {
  return html`<section>
<p>This is the token <b>${name}</b>. It is shown only once: store it with your backend’s secrets.</p>
<pre tabindex="0"><code>${token}</code></pre>
<p>Send it with each request as <code>Authorization: Bearer …</code></p>
<p><a class="button" href="/console${path}">Done</a></p>
</section>`;
}
