// Doubtful referrals: hints at every place that shows a referral, and held for review where the workspace says so.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { emailKey } from '../../src/domain/identity.ts';
import { mailboxKey } from '../../src/domain/program/doubt.ts';
import { lookForHints } from '../../src/usecases/program/referral-hints.ts';
import { type Caller, callerWith, dataOf, idOf } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { campaignWithRule, intercom, settled, silence, tell } from '../support/changes.ts';
import { type Console, signIn } from '../support/console.ts';
import { contactItem, notification } from '../support/notifications.ts';
import { openCard } from '../support/teammate.ts';

let app: TestApp;
let api: Caller;
let desk: Console;
let campaign: string;
let people = 0;

beforeAll(async () => {
  app = await startTestApp({ overrides: { everyMs: { reviewHoldsAndExpiry: 100 } } });
  await silence(app);
  api = callerWith(app.url, await app.apiToken());
  desk = await signIn(app);
  const when = { attribute: 'custom_attributes.plan', operator: 'is', value: 'pro' };
  campaign = await campaignWithRule(app, 'Doubt', { when });
});
afterAll(() => app?.close());
beforeEach(() => hold(true));

const hold = (hold_doubtful: boolean) => api.patch('/settings', { hold_doubtful });

type Pair = { id: string; email: string; referrerEmail: string; personId: string };
type Given = { email?: string; name?: string; extra?: object };

/** By default the friend's mailbox is the referrer's but for a tag. */
async function pair({
  friend = {},
  referrer = {},
}: {
  friend?: Given;
  referrer?: Given;
} = {}): Promise<Pair> {
  people += 1;
  const referrerEmail = referrer.email ?? `ana${people}@mail.example`;
  const email = friend.email ?? `ana${people}+friend@mail.example`;
  const join = ({ extra, ...more }: Given, address: string) => ({
    person: { email: address, ...more },
    ...(extra && { extra }),
  });
  const referrerId = idOf(
    await api.post('/referrers', { campaign_id: campaign, ...join(referrer, referrerEmail) }),
  );
  const made = await api.post('/referrals', { referrer_id: referrerId, ...join(friend, email) });
  const { person } = made.body as { person: { id: string } };
  return { id: idOf(made), email, referrerEmail, personId: person.id };
}

type Shown = { status: string; hints: string[]; blocked: { code: string } | null };
const referral = async (id: string) => (await api.get(`/referrals/${id}`)).body as Shown;
const statusOf = async (id: string) => (await referral(id)).status;

type Review = {
  id: string;
  kind: string;
  hints: string[];
  decision: object | null;
  referral_id: string | null;
};
async function reviewsOf(id: string): Promise<Review[]> {
  const found = dataOf(await api.get('/reviews?limit=100')) as unknown as Review[];
  return found.filter((review) => review.referral_id === id);
}

async function contactOf({ email }: Pick<Pair, 'email'>, more: object = {}): Promise<string> {
  const made: { id: string } = await intercom(app, 'POST', '/contacts', { role: 'user', email, ...more });
  return made.id;
}

let latest = Date.now() + 60_000;
function told(id: string, more: object) {
  latest += 1_000;
  const item = contactItem({ id, updated_at: new Date(latest).toISOString(), ...more });
  return tell(app, notification({ data: { type: 'notification_event_data', item } }));
}
const pays = (id: string, { email }: Pick<Pair, 'email'>) =>
  told(id, { email, custom_attributes: { plan: 'pro' } });

test.each<[string, { friend?: Given; referrer?: Given }, string[]]>([
  ['an alias', {}, ['same_mailbox']],
  [
    'a Gmail spelling',
    { friend: { email: 'r.hea@gmail.com' }, referrer: { email: 'rhea@googlemail.com' } },
    ['same_mailbox'],
  ],
  [
    'a name',
    {
      friend: { email: 'n1@a.example', name: 'Ána Silva' },
      referrer: { email: 'n2@b.example', name: 'SILVA, Ana' },
    },
    ['same_name'],
  ],
  [
    'a phone',
    {
      friend: { email: 'p1@a.example', extra: { phone: '+353 87 123 4567' } },
      referrer: { email: 'p2@b.example', extra: { phone: '00353871234567' } },
    },
    ['same_phone'],
  ],
  [
    'nothing',
    {
      friend: { email: 'x1@a.example', name: 'Ana Silva' },
      referrer: { email: 'x2@b.example', name: 'Rui Costa' },
    },
    [],
  ],
])('%s shows as hints, and without the setting it qualifies', async (_what, given, hints) => {
  await hold(false);
  const { id } = await pair(given);
  expect(await referral(id)).toMatchObject({ hints, blocked: null });
  const list = dataOf(await api.get(`/referrals?campaign_id=${campaign}&limit=100`));
  expect(list.find((each) => each.id === id)).toMatchObject({ hints });
  expect((await api.post(`/referrals/${id}/qualify`)).status).toBe(200);
  expect(await reviewsOf(id)).toEqual([]);
});

test('an alias stays another person: it joins, and is found by its own address alone', async () => {
  const { id, email, referrerEmail } = await pair();
  expect(
    dataOf(await api.get(`/referrals?email=${encodeURIComponent(email)}`)).map((each) => each.id),
  ).toEqual([id]);
  expect(dataOf(await api.get(`/referrals?email=${encodeURIComponent(referrerEmail)}`))).toEqual([]);
});

test('people who refer each other, directly or around, are a ring', async () => {
  await hold(false);
  const join = async (email: string, referrer_id?: string) =>
    idOf(
      await api.post('/referrals', {
        campaign_id: campaign,
        person: { email },
        ...(referrer_id && { referrer_id }),
      }),
    );
  const refers = async (email: string) =>
    idOf(await api.post('/referrers', { campaign_id: campaign, person: { email } }));
  const [a, b, c] = ['ring.a@a.example', 'ring.b@b.example', 'ring.c@c.example'] as const;
  const ids = [
    await join(b, await refers(a)),
    await join(c, await refers(b)),
    await join(a, await refers(c)),
  ];
  for (const id of ids) expect(await referral(id)).toMatchObject({ hints: ['ring'] });
});

test('three friends of one mailbox are a hint, and two are not', async () => {
  await hold(false);
  const referrer_id = idOf(
    await api.post('/referrers', { campaign_id: campaign, person: { email: 'host@a.example' } }),
  );
  const join = async (email: string) =>
    idOf(await api.post('/referrals', { referrer_id, person: { email } }));
  const [first] = [await join('guest+1@b.example'), await join('guest+2@b.example')];
  expect(await referral(first)).toMatchObject({ hints: [] });
  await join('guest+3@b.example');
  expect(await referral(first)).toMatchObject({ hints: ['many_from_mailbox'] });
});

test('a rule that is met asks for a review instead, once, and qualifies when an administrator lets it', async () => {
  const made = await pair();
  const contact = await contactOf(made);
  await pays(contact, made);
  expect(await statusOf(made.id)).toBe('pending');
  await pays(contact, made);
  await settled(app, { checks: 5 });
  const [review, ...more] = await reviewsOf(made.id);
  expect(more).toEqual([]);
  expect(review).toMatchObject({ kind: 'doubtful_referral', hints: ['same_mailbox'], decision: null });
  expect((await openCard(app, { id: contact })).text).toContain('Looks like the same person as the referrer');
  const page = await desk.get(`/console/reviews/${review?.id}`);
  expect(page.text).toContain('same mailbox without the +tag or dots');
  await desk.submit(`/console/reviews/${review?.id}/decide`, { decision: 'qualify' });
  expect(await statusOf(made.id)).toBe('qualified');
  const entries = dataOf(await api.get('/audit?limit=10'));
  expect(entries).toMatchObject(
    expect.arrayContaining([
      expect.objectContaining({ action: 'review.decide', subject: { type: 'review', id: review?.id } }),
      expect.objectContaining({ action: 'referral.qualify' }),
    ]),
  );
});

test('the decision stays: back to pending, the same hint does not hold it again', async () => {
  const made = await pair();
  expect((await api.post(`/referrals/${made.id}/qualify`)).status).toBe(409);
  expect(await referral(made.id)).toMatchObject({ status: 'pending', blocked: { code: 'doubtful' } });
  const [review] = await reviewsOf(made.id);
  const decide = (body: object) => api.post(`/reviews/${review?.id}/decide`, body);
  expect((await decide({ skip: true })).status).toBe(422);
  expect((await decide({ create: true })).status).toBe(422);
  expect((await decide({ qualify: true })).status).toBe(200);
  expect((await decide({ qualify: true })).status).toBe(200);
  expect((await decide({ disqualify: true })).status).toBe(409);
  expect(await statusOf(made.id)).toBe('qualified');
  await api.post(`/referrals/${made.id}/reopen`);
  expect((await api.post(`/referrals/${made.id}/qualify`)).status).toBe(200);
  expect(await reviewsOf(made.id)).toHaveLength(1);
});

test('disqualified in the review, it is disqualified, and another hint holds what was let through', async () => {
  const out = await pair();
  await api.post(`/referrals/${out.id}/qualify`);
  const [review] = await reviewsOf(out.id);
  await api.post(`/reviews/${review?.id}/decide`, { disqualify: true });
  expect(await statusOf(out.id)).toBe('disqualified');

  const made = await pair({ friend: { extra: { phone: '+353871230001' } } });
  await api.post(`/referrals/${made.id}/qualify`);
  const [first] = await reviewsOf(made.id);
  await api.post(`/reviews/${first?.id}/decide`, { qualify: true });
  await api.post(`/referrals/${made.id}/reopen`);
  await app.query(
    `update referrers set extra = '{"phone": "+353871230001"}' where person_id = (select id from people where email = $1)`,
    [made.referrerEmail],
  );
  expect((await api.post(`/referrals/${made.id}/qualify`)).status).toBe(409);
  expect(await reviewsOf(made.id)).toMatchObject([
    { decision: null, hints: ['same_mailbox', 'same_phone'] },
    {},
  ]);
});

test('on the card, a teammate sees the hint, and confirming it is the decision', async () => {
  const made = await pair();
  const contact = await contactOf(made);
  await told(contact, { email: made.email });
  const asked = await (await (await openCard(app, { id: contact })).press('More')).press('Qualify');
  expect(asked.text).toContain('same mailbox without the +tag or dots');
  expect((await asked.press('Qualify referral')).text).toContain('✅ Qualified');
  expect(await statusOf(made.id)).toBe('qualified');
  expect(await reviewsOf(made.id)).toMatchObject([{ decision: { qualify: true }, hints: ['same_mailbox'] }]);
});

test('on the page of the person it shows, and qualifying there decides, too', async () => {
  const made = await pair();
  await api.post(`/referrals/${made.id}/qualify`);
  expect((await desk.get(`/console/people/${made.personId}`)).text).toContain('Held for review.');
  const path = `/console/people/${made.personId}/referrals/${made.id}/qualify`;
  const page = await desk.get(path);
  expect(page.text).toContain('Qualify it only if it should still count');
  const nonce = /name="nonce" value="([^"]+)"/.exec(page.html)?.[1] ?? '';
  await desk.submit(path, { nonce, reason: '' });
  expect(await statusOf(made.id)).toBe('qualified');
  expect(await reviewsOf(made.id)).toMatchObject([{ decision: { qualify: true } }]);
});

test('once the doubt is gone, a rule that is met qualifies it, and the review is closed', async () => {
  const made = await pair();
  const contact = await contactOf(made);
  await pays(contact, made);
  expect(await reviewsOf(made.id)).toMatchObject([{ decision: null }]);
  await app.query(`update people set email = 'new.address@c.example' where email = $1`, [made.referrerEmail]);
  await app.query('update holds set due_at = now() where referral_id = $1', [made.id]);
  await expect.poll(() => statusOf(made.id)).toBe('qualified');
  expect(await reviewsOf(made.id)).toMatchObject([{ decision: { skip: true } }]);
});

test('facts that come later count: what Intercom knows of the phone, and a changed email', async () => {
  const made = await pair({ friend: { email: 'late1@a.example' }, referrer: { email: 'late2@b.example' } });
  expect(await referral(made.id)).toMatchObject({ hints: [] });
  const phone = '+353 87 765 4321';
  await told(await contactOf(made, { phone }), { email: made.email, phone, name: null });
  const referrer = { email: made.referrerEmail };
  await told(await contactOf(referrer, { phone }), { email: referrer.email, phone, name: null });
  expect(await referral(made.id)).toMatchObject({ hints: ['same_phone'], blocked: { code: 'doubtful' } });
});

test('a campaign may say otherwise than the workspace', async () => {
  await hold(false);
  const made = await pair();
  await api.patch(`/campaigns/${campaign}`, { settings: { hold_doubtful: true } });
  expect((await api.post(`/referrals/${made.id}/qualify`)).status).toBe(409);
  await hold(true);
  await api.patch(`/campaigns/${campaign}`, { settings: { hold_doubtful: false } });
  expect((await api.post(`/referrals/${made.id}/qualify`)).status).toBe(200);
  await api.patch(`/campaigns/${campaign}`, { settings: { hold_doubtful: null } });
  // A status that changes leaves nothing to decide.
  expect(await reviewsOf(made.id)).toMatchObject([{ decision: { skip: true } }]);
});

test('ten calls and a rule at once ask for one review, and ten decisions are one', async () => {
  const made = await pair();
  const contact = await contactOf(made);
  const calls = Array.from({ length: 10 }, () => api.post(`/referrals/${made.id}/qualify`));
  const [, ...answers] = await Promise.all([pays(contact, made), ...calls]);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([409]));
  const [review, ...more] = await reviewsOf(made.id);
  expect(more).toEqual([]);
  const decided = await Promise.all([
    ...Array.from({ length: 5 }, () => api.post(`/reviews/${review?.id}/decide`, { qualify: true })),
    ...Array.from({ length: 5 }, () => api.post(`/referrals/${made.id}/qualify`)),
    pays(contact, made),
  ]);
  expect(decided.some((answer) => 'status' in answer && answer.status === 500)).toBe(false);
  expect(await statusOf(made.id)).toBe('qualified');
  expect(await reviewsOf(made.id)).toHaveLength(1);
  const history = await app.query(
    `select 1 from referral_history where referral_id = $1 and "to" = 'qualified'`,
    [made.id],
  );
  expect(history).toHaveLength(1);
});

test('the column of mailboxes is the mailbox of hints, for any spelling', async () => {
  const part = fc.stringMatching(/^[a-zA-Z0-9.+_-]{0,12}$/);
  const host = fc.constantFrom('gmail.com', 'GoogleMail.com', 'shop.example', 'x', '');
  const address = fc
    .tuple(part, host, fc.constantFrom('@', '', '@@'))
    .map(([local, at, sign]) => `${local}${sign}${at}`);
  const given = fc.sample(address, { numRuns: 500, seed: 7 }).map((text) => emailKey(text));
  const keys = [...new Set(given.filter((key) => key !== null))];
  await app.query(
    `insert into people (id, workspace_id, email, created_at) select gen_random_uuid(), 'elsewhere', email, now() from unnest($1::text[]) as email`,
    [keys],
  );
  const rows = await app.query<{ email: string; mailbox: string | null }>(
    `select email, mailbox from people where workspace_id = 'elsewhere'`,
  );
  expect(rows).toHaveLength(keys.length);
  for (const { email, mailbox } of rows) expect([email, mailbox]).toEqual([email, mailboxKey(email)]);
});

test('the list of referrals shows the hints with a badge, and is filtered by them, as they come and go', async () => {
  await hold(false);
  const alike = await pair();
  const twins = await pair({
    ...{ friend: { email: 'x1@other.example', name: 'Ana Silva' }, referrer: { name: 'Silva, Ána' } },
  });
  const plain = await pair({ friend: { email: 'y1@other.example' } });
  await lookForHints(app.ctx);
  const list = (doubt: string) => desk.get(`/console/people/referrals?campaign=${campaign}&doubt=${doubt}`);
  const shows = async (doubt: string, { personId }: Pair) => (await list(doubt)).html.includes(personId);
  expect(await Promise.all([alike, twins, plain].map((each) => shows('any', each)))).toEqual([
    true,
    true,
    false,
  ]);
  expect(await Promise.all([alike, twins].map((each) => shows('same_name', each)))).toEqual([false, true]);
  expect((await list('same_name')).text).toContain('Doubtful same name');
  expect((await list('any')).html).toContain('<option value="any" selected>');
  const file = await desk.get(`/console/people/referrals/export?campaign=${campaign}&doubt=same_mailbox`);
  expect(file.html).toContain('same_mailbox');
  await app.query('update people set name = $1 where id = $2', ['Someone Else', twins.personId]);
  await lookForHints(app.ctx);
  expect(await shows('any', twins)).toBe(false);
  await api.post(`/referrals/${alike.id}/disqualify`);
  await lookForHints(app.ctx);
  expect(await shows('any', alike)).toBe(false);
});
