// What the Messenger sends to the app for teammates and end users, and what it makes of good and bad answers.
import { createDecipheriv, createHash, createHmac } from 'node:crypto';
import axios from 'axios';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encryptUser } from '../../sandbox/messenger/sheet-token.ts';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
import type { AppCard } from '../../sandbox/world.ts';
import {
  configure,
  conversationOf,
  insertCard,
  openMessengerCard,
  startWorkflow,
} from '../support/messenger.ts';
import {
  canvas,
  content,
  type FakeApp,
  liveCanvas,
  type MessengerRequest,
  type Reply,
  sheetPage,
  startFakeApp,
} from './fake-app.ts';

const clientSecret = 'the app’s secret';
const referrer = { email: 'top.referrer@example.com' };
const lead = { email: 'pending.lead@example.com' };
const submit = { type: 'submit' };
const text = { type: 'text', text: 'Hello' };
const button = (id: string, more = {}) => ({
  type: 'button',
  id,
  label: `Press ${id}`,
  style: 'secondary',
  action: submit,
  ...more,
});

let app: FakeApp;
let sandbox: Sandbox;
let stage: { sandbox: Sandbox };
const admin = axios.create({ validateStatus: () => true });

beforeAll(async () => {
  app = await startFakeApp();
  sandbox = await createSandbox({
    port: 0,
    folder: ':memory:',
    appUrl: app.url,
    clientId: 'client',
    clientSecret,
  });
  stage = { sandbox };
  admin.defaults.baseURL = `${sandbox.url}/sandbox`;
});
afterAll(async () => {
  await sandbox.close();
  app.close();
});
beforeEach(async () => {
  await admin.patch('/settings', { mood: 'as-intercom' });
  await admin.delete('/faults');
  sandbox.world.cards.clear();
  app.messengerRequests.length = 0;
  replies = {};
  answer({});
});

type Replies = Partial<Record<string, Reply | ((request: MessengerRequest) => Reply)>>;
let replies: Replies = {};

/** From now on the app answers these kinds of requests so, and all that nothing was said of with a text. */
function answer(more: Replies): void {
  replies = { ...replies, ...more };
  app.messengerAnswer = (request) => {
    const reply = replies[request.kind];
    return typeof reply === 'function' ? reply(request) : (reply ?? canvas(text));
  };
}
const sent = (kind: string) => app.messengerRequests.filter((request) => request.kind === kind);
const lastBody = (kind: string) => sent(kind).at(-1)?.body;

/** On Home, live, showing these components. */
async function onHome(...components: unknown[]): Promise<AppCard> {
  answer({ initialize: liveCanvas(app), content: content(...components) });
  return insertCard(stage, { place: 'home' });
}

describe('what a teammate does', () => {
  it('configures first with nothing but the place, then with what was pressed, until there are results', async () => {
    answer({
      configure: ({ body }) =>
        body.component_id === undefined
          ? canvas({ type: 'input', id: 'headline', label: 'Headline', value: 'Give' }, button('save'))
          : { body: JSON.stringify({ results: { headline: 'Take' } }) },
      initialize: liveCanvas(app),
    });
    const first = await configure(stage, { place: 'home' });
    expect(Object.keys(lastBody('configure') ?? {}).sort()).toEqual([
      'admin',
      'context',
      'workspace_id',
      'workspace_region',
    ]);
    expect(lastBody('configure')).toMatchObject({
      admin: { type: 'admin', id: '7310001' },
      context: { location: 'home', locale: 'en', messenger_action_color: expect.any(String) },
    });
    const done = await first.press('Press save', { headline: 'Take' });
    expect(lastBody('configure')).toMatchObject({
      component_id: 'save',
      input_values: { headline: 'Take' },
      current_canvas: { content: { components: first.components }, stored_data: { v: 1 } },
    });
    const card = await done.insert();
    expect(lastBody('initialize')).toEqual({
      workspace_id: 'sandbox',
      workspace_region: 'US',
      card_creation_options: { headline: 'Take' },
      context: expect.objectContaining({ location: 'home' }),
    });
    expect(card.canvas).toMatchObject({ content_url: expect.any(String), stored_data: { v: 1 } });
    expect(sandbox.messenger.cards('home').map(({ id }) => id)).toEqual([card.id]);
  });

  it('initializes without any end user, in a reply with the conversation and the teammate', async () => {
    const conversation_id = conversationOf(stage, lead);
    await insertCard(stage, { place: 'conversation', conversation_id });
    expect(lastBody('initialize')).toMatchObject({
      admin: { id: '7310001' },
      context: { location: 'conversation', conversation_id: Number(conversation_id) },
    });
    for (const place of ['home', 'message', 'operator'] as const) {
      await insertCard(stage, { place });
      const body = lastBody('initialize');
      expect(body?.context).toMatchObject({ location: place });
      expect(body).not.toHaveProperty('admin');
      expect(body?.context).not.toHaveProperty('conversation_id');
      expect('referrer' in (body?.context ?? {})).toBe(place !== 'message');
    }
    expect(JSON.stringify(sent('initialize').map(({ body }) => body))).not.toMatch(/"(user|contact)":/);
  });

  it('configures again with the canvas that is there, unless the sandbox is harsher', async () => {
    const card = await onHome(text);
    answer({ configure: canvas(text) });
    await configure(stage, { place: 'home', card_id: card.id });
    expect(lastBody('configure')).toMatchObject({ current_canvas: card.canvas });
    expect(lastBody('configure')).not.toHaveProperty('component_id');
    await admin.patch('/settings', { canvas_on_edit: false });
    await configure(stage, { place: 'home', card_id: card.id });
    expect(lastBody('configure')).not.toHaveProperty('current_canvas');
  });

  it('is told what the configuration may not be', async () => {
    const sheet = { type: 'sheet', url: 'https://app.example.com/sheet' };
    answer({ configure: canvas(button('x', { action: sheet })) });
    await expect(configure(stage, { place: 'home' })).rejects.toThrow('this type does not exist here');
    answer({ configure: liveCanvas(app) });
    await expect(configure(stage, { place: 'home' })).rejects.toThrow('content_url');
    answer({ configure: { body: JSON.stringify({ results: { long: 'x'.repeat(70_000) } }) } });
    await expect(configure(stage, { place: 'home' })).rejects.toThrow('the limit is 64 KB');
  });

  it('is warned of a stored canvas that has one person’s data', async () => {
    answer({ initialize: canvas({ type: 'text', text: 'Your link, Tomás Herrera' }) });
    const admin_id = '7310001';
    const named = await sandbox.messenger.insert({ place: 'home', admin_id }, null);
    expect(named.exchange.warnings).toEqual([expect.stringMatching(/"Tomás Herrera" is one person's/)]);
    answer({ initialize: liveCanvas(app, { for: 'top.referrer@example.com' }) });
    const stored = await sandbox.messenger.insert({ place: 'home', admin_id }, null);
    expect(stored.exchange.warnings).toHaveLength(1);
  });
});

describe('what an end user sees', () => {
  it('of a live canvas is asked for at every view, signed, with the person', async () => {
    const card = await onHome(text);
    const seen = await openMessengerCard(stage, card, referrer, { locale: 'de' });
    expect(seen.text).toBe('Hello');
    await seen.again();
    expect(sent('content')).toHaveLength(2);
    const [request] = sent('content');
    expect(request?.signature).toBe(
      createHmac('sha256', clientSecret)
        .update(request?.raw ?? '')
        .digest('hex'),
    );
    expect(request?.body).toEqual({
      workspace_id: 'sandbox',
      workspace_region: 'US',
      canvas: card.canvas,
      context: expect.objectContaining({ location: 'home', locale: 'de' }),
      contact: expect.objectContaining({
        type: 'contact',
        role: 'user',
        id: seededContact(referrer.email).id,
        external_id: 'cust-0811',
      }),
    });
  });

  it('is a visitor marked by type or by role, and a lead with an id of Intercom’s making', async () => {
    const card = await onHome(text);
    await openMessengerCard(stage, card, 'visitor');
    expect(lastBody('content')?.contact).toMatchObject({ type: 'visitor', external_id: null });
    await admin.patch('/settings', { visitor_mark: 'role' });
    await openMessengerCard(stage, card, 'visitor');
    expect(lastBody('content')?.contact).toMatchObject({ role: 'visitor', external_id: expect.any(String) });
    await openMessengerCard(stage, card, lead);
    expect(lastBody('content')?.contact).toMatchObject({ role: 'lead', external_id: expect.any(String) });
  });

  it('of a stored canvas is what was stored, without a request, and a press begins from it on Home', async () => {
    answer({ initialize: canvas(button('go')), submit: canvas({ ...text, text: 'Pressed' }) });
    const card = await insertCard(stage, { place: 'home' });
    const pressed = await (await openMessengerCard(stage, card, referrer)).press('Press go');
    expect(pressed.text).toBe('Pressed');
    expect(sent('content')).toEqual([]);
    expect((await pressed.again()).labels).toEqual(['Press go']);
  });

  it('in a conversation stays as the last press left it, for everyone there', async () => {
    answer({ initialize: canvas(button('go')), submit: canvas({ ...text, text: 'Done' }) });
    const card = await insertCard(stage, {
      place: 'conversation',
      conversation_id: conversationOf(stage, referrer),
    });
    const pressed = await (await openMessengerCard(stage, card, referrer)).press('Press go');
    expect(lastBody('submit')?.context).toMatchObject({ location: 'conversation' });
    expect((await pressed.again({ email: 'two.campaigns@example.com' })).text).toBe('Done');
  });

  it('in a conversation of several must not have one person’s data after a press', async () => {
    const group = sandbox.world.conversations.all().find(({ contact_ids }) => contact_ids.length > 1);
    const [first = '', second = ''] = group?.contact_ids ?? [];
    answer({
      initialize: canvas(button('go')),
      submit: canvas({ ...text, text: `Done, ${sandbox.world.contacts.get(second)?.name}` }),
    });
    const card = await insertCard(stage, { place: 'conversation', conversation_id: group?.id });
    const seen = await openMessengerCard(stage, card, { id: first });
    await expect(seen.press('Press go')).rejects.toThrow(/is one person's/);
  });

  it('comes with a Workflow, which initializes again for its conversation', async () => {
    const workflow = await insertCard(stage, { place: 'operator' }, { campaign: 'all' });
    const card = await startWorkflow(stage, workflow, lead);
    expect(sent('initialize')).toHaveLength(2);
    expect(lastBody('initialize')).toMatchObject({
      card_creation_options: { campaign: 'all' },
      context: { location: 'operator', conversation_id: expect.any(Number) },
    });
    expect(card.card.conversation_id).not.toBeNull();
    expect(sandbox.messenger.cards('operator').map(({ id }) => id)).toEqual([workflow.id]);
  });
});

describe('a press', () => {
  const form = [
    { type: 'input', id: 'name', label: 'Name', value: 'Ada' },
    { type: 'textarea', id: 'words', label: 'Words' },
    {
      type: 'dropdown',
      id: 'which',
      label: 'Which',
      options: ['a', 'b'].map((id) => ({ type: 'option', id, text: id })),
    },
    { type: 'checkbox', id: 'agree', label: '', options: [{ type: 'option', id: 'yes', text: 'Yes' }] },
    button('send'),
  ];

  it('has the user, every input, and both sides of the live canvas', async () => {
    const card = await onHome(...form);
    const seen = await openMessengerCard(stage, card, referrer);
    await seen.press('Press send', { words: 'Join us', agree: ['yes'] });
    const body = lastBody('submit');
    expect(Object.keys(body ?? {}).sort()).toEqual([
      'component_id',
      'context',
      'current_canvas',
      'input_values',
      'user',
      'workspace_id',
      'workspace_region',
    ]);
    expect(body).toMatchObject({
      component_id: 'send',
      input_values: { name: 'Ada', words: 'Join us', which: null, agree: ['yes'] },
      current_canvas: { ...card.canvas, content: { components: form } },
      user: { id: seededContact(referrer.email).id, role: 'user' },
    });
  });

  it('has one side of the live canvas only where the sandbox is told so, or each in turn', async () => {
    const card = await onHome(button('go'));
    const keysAfter = async (echo: string) => {
      await admin.patch('/settings', { live_canvas_echo: echo });
      await (await openMessengerCard(stage, card, referrer)).press('Press go');
      return Object.keys(lastBody('submit')?.current_canvas ?? {});
    };
    expect(await keysAfter('content')).toEqual(['content', 'stored_data']);
    expect(await keysAfter('content_url')).toEqual(['content_url', 'stored_data']);
    const turns = [await keysAfter('rotate'), await keysAfter('rotate'), await keysAfter('rotate')];
    expect(new Set(turns.map(String)).size).toBe(3);
  });

  it('answered by a live canvas shows what that shows', async () => {
    const card = await onHome(button('go'));
    const seen = await openMessengerCard(stage, card, referrer);
    answer({ submit: liveCanvas(app, { step: 2 }), content: content({ ...text, text: 'Two' }) });
    expect((await seen.press('Press go')).text).toBe('Two');
    expect(lastBody('content')).toMatchObject({ canvas: { stored_data: { step: 2 } } });
  });

  it('comes twice, late, or loses its answer where the sandbox misbehaves', async () => {
    const card = await onHome(button('go'));
    const seen = await openMessengerCard(stage, card, referrer);
    const fault = (more: object) => admin.post('/faults', { on: 'messenger', request: 'submit', ...more });
    await fault({ kind: 'duplicate' });
    await seen.press('Press go');
    const [first, second] = sent('submit');
    expect(second?.raw.equals(first?.raw ?? Buffer.alloc(0))).toBe(true);
    await fault({ kind: 'lose-answer' });
    await expect(seen.press('Press go')).rejects.toThrow('Nothing is shown');
    expect(sent('submit')).toHaveLength(3);
    await fault({ kind: 'delay', ms: 5 });
    await seen.press('Press go');
    await admin.patch('/settings', { mood: 'harshest' });
    await seen.press('Press go');
    expect(sent('submit')).toHaveLength(6);
  });

  it('can be replayed byte for byte', async () => {
    const card = await onHome(button('go'));
    const pressed = await (await openMessengerCard(stage, card, referrer)).press('Press go');
    const { data } = await admin.post(`/canvas-requests/${pressed.exchanges[0]?.id}/replay`, {});
    expect(data).toMatchObject({ kind: 'submit', ok: true });
    const [first, second] = sent('submit');
    expect(second?.raw.equals(first?.raw ?? Buffer.alloc(0))).toBe(true);
    expect(second?.signature).toBe(first?.signature);
    expect((await admin.post('/canvas-requests/0/replay', {})).status).toBe(404);
  });
});

describe('a sheet', () => {
  const open = () =>
    button('share', { action: { type: 'sheet', url: `${app.url}/intercom/messenger/sheet` } });

  it('gets one field, unsigned, with the user encrypted under the app’s secret', async () => {
    const card = await onHome(open());
    answer({ sheet: sheetPage('<p>Share</p>') });
    const sheet = await (await openMessengerCard(stage, card, referrer)).openSheet('Press share');
    expect(sheet.html).toContain('<p>Share</p>');
    const [request] = sent('sheet');
    expect(request?.signature).toBeUndefined();
    expect(Object.keys(request?.body ?? {}).sort()).toEqual([
      'component_id',
      'context',
      'current_canvas',
      'input_values',
      'user',
      'workspace_id',
      'workspace_region',
    ]);
    expect(decrypted(String(request?.body.user))).toMatchObject({
      id: seededContact(referrer.email).id,
      role: 'user',
    });
    expect(String(request?.body.user)).toContain('\n');
  });

  it('is encrypted as Intercom’s own example is', () => {
    const iv = Buffer.from('000102030405060708090a0b', 'hex');
    const user = { type: 'contact', id: '66f0c0ffee', role: 'lead' };
    expect(encryptUser('cs_test_0123456789abcdef', user, iv).replaceAll('\n', '')).toBe(
      'AAECAwQFBgcICQoLjkp+DOUSHkG4WhePDvjKqM0bJcypXGFutuOU8H8ZuuLe2F7499b6h7OTamb3Kz9CrJFhsIoSVlDC3YPoxo+zw6KK',
    );
  });

  it('submits its values, signed, with the user in clear, and its canvas is shown', async () => {
    const card = await onHome(open());
    answer({ sheet: sheetPage(), 'submit-sheet': canvas({ ...text, text: 'Sent' }) });
    const sheet = await (await openMessengerCard(stage, card, referrer)).openSheet('Press share');
    expect((await sheet.submit({ emails: 'a@example.com' })).text).toBe('Sent');
    expect(lastBody('submit-sheet')).toMatchObject({
      sheet_values: { emails: 'a@example.com' },
      user: { id: seededContact(referrer.email).id },
      context: { location: 'home' },
    });
    expect(lastBody('submit-sheet')).not.toHaveProperty('component_id');
    expect(sent('submit-sheet')[0]?.signature).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Reply, RegExp]>([
    ['redirects', { status: 302, location: '/elsewhere', body: '' }, /must not redirect/],
    ['refuses', { status: 401, type: 'text/html', body: 'messenger-sheet-library' }, /status 401/],
    ['is no page', { body: '{"messenger-sheet-library":1}' }, /not a page/],
    ['lacks the library', { type: 'text/html', body: '<p>' }, /sheet library/],
    ['cannot be framed', { ...sheetPage(), headers: { 'X-Frame-Options': 'DENY' } }, /X-Frame-Options/],
    [
      'names its ancestors',
      { ...sheetPage(), headers: { 'Content-Security-Policy': "frame-ancestors 'self'" } },
      /frame-ancestors/,
    ],
    [
      'allows no scripts of Intercom’s',
      { ...sheetPage(), headers: { 'Content-Security-Policy': "script-src 'self'" } },
      /js\.intercomcdn\.com/,
    ],
  ])('that %s would not be shown', async (_name, reply, problem) => {
    const card = await onHome(open());
    answer({ sheet: reply });
    const seen = await openMessengerCard(stage, card, referrer);
    await expect(seen.openSheet('Press share')).rejects.toThrow(problem);
  });
});

describe('an answer', () => {
  it.each<[string, unknown, RegExp]>([
    ['a live canvas without https', { canvas: { content_url: 'http://app.example.com/x' } }, /https URL/],
    [
      'both kinds of canvas',
      { canvas: { content_url: 'https://a.example', content: { components: [] } } },
      /unknown property/,
    ],
    [
      'options for a card, which are the Inbox’s',
      { canvas: { content: { components: [text] } }, card_creation_options: {} },
      /card_creation_options/,
    ],
    [
      'more than 64 KB stored',
      { canvas: { content: { components: [text] }, stored_data: { x: 'x'.repeat(66_000) } } },
      /64 KB/,
    ],
    [
      'a component that does not exist',
      { canvas: { content: { components: [{ type: 'video' }] } } },
      /does not exist here/,
    ],
  ])('with %s is refused', async (_name, body, problem) => {
    const card = await onHome(button('go'));
    const seen = await openMessengerCard(stage, card, referrer);
    answer({ submit: { body: JSON.stringify(body) } });
    await expect(seen.press('Press go')).rejects.toThrow(problem);
  });

  it('of a live canvas is its content alone, of 64 KB at most', async () => {
    const card = await onHome(text);
    const open = () => openMessengerCard(stage, card, referrer);
    answer({ content: canvas(text) });
    await expect(open()).rejects.toThrow('unknown property canvas');
    answer({ content: content(...Array.from({ length: 700 }, () => ({ ...text, text: 'x'.repeat(100) }))) });
    await expect(open()).rejects.toThrow('the limit is 64 KB');
    answer({ content: content(button('go'), button('go')) });
    await expect(open()).rejects.toThrow('is already the id of');
  });

  it('that points to a purchase, or breaks a line in a text, is warned of', async () => {
    const card = await onHome({ ...text, text: 'Buy now\nand save' });
    await expect(openMessengerCard(stage, card, referrer)).rejects.toThrow(/purchase[\s\S]*line breaks/);
  });
});

describe('the workspace', () => {
  it('has identity verification on, until it is switched off', async () => {
    const me = async () =>
      (await axios.get(`${sandbox.url}/me`, { headers: { Authorization: 'Bearer sandbox-access-token' } }))
        .data.app.identity_verification;
    expect(await me()).toBe(true);
    await admin.patch('/settings', { identity_verification: false });
    expect(await me()).toBe(false);
  });
});

function decrypted(token: string): unknown {
  const bytes = Buffer.from(token.replaceAll('\n', ''), 'base64');
  const key = createHash('sha256').update(clientSecret).digest();
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(-16));
  return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString());
}
