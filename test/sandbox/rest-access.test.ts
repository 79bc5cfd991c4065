// Who gets in to the sandbox's Intercom API, in which version, and how often.
import { request } from 'node:http';
import axios from 'axios';
import { describe, expect, test } from 'vitest';
import { changeSettings } from '../../sandbox/settings.ts';
import { create, openWorkspace, refusalOf, type Workspace } from './rest-workspace.ts';

describe('credentials', () => {
  test('a call without a token, or with one that no one was given, is 401 and learns no rate limit', async () => {
    await using workspace = await openWorkspace();
    for (const headers of [{}, { Authorization: 'Bearer made-up' }, { Authorization: 'Basic eDp5' }]) {
      const answer = await axios.get(`${workspace.url}/me`, { headers, validateStatus: () => true });
      expect(answer.data).toMatchObject({
        type: 'error.list',
        request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        errors: [{ code: 'unauthorized', message: 'Access Token Invalid' }],
      });
      expect(answer.status).toBe(401);
      expect(answer.headers['x-ratelimit-limit']).toBeUndefined();
    }
  });

  test('a token from the OAuth page works until it is revoked', async () => {
    await using workspace = await openWorkspace();
    const token = { id: 'tok-1', client_id: 'c', admin_id: '501', revoked: false, created_at: 1 };
    const headers = { Authorization: 'Bearer tok-1' };
    workspace.world.tokens.put(token);
    expect((await workspace.http.get('/me', { headers })).status).toBe(200);
    workspace.world.tokens.put({ ...token, revoked: true });
    expect(refusalOf(await workspace.http.get('/me', { headers }))).toMatchObject({
      status: 401,
      code: 'token_revoked',
    });
  });

  test('uninstalling takes every token of the app away, tells, and leaves the fixed one', async () => {
    await using workspace = await openWorkspace();
    for (const id of ['tok-1', 'tok-2']) {
      workspace.world.tokens.put({ id, client_id: 'c', admin_id: '501', revoked: false, created_at: 1 });
    }
    workspace.world.tokens.put({
      id: 'tok-3',
      client_id: 'other app',
      admin_id: '501',
      revoked: false,
      created_at: 1,
    });
    const headers = { Authorization: 'Bearer tok-1' };
    expect((await workspace.http.post('/auth/uninstall', {}, { headers })).status).toBe(200);
    expect(workspace.uninstalls()).toBe(1);
    const status = async (token: string) =>
      (await workspace.http.get('/me', { headers: { Authorization: `Bearer ${token}` } })).status;
    expect(await status('tok-1')).toBe(401);
    expect(await status('tok-2')).toBe(401);
    expect(await status('tok-3')).toBe(200);
    expect(await status('sandbox-access-token')).toBe(200);
  });
});

describe('versions', () => {
  test('versions that do not exist are refused, older ones and Preview are served', async () => {
    await using workspace = await openWorkspace();
    const me = (version: string) => workspace.http.get('/me', { headers: { 'Intercom-Version': version } });
    for (const version of ['2.0', '2.9', '2.14', '2.15', '2.16', 'Preview']) {
      expect((await me(version)).status, version).toBe(200);
    }
    for (const version of ['3.0', '2.99', '1.4', 'latest']) {
      expect(refusalOf(await me(version)), version).toMatchObject({
        status: 400,
        code: 'intercom_version_invalid',
      });
    }
  });

  test('an owner is a number up to 2.15 and a string from 2.16 on, in both directions', async () => {
    await using workspace = await openWorkspace();
    for (const [version, owner_id, wrong] of [
      ['2.14', 501, '501'],
      ['2.15', 501, '501'],
      ['2.16', '501', 501],
    ] as const) {
      const headers = { 'Intercom-Version': version };
      const made = await workspace.http.post('/contacts', { role: 'lead', owner_id }, { headers });
      expect(made.data.owner_id).toBe(owner_id);
      const refused = await workspace.http.post('/contacts', { role: 'lead', owner_id: wrong }, { headers });
      expect(refused.status).toBe(400);
    }
  });

  test('a call that names no version gets 2.16', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead', owner_id: '501' });
    const headers = { Authorization: 'Bearer sandbox-access-token' };
    const answer = await axios.get(`${workspace.url}/contacts/${id}`, { headers });
    expect(answer.data.owner_id).toBe('501');
  });
});

describe('credentials', () => {
  const asked = (workspace: Workspace, Authorization: string) =>
    workspace.http.get('/me', { headers: { Authorization } }).then((answer) => answer.status);
  const basic = (name: string, password: string) =>
    `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

  test('may come by HTTP Basic, as the user name or the password', async () => {
    await using workspace = await openWorkspace();
    workspace.world.tokens.put({
      id: 'tok=',
      client_id: 'c',
      admin_id: '501',
      revoked: false,
      created_at: 1,
    });
    workspace.world.tokens.put({ id: 'old', client_id: 'c', admin_id: '501', revoked: true, created_at: 1 });
    for (const header of [basic('tok=', ''), basic('', 'tok='), basic('sandbox-access-token', 'x')])
      expect(await asked(workspace, header), header).toBe(200);
    for (const header of [basic('nobody', ''), basic('', ''), basic('old', ''), 'Basic', 'Digest tok='])
      expect(await asked(workspace, header), header).toBe(401);
  });
});

describe('the rate limit', () => {
  test('counts in windows of ten seconds on the clock and refuses what is beyond', async () => {
    await using workspace = await openWorkspace();
    changeSettings(workspace.world, { rate_limit_per_10s: 2 });
    workspace.setNow(1_800_000_004_000);
    const first = await workspace.http.get('/me');
    expect(first.headers).toMatchObject({
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
      'x-ratelimit-reset': '1800000010',
    });
    workspace.setNow(1_800_000_009_999);
    expect((await workspace.http.get('/me')).headers['x-ratelimit-remaining']).toBe('0');
    const third = await workspace.http.get('/me');
    expect(refusalOf(third)).toEqual({
      status: 429,
      code: 'rate_limit_exceeded',
      message: 'Exceeded rate limit of 2 in 10_seconds',
    });
    expect(third.headers['x-ratelimit-remaining']).toBe('0');
    workspace.setNow(1_800_000_010_000);
    expect((await workspace.http.get('/me')).headers['x-ratelimit-remaining']).toBe('1');
  });

  test('allows 1666 calls in a window unless it is told otherwise', async () => {
    await using workspace = await openWorkspace();
    expect((await workspace.http.get('/me')).headers['x-ratelimit-limit']).toBe('1666');
  });
});

describe('what is not understood', () => {
  test('an unknown path or method is 404 with an error list, for strangers too', async () => {
    await using workspace = await openWorkspace();
    for (const answer of [
      await workspace.http.get('/nothing'),
      await workspace.http.get('/contacts/a/b/c'),
      await workspace.http.delete('/me'),
      await axios.get(`${workspace.url}/favicon.ico`, { validateStatus: () => true }),
    ]) {
      expect(refusalOf(answer)).toEqual({ status: 404, code: 'not_found', message: 'Resource Not Found' });
    }
  });

  test('an Accept header that leaves JSON out, or none at all, is 406', async () => {
    await using workspace = await openWorkspace();
    const wrong = await workspace.http.get('/me', { headers: { Accept: 'text/html' } });
    expect(refusalOf(wrong)).toMatchObject({ status: 406, code: 'media_type_not_acceptable' });
    const status = await new Promise((resolve) => {
      const headers = { Authorization: 'Bearer sandbox-access-token' };
      request(`${workspace.url}/me`, { headers }, (res) => resolve(res.resume().statusCode)).end();
    });
    expect(status).toBe(406);
  });

  test('a body that is not JSON is 415, one that is broken is 400, a huge one 413', async () => {
    await using workspace = await openWorkspace();
    const post = (body: string, type: string) =>
      workspace.http.post('/contacts', body, {
        headers: { 'Content-Type': type },
        transformRequest: (data) => data,
      });
    expect((await post('role=lead', 'application/x-www-form-urlencoded')).status).toBe(415);
    expect(refusalOf(await post('{"role":', 'application/json'))).toMatchObject({
      status: 400,
      code: 'bad_request',
    });
    expect(refusalOf(await post(`"${'x'.repeat(2_000_000)}"`, 'application/json'))).toEqual({
      status: 413,
      code: 'bad_request',
      message: 'Request body is too large',
    });
    expect((await post('[]', 'application/json')).status).toBe(400);
  });
});
