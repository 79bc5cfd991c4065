// "Why no credit?": clicks, joins, codes that counted and that did not, the match, the rules, and what it would take.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type Caller, callerWith, codeOf, idOf } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { intercom } from '../support/changes.ts';
import { signIn } from '../support/console.ts';
import { openCard } from '../support/teammate.ts';

let app: TestApp;
let caller: Caller;
let campaign: { id: string; slug: string; name: string };
let sam: string;
let lena: string;

beforeAll(async () => {
  app = await startTestApp();
  caller = callerWith(app.url, await app.apiToken());
  const name = `Winter ${randomUUID().slice(0, 8)}`;
  const made = await caller.post('/campaigns', { name });
  campaign = { ...z.looseObject({ id: z.string(), slug: z.string() }).parse(made.body), name };
  sam = await referrer('Sam Ortega');
  lena = await referrer('Lena Fox');
});
afterAll(() => app?.close());

const newEmail = () => `${randomUUID().slice(0, 8)}@example.com`;

async function referrer(name: string, email = newEmail()): Promise<string> {
  return codeOf(await caller.post('/referrers', { campaign_id: campaign.id, person: { email, name } }));
}

const refer = (code: string, email: string) => caller.post('/referrals', { code, person: { email } });

async function contactOf(email: string) {
  return (await intercom(app, 'POST', '/contacts', { role: 'user', email })).id;
}

let visitors = 0;
async function joinPage(code: string, email: string): Promise<number> {
  visitors += 1;
  const answer = await fetch(`${app.url}/join/${campaign.slug}?code=${code}`, {
    method: 'POST',
    body: new URLSearchParams({ email, name: 'Anna Berg' }),
    headers: { 'x-forwarded-for': `10.9.0.${visitors}` },
  });
  return answer.status;
}

const stored = (email: string) =>
  app.query<{ code: string; why: string; times: number }>(
    'select code, why, times from uncounted_joins where identity = $1 order by id',
    [`email:${email}`],
  );

async function whyOf(email: string) {
  const id = await contactOf(email);
  const card = await openCard(app, { id });
  const from = card.labels.includes('Why no credit?') ? card : await card.press('More');
  return from.press('Why no credit?');
}

test('of an unknown person, it says so, and what it takes', async () => {
  const email = newEmail();
  const why = await whyOf(email);
  expect(why.text).toContain(`We have no click, no join and no code for ${email}.`);
  expect(why.text).toContain('join with a referrer’s share link');
  expect(why.text).toContain(`No match. Looked for email ${email}.`);
  expect(why.labels).toEqual(['Add as referral', 'Done']);
  const form = await why.press('Add as referral');
  expect(form.labels).toContain('Cancel');
});

test('a second code is kept with its referrer, once a day however often it came, and the first keeps the credit', async () => {
  const email = newEmail();
  idOf(await refer(sam, email));
  for (let press = 0; press < 3; press += 1) idOf(await refer(lena, email));
  idOf(await refer(sam, email));
  expect(await stored(email)).toEqual([{ code: lena, why: 'later_code', times: 3 }]);
  const why = await whyOf(email);
  expect(why.text).toContain(`with code ${sam} of Sam Ortega`);
  expect(why.text).toContain(`code ${lena} of Lena Fox in ${campaign.name}, 3 times, did not count`);
  expect(why.text).toContain(`The first referrer keeps the credit: Sam Ortega, code ${sam}`);
  // A delivery about the contact may have linked it meanwhile.
  expect(why.text).toMatch(/Matched by (a stored link|email )/);
  expect((await why.press('Done')).text).toContain('History');
});

test('an unknown code, one of another campaign, their own, and a closed campaign are each kept with why', async () => {
  const email = newEmail();
  expect(await joinPage('no-such-code', email)).toBe(200);
  const [other] = await app.query<{ code: string }>(
    "select code from referrers f join campaigns c on c.id = f.campaign_id where c.name = 'Partners' limit 1",
  );
  expect(await joinPage(other?.code ?? '', email)).toBe(200);
  const [own] = await app.query<{ code: string }>(
    'select code from referrers f join people p on p.id = f.person_id where p.email = $1',
    [email],
  );
  expect(await joinPage(own?.code ?? '', email)).toBe(200);
  await app.query('update campaigns set paused_at = now() where id = $1', [campaign.id]);
  expect(await joinPage(sam, email)).toBe(409);
  expect((await refer(sam, email)).status).toBe(409);
  await app.query('update campaigns set paused_at = null where id = $1', [campaign.id]);
  expect((await refer('none-of-ours', email)).status).toBe(422);
  expect(await stored(email)).toEqual([
    { code: 'no-such-code', why: 'unknown_code', times: 1 },
    { code: other?.code, why: 'other_campaign', times: 1 },
    { code: own?.code, why: 'own_code', times: 1 },
    { code: sam, why: 'closed', times: 2 },
    { code: 'none-of-ours', why: 'unknown_code', times: 1 },
  ]);
  const why = await whyOf(email);
  expect(why.text).toContain(`${email} tried to join 6 times, and it did not count.`);
  expect(why.text).toContain('no referrer has “none-of-ours”');
  for (const words of ['it was their own code', 'the campaign was closed', 'belongs to another campaign'])
    expect(why.text).toContain(words);
});

test('a referral shows which rule looked, its last decision with reasons, and clicks by day', async () => {
  const pending = { email: 'pending.lead@example.com' };
  const [code] = await app.query<{ code: string; id: string }>(
    `select f.code, f.id from referrals r join people p on p.id = r.person_id join referrers f on f.id = r.referrer_id
     where p.email = $1`,
    [pending.email],
  );
  await app.query(
    `insert into click_days (workspace_id, referrer_id, campaign_id, day, clicks)
     select 'sandbox', f.id, f.campaign_id, day, clicks from referrers f,
       (values ('-infinity'::date, 4000), ('2026-01-05', 5999), ('2026-01-07', 1)) as given (day, clicks)
     where f.id = $1 on conflict (workspace_id, referrer_id, day) do update set clicks = excluded.clicks`,
    [code?.id],
  );
  await app.query('delete from click_days where referrer_id = $1 and day > $2', [code?.id, '2026-01-07']);
  const why = await (await (await openCard(app, pending)).press('More')).press('Why no credit?');
  expect(why.text).toContain('10,000 clicks: Jan 7, 2026 (1), Jan 5, 2026 (5,999) and earlier');
  expect(why.text).toContain('**Paid plan** qualifies: has not decided yet.');
  expect(why.text).toContain('• Qualifies when plan is pro');
  await app.query(
    `insert into decisions (workspace_id, referral_id, rule_id, rule_version, outcome, explanation, reasons, at)
     select 'sandbox', r.id, u.id, 1, 'not-met', 'x', $2, '2026-01-08T12:00:00Z' from referrals r
     join people p on p.id = r.person_id join rules u on u.campaign_id = r.campaign_id and u.enabled where p.email = $1`,
    [pending.email, JSON.stringify([{ wanted: 'plan to be pro', seen: 'it is [free](x)', met: false }])],
  );
  const decided = await (await (await openCard(app, pending)).press('More')).press('Why no credit?');
  expect(decided.text).toContain('**Paid plan** qualifies: not met on Jan 8, 2026.');
  expect(decided.text).toContain('✗ plan to be pro (it is ［free］(x))');
});

test('a disqualified referral says why, and what would have to happen first', async () => {
  const email = newEmail();
  const id = idOf(await refer(sam, email));
  idOf(await caller.post(`/referrals/${id}/disqualify`, { reason: 'Order was returned' }));
  const why = await whyOf(email);
  expect(why.text).toContain('was disqualified on');
  expect(why.text).toContain('Order was returned');
  expect(why.text).toContain('A teammate has to set it back to pending');
});

test('another address of the same mailbox is named, so that the agent can ask', async () => {
  const name = randomUUID().slice(0, 8);
  idOf(await refer(sam, `${name}+shop@example.com`));
  const why = await whyOf(`${name}@example.com`);
  expect(why.text).toContain(`If ${name}+shop@example.com, in ${campaign.name}, is the same person`);
});

test('a flood of codes keeps the newest fifty of a person, and markup stays text', async () => {
  const email = newEmail();
  const codes = Array.from({ length: 70 }, (_, index) => `[x](https://evil.example)${index}`);
  for (const code of codes) expect((await refer(code, email)).status).toBe(422);
  expect((await stored(email)).map(({ code }) => code)).toEqual(codes.slice(20));
  const why = await whyOf(email);
  expect(why.text).toContain('45 earlier entries not shown');
  expect(why.text).not.toContain('](https://evil.example)');
  expect(await joinPage('x'.repeat(500), email)).toBe(200);
  expect((await stored(email)).at(-1)?.code).toHaveLength(64);
});

test('the referrer’s name and the person’s joins are gone after an erasure, and exported before', async () => {
  const gone = newEmail();
  const hers = await referrer('Gone Greta', gone);
  const email = newEmail();
  idOf(await refer(sam, email));
  idOf(await refer(hers, email));
  const csv = async () => String((await caller.get('/exports/uncounted_joins.csv')).body);
  const line = (await csv()).split('\r\n').find((each) => each.includes(email)) ?? '';
  for (const cell of ['later_code', hers, gone, campaign.name]) expect(line).toContain(cell);
  const desk = await signIn(app);
  const [person] = await app.query<{ id: string }>('select id from people where email = $1', [email]);
  const page = (await desk.get(`/console/people/${person?.id}`)).html;
  for (const words of ['Why no credit?', 'Gone Greta', 'Another referrer had the credit already'])
    expect(page).toContain(words);
  const erase = async (who: string) => {
    const id = idOf(await caller.post('/erasures', { email: who }));
    await expect
      .poll(async () => (await caller.get(`/erasures/${id}`)).body)
      .toMatchObject({ state: 'done' });
  };
  await erase(gone);
  expect((await whyOf(email)).text).toContain('an erased referrer');
  await erase(email);
  expect(await csv()).not.toContain(email);
  // The rows themselves are gone, not only the email in them.
  expect(await app.query('select 1 from uncounted_joins where code = $1', [hers])).toEqual([]);
});
