// Whatever is sent to /api/v1, its answer is one that is described, and never a failure of ours.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, type Caller, campaignFor, codeOf, idOf, startApi } from '../support/api.ts';

let api: Api;
let caller: Caller;
let known: { campaign_id: string; referrer_id: string; code: string; referral: string };

beforeAll(async () => {
  api = await startApi();
  caller = await api.caller('shop');
  const campaign_id = await campaignFor(caller);
  const referrer = await caller.post('/referrers', { campaign_id, person: { email: 'sam@example.com' } });
  const referral = await caller.post('/referrals', { campaign_id, person: { email: 'dana@example.com' } });
  known = { campaign_id, referrer_id: idOf(referrer), code: codeOf(referrer), referral: idOf(referral) };
});
afterAll(() => api.close());

/** Text as hostile as it comes: any code unit, NUL, half surrogates, markup, very long. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 50 }),
  fc.constantFrom(
    '',
    '\0',
    '\ud800',
    "' or 1=1 --",
    '<b>{{x}}</b>',
    '\u202e‮',
    'x'.repeat(10_000),
    '__proto__',
  ),
);
const anyEmail = fc.oneof(
  anyText,
  fc.emailAddress(),
  anyText.map((text) => `${text}@example.com`),
);
const wrong = fc.oneof(
  anyText,
  fc.integer(),
  fc.constant(null),
  fc.boolean(),
  fc.array(anyText),
  fc.object(),
);
const sometimesWrong = <T>(right: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: right }, { weight: 1, arbitrary: wrong });

const person = fc.record(
  { email: sometimesWrong(anyEmail), external_id: sometimesWrong(anyText), name: sometimesWrong(anyText) },
  { requiredKeys: [] },
);
const terms = fc.record(
  {
    label: sometimesWrong(anyText),
    amount: sometimesWrong(fc.oneof(fc.constantFrom('10,00', '1.000', '1 000,50 €'), anyText, fc.double())),
    currency: sometimesWrong(fc.constantFrom('EUR', 'jpy', 'XXY')),
    limit_per_person: sometimesWrong(fc.integer()),
  },
  { requiredKeys: [] },
);
const campaign = fc.record(
  {
    name: sometimesWrong(anyText),
    destination_url: sometimesWrong(
      fc.oneof(
        fc.webUrl(),
        anyText,
        anyText.map((text) => `https://${text}`),
      ),
    ),
    rewards: sometimesWrong(fc.record({ referrer: sometimesWrong(terms), friend: sometimesWrong(terms) })),
  },
  { requiredKeys: [] },
);
const joining = fc
  .record(
    {
      campaign_id: fc.constantFrom('known', 'other'),
      code: fc.oneof(fc.constant('known'), anyText),
      referrer_id: fc.constantFrom('known', 'other'),
      person: sometimesWrong(person),
    },
    { requiredKeys: [] },
  )
  .map((body) =>
    Object.fromEntries(
      Object.entries(body).map(([key, value]) => [
        key,
        value === 'known' ? known[key as keyof typeof known] : value,
      ]),
    ),
  );
const change = fc.record({ status: wrong, reason: sometimesWrong(anyText) }, { requiredKeys: [] });

/** `caller` checks that each answer has the described shape; what is left to see is that it is none of ours. */
async function neverOurs(path: string, body: unknown, method = 'POST') {
  const answer = await caller.send(method, path, { body: JSON.stringify(body) });
  expect(answer.status, JSON.stringify(body)).toBeLessThan(500);
}

const runs = { numRuns: 150 };

test('any campaign', () =>
  fc.assert(
    fc.asyncProperty(campaign, (body) => neverOurs('/campaigns', body)),
    runs,
  ));
test('any referrer', () =>
  fc.assert(
    fc.asyncProperty(joining, (body) => neverOurs('/referrers', body)),
    runs,
  ));
test('any referral', () =>
  fc.assert(
    fc.asyncProperty(joining, (body) => neverOurs('/referrals', body)),
    runs,
  ));
test('any JSON at all', () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom('/campaigns', '/referrers', '/referrals'),
      fc.jsonValue(),
      (path, body) => neverOurs(path, body),
    ),
    runs,
  ));
test('any change', () =>
  fc.assert(
    fc.asyncProperty(fc.constantFrom('qualify', 'disqualify', 'reopen'), change, (how, body) =>
      neverOurs(`/referrals/${known.referral}/${how}`, body),
    ),
    runs,
  ));

test('any settings', () => {
  const names = ['card_actions', 'write_back', 'attempts', 'settings', 'name', 'qualify', 'tag', 'default'];
  const key = fc.oneof(fc.constantFrom(...names, 'daily_cap', 'expires_after_days'), anyText);
  const value = sometimesWrong(fc.constantFrom(0, 1, 5, 90, true, null));
  const nested = fc.dictionary(key, fc.oneof(value, fc.dictionary(key, value)));
  const path = fc.constantFrom('/settings', `/campaigns/${known.campaign_id}`);
  return fc.assert(
    fc.asyncProperty(path, fc.oneof(fc.dictionary(key, nested), nested, fc.jsonValue()), (where, body) =>
      neverOurs(where, body, 'PATCH'),
    ),
    runs,
  );
});

test('any query', () => {
  const key = fc.constantFrom('email', 'contact_id', 'status', 'campaign_id', 'limit', 'cursor', 'other');
  const value = fc.oneof(
    anyText.map((text) => text.slice(0, 300)),
    fc.nat().map(String),
    // A cursor that is well made of nonsense.
    fc.tuple(fc.bigInt(), fc.oneof(fc.uuid(), fc.string())).map(([at, id]) => btoaUtf8(`${at}/${id}`)),
  );
  const query = fc.array(fc.tuple(key, value), { maxLength: 4 });
  return fc.assert(
    fc.asyncProperty(
      fc.constantFrom('/campaigns', '/referrers', '/referrals', '/referrals/x/history'),
      query,
      async (path, entries) => {
        const asked = `${path.replace('/x/', `/${known.referral}/`)}?${new URLSearchParams(entries)}`;
        expect((await caller.get(asked)).status, asked).toBeLessThan(500);
      },
    ),
    runs,
  );
});

test('any id and any bytes for a body', () =>
  fc.assert(
    fc.asyncProperty(anyText, fc.uint8Array({ maxLength: 200 }), async (id, bytes) => {
      const path = `/referrals/id${encodeURIComponent(id.slice(0, 300).toWellFormed())}`;
      expect((await caller.get(path)).status).toBeLessThan(500);
      expect((await caller.send('POST', '/campaigns', { body: bytes })).status).toBeLessThan(500);
    }),
    runs,
  ));

function btoaUtf8(text: string): string {
  return Buffer.from(text).toString('base64url');
}
