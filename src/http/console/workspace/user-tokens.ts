// The secrets with which the company's server signs user tokens, for the Messenger and Fin.
import { z } from 'zod';
import { mostUserTokenSecrets, shortestUserTokenSecret } from '../../../domain/workspace/user-token.ts';
import { getSettings } from '../../../usecases/workspace/settings.ts';
import {
  createUserTokenSecret,
  dropUserTokenSecret,
  readUserTokenSecrets,
  useUserTokenSecret,
} from '../../../usecases/workspace/user-tokens.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, type PageBody, type PageContext, page } from '../console.ts';
import { forAdministrators, refusal, textField } from '../fields.ts';
import { helpLink } from '../help/help-topics.ts';
import { askedForm, badge, buttonForm, table } from '../parts.ts';
import { secretPage } from '../secrets.ts';
import { dateTime } from '../words.ts';

const path = '/user-tokens';
const about = { title: 'User tokens', tab: { group: 'Settings', label: 'User tokens' } };

export const userTokenPages: ConsolePage[] = [
  page(path, { ...about, needs: 'viewer', show: draw }),
  form(path, {
    ...about,
    needs: 'administrator',
    async act({ ctx, workspaceId, actor }) {
      return shownOnce(await createUserTokenSecret(ctx, workspaceId, actor));
    },
    again: draw,
  }),
  form(`${path}/use`, {
    ...about,
    needs: 'administrator',
    body: z.object({ secret: z.string().trim().max(500) }),
    async act({ ctx, workspaceId, actor, body }) {
      await useUserTokenSecret(ctx, workspaceId, body.secret, actor);
      return { to: `/console${path}`, flash: 'The secret is saved. It is not shown again.' };
    },
    again: draw,
  }),
  form(`${path}/remove`, {
    ...about,
    needs: 'administrator',
    body: z.object({ id: z.guid() }),
    async act({ ctx, workspaceId, actor, body }) {
      await dropUserTokenSecret(ctx, workspaceId, body.id, actor);
      return {
        to: `/console${path}`,
        flash: 'The secret is removed. Tokens signed with it are no longer accepted.',
      };
    },
    again: draw,
  }),
];

async function draw(context: PageContext): Promise<Html> {
  const { ctx, workspaceId, tabs, refused } = context;
  const [secrets, { messenger, fin }] = await Promise.all([
    readUserTokenSecrets(ctx, workspaceId),
    getSettings(ctx, workspaceId),
  ]);
  const use = (where: string, href: string, isRequired: boolean, without: string) => {
    const state = isRequired
      ? badge(secrets.length > 0 ? 'good' : 'bad', 'Required')
      : badge('plain', 'Not required');
    return html`<th scope="row"><a href="/console${href}">${where}</a></th><td>${state}</td><td>${without}</td>`;
  };
  return html`${tabs}
<p class="quiet">Your server can sign a token for each user, so that the Messenger and Fin know who the user is. The same secrets serve both. ${helpLink('userTokens')}</p>
<section><h2>Secrets</h2>${refusal(refused)}
${secretList(context, secrets)}
${forAdministrators(context, addForms(context, secrets.length))}</section>
<section><h2>Where tokens are used</h2>
${table(
  ['Where', 'Token', 'Without a token'],
  [
    use(
      'Messenger',
      '/messenger',
      messenger.require_user_token,
      'Users see what Intercom’s verification allows',
    ),
    use(
      'Fin',
      '/fin',
      fin.require_user_token,
      'Users get what Intercom’s verification or the passcode allows',
    ),
  ],
)}</section>`;
}

function secretList(
  { csrf, isAdministrator, timeZone }: PageContext,
  secrets: Awaited<ReturnType<typeof readUserTokenSecrets>>,
): Html {
  if (secrets.length === 0) return html`<p class="quiet">No secret yet, so no token is accepted.</p>`;
  return html`${secrets.map(
    ({ id, createdAt }) =>
      html`<div class="row"><b>Added on ${dateTime(createdAt, timeZone)}</b>${
        isAdministrator &&
        askedForm('Tokens signed with it are no longer accepted.', `/console${path}/remove`, csrf, 'Remove', {
          fields: { id },
          style: 'danger',
        })
      }</div><hr>`,
  )}`;
}

function addForms({ csrf, refused }: PageContext, stored: number): Html {
  if (stored >= mostUserTokenSecrets)
    return html`<p>Tokens signed with either secret are accepted. When your server signs with the new one, remove the old one.</p>`;
  return html`${stored > 0 && html`<p>To replace the secret, create another, let your server sign with it, and then remove the old one.</p>`}
${buttonForm(`/console${path}`, csrf, stored > 0 ? 'Create another secret' : 'Create a secret', { style: stored > 0 ? '' : 'main' })}
<hr><form method="post" action="/console${path}/use">${csrf}
${textField({
  ...{ name: 'secret', label: 'Or use your own secret', type: 'password', refused },
  hint: `For example, your Messenger’s secret. At least ${shortestUserTokenSecret} characters.`,
  more: html` maxlength="500" autocomplete="off"`,
})}<button>Use this secret</button></form>`;
}

function shownOnce(secret: string): PageBody {
  return secretPage('secret', {
    secret,
    store: 'It is shown only once. Store it with your server’s secrets, never in a web page or an app.',
    use: html`With this secret, your server signs a JWT (HS256) with <code>{"user_id": "…", "exp": …}</code>. It can be valid for at most 24 hours. ${helpLink('userTokens')}`,
    back: path,
  });
}
