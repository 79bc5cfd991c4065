// Share links: where they lead, what counts as a click, and what a visitor sees when one leads nowhere.
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dayOf } from '../../src/domain/day.ts';
import { type Api, type Caller, campaignFor, codeOf, startApi } from '../support/api.ts';

const browser = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1';

let api: Api;
let caller: Caller;

beforeAll(async () => {
  api = await startApi();
  caller = await api.caller('shop');
});
afterAll(() => api.close());

async function linkTo(destination_url: string) {
  const campaign_id = await campaignFor(caller, { destination_url });
  const joined = await caller.post('/referrers', { campaign_id, person: { email: 'sam@example.com' } });
  const code = codeOf(joined);
  const clicks = async () => {
    const { body } = await caller.get(`/referrers?campaign_id=${campaign_id}`);
    return /"clicks":(\d+)/.exec(JSON.stringify(body))?.[1];
  };
  return { campaign_id, code, clicks };
}

const visit = (path: string, init: RequestInit = {}) =>
  fetch(`${api.url}/r/${path}`, {
    redirect: 'manual',
    ...init,
    headers: { 'user-agent': browser, ...init.headers },
  });

test("a visit is recorded and led to the campaign's page with the code added", async () => {
  const { code, clicks } = await linkTo('https://example.com/join?plan=a%20b#top');
  const answer = await visit(code);
  expect(answer.status).toBe(302);
  expect(answer.headers.get('location')).toBe(`https://example.com/join?plan=a%20b&ref=${code}#top`);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  await visit(code.toUpperCase());
  expect(await clicks()).toBe('2');
});

test('what the visitor adds to the link goes nowhere', async () => {
  const { code } = await linkTo('https://example.com/');
  const answer = await visit(`${code}?next=https://evil.example&ref=mine`);
  expect(answer.headers.get('location')).toBe(`https://example.com/?ref=${code}`);
});

test.each([
  ['asks for the head alone', { method: 'HEAD' }],
  ['is a robot', { headers: { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' } }],
  ['is a chat program drawing a preview', { headers: { 'user-agent': 'WhatsApp/2.23.20.0' } }],
  ['is a browser that only gets ready', { headers: { 'sec-purpose': 'prefetch;prerender' } }],
])('who %s is sent on and not counted', async (_what, init) => {
  const { code, clicks } = await linkTo('https://example.com/');
  expect((await visit(code, init)).status).toBe(302);
  expect(await clicks()).toBe('0');
});

test.each(['', 'curl/8.5.0', 'Mozilla/5.0 (Linux; Android 14; CUBOT X90) Chrome/139.0'])(
  'who calls themselves "%s" is counted',
  async (agent) => {
    const { code, clicks } = await linkTo('https://example.com/');
    expect((await visit(code, { headers: { 'user-agent': agent } })).status).toBe(302);
    expect(await clicks()).toBe('1');
  },
);

describe('a link that leads nowhere', () => {
  test.each([
    'unknown',
    'x%00y',
    '<script>alert(1)</script>',
    '%3Cb%3E',
    '%E0%A4',
    'x'.repeat(5000),
    '..%2f..%2f',
  ])('is a page that says so and repeats nothing of it: %s', async (code) => {
    const answer = await visit(code);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    const page = await answer.text();
    expect(page).toContain('This referral link does not work');
    expect(page).not.toContain('alert(1)');
    expect(page).not.toContain('unknown');
    expect(page).not.toContain('%');
  });

  test('is one of a campaign that another platform runs', async () => {
    const { code, campaign_id } = await linkTo('https://example.com/');
    await api.query("update campaigns set platform = 'referral-factory' where id = $1", [campaign_id]);
    expect((await visit(code)).status).toBe(404);
  });
});

test('visits are counted by day, in the time zone of the workspace', async () => {
  const { code } = await linkTo('https://example.com/');
  await api.install('shop');
  // At any time, the day is another one than that of UTC in one of them.
  const zones = ['Pacific/Kiritimati', 'Etc/GMT+12'];
  for (const zone of zones) {
    await api.query(`update installations set time_zone = $1 where workspace_id = 'shop'`, [zone]);
    await visit(code);
    await visit(code);
  }
  const days = await api.query(
    `select day::text, clicks, d.campaign_id = r.campaign_id as "isOwn" from click_days d
     join referrers r on r.id = d.referrer_id where code = $1 order by day desc`,
    [code],
  );
  expect(days).toEqual(zones.map((zone) => ({ day: dayOf(new Date(), zone), clicks: 2, isOwn: true })));
});

test('every one of many visits at once is recorded', async () => {
  const { code, clicks } = await linkTo('https://example.com/');
  const answers = await Promise.all(Array.from({ length: 50 }, () => visit(code)));
  expect(new Set(answers.map((one) => one.status))).toEqual(new Set([302]));
  expect(await clicks()).toBe('50');
});

test('a header that would split the answer does not', async () => {
  const { code } = await linkTo('https://example.com/a\r\nSet-Cookie: stolen=1');
  const answer = await new Promise<{ rawHeaders: string[] }>((resolve, reject) => {
    request(`${api.url}/r/${code}`, (response) => resolve(response.resume()))
      .on('error', reject)
      .end();
  });
  expect(answer.rawHeaders.join('\n')).not.toMatch(/^Set-Cookie$/im);
});

test('while the database does not answer, a visitor is told to come back', async () => {
  const down = await startApi();
  const page = async () => {
    const answer = await fetch(`${down.url}/r/somebody`, { headers: { 'user-agent': browser } });
    return { status: answer.status, retry: answer.headers.get('retry-after'), text: await answer.text() };
  };
  expect((await page()).status).toBe(404);
  await down.query('alter table referrers rename to gone');
  expect(await page()).toMatchObject({
    status: 503,
    retry: '10',
    text: expect.stringContaining('cannot be opened right now'),
  });
  await down.close();
});
