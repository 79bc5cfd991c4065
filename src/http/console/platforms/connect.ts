// Connect: where the referral program lives, whether it answers, what it has to be told, and how far both sides agree.
import { z } from 'zod';
import {
  type OutsidePlatformName,
  outsidePlatformNames,
  platforms,
} from '../../../domain/platforms/platform.ts';
import { byTeammate } from '../../../domain/workspace/audit.ts';
import { mayDo } from '../../../domain/workspace/teammate.ts';
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
import { text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import {
  type ConsolePage,
  type FormErrors,
  form,
  none,
  type PageContext,
  page,
  type UseCases,
} from '../console.ts';
import { refusal, textField } from '../fields.ts';
import { badge, buttonForm, table } from '../parts.ts';
import { count, dateTime } from '../words.ts';

const about = { title: 'Connect', params: z.object({ platform: z.enum(outsidePlatformNames) }) };
const pathOf = (platform: OutsidePlatformName, action = '') => `/console/connect/${platform}${action}`;

const given = z.object({
  base_url: z
    .url({ protocol: /^https?$/, error: 'must be a complete address that begins with https://' })
    .max(500),
  token: text(1000),
});

export const connectPages: ConsolePage[] = [
  page({
    title: 'Connect',
    params: none,
    path: '/connect',
    nav: 'Connect',
    needs: 'viewer',
    query: none,
    show: (useCases, context) => draw(useCases, context, {}),
  }),
  form({
    ...about,
    path: '/connect/:platform',
    needs: 'administrator',
    body: given,
    async act({ ctx }, { visitor, params: { platform }, body }) {
      const wanted = { platform, baseUrl: body.base_url, token: body.token };
      // Tried before anything is stored, so that what worked goes on working.
      const campaigns = await testConnection(ctx, visitor.workspaceId, wanted).catch((error) =>
        asRefusal(platform, error),
      );
      await connectPlatform(ctx, visitor.workspaceId, wanted, byTeammate(visitor));
      return {
        to: '/console/connect',
        flash: `Connected. ${foundWords(campaigns)} Everything is copied from now on.`,
      };
    },
    again: (useCases, context) =>
      draw(useCases, context, { platform: context.params.platform, refused: context.refused }),
  }),
  form({
    ...about,
    path: '/connect/:platform/test',
    needs: 'administrator',
    body: none,
    async act(useCases, context) {
      const { platform } = context.params;
      const tested = await testConnection(useCases.ctx, context.visitor.workspaceId, { platform })
        .then(
          (campaigns) => html`<p class="notice good" role="status">It answers. ${foundWords(campaigns)}</p>`,
        )
        .catch(
          (error: unknown) => html`<p class="notice bad" role="alert">${troubleWords(platform, error)}</p>`,
        );
      return draw(useCases, context, { platform, tested });
    },
  }),
  form({
    ...about,
    path: '/connect/:platform/secret',
    needs: 'administrator',
    body: none,
    async act({ ctx }, { visitor, params: { platform } }) {
      const secret = await renewHookSecret(ctx, visitor.workspaceId, platform, byTeammate(visitor));
      const { hook } = await readConnection(ctx, visitor.workspaceId, platform);
      return { title: 'Copy the secret now', body: shownOnce(platform, secret, hook.url) };
    },
  }),
  form({
    ...about,
    path: '/connect/:platform/compare',
    needs: 'administrator',
    body: z.object({ repair: z.enum(['yes', 'no']) }),
    async act({ ctx }, { visitor, params: { platform }, body }) {
      const repair = body.repair === 'yes';
      const { workspaceId } = visitor;
      const { trouble } = await compareConnection(
        ctx,
        workspaceId,
        platform,
        { repair },
        byTeammate(visitor),
      ).catch((error: unknown) => ({ trouble: troubleWords(platform, error) }));
      return { to: '/console/connect', flash: trouble === null ? 'The comparison has begun.' : trouble };
    },
  }),
];

/** What the platform says is shown beside the form, which keeps its address. */
function asRefusal(platform: OutsidePlatformName, error: unknown): never {
  if (!(error instanceof Failure) || error.fields !== undefined) throw error;
  const field = error.code === 'unauthorized' ? 'token' : 'base_url';
  throw new Failure('invalid', 'Nothing was saved.', {
    fields: { [field]: troubleWords(platform, error) },
    cause: error,
  });
}

/** What is wrong, and what to do about it. */
function troubleWords(platform: OutsidePlatformName, error: unknown): string {
  if (!(error instanceof Failure)) throw error;
  const { name, connection } = platforms[platform];
  const advice: Partial<Record<Failure['code'], string>> = {
    unauthorized: `Copy the token anew from the settings of your ${name} account.`,
    unavailable: 'Look whether the address is right; else try again in a few minutes.',
    'rate-limited': 'Try again in a minute.',
    'not-found': `Look whether the address is right: ${connection.addressAdvice}.`,
    'bad-upstream': `Look whether the address is right: ${connection.addressAdvice}.`,
  };
  const why = Object.values(error.fields ?? {}).join('; ') || error.message;
  return `${why.replace(/[.]?$/, '.')} ${advice[error.code] ?? ''}`.trim();
}

function foundWords(campaigns: readonly string[]): string {
  if (campaigns.length === 0) return 'It has no campaign yet.';
  const names = campaigns.slice(0, 5).join(', ');
  const more = campaigns.length > 5 ? ` and ${campaigns.length - 5} more` : '';
  return campaigns.length === 1
    ? `One campaign: ${names}.`
    : `${campaigns.length} campaigns: ${names}${more}.`;
}

/** What belongs to the section of one platform. */
type Shown = { platform?: OutsidePlatformName; refused?: FormErrors | null; tested?: Html | null };

async function draw({ ctx }: UseCases, context: PageContext, shown: Shown): Promise<Html> {
  const connections = await listConnections(ctx, context.visitor.workspaceId);
  return html`<p class="quiet">Where your referral program lives. Both can be used side by side, each for its own campaigns.</p>
<section><div class="row apart"><h2>Built in</h2>${badge('good', 'Ready')}</div>
<p>The program of this app: its own share links, referrals and rewards. It needs no connection.
<a href="/console/campaigns">Campaigns</a></p></section>
${outsidePlatformNames.map((platform) => {
  const connected = connections.find((connection) => connection.platform === platform) ?? null;
  return platformSections(platform, connected, context, shown.platform === platform ? shown : {});
})}`;
}

function platformSections(
  platform: OutsidePlatformName,
  connected: ConnectionStatus | null,
  context: PageContext,
  { refused = null, tested = null }: Shown,
): Html {
  const isAdministrator = mayDo(context.visitor.role, 'administrator');
  return html`<section><div class="row apart"><h2>${platforms[platform].name}</h2>${stateBadge(connected)}</div>
${tested}
${connected === null ? html`<p>Its campaigns, people and rewards are copied here, and qualifications are written there.</p>` : standing(platform, connected, context)}
${isAdministrator && connectionForm(platform, connected, context, refused)}
</section>
${connected !== null && hookSection(platform, connected, context)}
${connected !== null && comparison(platform, connected, context)}`;
}

function stateBadge(connected: ConnectionStatus | null): Html {
  if (connected === null) return badge('plain', 'Not connected');
  return connected.trouble === null ? badge('good', 'Connected') : badge('bad', 'In trouble');
}

function standing(
  platform: OutsidePlatformName,
  { baseUrl, tokenSetAt, trouble }: ConnectionStatus,
  { visitor, csrf }: PageContext,
): Html {
  return html`${trouble !== null && html`<p class="notice bad">${trouble}</p>`}
<dl><dt>Address</dt><dd>${baseUrl}</dd>
<dt>Token</dt><dd>${setOn(tokenSetAt, visitor.timeZone)}</dd></dl>
${mayDo(visitor.role, 'administrator') && buttonForm(pathOf(platform, '/test'), csrf, 'Test connection')}`;
}

/** Never the secret itself. */
function setOn(at: Date | null, timeZone: string): Html {
  return at === null ? html`set` : html`set on ${dateTime(at, timeZone)}`;
}

function connectionForm(
  platform: OutsidePlatformName,
  connected: ConnectionStatus | null,
  { csrf }: PageContext,
  refused: FormErrors | null,
): Html {
  const { defaultAddress, tokenHint } = platforms[platform].connection;
  const fields = html`${refusal(refused)}
<form method="post" action="${pathOf(platform)}">${csrf}
${textField({ name: 'base_url', label: 'Address of its API', type: 'url', hint: `Usually ${defaultAddress}`, value: connected?.baseUrl ?? defaultAddress, refused, more: html` required maxlength="500"` })}
${textField({ name: 'token', label: 'Access token', type: 'password', hint: `${tokenHint} It is kept sealed and never shown again.`, refused, more: html` required maxlength="1000" autocomplete="off"` })}
<button class="main">${connected === null ? 'Test and connect' : 'Test and save'}</button></form>`;
  if (connected === null) return fields;
  return html`<details${refused !== null && html` open`}><summary>Change the address or the token</summary>${fields}</details>`;
}

function hookSection(
  platform: OutsidePlatformName,
  { hook, hookSecretSetAt }: ConnectionStatus,
  { visitor, csrf }: PageContext,
): Html {
  const copied = (id: string, label: string, value: string) =>
    html`<div class="field"><label for="${id}">${label}</label><input id="${id}" readonly value="${value}"></div>`;
  return html`<section><h2>Its notifications</h2>
<p>Have ${platforms[platform].name} call this address when somebody joins, qualifies or is rewarded, and what happens there is here at
once. Without it, it is copied every quarter of an hour.</p>
${copied('hook-url', 'Webhook address', hook.url)}
${copied('hook-header', 'Header with the secret', 'X-Referral-Desk-Secret')}
<p>The secret is ${setOn(hookSecretSetAt, visitor.timeZone)}.</p>
${
  mayDo(visitor.role, 'administrator') &&
  buttonForm(pathOf(platform, '/secret'), csrf, 'Make a new secret', {
    more: html`<p class="hint">It is shown once. The one before stops working at that moment.</p>`,
  })
}</section>`;
}

function shownOnce(platform: OutsidePlatformName, secret: string, url: string): Html {
  return html`<section><p>It is shown this once. Enter it in ${platforms[platform].name} for each of its webhooks now: those that carry the
one before are refused.</p>
<dl><dt>Webhook address</dt><dd><code>${url}</code></dd>
<dt>Header</dt><dd><code>X-Referral-Desk-Secret</code></dd>
<dt>Secret</dt><dd><code>${secret}</code></dd></dl>
<p><a class="button" href="/console/connect">Done</a></p></section>`;
}

const kinds: readonly (readonly ['missing' | 'different' | 'unqualified' | 'deleted', string])[] = [
  ['missing', 'There, and not here'],
  ['different', 'With another status'],
  ['unqualified', 'Qualified here, and not there'],
  ['deleted', 'Here, and not there any more'],
];

function comparison(
  platform: OutsidePlatformName,
  { drift, copying }: ConnectionStatus,
  { visitor, csrf }: PageContext,
): Html {
  const buttons = html`<div class="row">
${buttonForm(pathOf(platform, '/compare'), csrf, 'Compare', { fields: { repair: 'no' } })}
${buttonForm(pathOf(platform, '/compare'), csrf, 'Compare and repair', { fields: { repair: 'yes' } })}</div>`;
  return html`<section id="comparison-${platform}"${copying && html` data-live="3"`}><div class="row apart"><h2>Do both sides agree?</h2>
${copying && badge('fair', 'Comparing')}</div>
${
  drift === null
    ? html`<p>Nothing was compared yet.</p>`
    : html`<p>${count(drift.seen)} people were looked at, ${drift.finishedAt === null ? 'so far' : html`until ${dateTime(drift.finishedAt, visitor.timeZone)}`}${drift.repair ? ', and what differed was put right' : ''}.</p>
${table(
  ['What differed', 'How many'],
  kinds.map(([kind, words]) => html`<th scope="row">${words}</th><td>${count(drift.counts[kind] ?? 0)}</td>`),
)}`
}
<p class="quiet">It is compared and repaired by itself every quarter of an hour.</p>
${mayDo(visitor.role, 'administrator') && buttons}</section>`;
}
