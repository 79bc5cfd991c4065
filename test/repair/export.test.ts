// Exports: whole, of one workspace alone, harmless in a spreadsheet, and never in memory all at once.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, type Caller, campaignFor, idOf, startApi } from '../support/api.ts';

let api: Api;
let caller: Caller;
beforeAll(async () => {
  api = await startApi();
  caller = await api.caller('shop');
});
afterAll(() => api.close());

async function csv(path: string, by = caller): Promise<Record<string, string>[]> {
  const answer = await by.get(path);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const [header = [], ...rows] = recordsIn(String(answer.body));
  return rows.map((row) => Object.fromEntries(header.map((name, at) => [name, row[at] ?? ''])));
}

/** RFC 4180, written here once more. */
function recordsIn(text: string): string[][] {
  const records: string[][] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    const cells = records.at(-1) ?? records[records.push([]) - 1];
    cells?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') records.push([]);
  }
  return records.slice(0, -1);
}

test('people come with the campaigns that they refer in and were referred in', async () => {
  const campaign_id = await campaignFor(caller, { name: 'People, and "others"' });
  const sam = { email: 'sam@people.example', name: 'Sam "the fox", Okafor', external_id: 'user-1' };
  const referrer_id = idOf(await caller.post('/referrers', { campaign_id, person: sam }));
  await caller.post('/referrals', { referrer_id, person: { email: 'dana@people.example' } });
  const people = await csv(`/exports/people.csv?campaign_id=${campaign_id}`);
  expect(people).toHaveLength(2);
  expect(people).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        email: sam.email,
        name: sam.name,
        external_id: 'user-1',
        referrer_in: 'People, and "others"',
        referred_in: '',
      }),
      expect.objectContaining({
        email: 'dana@people.example',
        referrer_in: '',
        referred_in: 'People, and "others"',
      }),
    ]),
  );
  expect(await csv('/exports/referrals.csv')).toEqual([
    expect.objectContaining({
      email: 'dana@people.example',
      status: 'pending',
      referrer_email: sam.email,
      referrer_id,
      joined_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    }),
  ]);
});

test.each(['=1+1', '+49 30 1234', '-2+3', '@SUM(A1)', '＝1+1'])('%s is no formula any more', async (name) => {
  const campaign_id = await campaignFor(caller);
  await caller.post('/referrals', { campaign_id, person: { email: `${randomUUID()}@x.example`, name } });
  const [person] = await csv(`/exports/people.csv?campaign_id=${campaign_id}`);
  expect(person?.name).toBe(`'${name}`);
});

test('decisions come with their reasons, the oldest first', async () => {
  const campaign_id = await campaignFor(caller);
  const referral = idOf(
    await caller.post('/referrals', { campaign_id, person: { email: 'decided@x.example' } }),
  );
  const reasons = [{ wanted: 'plan is pro', seen: '\ttab, "quoted"\r\n=newline', met: false }];
  for (const explanation of ['first', '=second']) {
    await api.query(
      `insert into decisions (workspace_id, referral_id, rule_id, rule_version, outcome, explanation, reasons, at)
       values ('shop', $1, gen_random_uuid(), 1, 'not-met', $2, $3, now())`,
      [referral, explanation, JSON.stringify(reasons)],
    );
  }
  const decisions = await csv(`/exports/decisions.csv?campaign_id=${campaign_id}`);
  expect(decisions.map((one) => one.explanation)).toEqual(['first', "'=second"]);
  expect(JSON.parse(decisions[0]?.reasons ?? '')).toEqual(reasons);
  expect(decisions[0]?.email).toBe('decided@x.example');
});

test('nothing of another workspace is in them, and nothing that is left out by a page ending', async () => {
  const other = await api.caller('other');
  const campaign_id = await campaignFor(other);
  await api.query(
    `with added as (
       insert into people (id, workspace_id, email, created_at)
       select gen_random_uuid(), 'other', 'person' || n || '@x.example', now() from generate_series(1, 1203) n
       returning id)
     insert into referrals (id, workspace_id, campaign_id, person_id, status, status_at, reward_status, source, joined_at)
     select gen_random_uuid(), 'other', $1, id, 'pending', now(), 'none', 'api', now() from added`,
    [campaign_id],
  );
  for (const what of ['people', 'referrals']) {
    const rows = await csv(`/exports/${what}.csv`, other);
    expect(new Set(rows.map((row) => row.email)).size).toBe(1203);
    expect(rows).toHaveLength(1203);
    expect((await csv(`/exports/${what}.csv`)).filter((row) => row.email?.startsWith('person'))).toEqual([]);
  }
  expect(await csv('/exports/decisions.csv', other)).toEqual([]);
});
