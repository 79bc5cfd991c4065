// One human being is one record: however they are named, and however many requests name them at once.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { people, referralHistory, referrals, referrers } from '../../src/store/schema.ts';
import { type Answer, type Api, type Caller, campaignFor, codeOf, idOf, startApi } from '../support/api.ts';

let api: Api;
let taken = '';

beforeAll(async () => {
  let made = 0;
  // Every second code is one that somebody has, so that all who join meet a collision.
  api = await startApi({
    newShareCode: () => (made++ % 2 === 1 && taken !== '' ? taken : `code${made}`),
  });
});
afterAll(() => api.close());

/** A workspace of its own for each test, so that everybody in it was put there by the test. */
let workspaces = 0;
async function freshWorkspace() {
  const workspaceId = `workspace-${workspaces++}`;
  const caller = await api.caller(workspaceId);
  const campaign_id = await campaignFor(caller);
  const everybody = () => api.database.db.select().from(people).where(eq(people.workspaceId, workspaceId));
  return { workspaceId, caller, campaign_id, everybody };
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
    { email: 'dana@example.com', externalId: 'user-1', name: 'Dana' },
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
  const { workspaceId, caller, campaign_id, everybody } = await freshWorkspace();
  const person = { email: 'rush@example.com', name: 'Rush' };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => caller.post('/referrals', { campaign_id, person })),
  );
  expect(answers.map((one) => one.status).sort()).toEqual([...Array(19).fill(200), 201]);
  expect(new Set(answers.map(idOf)).size).toBe(1);
  expect(await everybody()).toHaveLength(1);
  for (const table of [referrals, referralHistory]) {
    expect(await api.database.db.select().from(table).where(eq(table.workspaceId, workspaceId))).toHaveLength(
      1,
    );
  }
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
  const { workspaceId, caller, campaign_id } = await freshWorkspace();
  const person = { email: 'top@example.com' };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => caller.post('/referrers', { campaign_id, person })),
  );
  expect(answers.map((one) => one.status).sort()).toEqual([...Array(19).fill(200), 201]);
  expect(new Set(answers.map(codeOf)).size).toBe(1);
  const { db } = api.database;
  expect(await db.select().from(referrers).where(eq(referrers.workspaceId, workspaceId))).toHaveLength(1);
});

test('a code that somebody has, in whichever workspace, is not given again', async () => {
  const { caller, campaign_id } = await freshWorkspace();
  taken = codeOf(await caller.post('/referrers', { campaign_id, person: { email: 'first@example.com' } }));
  const other = await freshWorkspace();
  for (const name of ['a', 'b', 'c']) {
    const given = { campaign_id: other.campaign_id, person: { email: `${name}@example.com` } };
    const joined = await other.caller.post('/referrers', given);
    expect(joined.status).toBe(201);
    expect(codeOf(joined)).not.toBe(taken);
  }
});
