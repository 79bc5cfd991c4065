// What the fuzzer needs of a running app: keys, sessions, ids that exist, forms as pages show them, requests as Intercom
// sends them. All of it is taken again from time to time, because what is fuzzed revokes, deletes and uninstalls.
import { createHash, randomBytes } from 'node:crypto';
import { install } from '../../sandbox/browser.ts';
import { byCommand } from '../../src/domain/workspace/audit.ts';
import { consoleTable } from '../../src/http/console/routes.ts';
import { findConnection } from '../../src/store/platforms/connections.ts';
import { issueFinKey } from '../../src/usecases/fin/fin-keys.ts';
import type { TestApp } from '../support/app.ts';
import { idOf, insertCard, openMessengerCard } from '../support/messenger.ts';
import { contactItem, notification } from '../support/notifications.ts';
import { inboxBody } from '../support/teammate.ts';
import type { Json } from './values.ts';

export type Form = { action: string; fields: [string, string][] };

export type Keys = {
  apiToken: string;
  finKey: string;
  session: { cookie: string; csrf: string };
  hookSecret: string;
  /** Ids that exist, by table. */
  ids: Record<string, string[]>;
  /** Ids, emails, codes and names that exist. */
  texts: string[];
  slugs: string[];
  codes: string[];
};

/** As Intercom sends them, by path. */
export type Samples = Record<string, Json[]>;

export async function keysOf(stage: TestApp): Promise<Keys> {
  await repaired(stage);
  const ids = await idsIn(stage);
  const people = await stage.query<{ email: string | null; name: string | null }>(
    `select email, name from people where workspace_id = 'sandbox' order by id limit 12`,
  );
  const referrers = await stage.query<{ code: string }>('select code from referrers order by id limit 6');
  const slugs = await stage.query<{ slug: string }>('select slug from campaigns order by id limit 6');
  const contacts = stage.sandbox.world.contacts.all().slice(0, 12);
  const place = { workspaceId: 'sandbox', platform: 'referral-factory' as const };
  const connection = await findConnection(stage.ctx.database.db, stage.ctx.secrets, place);
  return {
    apiToken: await stage.apiToken('sandbox', 'fuzz'),
    finKey: (await issueFinKey(stage.ctx, 'sandbox', 'fuzz', byCommand)).key,
    session: await newSession(stage),
    hookSecret: connection?.hookSecret ?? '',
    ids,
    texts: [
      ...Object.values(ids).flatMap((each) => each.slice(0, 3)),
      ...people.flatMap(({ email, name }) => [email ?? '', name ?? '']),
      ...referrers.map(({ code }) => code),
      ...contacts.flatMap(({ id, external_id }) => [id, external_id ?? '']),
    ].filter((text) => text !== ''),
    slugs: slugs.map(({ slug }) => slug),
    codes: referrers.map(({ code }) => code),
  };
}

/** Installed, with its administrator, whatever a request before has done. */
async function repaired(stage: TestApp): Promise<void> {
  const [row] = await stage.query<{ status: string }>(
    `select status from installations where workspace_id = 'sandbox'`,
  );
  if (row?.status !== 'active') await install(stage.url);
  await stage.query(
    `insert into teammates (workspace_id, teammate_id, name, email, role, added_at, checked_at)
     values ('sandbox', '7310001', 'Aoife Brennan', 'aoife@northwind.example', 'administrator', now(), now())
     on conflict (workspace_id, teammate_id) do update set role = 'administrator'`,
  );
}

/** Unless another request has done so meanwhile. */
export async function renewSession(stage: TestApp, keys: Keys, ended: string | undefined): Promise<void> {
  if (keys.session.cookie !== ended) return;
  await repaired(stage);
  const session = await newSession(stage);
  if (keys.session.cookie === ended) keys.session = session;
}

export async function renewToken(stage: TestApp, keys: Keys, refused: Record<string, string>): Promise<void> {
  if (refused.authorization === `Bearer ${keys.apiToken}`)
    keys.apiToken = await stage.apiToken('sandbox', 'fuzz');
}

async function newSession(stage: TestApp): Promise<Keys['session']> {
  const secret = randomBytes(32).toString('base64url');
  await stage.query(
    `insert into sessions (id, workspace_id, teammate_id, created_at, last_seen_at, expires_at, browser)
     values ($1, 'sandbox', '7310001', now(), now(), now() + interval '1 day', 'The fuzzer')`,
    [createHash('sha256').update(secret).digest('base64url')],
  );
  const cookie = `referral-desk=${secret}`;
  const page = await fetch(`${stage.url}/console/access`, { headers: { cookie } });
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1];
  if (csrf === undefined) throw new Error(`the fuzzer could not sign in: ${page.status}`);
  return { cookie, csrf };
}

/** Some ids of each table of the workspace. */
export async function idsIn(stage: TestApp): Promise<Keys['ids']> {
  const tables = await stage.query<{ name: string }>(
    `select c.table_name as name from information_schema.columns c
     join information_schema.columns w on w.table_schema = c.table_schema and w.table_name = c.table_name
       and w.column_name = 'workspace_id'
     where c.table_schema = 'public' and c.column_name = 'id'`,
  );
  const found = await Promise.all(
    tables.map(async ({ name }) => {
      const rows = await stage.query<{ id: string }>(
        `select id::text from "${name}" where workspace_id = 'sandbox' order by random() limit 4`,
      );
      return [name, rows.map(({ id }) => id)] as const;
    }),
  );
  return Object.fromEntries(found.filter(([, ids]) => ids.length > 0));
}

/** The forms that pages show now, each with the fields and values of its page. */
export async function formsOf(stage: TestApp, { ids, session }: Keys): Promise<Form[]> {
  const pages = consoleTable.filter(({ method }) => method === 'get');
  const all = Object.values(ids).flat();
  const forms = new Map<string, Form>();
  for (const { path } of pages) {
    const own = ids[path.split('/')[1]?.replaceAll('-', '_') ?? ''] ?? all;
    const rule = ids.rules?.[0] ?? 'new';
    const address = path.replace(':rule', rule).replace(/:\w+/g, () => own[0] ?? 'none');
    const answer = await fetch(`${stage.url}/console${address}`, {
      headers: { cookie: session.cookie },
      redirect: 'manual',
    });
    for (const form of formsIn(await answer.text())) forms.set(form.action, form);
  }
  return [...forms.values()];
}

function formsIn(html: string): Form[] {
  return [...html.matchAll(/<form method="post"[^>]*action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/g)].map(
    ([, action = '', inside = '']) => ({
      action,
      fields: [...inside.matchAll(/<(?:input|select|textarea|button)\b[^>]*\bname="([^"]+)"[^>]*>/g)]
        .map(([tag, name = '']): [string, string] => [name, /\bvalue="([^"]*)"/.exec(tag)?.[1] ?? ''])
        .filter(([name]) => name !== 'csrf'),
    }),
  );
}

/** Something of what the story has none of. */
export async function addWork(stage: TestApp): Promise<void> {
  const token = await stage.apiToken('sandbox', 'fuzz');
  const headers = { authorization: `Bearer ${token}` };
  const post = (path: string, body: string) =>
    fetch(`${stage.url}/api/v1/${path}`, { method: 'POST', headers, body });
  const [campaign] = await stage.query<{ id: string }>(`select id from campaigns where name = 'Spring'`);
  await post('backfills', JSON.stringify({ from: 'campaign', campaign_id: campaign?.id }));
  await post('imports?start=false', 'email\nfuzzed@example.com\n');
  await post('sync-checks', '{}');
  await post('erasures', JSON.stringify({ email: 'nobody.at.all@example.com' }));
}

/** Requests of Intercom about people of the story, and presses of what the answers show. */
export async function samplesOf(stage: TestApp): Promise<Samples> {
  const people = ['pending.lead@example.com', 'stranger@example.com', 'top.referrer@example.com'];
  const presses = [
    'refresh',
    'start-conversion',
    'confirm-role-change:nonce',
    'qualify',
    'show-link',
    'x:y:z',
  ];
  const opened = people.map((email) => inboxBody(stage, { email }) as { [key: string]: Json });
  const card = await insertCard(stage, { place: 'home' });
  const viewer = { email: 'top.referrer@example.com' };
  const shown = await openMessengerCard(stage, card, viewer);
  const sheet = stage.sandbox.messenger.sheetData(card.id, { id: idOf(stage, viewer) }, shown.shown, {
    component_id: 'refer',
    input_values: {},
  });
  const form = await shown.press('Refer a friend');
  const messenger = [...shown.exchanges, ...form.exchanges].map(
    ({ url, request }) => [new URL(url).pathname, JSON.parse(request) as Json] as const,
  );
  const [, press = {}] = messenger.at(-1) ?? [];
  const samples: Samples = {
    '/intercom/inbox/initialize': opened,
    '/intercom/inbox/submit': opened.flatMap((body) =>
      presses.map((component_id) => ({ ...body, component_id, input_values: { reason: 'x' } })),
    ),
    '/intercom/webhooks': notifications(stage),
    '/intercom/health': [{ workspace_id: 'sandbox' }],
    '/intercom/uninstall': [{ app_id: 'elsewhere' }],
    '/intercom/messenger/sheet': [JSON.parse(sheet) as Json],
    '/intercom/messenger/configure': [press],
    '/intercom/messenger/initialize': [press],
    '/intercom/messenger/submit-sheet': [{ ...(press as object), sheet_values: { done: 'x' } }],
  };
  for (const [path, body] of messenger) samples[path] = [...(samples[path] ?? []), body];
  return samples;
}

function notifications({ sandbox }: TestApp): Json[] {
  const topics = [
    'contact.user.updated',
    'contact.lead.created',
    'contact.merged',
    'contact.deleted',
    'ping',
  ];
  const contacts = sandbox.world.contacts.all().slice(0, 8);
  return contacts.flatMap(({ id, email, external_id }, index) => {
    const item = contactItem({ id, email, external_id, custom_attributes: { plan: 'pro' } });
    const topic = topics[index % topics.length];
    return [notification({ topic, data: { type: 'notification_event_data', item } }) as Json];
  });
}
