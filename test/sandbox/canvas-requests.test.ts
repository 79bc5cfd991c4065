// What the inbox page's API sends to the app, byte for byte, and what it makes of good and bad answers.
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import express from 'express';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createCanvasCalls } from '../../sandbox/inbox/canvas-calls.ts';
import { inboxPage } from '../../sandbox/inbox/inbox.ts';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
import { canvas, type FakeApp, startFakeApp } from './fake-app.ts';

const clientSecret = 'the app’s secret';
const lead = seededContact('pending.lead@example.com');
const text = { type: 'text', text: 'Hello' };

let app: FakeApp;
let sandbox: Sandbox;
let conversationId: string;
let adminId: string;
const http = axios.create({ validateStatus: () => true, maxRedirects: 0 });
const occasion = () => ({ conversation_id: conversationId, contact_id: lead.id, admin_id: adminId });
const initialize = async () => (await http.post('/inbox/api/initialize', occasion())).data;

beforeAll(async () => {
  app = await startFakeApp();
  sandbox = await createSandbox({
    port: 0,
    folder: ':memory:',
    appUrl: app.url,
    clientId: 'client',
    clientSecret,
  });
  http.defaults.baseURL = sandbox.url;
  adminId = (await http.get('/inbox/api/workspace')).data.admins[0].id;
  conversationId = (await http.get(`/inbox/api/contacts/${lead.id}`)).data.conversation_ids[0];
});
afterAll(async () => {
  await sandbox.close();
  app.close();
});
beforeEach(() => {
  app.requests.length = 0;
  app.answer = () => canvas(text);
});

describe('a request to the app', () => {
  it('is signed over its raw bytes, which re-serializing would change', async () => {
    const contact = sandbox.world.contacts.get(lead.id);
    if (contact === undefined) throw new Error('The seeded lead is gone');
    sandbox.world.contacts.put({ ...contact, name: 'Maya <3 & Söhne' });
    await initialize();
    sandbox.world.contacts.put(contact);
    const [request] = app.requests;
    const digest = (bytes: Buffer | string) => createHmac('sha256', clientSecret).update(bytes).digest('hex');
    expect(request?.signature).toBe(digest(request?.raw ?? ''));
    expect(request?.raw.toString()).toContain('Maya \\u003c3 \\u0026 Söhne');
    expect(request?.raw.toString()).not.toMatch(/[<>&]/);
    expect(request?.signature).not.toBe(digest(JSON.stringify(request?.body)));
    expect(request?.body.contact.name).toBe('Maya <3 & Söhne');
  });

  it('to initialize has the workspace, the teammate, the conversation and the contact', async () => {
    await initialize();
    const [request] = app.requests;
    expect(request?.path).toBe('/intercom/inbox/initialize');
    expect(Object.keys(request?.body ?? {})).toEqual([
      'workspace_id',
      'workspace_region',
      'admin',
      'conversation',
      'contact',
    ]);
    expect(request?.body).toMatchObject({
      workspace_id: 'sandbox',
      workspace_region: 'US',
      admin: { type: 'admin', id: adminId, has_inbox_seat: true },
      conversation: {
        type: 'conversation',
        id: conversationId,
        source: { body: expect.stringMatching(/^<p>/) },
      },
      contact: { type: 'contact', id: lead.id, role: 'lead', email: 'pending.lead@example.com' },
    });
  });

  it('to submit adds the component, the values and the current canvas', async () => {
    const pressed = {
      component_id: 'go',
      input_values: { note: 'hi', tags: ['a'], choice: null },
      current_canvas: { content: { components: [text] }, stored_data: { v: 1 } },
    };
    await http.post('/inbox/api/submit', { ...occasion(), ...pressed });
    expect(app.requests[0]?.path).toBe('/intercom/inbox/submit');
    expect(app.requests[0]?.body).toMatchObject(pressed);
  });

  it('names the survivor when the contact was merged away meanwhile', async () => {
    const into = seededContact('stranger@example.com');
    const contact = sandbox.world.contacts.get(lead.id);
    if (contact === undefined) throw new Error('The seeded lead is gone');
    sandbox.world.contacts.put({ ...contact, merged_into: into.id });
    await initialize();
    sandbox.world.contacts.put(contact);
    expect(app.requests[0]?.body.contact.id).toBe(into.id);
  });

  it('is refused for a conversation, contact or teammate that does not exist', async () => {
    for (const key of ['conversation_id', 'contact_id', 'admin_id']) {
      const answer = await http.post('/inbox/api/initialize', { ...occasion(), [key]: 'nobody' });
      expect(answer.status).toBe(404);
    }
    expect((await http.post('/inbox/api/initialize', { conversation_id: 5 })).status).toBe(400);
    expect((await http.post('/inbox/api/submit', occasion())).status).toBe(400);
    expect(app.requests).toEqual([]);
  });
});

describe('an answer of the app', () => {
  it('gives the canvas, the time and both bodies', async () => {
    expect(await initialize()).toMatchObject({
      ok: true,
      status: 200,
      ms: expect.any(Number),
      canvas: { content: { components: [text] }, stored_data: { v: 1 } },
      problems: [],
      warnings: [],
      request: app.requests[0]?.raw.toString(),
      response: canvas(text).body,
      signature: app.requests[0]?.signature,
    });
  });

  it.each([
    ['a status other than 200', { status: 201, body: canvas(text).body }, /status 201/],
    ['a redirect', { status: 307, location: '/elsewhere', body: '' }, /status 307/],
    ['another content type', { type: 'text/html', body: canvas(text).body }, /content type "text\/html"/],
    ['something that is not JSON', { body: '{"canvas":' }, /not JSON/],
    ['an invalid canvas', canvas({ type: 'accordion' }), /components\[0\]\.type/],
  ])('with %s is not drawn, and the reason is named', async (_name, reply, reason) => {
    app.answer = () => reply;
    const answered = await initialize();
    expect(answered).toMatchObject({ ok: false, canvas: null, problems: [expect.stringMatching(reason)] });
    expect(answered.response).toBe(reply.body);
  });

  it('that never comes is a problem too', async () => {
    sandbox.setAppUrl('http://127.0.0.1:1');
    const answered = await initialize();
    sandbox.setAppUrl(app.url);
    expect(answered).toMatchObject({ ok: false, status: null, canvas: null });
    expect(answered.problems[0]).toMatch(/^no answer/);
  });

  it('has to come in time', async () => {
    const { world } = sandbox;
    const calls = createCanvasCalls({ world, clientSecret, patienceMs: 30 });
    const page = inboxPage({ world, appUrl: () => app.url, calls });
    const server = express().use(page).listen(0);
    const { port } = z.object({ port: z.number() }).parse(server.address());
    app.answer = () => ({ ...canvas(text), after: sleep(200) });
    const { data } = await http.post(`http://127.0.0.1:${port}/inbox/api/initialize`, occasion());
    server.close();
    expect(data).toMatchObject({ ok: false, status: null, problems: ['no answer within 0.03 seconds'] });
  });

  it('with a guideline broken is drawn, with a warning', async () => {
    app.answer = () => canvas({ type: 'button', id: 'b', label: 'Go', action: { type: 'submit' } });
    expect(await initialize()).toMatchObject({ ok: true, warnings: [expect.stringMatching(/primary/)] });
  });

  it('is kept with the last fifty, newest first', async () => {
    for (let count = 0; count < 51; count++) await initialize();
    const { data } = await http.get('/inbox/api/exchanges');
    expect(data).toHaveLength(50);
    expect(data[0].id - data[49].id).toBe(49);
    expect(data[0]).toMatchObject({ kind: 'initialize', contact_id: lead.id, ok: true });
  });
});

describe('the page and its links', () => {
  it.each([
    [`/a/apps/sandbox/users/${lead.id}`, `/?contact=${lead.id}`],
    [`/a/apps/sandbox/users/${lead.id}/all-conversations`, `/?contact=${lead.id}`],
    ['/a/apps/sandbox/inbox/inbox/all/conversations/7', '/?conversation=7'],
    ['/a/apps/sandbox/conversations/7', '/?conversation=7'],
    ['/a/inbox/sandbox/inbox/admin/5/conversation/7', '/?conversation=7'],
    ['/a/inbox/sandbox/inbox/conversation/7', '/?conversation=7'],
  ])('open as Intercom’s own link %s', async (link, target) => {
    const answer = await http.get(link);
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toBe(target);
  });

  it('may load and run nothing from elsewhere', async () => {
    const page = await http.get('/', { headers: { Accept: 'text/html' } });
    expect(page.status).toBe(200);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain('unsafe');
  });

  it('leave unknown paths of the page’s API and assets with a 404', async () => {
    expect((await http.get('/inbox/api/nothing')).status).toBe(404);
    expect((await http.get('/inbox/page/nothing.js')).status).toBe(404);
    expect((await http.get('/inbox/page/..%2finbox.ts')).status).toBeGreaterThanOrEqual(400);
  });
});

describe('conversations', () => {
  it('take a teammate’s reply as text, never as markup', async () => {
    const reply = { admin_id: adminId, text: 'See <b>this</b> & that\nBye' };
    await http.post(`/inbox/api/conversations/${conversationId}/replies`, reply);
    const { data } = await http.get(`/inbox/api/conversations/${conversationId}`);
    expect(data.parts.at(-1)).toMatchObject({
      author: { type: 'admin', id: adminId },
      body: '<p>See &lt;b&gt;this&lt;/b&gt; &amp; that</p><p>Bye</p>',
    });
    expect(
      (await http.post(`/inbox/api/conversations/${conversationId}/replies`, { ...reply, text: ' ' })).status,
    ).toBe(400);
  });

  it('start with a contact who has none', async () => {
    const alone = { ...lead, id: sandbox.world.newHexId() };
    const contact = sandbox.world.contacts.get(lead.id);
    if (contact === undefined) throw new Error('The seeded lead is gone');
    sandbox.world.contacts.put({ ...contact, id: alone.id });
    const started = await http.post('/inbox/api/conversations', { contact_id: alone.id, admin_id: adminId });
    expect(started.status).toBe(201);
    const { data } = await http.get(`/inbox/api/contacts/${alone.id}`);
    expect(data.conversation_ids).toEqual([started.data.id]);
  });

  it('are found by a contact’s name, email, phone or id', async () => {
    const find = async (words: string) =>
      (await http.get('/inbox/api/contacts', { params: { search: words } })).data.map(
        (one: { id: string }) => one.id,
      );
    expect(await find('PENDING.lead@')).toContain(lead.id);
    expect(await find(lead.id)).toContain(lead.id);
    expect(await find('nobody of that name')).toEqual([]);
  });
});
