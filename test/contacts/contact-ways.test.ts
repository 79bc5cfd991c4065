// Every way in makes one contact of an identity together with every other: at once, in two processes, and unseen by searches.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { changeSettings } from '../../sandbox/settings.ts';
import type { Contact } from '../../sandbox/world.ts';
import { type App, createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { type Caller, callerWith, idOf } from '../support/api.ts';
import { freePort, startTestApp, type TestApp } from '../support/app.ts';
import { type Enrolling, email, enrollingIn } from '../support/enrolling.ts';

const searchLagMs = 5 * 60_000;

let app: TestApp;
let other: App;
/** The same API in two processes. */
let callers: [Caller, Caller];
let enrolling: Enrolling;
/** How far the app's clock is ahead. */
let aheadMs = 0;

beforeAll(async () => {
  const overrides = { now: () => new Date(Date.now() + aheadMs), searchLagMs };
  app = await startTestApp({ story: false, settings: { mood: 'as-intercom' }, overrides });
  const port = String(await freePort());
  other = await createApp(readConfig({ ...app.environment, PORT: port }), createLog('silent'), overrides);
  const token = await app.apiToken();
  callers = [callerWith(app.url, token), callerWith(`http://127.0.0.1:${port}`, token)];
  enrolling = await enrollingIn(app);
  lag(searchLagMs);
});
afterAll(async () => {
  await other?.close();
  await app?.close();
});

type Person = { email?: string; phone?: string };
/** Asks for a lead, and resolves with a check whether that has come to its end. */
type Way = (person: Person, caller: Caller) => Promise<() => Promise<boolean>>;

const ended = z.looseObject({ state: z.string() });
const isOver = (body: unknown, over: readonly string[]) => over.includes(ended.parse(body).state);

const ways = {
  async api(person, caller) {
    const answer = await caller.post('/contacts', { role: 'lead', on_duplicate: 'fill', ...person });
    const runId = z.looseObject({ run_id: z.string().optional() }).parse(answer.body).run_id;
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    return async () => answer.status !== 202 || isOver((await caller.get(`/runs/${runId}`)).body, ['done']);
  },
  async batch(person, caller) {
    const body = `${JSON.stringify(person)}\n`;
    const headers = { 'content-type': 'application/x-ndjson' };
    const id = idOf(
      await caller.send('POST', '/imports?role=lead&on_duplicate=fill&archived=report', { body, headers }),
    );
    return async () => isOver((await caller.get(`/imports/${id}`)).body, ['done']);
  },
  async enrollment(person) {
    const mapping = [email];
    const campaignId = await enrolling.campaign({ action: 'create-lead', duplicates: 'fill', mapping });
    const id = await enrolling.join(campaignId, person);
    const query = `/enrollments?campaign_id=${campaignId}`;
    return async () => {
      const { body } = await enrolling.caller.get(query);
      const { data } = z.object({ data: z.array(z.looseObject({ participant_id: z.string() })) }).parse(body);
      return data.some((one) => one.participant_id === id && isOver(one, ['done']));
    };
  },
} satisfies Record<string, Way>;

const names = Object.keys(ways) as (keyof typeof ways)[];
const pairs = names.flatMap((first, at) => names.slice(at).map((second) => [first, second] as const));

const lag = (milliseconds: number) => {
  changeSettings(app.sandbox.world, { search_lag_ms: milliseconds });
};
const fault = (more: object) =>
  app.misbehave('/faults', { on: 'api', match: { method: 'POST', pattern: '^/contacts$' }, ...more });
const contactsOf = (is: (contact: Contact) => boolean) => app.sandbox.world.contacts.all().filter(is);
const faultsLeft = async () => {
  const answer = await fetch(`${app.sandbox.url}/sandbox/faults`);
  return z.object({ data: z.array(z.unknown()) }).parse(await answer.json()).data.length;
};
const withEmail = (address: string) => contactsOf((one) => one.email?.toLowerCase() === address).length;
const newEmail = () => `${randomUUID()}@example.com`;
const spelled = (address: string) => ` ${address.slice(0, 8).toUpperCase()}${address.slice(8)}`;
async function toEnd(checks: readonly (() => Promise<boolean>)[]): Promise<void> {
  await expect
    .poll(async () => (await Promise.all(checks.map((check) => check()))).every(Boolean))
    .toBe(true);
}

test.each([
  { mood: 'as-intercom', search_lag_ms: searchLagMs, answer_ms: 700 },
  { mood: 'harshest', time_scale: 20, rate_limit_per_10s: 1_666 },
] as const)(
  'any two ways at the same moment make one contact while Intercom takes its time, in one process or two: $mood',
  async (settings) => {
    changeSettings(app.sandbox.world, settings);
    const cases = pairs.flatMap(([first, second]) =>
      callers
        .slice(settings.mood === 'harshest' ? 1 : 0)
        .map((caller) => ({ address: newEmail(), first, second, caller })),
    );
    const asked = await Promise.all(
      cases.flatMap(({ address, first, second, caller }) => [
        ways[first]({ email: address }, callers[0]),
        ways[second]({ email: spelled(address) }, caller),
      ]),
    );
    await toEnd(asked);
    changeSettings(app.sandbox.world, { mood: 'as-intercom', search_lag_ms: searchLagMs });
    const made = cases.map(({ first, second, address }) => [first, second, withEmail(address)]);
    expect(made).toEqual(cases.map(({ first, second }) => [first, second, 1]));
  },
);

test('one after the other they make one contact before any search shows it', async () => {
  for (const [first, second] of pairs) {
    const address = newEmail();
    await toEnd([await ways[first]({ email: spelled(address) }, callers[0])]);
    await toEnd([await ways[second]({ email: address }, callers[1])]);
    expect([first, second, withEmail(address)]).toEqual([first, second, 1]);
  }
});

test('a phone alone is one contact in every spelling', async () => {
  for (const [first, second] of [
    ['api', 'batch'],
    ['batch', 'api'],
    ['api', 'api'],
  ] as const) {
    const number = `+3531${String(Math.floor(Math.random() * 9_000_000) + 1_000_000)}`;
    const spellings = [
      `${number.slice(0, 4)} (0)${number.slice(5)}`.replace('(0)', '1 '),
      `00${number.slice(1)}`,
    ];
    await fault({ kind: 'slow', ms: 300, times: 2 });
    const asked = await Promise.all([
      ways[first]({ phone: spellings[0] ?? '' }, callers[0]),
      ways[second]({ phone: spellings[1] ?? '' }, callers[1]),
    ]);
    await toEnd(asked);
    expect([first, second, contactsOf((one) => one.phone === number).length]).toEqual([first, second, 1]);
  }
});

test('two people who share a phone are two contacts', async () => {
  const phone = '+353 1 555 0199';
  const [first, second] = [newEmail(), newEmail()];
  await toEnd(
    await Promise.all([
      ways.api({ email: first, phone }, callers[0]),
      ways.api({ email: second, phone }, callers[1]),
    ]),
  );
  expect([withEmail(first), withEmail(second)]).toEqual([1, 1]);
});

test('a user and a lead of one email at the same moment are one contact', async () => {
  await fault({ kind: 'slow', ms: 500, times: 2 });
  const address = newEmail();
  const [lead, user] = await Promise.all([
    ways.api({ email: address }, callers[0]),
    callers[1].post('/contacts', { role: 'user', email: address, on_duplicate: 'fill' }),
  ]);
  expect(user.status, JSON.stringify(user.body)).toBeLessThan(300);
  await toEnd([lead]);
  expect(withEmail(address)).toBe(1);
});

// The clock stays ahead from here on.
test('an answer that was lost to one way is looked for by all the others', async () => {
  const cases = pairs.map(([first, second]) => ({ address: newEmail(), first, second }));
  await fault({ kind: 'cut', after: true, times: cases.length });
  const firsts = await Promise.all(
    cases.map(({ first, address }) => ways[first]({ email: address }, callers[0])),
  );
  await expect.poll(() => cases.map(({ address }) => withEmail(address))).toEqual(cases.map(() => 1));
  const seconds = await Promise.all(
    cases.map(({ second, address }) => ways[second]({ email: spelled(address) }, callers[1])),
  );
  lag(0);
  aheadMs += searchLagMs + 60_000;
  await toEnd([...firsts, ...seconds]);
  expect(cases.map(({ first, second, address }) => [first, second, withEmail(address)])).toEqual(
    cases.map(({ first, second }) => [first, second, 1]),
  );
});

test('a search that was asked before the lost contact had to show proves nothing, however late its answer comes', async () => {
  lag(searchLagMs);
  const address = newEmail();
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  await fault({ kind: 'cut', after: true });
  const first = await ways.api({ email: address }, callers[0]);
  await expect.poll(() => withEmail(address)).toBe(1);
  const pattern = '^/contacts/search$';
  await fault({ kind: 'slow', after: true, ms: 2_000, match: { method: 'POST', pattern } });
  const second = ways.api({ email: spelled(address) }, callers[1]);
  // It searches: what it finds is decided now, and told two seconds later.
  await expect.poll(faultsLeft).toBe(0);
  await faultsLeft();
  lag(0);
  aheadMs += searchLagMs + 60_000;
  await toEnd([first, await second]);
  expect(withEmail(address)).toBe(1);
});

test('a process that died while making a contact blocks no other for good, and what it may have made is looked for first', async () => {
  const address = newEmail();
  await app.query(
    `insert into contact_reservations (workspace_id, key, holder, attempt_id, held_until, role)
     values ('sandbox', $1, 'dead', 'dead', $2, 'lead')`,
    [`email:${address}`, new Date(Date.now() + aheadMs + 30_000)],
  );
  const answer = await callers[0].post('/contacts', { role: 'lead', email: address });
  expect(answer.body).toMatchObject({ waits: expect.stringContaining('creating the same contact') });
  const runId = z.looseObject({ run_id: z.string() }).parse(answer.body).run_id;
  const run = async () => (await callers[0].get(`/runs/${runId}`)).body;
  aheadMs += 31_000;
  await expect.poll(run).toMatchObject({ error: expect.stringContaining('may have created it') });
  expect(withEmail(address)).toBe(0);
  aheadMs += searchLagMs + 30_000;
  await expect.poll(run).toMatchObject({ state: 'done' });
  expect(withEmail(address)).toBe(1);
});
