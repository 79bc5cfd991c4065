// Connector keys of Fin's: created, shown once, revoked.
import { z } from 'zod';
import { Failure } from '../../../failure.ts';
import { issueFinKey, listFinKeys, revokeFinKey } from '../../../usecases/fin/fin-keys.ts';
import { text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, type PageBody, type PageContext, page } from '../console.ts';
import { refusal, textField } from '../fields.ts';
import { keyTable, secretPage } from '../secrets.ts';

const path = '/fin/keys';
const about = {
  title: 'Connector keys',
  tab: { group: 'Fin', label: 'Connector keys' },
  needs: 'administrator',
} as const;

export const finKeyPages: ConsolePage[] = [
  page(path, { ...about, show: draw }),
  form(path, {
    ...about,
    body: z.object({ name: text(80) }),
    async act({ ctx, workspaceId, actor, body }) {
      const { key } = await issueFinKey(ctx, workspaceId, body.name, actor);
      return shownOnce(body.name, key);
    },
    again: draw,
  }),
  form(`${path}/revoke`, {
    ...about,
    body: z.object({ id: z.guid() }),
    async act({ ctx, workspaceId, actor, body }) {
      const revoked = await revokeFinKey(ctx, workspaceId, body.id, actor);
      if (!revoked) throw new Failure('not-found', 'No active key with this ID.');
      return { to: `/console${path}`, flash: 'Key revoked. Requests with it are refused from now on.' };
    },
  }),
];

async function draw({ ctx, workspaceId, timeZone, csrf, tabs, refused }: PageContext): Promise<Html> {
  const all = await listFinKeys(ctx, workspaceId);
  return html`${tabs}
<section>
<h2>Keys</h2>
<p class="quiet">A data connector sends one of these keys. It answers Fin’s questions for this workspace and opens nothing else.</p>
${keyTable(all, {
  empty: 'No keys yet. Setup creates one. To set up by hand, create one below.',
  revoke: {
    ...{ path: `${path}/revoke`, name: 'id' },
    effect: 'Requests with this key are refused from now on. A revoked key cannot be restored.',
  },
  ...{ timeZone, csrf },
})}
</section>
<section>
<h2>Create a key</h2>
${refusal(refused)}
<form method="post" action="/console${path}">${csrf}
${textField({ name: 'name', label: 'Name', hint: 'Where it will be used, such as “Connectors by hand”.', refused, more: html` required maxlength="80"` })}
<button class="main">Create key</button>
</form>
</section>`;
}

function shownOnce(name: string, secret: string): PageBody {
  return secretPage('key', {
    secret,
    store: html`This is the key <b>${name}</b>. It is shown only once: paste it into the data connectors in Intercom.`,
    use: html`Header <code>Authorization</code>, value <code>Bearer …</code>`,
    back: path,
  });
}
