// Who gets into /api/v1, that no workspace reaches another's records, and that what cannot be read is refused.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { byCommand } from '../../src/domain/workspace/audit.ts';
import { apiTable } from '../../src/http/api/routes.ts';
import { issueApiToken, revokeApiToken } from '../../src/usecases/workspace/api-tokens.ts';
import {
  type Api,
  type Caller,
  campaignFor,
  codeOf,
  dataOf,
  idOf,
  startApi,
  tenEuros,
} from '../support/api.ts';

let api: Api;
let ours: Caller;
let theirs: Caller;

beforeAll(async () => {
  api = await startApi();
  ours = await api.caller('ours');
  theirs = await api.caller('theirs');
});
afterAll(() => api.close());

describe('a call is refused', () => {
  const ask = (headers: Record<string, string>) => fetch(`${api.url}/api/v1/campaigns`, { headers });

  test('without a token, saying which kind is needed', async () => {
    const refused = await ask({});
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer realm="referral-desk"');
  });

  test.each([
    ['another scheme', 'Basic b3VyczpzZWNyZXQ='],
    ['no token after the scheme', 'Bearer '],
    ['a token that is no JWT', 'Bearer not-a-token'],
    ['an unsigned JWT', `Bearer ${btoa('{"alg":"none"}')}.${btoa('{"sub":"ours","jti":"1"}')}.`],
  ])('with %s', async (_what, authorization) => {
    expect((await ask({ authorization })).status).toBe(401);
  });

  test('with a token once it is revoked', async () => {
    const { token, jti } = await issueApiToken(api.ctx, 'ours', 'old', byCommand);
    const authorization = `Bearer ${token}`;
    expect((await ask({ authorization })).status).toBe(200);
    await revokeApiToken(api.ctx, 'ours', jti, byCommand);
    const refused = await ask({ authorization });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  test.each(apiTable.map((route) => [route.method.toUpperCase(), route.path] as const))(
    'by %s %s without a token, before anything else is looked at',
    async (method, path) => {
      const body = method === 'POST' ? '{"unreadable' : null;
      const refused = await fetch(`${api.url}/api/v1${path.replace(':id', 'no-id')}`, { method, body });
      expect(refused.status).toBe(401);
    },
  );
});

describe('one workspace and another', () => {
  let ids: Record<string, string>;
  let code: string;
  let campaign: string;
  let rewardId: string;

  beforeAll(async () => {
    await api.install('ours');
    campaign = await campaignFor(ours, { rewards: tenEuros });
    const referrer = await ours.post('/referrers', {
      campaign_id: campaign,
      person: { email: 'sam@example.com' },
    });
    code = codeOf(referrer);
    const referral = await ours.post('/referrals', { code, person: { email: 'dana@example.com' } });
    await ours.post(`/referrals/${idOf(referral)}/qualify`);
    const [reward] = dataOf(await ours.get('/rewards'));
    rewardId = reward?.id ?? '';
    const [delivery] = await api.query<{ id: string }>(
      `insert into deliveries (workspace_id, topic, body, received_at, state)
       values ('ours', 'ping', '{}', now(), 'failed') returning id`,
    );
    const rule = await ours.post('/rules', {
      campaign_id: campaign,
      name: 'Any email',
      // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
      definition: { when: { attribute: 'email', operator: 'is_set' }, then: 'qualify' },
    });
    await api.query(
      `insert into decisions (workspace_id, referral_id, rule_id, rule_version, outcome, explanation, reasons, at)
       values ('ours', $1, $2, 1, 'not-met', 'Pending', '[]', now())`,
      [idOf(referral), idOf(rule)],
    );
    const [run] = await api.query<{ id: string }>(
      `insert into runs (id, workspace_id, kind, subject, deduplication_key, work, cause, state, max_attempts, due_at, created_at)
       values (gen_random_uuid(), 'ours', 'note', 's', 'd', '{}', 'c', 'failed', 5, now(), now()) returning id`,
    );
    const upload = await ours.send('POST', '/imports?start=false', {
      headers: { 'content-type': 'text/csv' },
      body: 'email\ndana@example.com\n',
    });
    const backfill = { from: 'campaign', campaign_id: campaign };
    const [enrollment] = dataOf(await ours.get('/enrollments'));
    const [review] = await api.query<{ id: string }>(
      `insert into reviews (id, workspace_id, enrollment_id, why, draft, candidates, asked_at)
       values (gen_random_uuid(), 'ours', $1, 'Two of them', '{"role":"lead","customAttributes":{},"tags":[]}', '[]', now())
       returning id`,
      [enrollment?.id],
    );
    const [recovery] = await api.query<{ id: string }>(
      `insert into recoveries (id, workspace_id, cause, since, state, seen, missed, started_at, touched_at)
       values (gen_random_uuid(), 'ours', 'c', now(), 'done', 0, 0, now(), now()) returning id`,
    );
    const gone = 'gone@example.com';
    await ours.post('/referrers', { campaign_id: campaign, person: { email: gone } });
    ids = {
      imports: idOf(upload),
      backfills: idOf(await ours.post('/backfills', backfill)),
      'sync-checks': idOf(await ours.post('/sync-checks', {})),
      erasures: idOf(await ours.post('/erasures', { email: gone })),
      enrollments: enrollment?.id ?? '',
      reviews: review?.id ?? '',
      recoveries: recovery?.id ?? '',
      deliveries: delivery?.id ?? '',
      runs: run?.id ?? '',
      campaigns: campaign,
      referrers: idOf(referrer),
      referrals: idOf(referral),
      rules: idOf(rule),
    };
  });

  // From the table, so that a route which is added later is tried as well. Some are not lists of records with ids: two are
  // tried where they are tested; contacts are Intercom's own, and asked for with the workspace's token; of the exports
  // see export.test.ts.
  const routes = apiTable.filter(
    (route) => !/^\/(settings|connections|contacts|exports|audit)/.test(route.path),
  );
  const bodies: Record<string, object> = {
    '/campaigns/:id/enrollment/preview': { side: 'leads', person: { email: 'dana@example.com' } },
    '/sync-checks/:id/repair': { all: true },
    '/reviews/:id/decide': { create: true },
  };
  test.each(routes.map((route) => [route.method.toUpperCase(), route.path] as const))(
    'neither reads nor changes the other by %s %s',
    async (method, path) => {
      const before = await ours.get(`/referrals/${ids.referrals}`);
      if (path.includes(':id')) {
        const id = ids[path.split('/')[1] ?? ''] ?? '';
        expect(id).not.toBe('');
        const body = JSON.stringify(bodies[path] ?? {});
        const there = await theirs.send(method, path.replace(':id', id), method === 'POST' ? { body } : {});
        expect(there.status, JSON.stringify(there.body)).toBe(404);
      } else if (path.startsWith('/rewards/')) {
        expect((await theirs.post(path, { ids: [rewardId] })).status).toBe(404);
        expect(dataOf(await ours.get('/rewards'))).toMatchObject([{ id: rewardId, status: 'due' }]);
      } else if (method === 'GET') {
        expect(dataOf(await ours.get(path)).length).toBeGreaterThan(0);
        expect(dataOf(await theirs.get(path))).toEqual([]);
        expect(dataOf(await theirs.get(`${path}?limit=100`))).toEqual([]);
      }
      expect((await ours.get(`/referrals/${ids.referrals}`)).body).toEqual(before.body);
    },
  );

  test('filters do not reach over either', async () => {
    expect(dataOf(await theirs.get('/referrals?email=dana@example.com'))).toEqual([]);
    expect(dataOf(await theirs.get(`/referrers?campaign_id=${campaign}`))).toEqual([]);
  });

  test("no one joins another workspace's campaign by its id, its code or its referrer", async () => {
    const person = { email: 'dana@example.com' };
    for (const by of [{ campaign_id: campaign }, { code }, { referrer_id: ids.referrers }]) {
      expect((await theirs.post('/referrals', { ...by, person })).status).toBe(422);
    }
    expect((await theirs.post('/referrers', { campaign_id: campaign, person })).status).toBe(422);
  });

  test('the same person and the same campaign name may be in both', async () => {
    const there = await campaignFor(theirs, { name: 'Shared name' });
    await campaignFor(ours, { name: 'Shared name' });
    const joined = await theirs.post('/referrals', {
      campaign_id: there,
      person: { email: 'dana@example.com' },
    });
    expect(joined.status).toBe(201);
    expect(joined.body).toMatchObject({ referrer: null });
    expect(dataOf(await theirs.get('/referrals?email=dana@example.com'))).toHaveLength(1);
  });
});

describe('what cannot be read', () => {
  test.each(['{"name":', 'name=Spring', '\u0000', '{"a":1}{'])('is refused: the body %j', async (body) => {
    expect((await ours.send('POST', '/campaigns', { body })).status).toBe(400);
  });

  test('is refused: a body in an unknown encoding', async () => {
    const headers = { 'content-encoding': 'zip' };
    expect((await ours.send('POST', '/campaigns', { body: '{}', headers })).status).toBe(400);
  });

  test('is refused: a path with half an escape', async () => {
    expect((await ours.get('/campaigns/%E0%A4')).status).toBe(400);
  });

  test.each(['null', '5', '"text"', '[]', ''])('is a bad field: the body %j', async (body) => {
    const answer = await ours.send('POST', '/campaigns', { body });
    expect(answer.status).toBe(422);
  });

  test('is too large over 100 KB, and not just under it', async () => {
    const name = (letters: number) => JSON.stringify({ name: 'x'.repeat(letters) });
    expect((await ours.send('POST', '/campaigns', { body: name(101 * 1024) })).status).toBe(413);
    expect((await ours.send('POST', '/campaigns', { body: name(99 * 1024) })).status).toBe(422);
  });

  test('is a bad field, however deeply it is nested', async () => {
    const deep = (opening: string, middle: string, closing: string) =>
      `${opening.repeat(9_000)}${middle}${closing.repeat(9_000)}`;
    const id = '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10';
    const bodies = {
      '/backfills': `{"from":"intercom","campaign_id":"${id}","contacts":"search","query":${deep('{"a":', '1', '}')}}`,
      '/rules': `{"campaign_id":"${id}","name":"x","definition":{"when":${deep('{"all":[', '1', ']}')},"then":"qualify"}}`,
      '/campaigns': deep('[', '1', ']'),
    };
    for (const [path, body] of Object.entries(bodies)) {
      expect((await ours.send('POST', path, { body })).status, path).toBe(422);
    }
  });

  test('does not depend on what the body is said to be', async () => {
    const body = JSON.stringify({ name: 'Said to be text', destination_url: 'https://example.com' });
    const headers = { 'content-type': 'text/plain' };
    expect((await ours.send('POST', '/campaigns', { body, headers })).status).toBe(201);
  });
});

describe('a route that is not there', () => {
  test('is a 404 in the usual shape', async () => {
    expect((await ours.get('/nothing')).status).toBe(404);
    expect((await ours.get('/')).status).toBe(404);
  });

  test.each([
    'no-uuid',
    '6b1c6e0e-6a0d-4c39-8a34',
    "' or 1=1",
    '%00',
    '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10',
  ])('or a record that cannot be there, such as %s, is a 404', async (id) => {
    for (const path of ['/campaigns/:id', '/referrers/:id', '/referrals/:id', '/referrals/:id/history']) {
      expect((await ours.get(path.replace(':id', encodeURI(id)))).status).toBe(404);
    }
    expect((await ours.post(`/referrals/${encodeURI(id)}/qualify`)).status).toBe(404);
  });

  test('by another method is a 405 that names the methods there are', async () => {
    const answer = await ours.send('DELETE', '/campaigns');
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('HEAD, GET, POST');
    expect((await ours.get('/referrals/x/qualify')).headers.get('allow')).toBe('POST');
  });
});

test('answers about people are not kept by anything in between', async () => {
  expect((await ours.get('/campaigns')).headers.get('cache-control')).toBe('no-store');
});
