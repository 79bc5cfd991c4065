// One human being is one record: however they are named, and however many requests name them at once.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type Answer, type Api, type Caller, campaignFor, codeOf, idOf, startApi } from '../support/api.ts';
import { spellingsOfEmail, spellingsOfId } from '../support/spellings.ts';

let api: Api;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** A workspace of its own for each test, so that everyone in it was put there by the test. */
let workspaces = 0;
async function freshWorkspace() {
  const workspaceId = `workspace-${workspaces++}`;
  const caller = await api.caller(workspaceId);
  const campaign_id = await campaignFor(caller);
  const rowsOf = (table: string) =>
    api.query(`select * from ${table} where workspace_id = $1`, [workspaceId]);
  return { caller, campaign_id, rowsOf, everybody: () => rowsOf('people') };
}

const personId = (answer: Answer) =>
  z.looseObject({ person: z.looseObject({ id: z.string() }) }).parse(answer.body).person.id;

async function join(caller: Caller, person: object) {
  return personId(await caller.post('/referrers', { campaign_id: await campaignFor(caller), person }));
}

test('an external ID that turns up later is added to the person known by that email alone', async () => {
  const { caller, everybody } = await freshWorkspace();
  const first = await join(caller, { email: 'dana@example.com' });
  expect(await join(caller, { email: 'DANA@example.com', external_id: 'user-1', name: 'Dana' })).toBe(first);
  expect(await join(caller, { external_id: 'user-1' })).toBe(first);
  expect(await everybody()).toMatchObject([
    { email: 'dana@example.com', external_id: 'user-1', name: 'Dana' },
  ]);
});

test('two external IDs with one email are two people, and the email alone means the elder', async () => {
  const { caller, everybody } = await freshWorkspace();
  const email = 'family@example.com';
  const elder = await join(caller, { email, external_id: 'user-1' });
  const younger = await join(caller, { email, external_id: 'user-2' });
  expect(younger).not.toBe(elder);
  expect(await join(caller, { email })).toBe(elder);
  expect(await everybody()).toHaveLength(2);
});

test('external IDs are compared with their capitals, and without spaces around them', async () => {
  const { caller, everybody } = await freshWorkspace();
  for (const external_id of ['User', 'user', ' user', 'user ']) await join(caller, { external_id });
  expect(await everybody()).toHaveLength(2);
});

test('every spelling of one email or id is one person, who cannot refer themselves by any of them', async () => {
  const { caller, campaign_id, everybody } = await freshWorkspace();
  const emails = fc.sample(spellingsOfEmail('zoë.müller', 'bücher.example.com'), { numRuns: 25, seed: 11 });
  const ids = fc.sample(spellingsOfId('Käfer-817'), { numRuns: 8, seed: 11 });
  const first = await caller.post('/referrers', {
    campaign_id,
    person: { email: 'zoë.müller@bücher.example.com', external_id: 'Käfer-817' },
  });
  const referrer_id = idOf(first);
  for (const person of [
    ...emails.map((email) => ({ email })),
    ...ids.map((external_id) => ({ external_id })),
  ]) {
    const again = await caller.post('/referrers', { campaign_id, person });
    expect([JSON.stringify(person), idOf(again)]).toEqual([JSON.stringify(person), referrer_id]);
    const own = await caller.post('/referrals', { campaign_id, referrer_id, person });
    expect([JSON.stringify(person), own.status]).toEqual([JSON.stringify(person), 422]);
  }
  expect(await everybody()).toMatchObject([
    { email: 'zoë.müller@xn--bcher-kva.example.com', external_id: 'Käfer-817' },
  ]);
  for (const email of emails) {
    const { body } = await caller.get(`/referrers?email=${encodeURIComponent(email)}`);
    expect([JSON.stringify(email), body]).toMatchObject([
      JSON.stringify(email),
      { data: [{ id: referrer_id }] },
    ]);
  }
});

test('no alias is folded: a plus, a dot and a similar letter are other people', async () => {
  const { caller, everybody } = await freshWorkspace();
  const emails = [
    'da.na@gmail.com',
    'dana@gmail.com',
    'dana+x@gmail.com',
    'dana@googlemail.com',
    'dаna@gmail.com',
  ];
  for (const email of emails) await join(caller, { email });
  expect(await everybody()).toHaveLength(emails.length);
});

test.each([
  'da\u200bna@example.com',
  'dana@exam\u00adple.com',
  'dana@localhost',
  'dana@@example.com',
  'Dana <dana@example.com>',
  '"dana"@example.com',
  'dana@example.com, eve@example.com',
  '\u200b',
])('the email %j is refused', async (email) => {
  const { caller, campaign_id, everybody } = await freshWorkspace();
  await join(caller, { email: 'dana@example.com' });
  const refused = await caller.post('/referrers', { campaign_id, person: { email } });
  expect(refused).toMatchObject({
    status: 422,
    body: { error: { fields: { 'person.email': expect.anything() } } },
  });
  expect(await everybody()).toHaveLength(1);
});

test('a number that JSON cannot carry is kept digit by digit or refused', async () => {
  const { caller, campaign_id, rowsOf } = await freshWorkspace();
  const post = (path: string, body: string) =>
    caller.send('POST', path, { body, headers: { 'content-type': 'application/json' } });
  for (const id of ['9196877626998785', '9196877626998784']) {
    const body = `{"campaign_id":"${campaign_id}","person":{"external_id":${id}},"extra":{"order":${id}}}`;
    expect(await post('/referrers', body)).toMatchObject({ status: 201 });
  }
  for (const id of ['1e21', '1.0', '817']) {
    const body = `{"campaign_id":"${campaign_id}","person":{"external_id":${id}}}`;
    expect(await post('/referrers', body)).toMatchObject({
      status: 422,
      body: { error: { fields: { 'person.external_id': expect.stringContaining('as text') } } },
    });
  }
  const written = '{"version":1.0,"big":1e21,"price":19.90,"count":5}';
  await post(
    '/referrers',
    `{"campaign_id":"${campaign_id}","person":{"email":"n@example.com"},"extra":${written}}`,
  );
  expect((await rowsOf('people')).map((row) => row.external_id).sort()).toEqual([
    '9196877626998784',
    '9196877626998785',
    null,
  ]);
  expect((await rowsOf('referrers')).map((row) => row.extra)).toEqual(
    expect.arrayContaining([
      { order: '9196877626998785' },
      { order: '9196877626998784' },
      { version: '1.0', big: '1e21', price: '19.90', count: 5 },
    ]),
  );
});

test('what is known of a person is not overwritten by a later request', async () => {
  const { caller, everybody } = await freshWorkspace();
  await join(caller, { email: 'dana@example.com', external_id: 'user-1', name: 'Dana' });
  await join(caller, { email: 'else@example.com', external_id: 'user-1', name: 'Else' });
  expect(await everybody()).toMatchObject([{ email: 'dana@example.com', name: 'Dana' }]);
});

test('twenty requests at once for one newcomer make one person, one referral and one history', async () => {
  const { caller, campaign_id, everybody, rowsOf } = await freshWorkspace();
  const person = { email: 'rush@example.com', name: 'Rush' };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => caller.post('/referrals', { campaign_id, person })),
  );
  expect(answers.map((one) => one.status).sort()).toEqual([...Array(19).fill(200), 201]);
  expect(new Set(answers.map(idOf)).size).toBe(1);
  expect(await everybody()).toHaveLength(1);
  for (const table of ['referrals', 'referral_history']) expect(await rowsOf(table)).toHaveLength(1);
});

test('one newcomer named in every way at once is still one person', async () => {
  for (let round = 0; round < 3; round++) {
    const { caller, campaign_id, everybody } = await freshWorkspace();
    const ways = [
      { email: 'mixed@example.com' },
      { email: 'mixed@example.com', external_id: 'user-9' },
      { email: 'MIXED@example.com', name: 'Mixed' },
    ];
    const answers = await Promise.all(
      Array.from({ length: 21 }, (_, index) =>
        caller.post(index % 2 ? '/referrals' : '/referrers', { campaign_id, person: ways[index % 3] }),
      ),
    );
    expect(new Set(answers.map((one) => one.status))).toEqual(new Set([200, 201]));
    expect(await everybody()).toHaveLength(1);
  }
});

test('people with crossing emails and external IDs do not wait for each other forever', async () => {
  const { caller, campaign_id } = await freshWorkspace();
  const crossed = [
    { email: 'a@example.com', external_id: 'b' },
    { email: 'b@example.com', external_id: 'a' },
    { email: 'a@example.com', external_id: 'a' },
    { email: 'b@example.com', external_id: 'b' },
  ];
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      caller.post('/referrals', { campaign_id, person: crossed[index % 4] }),
    ),
  );
  expect(answers.filter((one) => one.status > 201)).toEqual([]);
});

test('twenty joinings at once give one referrer with one code', async () => {
  const { caller, campaign_id, rowsOf } = await freshWorkspace();
  const person = { email: 'top@example.com' };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => caller.post('/referrers', { campaign_id, person })),
  );
  expect(answers.map((one) => one.status).sort()).toEqual([...Array(19).fill(200), 201]);
  expect(new Set(answers.map(codeOf)).size).toBe(1);
  expect(await rowsOf('referrers')).toHaveLength(1);
});

test('a code that someone has, in any workspace, is not given again', async () => {
  const { caller, campaign_id } = await freshWorkspace();
  const first = { campaign_id, person: { email: 'first@example.com' } };
  const taken = codeOf(await caller.post('/referrers', first));
  // From here on every second code that comes up is that one.
  await api.query(`
    create sequence codes;
    create function come_up() returns trigger language plpgsql as $$ begin
      if nextval('codes') % 2 = 1 then new.code := '${taken}'; end if;
      return new;
    end $$;
    create trigger come_up before insert on referrers for each row execute function come_up()`);
  const other = await freshWorkspace();
  for (const name of ['a', 'b', 'c']) {
    const given = { campaign_id: other.campaign_id, person: { email: `${name}@example.com` } };
    const joined = await other.caller.post('/referrers', given);
    expect(joined.status).toBe(201);
    expect(codeOf(joined)).not.toBe(taken);
  }
  const [met] = await api.query<{ count: number }>('select last_value::int as count from codes');
  expect(met?.count).toBe(6);
});
