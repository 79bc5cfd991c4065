// Connecting a referral platform: address and token, their test, the webhook, and how far both sides agree.
import { z } from 'zod';
import {
  type DriftKind,
  driftKinds,
  type OutsidePlatformName,
  outsidePlatformNames,
  platforms,
} from '../../../domain/platforms/platform.ts';
import { Failure } from '../../../failure.ts';
import {
  type ConnectionStatus,
  compareConnection,
  connectPlatform,
  listConnections,
  readConnection,
  renewHookSecret,
  testConnection,
} from '../../../usecases/platforms/connections.ts';
import { camelFields } from '../../api/resource.ts';
import { text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, type PageContext, page } from '../console.ts';
import { refusal, textField } from '../fields.ts';
import { askedForm, badge, buttonForm, table } from '../parts.ts';
import { count, dateTime } from '../words.ts';

const about = {
  title: 'Connect',
  needs: 'administrator',
  params: z.object({ platform: z.enum(outsidePlatformNames) }),
} as const;
const pathOf = (platform: OutsidePlatformName, action = '') => `/console/connect/${platform}${action}`;

const given = z.object({
  base_url: z
    .url({ protocol: /^https?$/, error: 'must be a complete address that begins with https://' })
    .max(500),
  token: text(1000),
});

export const connectPages: ConsolePage[] = [
  page('/connect', {
    title: 'Connect',
    nav: 'Connect',
    needs: 'viewer',
    show: (context) => draw(context, {}),
  }),
  form('/connect/:platform', {
    ...about,
    body: given,
    async act({ ctx, workspaceId, actor, params: { platform }, body }) {
      const wanted = { platform, ...camelFields(body) };
      // Tested before anything is stored, so that a working connection keeps working.
      const campaigns = await testConnection(ctx, workspaceId, wanted).catch((error) =>
        asRefusal(platform, error),
      );
      await connectPlatform(ctx, workspaceId, wanted, actor);
      return {
        to: '/console/connect',
        flash: `Connected. ${foundWords(campaigns)} Copying has started.`,
      };
    },
    again: (context) => draw(context, { platform: context.params.platform }),
  }),
  form('/connect/:platform/test', {
    ...about,
    async act(context) {
      const { platform } = context.params;
      const tested = await testConnection(context.ctx, context.workspaceId, { platform })
        .then(
          (campaigns) =>
            html`<p class="notice good" role="status">The connection works. ${foundWords(campaigns)}</p>`,
        )
        .catch(
          (error: unknown) => html`<p class="notice bad" role="alert">${troubleWords(platform, error)}</p>`,
        );
      return draw(context, { platform, tested });
    },
  }),
  form('/connect/:platform/secret', {
    ...about,
    async act({ ctx, workspaceId, actor, params: { platform } }) {
      const secret = await renewHookSecret(ctx, workspaceId, platform, actor);
      const { hook } = await readConnection(ctx, workspaceId, platform);
      return { title: 'Copy the secret now', body: shownOnce(platform, secret, hook.url) };
    },
  }),
  form('/connect/:platform/compare', {
    ...about,
    body: z.object({ repair: z.enum(['yes', 'no']) }),
    async act({ ctx, workspaceId, actor, params: { platform }, body }) {
      const repair = body.repair === 'yes';
      const { trouble } = await compareConnection(ctx, workspaceId, platform, { repair }, actor).catch(
        (error: unknown) => ({ trouble: troubleWords(platform, error) }),
      );
      return { to: '/console/connect', flash: trouble === null ? 'Check started.' : trouble };
    },
  }),
];

/** Shows the platform's message beside the form, which keeps its address. */
function asRefusal(platform: OutsidePlatformName, error: unknown): never {
  if (!(error instanceof Failure) || error.fields !== undefined) throw error;
  const field = error.code === 'unauthorized' ? 'token' : 'base_url';
  throw new Failure('invalid', 'Nothing was saved.', {
    fields: { [field]: troubleWords(platform, error) },
    cause: error,
  });
}

function troubleWords(platform: OutsidePlatformName, error: unknown): string {
  if (!(error instanceof Failure)) throw error;
  const { name, connection } = platforms[platform];
  const advice: Partial<Record<Failure['code'], string>> = {
    unauthorized: `Copy the token again from the settings of your ${name} account.`,
    unavailable: 'Check the address, or try again in a few minutes.',
    'rate-limited': 'Try again in a minute.',
    'not-found': `Check the address: ${connection.addressAdvice}.`,
    'bad-upstream': `Check the address: ${connection.addressAdvice}.`,
  };
  const why = Object.values(error.fields ?? {}).join('; ') || error.message;
  return `${why.replace(/[.]?$/, '.')} ${advice[error.code] ?? ''}`.trim();
}

function foundWords(campaigns: readonly string[]): string {
  if (campaigns.length === 0) return 'No campaigns found there yet.';
  const names = campaigns.slice(0, 5).join(', ');
  const more = campaigns.length > 5 ? ` and ${campaigns.length - 5} more` : '';
  return campaigns.length === 1
    ? `One campaign: ${names}.`
    : `${campaigns.length} campaigns: ${names}${more}.`;
}

type Shown = { platform?: OutsidePlatformName; tested?: Html };

async function draw(context: PageContext, { platform: chosen, tested }: Shown): Promise<Html> {
  const connections = await listConnections(context.ctx, context.workspaceId);
  return html`<p class="quiet">Referral platforms. You can use several side by side, each for its own campaigns.</p>
<section><div class="row apart"><h2>Built in</h2>${badge('good', 'Ready')}</div>
<p>Share links, referrals and rewards in Referral Desk itself. No connection needed.
<a href="/console/campaigns">Campaigns</a></p></section>
${outsidePlatformNames.map((platform) => {
  const connected = connections.find((connection) => connection.platform === platform) ?? null;
  return platform === chosen
    ? platformSections(platform, connected, context, tested)
    : platformSections(platform, connected, { ...context, refused: null });
})}`;
}

function platformSections(
  platform: OutsidePlatformName,
  connected: ConnectionStatus | null,
  context: PageContext,
  tested?: Html,
): Html {
  return html`<section><div class="row apart"><h2>${platforms[platform].name}</h2>${stateBadge(connected)}</div>
${tested}
${connected === null ? html`<p>Referral Desk copies its campaigns, people and rewards, and writes qualifications back.</p>` : standing(platform, connected, context)}
${context.isAdministrator && connectionForm(platform, connected, context)}
</section>
${connected !== null && hookSection(platform, connected, context)}
${connected !== null && comparison(platform, connected, context)}`;
}

function stateBadge(connected: ConnectionStatus | null): Html {
  if (connected === null) return badge('plain', 'Not connected');
  return connected.trouble === null ? badge('good', 'Connected') : badge('bad', 'Not working');
}

function standing(
  platform: OutsidePlatformName,
  { baseUrl, tokenSetAt, trouble }: ConnectionStatus,
  { timeZone, csrf, isAdministrator }: PageContext,
): Html {
  return html`${trouble !== null && html`<p class="notice bad">${trouble}</p>`}
<dl><dt>Address</dt><dd>${baseUrl}</dd>
<dt>Token</dt><dd>${setOn(tokenSetAt, timeZone)}</dd></dl>
${isAdministrator && buttonForm(pathOf(platform, '/test'), csrf, 'Test connection')}`;
}

/** Never the secret itself. */
function setOn(at: Date | null, timeZone: string): Html {
  return at === null ? html`set` : html`set on ${dateTime(at, timeZone)}`;
}

function connectionForm(
  platform: OutsidePlatformName,
  connected: ConnectionStatus | null,
  { csrf, refused }: PageContext,
): Html {
  const { defaultAddress, tokenHint } = platforms[platform].connection;
  const fields = html`${refusal(refused)}
<form method="post" action="${pathOf(platform)}">${csrf}
${textField({ name: 'base_url', label: 'API address', type: 'url', hint: `Usually ${defaultAddress}`, value: connected?.baseUrl ?? defaultAddress, refused, more: html` required maxlength="500"` })}
${textField({ name: 'token', label: 'Access token', type: 'password', hint: `${tokenHint} It is stored encrypted and never shown again.`, refused, more: html` required maxlength="1000" autocomplete="off"` })}
<button class="main">${connected === null ? 'Test and connect' : 'Test and save'}</button></form>`;
  if (connected === null) return fields;
  return html`<details${refused !== null && html` open`}><summary>Change address or token</summary>${fields}</details>`;
}

function hookSection(
  platform: OutsidePlatformName,
  { hook, hookSecretSetAt }: ConnectionStatus,
  { timeZone, csrf, isAdministrator }: PageContext,
): Html {
  const copied = (id: string, label: string, value: string) =>
    html`<div class="field"><label for="${id}">${label}</label><input id="${id}" readonly value="${value}"></div>`;
  return html`<section><h2>Webhooks</h2>
<p>Let ${platforms[platform].name} call this address when a person joins, qualifies or is rewarded. Changes then show immediately.
Without webhooks, Referral Desk copies changes every 15 minutes.</p>
${copied('hook-url', 'Webhook address', hook.url)}
${copied('hook-header', 'Header with the secret', 'X-Referral-Desk-Secret')}
<p>The secret is ${setOn(hookSecretSetAt, timeZone)}.</p>
${
  isAdministrator &&
  askedForm(
    hookSecretSetAt === null
      ? 'The secret is shown once.'
      : 'The new secret is shown once. The current one stops working at that moment.',
    pathOf(platform, '/secret'),
    csrf,
    'Create a new secret',
  )
}</section>`;
}

function shownOnce(platform: OutsidePlatformName, secret: string, url: string): Html {
  return html`<section><p>The secret is shown only once. Enter it in ${platforms[platform].name} for each webhook now: webhooks with the previous secret are
refused.</p>
<dl><dt>Webhook address</dt><dd><code>${url}</code></dd>
<dt>Header</dt><dd><code>X-Referral-Desk-Secret</code></dd>
<dt>Secret</dt><dd><code>${secret}</code></dd></dl>
<p><a class="button" href="/console/connect">Done</a></p></section>`;
}

const driftWords: Record<DriftKind, string> = {
  missing: 'Only on the platform',
  different: 'Different status',
  unqualified: 'Qualified only in Referral Desk',
  deleted: 'Deleted on the platform',
};

function comparison(
  platform: OutsidePlatformName,
  { drift, copying }: ConnectionStatus,
  { timeZone, csrf, isAdministrator }: PageContext,
): Html {
  const buttons = html`<div class="row">
${buttonForm(pathOf(platform, '/compare'), csrf, 'Check', { fields: { repair: 'no' } })}
${buttonForm(pathOf(platform, '/compare'), csrf, 'Check and fix', { fields: { repair: 'yes' } })}</div>`;
  return html`<section id="comparison-${platform}"${copying && html` data-live="3"`}><div class="row apart"><h2>Sync with the platform</h2>
${copying && badge('fair', 'Checking')}</div>
${
  drift === null
    ? html`<p>Not checked yet.</p>`
    : html`<p>${count(drift.seen)} people checked, ${drift.finishedAt === null ? 'so far' : html`until ${dateTime(drift.finishedAt, timeZone)}`}${drift.repair ? ', and differences were fixed' : ''}.</p>
${table(
  ['Difference', 'Referrals'],
  driftKinds.map(
    (kind) => html`<th scope="row">${driftWords[kind]}</th><td>${count(drift.counts[kind] ?? 0)}</td>`,
  ),
)}`
}
<p class="quiet">Checked and fixed automatically every 15 minutes.</p>
${isAdministrator && buttons}</section>`;
}
