// Installing when something is wrong: with Intercom, or with our own storage. Nothing is stored then.
import { once } from 'node:events';
import { createServer } from 'node:http';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHosts } from '../../src/intercom/hosts.ts';
import { createOAuth } from '../../src/intercom/oauth.ts';
import { readManifest } from '../../src/manifest.ts';
import {
  begin,
  callback,
  client,
  createBrowser,
  type Desk,
  publicUrl,
  startDesk,
  textOf,
} from '../support/installing.ts';
import { interceptRequests } from '../support/nock.ts';

const us = 'https://api.intercom.io';
const eu = 'https://api.eu.intercom.io';
const granted = { token_type: 'Bearer', token: 'dG9rOmE=', access_token: 'dG9rOmE=' };
const app = { type: 'app', id_code: 'ab12', name: 'Northwind', region: 'US', timezone: 'Europe/Dublin' };
const me = { type: 'admin', id: '42', name: 'Priya', email: 'priya@example.com', app };

let desk: Desk;

interceptRequests('127.0.0.1');
beforeAll(async () => {
  desk = await startDesk();
});
beforeEach(() => desk.query('truncate installations cascade'));
afterEach(() => nock.cleanAll());
afterAll(() => desk?.stop());

const stored = () => desk.query('select * from installations');

/** One installation up to the way back, where `answer` is what Intercom will have said. */
async function comeBack(query = ''): Promise<Response> {
  const browser = createBrowser(desk);
  const { state } = await begin(browser, query);
  return browser.open(callback({ code: 'a+code/ending=', state }));
}

describe('Intercom in trouble', () => {
  const token = () => nock(us).post('/auth/eagle/token');

  it('is asked with code, client id and secret as JSON, then who consented', async () => {
    nock(us)
      .post('/auth/eagle/token', {
        code: 'a+code/ending=',
        client_id: client.id,
        client_secret: client.secret,
      })
      .reply(200, granted);
    nock(us, {
      reqheaders: {
        authorization: 'Bearer dG9rOmE=',
        accept: 'application/json',
        'intercom-version': readManifest().apiVersion,
      },
    })
      .get('/me')
      .reply(200, me);
    expect((await comeBack()).status).toBe(200);
    expect(await stored()).toMatchObject([{ workspace_id: 'ab12', time_zone: 'Europe/Dublin' }]);
  });

  it.each([
    [
      'refuses the code',
      400,
      () => token().reply(401, { type: 'error.list', errors: [{ code: 'unauthorized' }] }),
    ],
    ['is down', 502, () => token().reply(503, 'down')],
    ['is busy', 502, () => token().reply(429, {})],
    ['cuts the connection', 502, () => token().replyWithError('socket hang up')],
    ['answers with a page', 502, () => token().reply(200, '<html>')],
    ['gives an empty token', 502, () => token().reply(200, { token: '' })],
  ])('when it %s: nothing is stored and the page says so', async (_what, status, arrange) => {
    arrange();
    const answer = await comeBack();
    expect(answer.status).toBe(status);
    expect(await textOf(answer)).toContain('Nothing was stored');
    expect(await stored()).toEqual([]);
  });

  it.each([
    ['is down', 502, 500, {}],
    ['does not know its own token', 400, 401, {}],
    ['names nobody', 502, 200, 'null'],
    ['names no workspace', 502, 200, { ...me, app: null }],
    ['leaves out the workspace’s id', 502, 200, { ...me, app: { ...app, id_code: '' } }],
    ['answers with a list', 502, 200, []],
  ])('when, asked who consented, it %s: the same', async (_what, status, given, body) => {
    token().reply(200, granted);
    nock(us).get('/me').reply(given, body, { 'content-type': 'application/json' });
    const answer = await comeBack();
    expect(answer.status).toBe(status);
    expect(await stored()).toEqual([]);
  });

  it('sends the client secret nowhere that it is redirected to', async () => {
    const elsewhere = nock('https://evil.example').post('/').reply(200, granted);
    token().reply(307, '', { location: 'https://evil.example/' });
    expect((await comeBack()).status).toBe(502);
    expect(elsewhere.isDone()).toBe(false);
  });

  it('keeps an earlier installation as it was', async () => {
    token().reply(200, granted);
    nock(us).get('/me').reply(200, me);
    await comeBack();
    const before = await stored();
    token().reply(500);
    expect((await comeBack()).status).toBe(502);
    expect(await stored()).toEqual(before);
  });

  it('may leave out all that is not needed, and spell ids as numbers', async () => {
    token().reply(200, { token: 'a-token', surprise: true });
    nock(us)
      .get('/me')
      .reply(200, { id: 42, app: { id_code: 'cd34', region: 'MOON' } });
    expect((await comeBack()).status).toBe(200);
    expect(await stored()).toMatchObject([
      { workspace_id: 'cd34', name: 'cd34', region: 'US', time_zone: 'UTC', installed_by: { id: '42' } },
    ]);
  });

  it('is asked in the region of the link, and its own word on the region counts', async () => {
    token().reply(200, granted);
    nock(eu)
      .get('/me')
      .reply(200, { ...me, app: { ...app, region: 'EU' } });
    const answer = await comeBack('?region=eu');
    expect(await answer.text()).toContain('href="https://app.eu.intercom.com/a/apps/ab12/inbox"');
    expect(await stored()).toMatchObject([{ region: 'EU' }]);
  });

  it('is not waited for longer than the time allowed, even when it answers byte by byte', async () => {
    const dripping = createServer((_req, res) => {
      const drip = setInterval(() => res.write(' '), 20);
      res.on('close', () => clearInterval(drip));
    }).listen(0, '127.0.0.1');
    await once(dripping, 'listening');
    const address = dripping.address();
    const port = typeof address === 'object' ? address?.port : null;
    const hosts = createHosts({ apiUrl: `http://127.0.0.1:${port}`, oauthUrl: null });
    const known = { clientId: client.id, clientSecret: client.secret, redirectUri: publicUrl };
    const asking = createOAuth({ hosts, ...known, timeoutMs: 200 }).exchangeCode('abc');
    await expect(asking).rejects.toMatchObject({ code: 'bad-upstream' });
    dripping.close();
  });
});

describe('Our own trouble', () => {
  it('with the storage is told as a page, too', async () => {
    nock(us).post('/auth/eagle/token').reply(200, granted).get('/me').reply(200, me);
    await desk.query('alter table installations rename to installations_away');
    const answer = await comeBack();
    await desk.query('alter table installations_away rename to installations');
    expect(answer.status).toBe(503);
    expect(await textOf(answer)).toContain('could not be stored');
    expect(desk.logged()).not.toContain(granted.token);
  });

  it('asks Intercom for nothing while ids cannot be claimed', async () => {
    const asked = nock(us).post('/auth/eagle/token').reply(200, granted);
    await desk.query('alter table used_tokens rename to used_tokens_away');
    const answer = await comeBack();
    await desk.query('alter table used_tokens_away rename to used_tokens');
    expect(answer.status).toBe(503);
    expect(asked.isDone()).toBe(false);
  });
});
