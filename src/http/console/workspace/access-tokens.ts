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
import { type ConsolePage, form, type PageBody, type PageContext, page, ticked } from '../console.ts';
import { refusal, textField, tickField } from '../fields.ts';
import { keyTable, secretPage } from '../secrets.ts';

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
      return shownOnce(body.name, token);
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
  return html`${tabs}
<section>
<h2>Tokens</h2>
<p class="quiet">Your backend calls the API with one of these tokens. See the <a href="/openapi.json">API description</a>.</p>
${keyTable(all.map(asKey), {
  empty: 'No tokens yet. Create one below.',
  revoke: {
    ...{ path: '/access/tokens/revoke', name: 'jti' },
    effect: 'Requests with this token are refused immediately. A revoked token cannot be restored.',
  },
  ...{ timeZone, csrf },
})}
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

function asKey({ jti, name, assistantsMayWrite, ...token }: ApiToken) {
  const may = assistantsMayWrite && html`<div class="quiet">AI assistants can make changes</div>`;
  return { ...token, id: jti, name: html`${name}${may}` };
}

function shownOnce(name: string, secret: string): PageBody {
  return secretPage('token', {
    secret,
    store: html`This is the token <b>${name}</b>. It is shown only once: store it with your backend’s secrets.`,
    use: html`Send it with each request as <code>Authorization: Bearer …</code>`,
    back: path,
  });
}
