// The join page: people join a campaign on it, get their link, and are counted as referred by who sent them.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Api, type Caller, codeOf, idOf, publicUrl, refusedFields, startApi } from '../support/api.ts';

let api: Api;
let caller: Caller;

beforeAll(async () => {
  api = await startApi();
  caller = await api.caller('shop');
});
afterAll(() => api.close());

const madeCampaign = z.looseObject({ id: z.string(), slug: z.string() });

async function campaign(more: object = {}) {
  const answer = await caller.post('/campaigns', { name: `Campaign ${randomUUID()}`, ...more });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return madeCampaign.parse(answer.body);
}

async function page(path: string, fields?: Record<string, string>) {
  const init = fields ? { method: 'POST', body: new URLSearchParams(fields) } : {};
  const answer = await fetch(`${api.url}/join/${path}`, init);
  return {
    status: answer.status,
    text: await answer.text(),
    policy: answer.headers.get('content-security-policy'),
  };
}

const linkIn = (text: string) => new RegExp(`value="${publicUrl}/r/([a-z0-9]+)"`).exec(text)?.[1];
const newEmail = () => `${randomUUID()}@example.com`;

async function referralsOf(email: string, from = caller) {
  const { body } = await from.get(`/referrals?email=${email}`);
  return z
    .looseObject({
      data: z.array(
        z.looseObject({
          status: z.string(),
          campaign: z.looseObject({ id: z.string() }),
          referrer: z.looseObject({ code: z.string() }).nullable(),
        }),
      ),
    })
    .parse(body).data;
}

async function referrerOf(campaignId: string) {
  const person = { email: newEmail(), name: 'Dana Reed' };
  return codeOf(await caller.post('/referrers', { campaign_id: campaignId, person }));
}

describe('its address', () => {
  test.each([
    ['Été & Fall 2027', 'ete-fall-2027'],
    ['  Give 10 / Get 10!  ', 'give-10-get-10'],
    ['שלום', 'campaign'],
    ['6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10', 'campaign'],
  ])('is made of the campaign’s name: %s', async (name, slug) => {
    const workspace = await api.caller(randomUUID());
    const made = madeCampaign.parse((await workspace.post('/campaigns', { name })).body);
    expect(made.slug.startsWith(slug)).toBe(true);
    expect((await page(made.slug)).status).toBe(200);
    expect((await page(made.id)).text).toBe((await page(made.slug.toUpperCase())).text);
  });

  test('gets an addition where another campaign has it, in whatever workspace', async () => {
    const names = await Promise.all(
      ['north', 'south', 'east', 'west'].map(async (workspace) => {
        const made = await (await api.caller(workspace)).post('/campaigns', { name: 'Harvest' });
        return madeCampaign.parse(made.body).slug;
      }),
    );
    expect(new Set(names).size).toBe(4);
    expect(names).toContain('harvest');
    for (const slug of names) expect(slug).toMatch(/^harvest(-[a-z0-9]{5})?$/);
  });

  test('may be chosen, and is refused when it is taken or no address', async () => {
    const { id } = await campaign({ slug: 'first-choice' });
    expect(refusedFields(await caller.post('/campaigns', { name: 'Other', slug: 'first-choice' }))).toEqual([
      'slug',
    ]);
    const other = await campaign();
    const taken = await caller.patch(`/campaigns/${other.id}`, { slug: 'first-choice' });
    expect([taken.status, refusedFields(taken)]).toEqual([409, ['slug']]);
    for (const slug of ['', 'A', 'a b', '-a', 'a--b', 'a/b', '../x', randomUUID(), 'x'.repeat(61)]) {
      const refused = await caller.patch(`/campaigns/${id}`, { slug });
      expect([slug, refused.status, refusedFields(refused)]).toEqual([slug, 422, ['slug']]);
    }
    expect((await caller.patch(`/campaigns/${id}`, { slug: 'second-choice' })).status).toBe(200);
    expect((await page('first-choice')).status).toBe(404);
    expect((await page('second-choice')).status).toBe(200);
  });
});

describe('it shows', () => {
  test('the campaign’s words and color, and nothing of it as markup', async () => {
    const { slug } = await campaign({
      name: `Spring <b> ${randomUUID()}`,
      join_page: { text: 'First.\n\nSecond <script>.', color: '#FFD400', consent: 'I agree to the "terms"' },
    });
    const { text, policy } = await page(slug);
    expect(text).toContain('<h1>Spring &lt;b&gt;');
    expect(text).toContain('<p>First.</p><p>Second &lt;script&gt;.</p>');
    expect(text).toContain('I agree to the &quot;terms&quot;');
    // Black on a light color.
    expect(text).toContain('background: #ffd400; color: #000');
    expect(policy).toContain("default-src 'none'; style-src 'sha256-");
    expect(policy).toContain("form-action 'self'");
    expect(text).not.toContain('<script');
  });

  test('who invited, by first name and initial only', async () => {
    const { id, slug } = await campaign();
    const code = await referrerOf(id);
    expect((await page(`${slug}?code=${code.toUpperCase()}`)).text).toContain('Dana R. invited you.');
    expect((await page(`${slug}?code=${code}`)).text).not.toContain('Reed');
  });

  test.each(['', 'unknown', '<b>', '%E0%A4', 'x'.repeat(3000)])(
    'the same for a code that no referrer has (%#)',
    async (code) => {
      const { slug } = await campaign();
      const shown = await page(`${slug}?code=${code}`);
      expect(shown.status).toBe(200);
      expect(shown.text).toBe((await page(slug)).text);
    },
  );

  test.each(['nothing', 'x%00y', '%E0%A4', randomUUID(), '..%2f', 'x'.repeat(4000), ''])(
    'that there is no such page (%#)',
    async (path) => {
      expect((await page(path)).status).toBe(404);
      if (path !== '') expect((await page(path, { email: newEmail() })).status).toBe(404);
    },
  );

  test('nothing of a campaign that another platform runs, or of a closed one', async () => {
    const outside = await campaign();
    await api.query("update campaigns set platform = 'referral-factory' where id = $1", [outside.id]);
    expect((await page(outside.slug)).status).toBe(404);
    const { slug } = await campaign({ join_page: { open: false } });
    const email = newEmail();
    expect([(await page(slug)).status, (await page(slug, { email })).status]).toEqual([410, 410]);
    expect((await api.query('select 1 from people where email = $1', [email])).length).toBe(0);
  });
});

describe('who joins', () => {
  test('gets a share link, the same one again, and it leads friends to the page', async () => {
    const { slug, id } = await campaign();
    const email = newEmail();
    const joined = await page(slug, { email: ` ${email.toUpperCase()}\u200b`, name: 'Sam Lee' });
    const code = linkIn(joined.text);
    expect([joined.status, code]).toEqual([200, expect.any(String)]);
    expect(linkIn((await page(slug, { email })).text)).toBe(code);
    const visit = await fetch(`${api.url}/r/${code}`, { redirect: 'manual' });
    expect([visit.status, visit.headers.get('location')]).toEqual([
      302,
      `${publicUrl}/join/${slug}?code=${code}`,
    ]);
    const { body } = await caller.get(`/referrers?campaign_id=${id}`);
    expect(JSON.stringify(body)).toContain('"name":"Sam Lee"');
    expect(await referralsOf(email)).toEqual([]);
  });

  test('by a friend’s link is one pending referral of that friend, however often the form is sent', async () => {
    const { id, slug } = await campaign();
    const [first, second] = [await referrerOf(id), await referrerOf(id)];
    const email = newEmail();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => page(`${slug}?code=${first}`, { email })),
    );
    expect(new Set(answers.map(({ text }) => linkIn(text))).size).toBe(1);
    await page(`${slug}?code=${second}`, { email });
    expect(await referralsOf(email)).toMatchObject([
      { status: 'pending', campaign: { id }, referrer: { code: first } },
    ]);
  });

  test('by their own link has no referral, and gets the link', async () => {
    const { slug } = await campaign();
    const email = newEmail();
    const code = linkIn((await page(slug, { email })).text);
    const again = await page(`${slug}?code=${code}`, { email });
    expect([again.status, linkIn(again.text)]).toEqual([200, code]);
    expect(await referralsOf(email)).toEqual([]);
  });

  test('by a link of another campaign or workspace joins without a referrer', async () => {
    const elsewhere = await api.caller('elsewhere');
    const theirs = idOf(await elsewhere.post('/campaigns', { name: 'Theirs' }));
    const foreign = codeOf(
      await elsewhere.post('/referrers', { campaign_id: theirs, person: { email: newEmail() } }),
    );
    const { slug } = await campaign();
    for (const code of [foreign, await referrerOf((await campaign()).id)]) {
      const email = newEmail();
      expect(linkIn((await page(`${slug}?code=${code}`, { email })).text)).toEqual(expect.any(String));
      expect([await referralsOf(email), await referralsOf(email, elsewhere)]).toEqual([[], []]);
    }
  });

  test('leaves no entry in the audit log, which is about teammates and access', async () => {
    const { id, slug } = await campaign();
    await page(`${slug}?code=${await referrerOf(id)}`, { email: newEmail() });
    const { body } = await caller.get('/audit');
    const actions = z.looseObject({ data: z.array(z.looseObject({ action: z.string() })) }).parse(body);
    expect(actions.data.slice(0, 2).map(({ action }) => action)).toEqual([
      'referrer.create',
      'campaign.create',
    ]);
  });

  test('with what is not an email, or without consent, is told beside the field and loses nothing typed', async () => {
    const { slug } = await campaign({ join_page: { consent: 'I agree' } });
    const wrong = await page(slug, { email: 'sam@', name: 'Sam "S" Lee' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('<a href="#email">Enter your email address');
    expect(wrong.text).toContain('<a href="#consent">Accept this to join.</a>');
    expect(wrong.text).toContain('value="Sam &quot;S&quot; Lee"');
    expect(wrong.text).toContain('aria-invalid="true" aria-describedby="email-why"');
    const email = newEmail();
    expect((await page(slug, { email })).status).toBe(422);
    expect((await api.query('select 1 from people where email = $1', [email])).length).toBe(0);
    expect((await page(slug, { email, consent: 'yes' })).status).toBe(200);
  });

  test('is not a program that fills in the field that no one sees', async () => {
    const { slug } = await campaign();
    const email = newEmail();
    const answer = await page(slug, { email, website: 'https://spam.example' });
    expect([answer.status, linkIn(answer.text)]).toEqual([200, undefined]);
    expect((await api.query('select 1 from people where email = $1', [email])).length).toBe(0);
  });

  test('with a form of any shape gets a page, never an error of ours', async () => {
    const { slug } = await campaign();
    const send = (body: string, type: string) =>
      fetch(`${api.url}/join/${slug}`, { method: 'POST', body, headers: { 'content-type': type } });
    const form = 'application/x-www-form-urlencoded';
    const answers = await Promise.all([
      send('email=a%40example.com&email=b%40example.com', form),
      send('email[x]=a%40example.com', form),
      send('%E0%A4', form),
      send(`email=${'x'.repeat(20_000)}`, form),
      send('{"email":"a@example.com"}', 'application/json'),
      send('name=%00&email=a%00%40example.com', form),
    ]);
    for (const answer of answers) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.headers.get('content-type')).toContain('text/html');
    }
  });
});

test('too many who join from one address have to wait', async () => {
  const own = await startApi();
  const made = await (await own.caller('shop')).post('/campaigns', { name: 'Rush' });
  const send = () =>
    fetch(`${own.url}/join/${madeCampaign.parse(made.body).slug}`, {
      method: 'POST',
      body: new URLSearchParams({ email: 'sam@example.com' }),
    });
  for (let count = 0; count < 30; count += 1) expect((await send()).status).toBe(200);
  const refused = await send();
  expect([refused.status, refused.headers.has('retry-after')]).toEqual([429, true]);
  await own.close();
});
