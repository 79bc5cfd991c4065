// What anyone can send to the Messenger's endpoints: unsigned, damaged, forged, replayed, another's.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encryptUser } from '../../sandbox/messenger/sheet-token.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
import { translate } from '../../src/domain/languages/translate.ts';
import { refreshIdentityVerification } from '../../src/usecases/workspace/identity-verification.ts';
import { type Caller, callerWith, dataOf } from '../support/api.ts';
import { clientSecret, previousClientSecret, sign, startTestApp, type TestApp } from '../support/app.ts';
import {
  campaignIdOf,
  insertCard,
  type MessengerCard,
  openMessengerCard,
  sendRaw,
} from '../support/messenger.ts';

const referrer = { email: 'top.referrer@example.com' };
const longer = translate('en', 'messenger.form.longer');
const calls = ['configure', 'initialize', 'submit', 'content', 'submit-sheet'];

let app: TestApp;
let api: Caller;
beforeAll(async () => {
  app = await startTestApp();
  api = callerWith(app.url, await app.apiToken());
  await refreshIdentityVerification(app.ctx);
});
afterAll(() => app?.close());

const pathOf = (call: string) => `/intercom/messenger/${call}`;
const contactOf = (email: string, external_id: string | null) => ({
  ...{ type: 'contact', id: seededContact(email).id, role: 'user', external_id, email },
});
const me = () => contactOf(referrer.email, 'cust-0811');
const body = (more: object = {}) => ({
  ...{ workspace_id: 'sandbox', context: { location: 'home', locale: 'en' } },
  ...more,
});
const friend = (email: string) => ({ name: 'Dana Whitlock', email, words: '', consent: 'yes' });
const referralsOf = async (email: string) =>
  dataOf(await api.get(`/referrals?email=${encodeURIComponent(email)}`));
const openOwn = async (): Promise<MessengerCard> => {
  const card = await insertCard(app, { place: 'home' });
  return (await openMessengerCard(app, card, referrer)).press('Refer a friend');
};

describe.each(calls)('POST /intercom/messenger/%s', (call) => {
  test('takes only what Intercom signed, over the raw bytes', async () => {
    const raw = JSON.stringify(body({ contact: me(), note: 'a' }));
    for (const signature of [
      null,
      '',
      'nonsense',
      sign('other'),
      sign(raw).slice(0, 40),
      `sha256=${sign(raw)}`,
    ])
      expect((await sendRaw(app.url, pathOf(call), raw, signature)).status, String(signature)).toBe(401);
    const escaped = raw.replace('"a"', '"a\\u003cb"');
    expect((await sendRaw(app.url, pathOf(call), escaped, sign(escaped))).status).toBe(200);
    expect(
      (await sendRaw(app.url, pathOf(call), escaped, sign(JSON.stringify(JSON.parse(escaped))))).status,
    ).toBe(401);
    expect((await sendRaw(app.url, pathOf(call), raw, sign(raw, previousClientSecret))).status).toBe(200);
  });

  test('refuses what is not JSON, and bodies over 10 MB', async () => {
    for (const raw of ['', '{', '[]', '"text"', 'null'])
      expect((await sendRaw(app.url, pathOf(call), raw)).status, raw).toBe(400);
    const large = await sendRaw(app.url, pathOf(call), ' '.repeat(10 * 1024 * 1024 + 1)).catch(() => null);
    expect([413, undefined]).toContain(large?.status);
  });

  test('answers a canvas to a signed body of any shape', async () => {
    const odd = [
      {},
      { workspace_id: null },
      { workspace_id: 'sandbox', contact: 7, context: 'x', canvas: [], input_values: 'x' },
      { workspace_id: 'sandbox', user: { id: 'x', role: 'admin', external_id: 'a\u0000b' } },
      { workspace_id: 'sandbox', component_id: '__proto__', context: { locale: 'zz-\u0000' } },
      {
        workspace_id: 'sandbox',
        contact: { ...me(), name: '\ud800' },
        component_id: `show-link:${'9'.repeat(300)}`,
      },
      { workspace_id: 'sandbox', contact: me(), component_id: 'show-link:not-a-uuid' },
      {
        workspace_id: 'sandbox',
        current_canvas: { content_url: 'javascript:1', stored_data: { card: 'x'.repeat(9_000) } },
      },
    ];
    for (const sent of odd) {
      const answer = await sendRaw(app.url, pathOf(call), sent);
      expect(answer.status, JSON.stringify(sent)).toBe(200);
      const json = Object(await answer.json());
      expect(json.canvas ?? json.content ?? json.results, JSON.stringify(sent)).toBeDefined();
    }
  });
});

test('a card of another workspace, contact or campaign, or a damaged one, shows only what is one’s own', async () => {
  const card = await insertCard(app, { place: 'home' });
  const url = String(Object(card.canvas).content_url);
  const elsewhere = app.ctx.secrets.seal('another', JSON.stringify({ c: null, h: 'Not yours', t: null }));
  const urls = [
    url.slice(0, -4),
    url.replace(/card=.*/, 'card='),
    url.replace(/card=.*/, `card=${elsewhere}`),
    'https://evil.example/intercom/messenger/content?card=x',
    'not an address',
  ];
  for (const content_url of urls) {
    const answer = await sendRaw(
      app.url,
      pathOf('content'),
      body({ canvas: { content_url }, contact: me() }),
    );
    const text = await answer.text();
    expect(text).toContain('/r/');
    expect(text).not.toContain('Not yours');
  }
  const [other] = await app.query<{ id: string }>("select id from campaigns where name = 'Autumn'");
  const pressed = body({
    component_id: `show-progress:${other?.id}`,
    user: contactOf('stranger@example.com', 'cust-x'),
  });
  expect(await (await sendRaw(app.url, pathOf('submit'), pressed)).text()).not.toContain('My progress');
  const email = `elsewhere-${randomUUID()}@example.com`;
  const named = { ...friend(email), consent: ['yes'] };
  for (const campaign of [other?.id, randomUUID()]) {
    const sent = body({ component_id: `refer-friend:${campaign}`, user: me(), input_values: named });
    await sendRaw(app.url, pathOf('submit'), sent);
  }
  expect(await referralsOf(email)).toEqual([]);
});

test('whichever of content_url, content and stored_data came back, the chosen campaign stays', async () => {
  const [spring] = await app.query<{ id: string }>("select id from campaigns where name = 'Spring'");
  const card = await insertCard(app, { place: 'home' }, { campaign: spring?.id, headline: 'Only here' });
  const { content_url, stored_data } = Object(card.canvas);
  const content = { components: [] };
  for (const current_canvas of [
    { content_url },
    { content, stored_data },
    { content_url, content, stored_data },
  ]) {
    const sent = body({ current_canvas, user: me(), component_id: `show-link:${spring?.id}` });
    const answer = Object(await (await sendRaw(app.url, pathOf('submit'), sent)).json());
    expect(JSON.stringify(answer.canvas.content)).toContain('Only here');
    expect(answer.canvas.stored_data.card).toBe(stored_data.card);
  }
});

test('every call answers a calm canvas with a way back while the database is away, within two seconds', async () => {
  const { read } = app.ctx.messenger;
  app.ctx.messenger.read = () => Promise.reject(new Error('no database'));
  try {
    for (const call of ['content', 'submit', 'submit-sheet']) {
      const answer = await sendRaw(app.url, pathOf(call), body({ contact: me(), component_id: 'more' }));
      expect(answer.status).toBe(200);
      expect(await answer.text()).toContain('Try again');
    }
    const initialized = await sendRaw(app.url, pathOf('initialize'), body());
    expect(Object(await initialized.json()).canvas.content_url).toContain(
      '/intercom/messenger/content?card=',
    );
  } finally {
    app.ctx.messenger.read = read;
  }
});

describe('A sheet', () => {
  const post = (intercom_data: string | null, more: Record<string, string> = {}) =>
    fetch(app.url + pathOf('sheet'), {
      method: 'POST',
      body: new URLSearchParams({ ...(intercom_data === null ? {} : { intercom_data }), ...more }),
      redirect: 'manual',
    });
  const data = (user: string, more: object = {}) => JSON.stringify(body({ user, ...more }));
  const nonceIn = (html: string) => /name="nonce" value="([^"]+)"/.exec(html)?.[1] ?? '';

  test('shows the form to the person that Intercom encrypted, and may be framed there with Intercom’s library', async () => {
    const sheet = await (await openOwn()).openSheet(longer);
    expect(sheet.status).toBe(200);
    expect(sheet.html).toContain(`${app.url}/r/`);
    expect(nonceIn(sheet.html)).not.toBe('');
    const policy = sheet.headers.get('content-security-policy') ?? '';
    expect(policy).toContain('https://js.intercomcdn.com/');
    expect(policy).toContain(app.sandbox.url);
    expect(policy).not.toContain('frame-ancestors');
    expect(sheet.headers.get('x-frame-options')).toBeNull();
    expect(policy).not.toContain('unsafe-inline');
  });

  test('forged, truncated and foreign data show nothing', async () => {
    const token = encryptUser(clientSecret, me());
    const flipped = Buffer.from(token, 'base64');
    flipped[20] = (flipped[20] ?? 0) ^ 1;
    // Still JSON, of another person.
    const renamed = Buffer.from(token, 'base64');
    const digit = 12 + JSON.stringify(me()).indexOf('cust-0811') + 'cust-081'.length;
    renamed[digit] = (renamed[digit] ?? 0) ^ 1;
    const tokens = [
      token.slice(0, 40),
      token.slice(0, -8),
      flipped.toString('base64'),
      renamed.toString('base64'),
      encryptUser('another secret', me()),
      JSON.stringify(me()),
      Buffer.from(JSON.stringify(me())).toString('base64'),
      `${token}!!`,
      '',
    ];
    for (const each of tokens) {
      const answer = await post(data(each));
      expect(answer.status, each).toBe(401);
      expect(await answer.text()).not.toContain('nonce');
    }
    for (const raw of [null, '{', '[]', 'null', JSON.stringify({ user: me() })])
      expect((await post(raw)).status).toBe(401);
    const lead = encryptUser(clientSecret, { ...me(), role: 'lead' });
    expect(await (await post(data(lead))).text()).not.toContain('nonce');
    expect(await (await post(data(token, { workspace_id: 'another' }))).text()).not.toContain('nonce');
    const plain = JSON.stringify(body({ contact: me(), user: lead }));
    expect(await (await post(plain)).text()).not.toContain('nonce');
  });

  test('acts once by its nonce, which is of one person and gets old', async () => {
    const own = await openOwn();
    const sheet = await own.openSheet(longer);
    const nonce = nonceIn(sheet.html);
    const first = `sheet-${randomUUID()}@example.com`;
    const sent = await sheet.submit({ nonce, ...friend(first), words: 'A longer text' });
    expect(sent.text).toContain('Thank you. You referred Dana Whitlock.');
    expect(await referralsOf(first)).toHaveLength(1);
    const second = `again-${randomUUID()}@example.com`;
    await sheet.submit({ nonce, ...friend(second) });
    for (const used of ['', 'nonsense', `${nonceIn((await own.openSheet(longer)).html)}x`])
      await sheet.submit({ nonce: used, ...friend(second) });
    const foreign = nonceIn((await own.openSheet(longer)).html);
    const campaign = app.ctx.secrets.verify('messenger-sheet', foreign)?.claims.campaign;
    const fellow = { email: 'two.campaigns@example.com', external_id: 'cust-0933' };
    expect((await api.post('/referrers', { campaign_id: campaign, person: fellow })).status).toBe(201);
    const others = body({
      user: contactOf('two.campaigns@example.com', 'cust-0933'),
      sheet_values: { nonce: foreign, ...friend(second) },
    });
    await sendRaw(app.url, pathOf('submit-sheet'), others);
    const made = (more: object) =>
      app.ctx.secrets.sign({
        ...{ audience: 'messenger-sheet', subject: 'sandbox', jti: randomUUID(), expiresInSeconds: 60 },
        claims: { contact: me().id, campaign },
        ...more,
      });
    for (const nonce of [
      made({ expiresInSeconds: -1 }),
      made({ subject: 'another' }),
      made({ claims: { contact: me().id, campaign: randomUUID() } }),
    ])
      await sheet.submit({ nonce, ...friend(second) });
    expect(await referralsOf(second)).toEqual([]);
    await sheet.submit({ nonce: made({}), ...friend(second) });
    expect(await referralsOf(second)).toHaveLength(1);
  });
});

test('a shared link leads only to its channel with the link of its code, whatever is asked', async () => {
  const go = (path: string) => fetch(app.url + path, { redirect: 'manual' });
  const [{ code } = { code: '' }] = await app.query<{ code: string }>('select code from referrers limit 1');
  for (const path of [
    '/share/email/unknown-code',
    '/share/nowhere/unknown',
    `/share/nowhere/${code}`,
    `/share/__proto__/${code}`,
    `/share/https:%2F%2Fevil.example/${code}`,
    '/share/email/%ff',
    '/share',
  ])
    expect((await go(path)).status, path).toBe(404);
  const target = (await go(`/share/whatsapp/${code}?lang=xx&url=https://evil.example&text=evil`)).headers.get(
    'location',
  );
  expect(target).toMatch(/^https:\/\/wa\.me\/\?text=/);
  expect(target).not.toContain('evil');
  const before = await app.query('select sum(shares) from share_days');
  await fetch(`${app.url}/share/x/${code}`, {
    redirect: 'manual',
    headers: { 'user-agent': 'WhatsApp/2.0' },
  });
  expect(await app.query('select sum(shares) from share_days')).toEqual(before);
});

test('a lead or user with the email of someone else sees nothing of that person', async () => {
  for (const contact of [
    { type: 'contact', id: 'other-1', role: 'lead', external_id: null, email: referrer.email },
    { type: 'contact', id: 'other-2', role: 'user', external_id: 'somebody-else', email: referrer.email },
  ]) {
    const body = { workspace_id: 'sandbox', context: { location: 'home', locale: 'en' }, contact };
    const answer = await sendRaw(app.url, '/intercom/messenger/content', body);
    expect(await answer.text()).not.toContain('/r/');
  }
});

test('joining with the email of someone else shows nothing of that person', async () => {
  const victim = `victim-${randomUUID()}@example.com`;
  await api.post('/referrals', {
    campaign_id: await campaignIdOf(app, 'Partners'),
    person: { email: victim },
  });
  const user = {
    type: 'contact',
    id: `thief-${randomUUID()}`,
    role: 'user',
    external_id: `thief-${randomUUID()}`,
    email: victim,
    name: 'Thief',
  };
  const body = {
    workspace_id: 'sandbox',
    context: { location: 'home', locale: 'en' },
    component_id: `join:${await campaignIdOf(app, 'Spring')}`,
    user,
  };
  expect(await (await sendRaw(app.url, '/intercom/messenger/submit', body)).text()).toContain(
    'You have joined Spring',
  );
  expect(await app.query('select email, external_id, name from people where email = $1', [victim])).toEqual([
    { email: victim, external_id: null, name: null },
  ]);
});
