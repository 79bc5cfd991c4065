// A rule tried before it is switched on: by the API and in the shell, on contacts and on what was recorded of them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { seededContact } from '../../sandbox/story/seed.ts';
import { type Answer, type Caller, callerWith, dataOf, idOf, refusedFields } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { intercom } from '../support/changes.ts';
import { runCommandHere } from '../support/process/command.ts';

let app: TestApp;
let caller: Caller;
let spring: string;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dry-run-'));
  app = await startTestApp();
  caller = callerWith(app.url, await app.apiToken());
  // What is tried here must not meanwhile be done in earnest.
  for (const { id } of dataOf(await caller.get('/rules'))) await caller.delete(`/rules/${id}`);
  const [found] = await app.query<{ id: string }>(`select id from campaigns where name = 'Spring'`);
  spring = found?.id ?? '';
});
beforeEach(() => fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' }));
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

const plan = 'custom_attributes.plan';
// biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
const definitionOf = (when: object, more: object = {}) => ({ when, then: 'qualify', ...more });
const paid = definitionOf({ attribute: plan, operator: 'is_one_of', values: ['pro', 'team'] });

const tryRule = (definition: object, more: object = {}) =>
  caller.post('/rules/dry-run', { campaign_id: spring, definition, ...more });

const trials = z.looseObject({
  data: z.array(
    z.looseObject({
      person: z.looseObject({ email: z.string().nullable() }),
      contact_id: z.string().nullable(),
      would: z.string(),
      at: z.string().nullable(),
      delivery_id: z.number().nullable(),
      explanation: z.string(),
      status: z.string(),
    }),
  ),
  next: z.string().nullable(),
  total: z.number(),
  remaining: z.number(),
});

const read = (answer: Answer) => trials.parse(answer.body);

function trialOf(answer: Answer, email: string) {
  const found = read(answer).data.find((one) => one.person.email === email);
  if (!found) throw new Error(`${email} was not tried: ${JSON.stringify(answer.body)}`);
  return found;
}

/** Everything that the app keeps, but the queue's own bookkeeping and the count of the calls to Intercom. */
async function everything(): Promise<Record<string, string>> {
  const tables = await app.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_name <> 'rate_windows' order by 1`,
  );
  const sums = tables.map(async ({ name }): Promise<[string, string]> => {
    const [row] = await app.query<{ sum: string }>(
      `select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) as sum from "${name}" t`,
    );
    return [name, row?.sum ?? ''];
  });
  return Object.fromEntries(await Promise.all(sums));
}

const contactsOfIntercom = () => JSON.stringify(app.sandbox.world.contacts.all());

test('says for each referral what the rule would do to it now, and why, and touches nothing', async () => {
  const stored = { campaign_id: spring, name: 'Paid', definition: paid, enabled: false };
  const ruleId = idOf(await caller.post('/rules', stored));
  const before = [await everything(), contactsOfIntercom()];
  const answer = await tryRule(paid);
  expect(read(answer)).toMatchObject({ next: null, total: 9, remaining: 0 });
  expect(trialOf(answer, 'two.campaigns@example.com')).toMatchObject({
    would: 'qualify',
    status: 'pending',
    contact_id: seededContact('two.campaigns@example.com').id,
    delivery_id: null,
    explanation: expect.stringMatching(/^Qualified by rule draft on .*: plan is pro$/),
  });
  expect(trialOf(answer, 'pending.lead@example.com')).toMatchObject({
    would: 'nothing',
    at: null,
    explanation: expect.stringMatching(/^Needs plan to be pro or team; it is free \(/),
    reasons: [{ wanted: 'plan to be pro or team', seen: 'plan is free', met: false }],
  });
  // One of the people that the rule would not reach has no contact; the status is told, whatever it is.
  expect(trialOf(answer, 'hugo.meyer@example.com')).toMatchObject({
    would: 'nothing',
    status: 'disqualified',
    contact_id: null,
    explanation: 'No contact of this person was found in Intercom',
  });
  expect(trialOf(answer, 'twin@example.com')).toMatchObject({
    would: 'nothing',
    contact_id: null,
    explanation: 'More than one contact with the email of this person was found in Intercom',
  });
  expect(trialOf(answer, 'qualified.user@example.com').status).toBe('qualified');

  const again = await caller.post('/rules/dry-run', { rule_id: ruleId, days: 7 });
  expect(trialOf(again, 'two.campaigns@example.com').explanation).toMatch(/^Qualified by rule Paid on /);
  expect([await everything(), contactsOfIntercom()]).toEqual(before);
});

test('goes through a campaign page by page', async () => {
  const all = read(await tryRule(paid)).data;
  const seen: unknown[] = [];
  const remaining: number[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = read(await tryRule(paid, { limit: 4, ...(cursor && { cursor }) }));
    seen.push(...page.data);
    remaining.push(page.remaining);
    expect(page.total).toBe(9);
    cursor = page.next;
  }
  expect(remaining).toEqual([5, 1, 0]);
  expect(seen.map((one) => z.looseObject({ referral_id: z.string() }).parse(one).referral_id)).toEqual(
    all.map((one) => one.referral_id),
  );
});

describe('recorded notifications', () => {
  const email = 'pending.lead@example.com';
  const { id } = seededContact(email);

  /** Waits until the notification of it was handled. */
  async function change(attributes: Record<string, unknown>): Promise<void> {
    const [{ id: last } = { id: '0' }] = await app.query<{ id: string }>(
      'select coalesce(max(id), 0) as id from deliveries',
    );
    await intercom(app, 'PUT', `/contacts/${id}`, { custom_attributes: attributes });
    // Of the same contact, what this app writes is told, too.
    const later = `select state from deliveries where contact_id = $1 and id > $2 and body like $3 order by id limit 1`;
    const [[name, value] = []] = Object.entries(attributes);
    const told = `%"${name}":${JSON.stringify(value)}%`;
    await vi.waitFor(
      async () => expect(await app.query(later, [id, last, told])).toEqual([{ state: 'done' }]),
      60_000,
    );
  }

  beforeAll(async () => {
    await change({ seats: 3 });
    await change({ plan: 'pro' });
    await change({ plan: 'free' });
  });

  test('show what would have happened, though it is so no longer', async () => {
    const toPro = definitionOf({ attribute: plan, operator: 'changed_to', to: ['pro'], from: ['free'] });
    const [told] = await app.query<{ id: string }>(
      `select id from deliveries where contact_id = $1 and body like '%"plan":"pro"%' order by id limit 1`,
      [id],
    );
    for (const definition of [toPro, paid]) {
      expect(trialOf(await tryRule(definition, { days: 1 }), email)).toMatchObject({
        would: 'qualify',
        delivery_id: Number(told?.id),
        explanation: expect.stringMatching(/: plan changed from free to pro$/),
      });
    }
  });

  test('are left out when they are older than asked for', async () => {
    expect(trialOf(await tryRule(paid, { days: 0 }), email)).toMatchObject({
      would: 'nothing',
      delivery_id: null,
    });
  });

  test('end a hold as they would have ended it, and begin one', async () => {
    const holding = (value: string) =>
      definitionOf({ attribute: plan, operator: 'is', value }, { holds_for_days: 3 });
    expect(trialOf(await tryRule(holding('pro')), email).would).toBe('nothing');
    const held = trialOf(await tryRule(holding('free')), email);
    expect(held).toMatchObject({ would: 'hold', explanation: expect.stringMatching(/if that stays true$/) });
    const days = (Date.parse(held.at ?? '') - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(2.9);
    expect(days).toBeLessThan(3);
  });
});

describe('with Intercom', () => {
  const search = { on: 'api', kind: 'status', match: { path: '/contacts/search' } };

  test('over its limit, waits as long as it says', async () => {
    await app.misbehave('/faults', { ...search, status: 429, retry_after: 1, times: 1 });
    const began = Date.now();
    expect(trialOf(await tryRule(paid), 'two.campaigns@example.com').would).toBe('qualify');
    expect(Date.now() - began).toBeGreaterThan(950);
  });

  test('not answering, says so and gives no half answers', async () => {
    await app.misbehave('/faults', { ...search, status: 503, times: 'always' });
    const answer = await tryRule(paid);
    expect(answer.status).toBe(503);
    expect(JSON.stringify(answer.body)).toContain('The contacts could not be read from Intercom');
  });
});

describe('refused is', () => {
  test.each([
    [
      'a typo',
      { definition: definitionOf({ attribute: 'plan', operator: 'is_set' }) },
      'definition.when.attribute',
    ],
    ['no rule at all', { definition: undefined }, 'definition'],
    ['a draft and a stored rule at once', { rule_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10' }, 'rule_id'],
    ['an unknown campaign', { campaign_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10' }, 'campaign_id'],
    ['further back than notifications are kept', { days: 91 }, 'days'],
  ])('%s', async (_what, more, field) => {
    const refused = await tryRule(paid, more);
    expect(refused.status).toBe(422);
    expect(refusedFields(refused)).toEqual([field]);
  });

  test("another workspace's rule and campaign", async () => {
    const rule_id = idOf(
      await caller.post('/rules', { campaign_id: spring, name: 'Ours', definition: paid, enabled: false }),
    );
    const stranger = callerWith(app.url, await app.apiToken('another'));
    expect(refusedFields(await stranger.post('/rules/dry-run', { rule_id }))).toEqual(['rule_id']);
    const draft = await stranger.post('/rules/dry-run', { campaign_id: spring, definition: paid });
    expect(refusedFields(draft)).toEqual(['campaign_id']);
    await caller.delete(`/rules/${rule_id}`);
  });
});

describe('in the shell, beside the running app', () => {
  const file = (name: string, content: unknown) => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };

  async function rules(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const ran = await runCommandHere('rules', [...args, '--workspace', 'sandbox'], app.environment);
    return { code: ran.code, out: ran.stdout, err: ran.stderr };
  }

  test('a draft is tried, with a line for each referral and the progress apart', async () => {
    const before = await everything();
    const tried = await rules(
      'dry-run',
      '--campaign',
      'spring',
      '--file',
      file('paid.json', paid),
      '--days',
      '0',
    );
    expect(tried).toMatchObject({ code: 0, err: '9 of 9 referrals checked\n' });
    const lines = tried.out.split('\n');
    expect(lines).toHaveLength(12);
    expect(tried.out).toMatch(
      /^qualify +\d{4}-\d\d-\d\d +pending +two\.campaigns@example\.com .*: plan is pro$/m,
    );
    expect(tried.out).toMatch(
      /^nothing +- +pending +pending\.lead@example\.com +Needs plan to be pro or team/m,
    );
    expect(tried.out).toMatch(/^Results: {2}qualify: 3 {2}disqualify: 0 {2}hold: 0 {2}nothing: 6$/m);
    expect(await everything()).toEqual(before);
  });

  test('rules are listed, and a stored one is tried', async () => {
    const id = idOf(
      await caller.post('/rules', { campaign_id: spring, name: 'Paid plan', definition: paid }),
    );
    expect((await rules('list')).out).toContain(`${id}  on   Spring  Paid plan  qualify  {"`);
    const tried = await rules('dry-run', '--rule', id);
    expect(tried.code).toBe(0);
    expect(tried.out).toContain('Qualified by rule Paid plan on ');
    await caller.delete(`/rules/${id}`);
  });

  test.each([
    [
      'with typos, each told',
      { ...paid, when: { attribute: 'plan', operator: 'is_set' } },
      'definition.when.attribute is not a contact attribute',
    ],
    [
      'that is no rule',
      { when: { attribute: 'role', operator: 'equals' } },
      'is not a valid rule:\n  when.operator must be one of',
    ],
    ['that is no JSON', '{', 'is not valid JSON'],
  ])('a draft %s, is refused', async (_what, content, words) => {
    const tried = await rules('dry-run', '--campaign', 'Spring', '--file', file('bad.json', content));
    expect(tried).toMatchObject({ code: 1, out: '' });
    expect(tried.err).toContain(words);
  });

  test('a campaign that there is none of is told, with those that there are', async () => {
    const tried = await rules('dry-run', '--campaign', 'Winter', '--file', file('paid.json', paid));
    expect(tried).toMatchObject({ code: 1, out: '' });
    expect(tried.err).toMatch(/Campaign "Winter" not found. Campaigns: .*Spring/);
  });
});
