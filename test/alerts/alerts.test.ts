// Alerts by mail and in chat channels, as teammates get them: a real SMTP server and a channel that can misbehave.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type MailCatcher, startMailCatcher } from '../../sandbox/messages/catcher.ts';
import { tellWhatIsDue } from '../../src/usecases/alerts/alert-round.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Console, signIn } from '../support/console.ts';

let app: TestApp;
let desk: Console;
let mail: MailCatcher;
let channel: Server;
let posted: string[] = [];
/** What the channel answers to the next messages; 200 after them. */
let answers: { status: number; headers?: Record<string, string> }[] = [];
let passedMs = 0;

const address = () => `http://127.0.0.1:${(channel.address() as AddressInfo).port}/hook`;

beforeAll(async () => {
  mail = await startMailCatcher();
  channel = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      const { status, headers = {} } = answers.shift() ?? { status: 200 };
      if (status === 200) posted.push(JSON.parse(body).text);
      response.writeHead(status, headers).end('ok');
    });
  });
  channel.listen(0, '127.0.0.1');
  await once(channel, 'listening');
  app = await startTestApp({
    environment: { SMTP_URL: mail.url, MAIL_FROM: 'desk@northwind.example' },
    overrides: {
      now: () => new Date(Date.now() + passedMs),
      everyMs: { tellWhatIsDue: 86_400_000, sweepRuns: 50 },
    },
  });
  desk = await signIn(app);
});
afterAll(async () => {
  await app?.close();
  await mail?.close();
  channel?.close();
});
beforeEach(async () => {
  await app.query("update deliveries set state = 'done'");
  await round();
  mail.caught.splice(0);
  posted = [];
  answers = [];
});

/** The round of every minute, in two processes at once. */
async function round(): Promise<void> {
  await Promise.all([tellWhatIsDue(app.ctx), tellWhatIsDue(app.ctx)]);
  await sent();
}

/** Until no message waits. Also in hooks, where `settled` cannot be called. */
const sent = () =>
  vi.waitFor(
    async () => {
      const [row] = await app.query<{ left: number }>(
        "select count(*)::int as left from runs where kind = 'alert' and state = 'waiting'",
      );
      if (row?.left !== 0) throw new Error('A message waits.');
    },
    { timeout: 20_000, interval: 20 },
  );

/** A notification of a contact that failed for good. */
async function fail(): Promise<void> {
  await app.query(
    `insert into deliveries (workspace_id, notification_id, topic, body, received_at, state, outcome, handled_at)
     values ('sandbox', gen_random_uuid()::text, 'contact.user.updated', '{"email":"dana.private@example.com"}', now(), 'failed', 'x', now())`,
  );
}

async function addChannel(topics: string[] = ['failures']): Promise<string> {
  const fields = Object.fromEntries(topics.map((topic) => [topic, 'on']));
  await desk.submit('/console/alerts/channels', { name: '#referrals', url: address(), ...fields });
  const [row] = await app.query<{ id: string }>(
    'select id from alert_channels order by created_at desc limit 1',
  );
  return row?.id ?? '';
}

const alertRuns = () =>
  app.query<{ state: string; error: string | null }>(
    "select state, error from runs where kind = 'alert' order by seq desc limit 1",
  );

test('an administrator is mailed of failures once, without anything personal, and when they are over', async () => {
  await fail();
  await fail();
  await round();
  await round();
  expect(mail.caught).toMatchObject([
    {
      to: expect.stringContaining('@'),
      from: 'desk@northwind.example',
      subject: 'Northwind Outfitters: Attention needed: 2 webhook deliveries failed',
      text: expect.stringContaining(`${app.url}/console/run-log/deliveries?state=failed`),
    },
  ]);
  expect(JSON.stringify(mail.caught)).not.toContain('private');
  await app.query("update deliveries set state = 'done'");
  await round();
  expect(mail.caught.map(({ subject }) => subject)[1]).toBe(
    'Northwind Outfitters: Resolved: 2 webhook deliveries failed',
  );
});

test('a teammate who has unticked them is not told, and one who ticks them is', async () => {
  await desk.submit('/console/alerts', {});
  await fail();
  await round();
  expect(mail.caught).toEqual([]);
  const page = await desk.submit('/console/alerts', { failures: 'on', digest: 'on' });
  expect(page.html).toContain('id="f-failures" name="failures" checked');
  await app.query("update deliveries set state = 'done'");
  await round();
  expect(mail.caught).toHaveLength(1);
});

test('a channel is told, is shown without its address, and is told nothing more once it is removed', async () => {
  const id = await addChannel();
  const page = await desk.get('/console/alerts');
  expect(page.text).toContain('#referrals');
  expect(page.html).not.toContain(address());
  expect(JSON.stringify(await app.query('select * from alert_channels'))).not.toContain('/hook');
  await desk.submit(`/console/alerts/channels/${id}/test`);
  await fail();
  await round();
  expect(posted).toEqual([
    expect.stringContaining('Test alert'),
    expect.stringContaining('*Northwind Outfitters: Attention needed: 1 webhook delivery failed*'),
  ]);
  await desk.submit(`/console/alerts/channels/${id}/remove`);
  await app.query("update deliveries set state = 'done'");
  await round();
  expect(posted).toHaveLength(2);
});

test('a channel that asks for a pause or is down is told later, and once', async () => {
  const id = await addChannel();
  answers = [{ status: 503 }, { status: 429, headers: { 'retry-after': '120' } }];
  await fail();
  await Promise.all([tellWhatIsDue(app.ctx), tellWhatIsDue(app.ctx)]);
  await expect
    .poll(async () => (await alertRuns())[0]?.error)
    .toMatch(/The channel answered 503|asks to retry later/);
  // The first wait is short.
  passedMs += 11_000;
  await expect.poll(async () => (await alertRuns())[0]?.error).toContain('asks to retry later');
  expect(posted).toEqual([]);
  passedMs += 121_000;
  await sent();
  expect(posted).toHaveLength(1);
  await desk.submit(`/console/alerts/channels/${id}/remove`);
});

test.each([
  [{ status: 302, headers: { location: 'http://127.0.0.1:1/inside' } }, 'redirect'],
  [{ status: 404 }, 'answered 404'],
])(
  'a channel that refuses for good ends its run, is no failure to tell of, and a test says why: %j',
  async (answer, why) => {
    const id = await addChannel();
    answers = [answer];
    await fail();
    await round();
    expect(await alertRuns()).toMatchObject([{ state: 'failed', error: expect.stringContaining(why) }]);
    await round();
    // The administrator's own mail about the delivery, and nothing about the channel.
    expect(mail.caught).toHaveLength(1);
    answers = [answer];
    const refused = await desk.post(`/console/alerts/channels/${id}/test`);
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining(why)]);
    await desk.submit(`/console/alerts/channels/${id}/remove`);
  },
);

test('a channel needs a name, a web address and something to be told', async () => {
  for (const [fields, why] of [
    [{ name: '', url: address(), failures: 'on' }, 'f-name'],
    [{ name: 'x', url: 'ftp://example.com', failures: 'on' }, 'f-url'],
    [{ name: 'x', url: 'http://example.com', failures: 'on' }, 'must begin with https'],
    [{ name: 'x', url: address() }, 'choose at least one kind'],
  ] as const) {
    const refused = await desk.post('/console/alerts/channels', fields);
    expect(refused.status).toBe(422);
    expect(refused.html).toContain(why);
  }
  expect(await app.query('select 1 from alert_channels')).toEqual([]);
});

test('the test mail arrives, and the test says so when the mail server is out', async () => {
  const sent = await desk.submit('/console/alerts/test');
  expect(sent.text).toContain('Test mail sent.');
  expect(mail.caught).toMatchObject([{ subject: 'Northwind Outfitters: Test alert' }]);
});

test('while the mail server is out for hours nothing is lost, and it comes once with the same ID', async () => {
  await mail.close();
  await fail();
  await Promise.all([tellWhatIsDue(app.ctx), tellWhatIsDue(app.ctx)]);
  for (let count = 0; count < 3; count += 1) {
    await expect.poll(async () => (await alertRuns())[0]?.error).toContain('does not accept mail right now');
    passedMs += 3_600_000;
  }
  const back = await startMailCatcher(Number(new URL(mail.url).port));
  passedMs += 3_600_000;
  await sent();
  expect(back.caught).toMatchObject([{ subject: expect.stringContaining('1 webhook delivery failed') }]);
  const [run] = await app.query<{ id: string }>(
    "select id from runs where kind = 'alert' order by seq desc limit 1",
  );
  expect(back.caught[0]?.id).toBe(`<${run?.id}@127.0.0.1>`);
  await back.close();
});
