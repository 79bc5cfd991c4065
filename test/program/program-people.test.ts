// One human being is one record: however they are named, and however many requests name them at once.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type Answer, type Api, type Caller, campaignFor, codeOf, idOf, startApi } from '../support/api.ts';

let api: Api;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** A workspace of its own for each test, so that everybody in it was put there by the test. */
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

test('an external id that turns up later is added to the person known by that email alone', async () => {
  const { caller, everybody } = await freshWorkspace();
  const first = await join(caller, { email: 'dana@example.com' });
  expect(await join(caller, { email: 'DANA@example.com', external_id: 'user-1', name: 'Dana' })).toBe(first);
  expect(await join(caller, { external_id: 'user-1' })).toBe(first);
  expect(await everybody()).toMatchObject([
    { email: 'dana@example.com', external_id: 'user-1', name: 'Dana' },
  ]);
});

test('two external ids with one email are two people, and the email alone means the elder', async () => {
  const { caller, everybody } = await freshWorkspace();
  const email = 'family@example.com';
  const elder = await join(caller, { email, external_id: 'user-1' });
  const younger = await join(caller, { email, external_id: 'user-2' });
  expect(younger).not.toBe(elder);
  expect(await join(caller, { email })).toBe(elder);
  expect(await everybody()).toHaveLength(2);
});

test('external ids are compared exactly, capitals and spaces included', async () => {
  const { caller, everybody } = await freshWorkspace();
  for (const external_id of ['User', 'user', ' user', 'user ']) await join(caller, { external_id });
  expect(await everybody()).toHaveLength(4);
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

test('people whose emails and external ids cross do not wait for each other for ever', async () => {
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

test('a code that somebody has, in whichever workspace, is not given again', async () => {
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
