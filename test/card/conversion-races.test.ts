// Conversions that cross: with a job, with another teammate, with someone else's change; and those no one answered.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { seededContact } from '../../sandbox/story/seed.ts';
import type { Contact } from '../../sandbox/world.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { openCard, pressId, type ShownCard, sendAgain } from '../support/teammate.ts';

let app: TestApp;
let clockAheadMs = 0;
const setFault = (fault: object) => app.misbehave('/faults', { on: 'api', ...fault });
/** Only the calls about this lead: work on the other tests' contacts may still be under way. */
const of = (lead: Contact, method: 'GET' | 'PUT') => ({ method, path: `/contacts/${lead.id}` });
const clearFaults = () => fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });

beforeAll(async () => {
  const now = () => new Date(Date.now() + clockAheadMs);
  app = await startTestApp({ overrides: { now, settleAfterSeconds: 1 } });
});
afterAll(() => app?.close());
beforeEach(async () => {
  clockAheadMs = 0;
  await clearFaults();
});

function inIntercom(id: string): Contact {
  const found = app.sandbox.world.contacts.get(id);
  if (!found) throw new Error(`no contact ${id}`);
  return found;
}

/** A lead of its own, referred in Spring, with the preview of its conversion open. */
async function newLead(name: string): Promise<{ lead: Contact; preview: ShownCard }> {
  const { world } = app.sandbox;
  const like = structuredClone(inIntercom(seededContact('pending.lead@example.com').id));
  const own = { id: world.newHexId(), external_id: crypto.randomUUID(), email: `${name}@example.com` };
  const lead = world.contacts.put({ ...like, ...own, name, phone: null, tag_ids: [], company_ids: [] });
  const [referrer] = await app.query<{ id: string; campaign_id: string }>(
    "select r.id, campaign_id from referrers r join people p on p.id = r.person_id where email = 'top.referrer@example.com'",
  );
  const joined = await fetch(`${app.url}/api/v1/referrals`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${await app.apiToken()}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ referrer_id: referrer?.id, person: { email: lead.email } }),
  });
  expect(joined.status).toBe(201);
  return { lead, preview: await (await openCard(app, lead)).press('Convert to user') };
}

const statesOf = async (lead: Contact) => {
  const text = 'select state from conversions where contact_id = $1 order by started_at';
  return (await app.query<{ state: string }>(text, [lead.id])).map((row) => row.state);
};
const historyOf = (lead: Contact) =>
  app.query(
    "select actor_name from referral_history h join referrals r on r.id = h.referral_id join people p on p.id = r.person_id where p.email = $1 and what = 'converted'",
    [lead.email],
  );
const personOf = (lead: Contact) => app.query('select contact_id from people where email = $1', [lead.email]);
const notesOn = (lead: Contact) =>
  app.sandbox.world.notes.all().filter((note) => note.contact_id === lead.id).length;
const jobsLeft = (lead: Contact) =>
  app.query(
    "select 1 from pgboss.job j join conversions c on c.id::text = j.data->>'conversionId' where c.contact_id = $1 and j.state <> 'completed'",
    [lead.id],
  );

test('the job that looks after a slow conversion runs beside it, and it counts once', async () => {
  const { lead, preview } = await newLead('slow');
  await setFault({ kind: 'slow', ms: 3_000, match: of(lead, 'PUT'), times: 1 });
  await preview.press('Confirm', {});
  await expect.poll(() => statesOf(lead)).toEqual(['done']);
  const pressEnded = () =>
    app.logged.some((line) => line.includes('was confirmed') && line.includes(lead.id));
  await expect.poll(pressEnded).toBe(true);
  await expect.poll(() => jobsLeft(lead)).toEqual([]);
  expect(await historyOf(lead)).toHaveLength(1);
  await expect.poll(() => notesOn(lead)).toBe(1);
});

test('two teammates at once convert once, and the second is told that it is done', async () => {
  const { lead, preview } = await newLead('both');
  const second = await (await openCard(app, lead)).press('Convert to user');
  await setFault({ kind: 'slow', ms: 400, match: of(lead, 'PUT'), times: 'always' });
  const answers = await Promise.all([
    sendAgain(app, preview.requestOf('Confirm', {})),
    sendAgain(app, second.requestOf('Confirm', {})),
  ]);
  for (const answer of answers) expect(answer.text).toMatch(/is (now|already) a user/);
  expect(await statesOf(lead)).toEqual(['done']);
  expect(await historyOf(lead)).toHaveLength(1);
});

test('a lead who became a user by themselves is not work of the teammate who confirms too late', async () => {
  const { lead, preview } = await newLead('signed.up');
  const request = preview.requestOf('Confirm', { external_id: 'acct_not_theirs' });
  app.sandbox.world.contacts.put({ ...inIntercom(lead.id), role: 'user', external_id: 'acct_theirs' });
  const late = await sendAgain(app, request);
  expect(late.text).toContain('already a user');
  expect(inIntercom(lead.id).external_id).toBe('acct_theirs');
  expect(await personOf(lead)).toEqual([{ contact_id: lead.id }]);
  expect(await historyOf(lead)).toEqual([]);
  await expect.poll(() => jobsLeft(lead)).toEqual([]);
  expect(notesOn(lead)).toBe(0);
});

test.each([
  { when: 'Intercom did', name: 'unsure.done', after: true, state: 'done', role: 'user', records: 1 },
  { when: 'Intercom did not', name: 'unsure.not', after: false, state: 'failed', role: 'lead', records: 0 },
])(
  'with no answer and no one to ask, it is found out later what $when, and never asked twice',
  async ({ name, after, state, role, records }) => {
    const { lead, preview } = await newLead(name);
    await setFault({ kind: 'cut', after, match: of(lead, 'PUT'), times: 1 });
    // The first read is let through; the look at what the request led to is not.
    const request = preview.requestOf('Confirm', {});
    await setFault({ kind: 'slow', ms: 0, match: of(lead, 'GET'), times: 1 });
    await setFault({
      kind: 'status',
      status: 503,
      match: of(lead, 'GET'),
      times: 1,
    });
    const told = await sendAgain(app, request);
    expect(told.labels).toContain('Try again');
    expect(await statesOf(lead)).toEqual(['unsure']);
    await expect.poll(() => statesOf(lead)).toEqual([state]);
    expect(inIntercom(lead.id).role).toBe(role);
    expect(await historyOf(lead)).toHaveLength(records);
  },
);

test('a lead confirmed again while the first answer is unknown is converted once', async () => {
  const { lead, preview } = await newLead('unsure.again');
  const second = await (await openCard(app, lead)).press('Convert to user');
  await setFault({ kind: 'cut', after: false, match: of(lead, 'PUT'), times: 1 });
  const request = preview.requestOf('Confirm', {});
  await setFault({ kind: 'slow', ms: 0, match: of(lead, 'GET'), times: 1 });
  await setFault({
    kind: 'status',
    status: 503,
    match: of(lead, 'GET'),
    times: 1,
  });
  await sendAgain(app, request);
  expect(await statesOf(lead)).toEqual(['unsure']);
  expect((await openCard(app, lead)).text).toMatch(/Checking whether .* Intercom did not answer/);
  expect((await second.press('Confirm', {})).text).toContain('is now a user');
  await expect.poll(() => statesOf(lead)).toEqual(['failed', 'done']);
  await expect.poll(() => jobsLeft(lead)).toEqual([]);
  expect(await historyOf(lead)).toHaveLength(1);
  expect(notesOn(lead)).toBe(1);
});

test('one that cannot be finished for ten minutes is given up, so that the contact can be converted later', async () => {
  const { lead, preview } = await newLead('stuck');
  await setFault({ kind: 'slow', ms: 20_000, match: of(lead, 'PUT'), times: 1 });
  // It is read once before the write, and the settling job comes before the write is answered.
  await setFault({ kind: 'slow', ms: 0, match: of(lead, 'GET'), times: 1 });
  await setFault({ kind: 'status', status: 503, match: of(lead, 'GET'), times: 'always' });
  await preview.press('Confirm', {});
  clockAheadMs = 11 * 60_000;
  await expect.poll(() => statesOf(lead)).toEqual(['failed']);
});

test('a card opened soon after a conversion came to nothing says so and why, and an hour later no more', async () => {
  const { lead, preview } = await newLead('in.vain');
  await setFault({ kind: 'status', status: 503, match: of(lead, 'PUT'), times: 1 });
  await preview.press('Confirm', {});
  await expect.poll(() => statesOf(lead)).toEqual(['failed']);
  const soon = await openCard(app, lead);
  expect(soon.text.match(/Conversion failed: .*/g)).toHaveLength(1);
  expect(soon.text).toMatch(/Conversion failed: Intercom/);
  expect(soon.labels).toContain('Convert to user');
  clockAheadMs = 60 * 60_000;
  expect((await openCard(app, lead)).text).not.toContain('not done');
  clockAheadMs = 0;
  await (await soon.press('Convert to user')).press('Confirm', {});
  expect((await openCard(app, lead)).text).not.toContain('not done');
});

test('jobs are tried for longer than a conversion takes to be given up', async () => {
  const queues = await app.query<{ limit: number; delay: number; most: number }>(
    'select retry_limit as limit, retry_delay as delay, retry_delay_max as most from pgboss.queue where retry_backoff',
  );
  expect(queues.length).toBeGreaterThan(0);
  for (const { limit, delay, most } of queues) {
    // pg-boss takes up to a half off each delay.
    const delays = Array.from({ length: limit }, (_, at) => Math.min(most, delay * 2 ** at) / 2);
    expect(delays.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(10 * 60);
  }
});

test("a person who is linked to another contact stays that contact's", async () => {
  const { lead, preview } = await newLead('shared.email');
  await app.query("update people set contact_id = 'somebody-else' where email = $1", [lead.email]);
  await preview.press('Confirm', {});
  expect(inIntercom(lead.id).role).toBe('user');
  expect(await personOf(lead)).toEqual([{ contact_id: 'somebody-else' }]);
});

test('only a user can be merged into, whatever id the button names', async () => {
  const { lead } = await newLead('from');
  const { lead: another } = await newLead('into');
  const shown = await pressId(app, lead, `preview-merge:${another.id}`);
  expect(shown.labels).not.toContain('Merge into existing user');
});

test('a person who was linked elsewhere while the card was open cannot be chosen any more', async () => {
  const who = { email: 'rafael.costa@example.com' };
  const choice = await openCard(app, who);
  await app.query("update people set contact_id = 'somebody-else' where name = 'Rita Costa'");
  const told = await choice.choose('Rita');
  expect(told.text).toMatch(/no longer exists/);
  expect(await app.query("select contact_id from people where name = 'Rita Costa'")).toEqual([
    { contact_id: 'somebody-else' },
  ]);
});

test('a visitor or another kind of contact is never converted', async () => {
  const { lead } = await newLead('visitor');
  const card = await openCard(app, lead, { contact: { id: lead.id, role: 'visitor', email: lead.email } });
  expect(card.labels).not.toContain('Convert to user');
});
