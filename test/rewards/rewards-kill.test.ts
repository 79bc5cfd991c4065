// The app is killed while it issues rewards, sends them to the company's system, and mails an alert: each counts once here.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import pg from 'pg';
import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { tellWhatIsDue } from '../../src/usecases/alerts/alert-round.ts';
import { keepReceipts } from '../../src/usecases/rewards/receipts.ts';
import { type Caller, callerWith, campaignFor, codeOf, dataOf, idOf, tenEuros } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Console, signIn } from '../support/console.ts';
import { type AppProcess, startAppProcess } from '../support/process/app-child.ts';
import { answering, type Receiver, startReceiver } from '../support/receiver.ts';

let app: TestApp;
let api: Caller;
let desk: Console;
let receiver: Receiver;
let mail: SMTPServer;
let child: AppProcess | undefined;

/** What the mail server was given, by its ID. */
const mails: { id: string; subject: string }[] = [];
let mailServerAnswers = false;

const receipts = 1_500;
let listed = '';
let list = '';
let sent = { campaign: '', reward: '' };
let selected: string[] = [];

beforeAll(async () => {
  receiver = await startReceiver();
  mail = new SMTPServer({
    ...{ disabledCommands: ['AUTH', 'STARTTLS'], logger: false, closeTimeout: 100 },
    onData(stream, _session, accept) {
      void simpleParser(stream).then(({ messageId = '', subject = '' }) => {
        mails.push({ id: messageId, subject });
        if (mailServerAnswers) accept();
      });
    },
  });
  mail.listen(0, '127.0.0.1');
  await once(mail.server, 'listening');
  const { port } = mail.server.address() as AddressInfo;
  app = await startTestApp({
    // Whatever is planned here is done by the processes that are killed.
    overrides: { answersOnly: true },
    environment: { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'desk@northwind.example' },
  });
  api = callerWith(app.url, await app.apiToken());
  desk = await signIn(app);
  await prepare();
  // Its database and sandbox stay; from here on the app is a process that can be killed.
  await app.stopApp();
});
afterEach(() => child?.kill());
afterAll(async () => {
  await app?.close();
  receiver?.close();
  mail?.close();
});

async function prepare(): Promise<void> {
  listed = await campaignFor(api, { rewards: tenEuros });
  await addRewards(listed, receipts);
  list = await keepReceipts(app.ctx, 'sandbox', { name: 'receipts.csv', lines: await linesOf(listed) });
  const other = await campaignFor(api, { rewards: tenEuros });
  await addRewards(other, 100);
  selected = (await linesOf(other)).map(({ rewardId }) => rewardId);
  await desk.post('/console/reward-webhook', { url: receiver.url });
  const campaign = await campaignFor(api, { rewards: tenEuros, auto_issue: true });
  const code = codeOf(
    await api.post('/referrers', { campaign_id: campaign, person: { email: 'giver@example.com' } }),
  );
  const referral = idOf(await api.post('/referrals', { code, person: { email: 'friend@example.com' } }));
  await api.post(`/referrals/${referral}/qualify`);
  sent = { campaign, reward: dataOf(await api.get(`/rewards?campaign_id=${campaign}`))[0]?.id ?? '' };
  await app.query(
    `insert into deliveries (workspace_id, topic, body, received_at, state, outcome, handled_at)
     values ('sandbox', 'ping', '{}', now(), 'failed', 'x', now())`,
  );
  await tellWhatIsDue(app.ctx);
}

/** Of qualified referrals, as if they had been there for a while. */
async function addRewards(campaign: string, number: number): Promise<void> {
  await app.query(
    `with added as (
       insert into people (id, workspace_id, email, created_at)
       select gen_random_uuid(), 'sandbox', gen_random_uuid() || '@example.com', now() from generate_series(1, $2)
       returning id
     ), referred as (
       insert into referrals (id, workspace_id, campaign_id, person_id, status, status_at, reward_status, source, joined_at)
       select gen_random_uuid(), 'sandbox', $1, id, 'qualified', now(), 'due', 'api', now() from added
       returning id, person_id
     )
     insert into rewards (id, workspace_id, referral_id, recipient, campaign_id, person_id, label, amount, currency, status, due_at)
     select gen_random_uuid(), 'sandbox', id, 'friend', $1, person_id, '10 EUR credit', '10.00', 'EUR', 'due', now()
     from referred`,
    [campaign, number],
  );
}

async function linesOf(campaign: string) {
  const rows = await app.query<{ id: string }>('select id from rewards where campaign_id = $1', [campaign]);
  return rows.map(({ id: rewardId }, at) => {
    return { line: at + 2, rewardId, reference: `R-${at}`, amount: null, problem: null };
  });
}

/** The child is killed, and the next one takes over what it had in hand, which it would do after some seconds. */
async function killAndRestart(): Promise<void> {
  await child?.kill();
  await restart();
}

async function restart(): Promise<void> {
  await app.query(
    "update pgboss.job set heartbeat_on = heartbeat_on - interval '1 minute' where state = 'active'",
  );
  child = await startAppProcess(app.environment);
}

const count = async (sql: string, value: string) =>
  (await app.query<{ n: number }>(`select count(*)::int as n from ${sql}`, [value]))[0]?.n ?? 0;

const issuesIn = (campaign: string) =>
  count(
    `referral_history h join referrals r on r.id = h.referral_id
     where r.campaign_id = $1 and h.what in ('reward', 'friend_reward') and h."to" = 'issued'`,
    campaign,
  );

/** Kills the app in the middle of the transaction that changes this reward. */
async function killWhileChanging(reward: string, begin: () => Promise<void>): Promise<void> {
  const other = new pg.Client(app.databaseUrl);
  await other.connect();
  try {
    await other.query('begin');
    await other.query('select 1 from rewards where id = $1 for update', [reward]);
    await begin();
    const waiting =
      "pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like $1";
    await expect.poll(() => count(waiting, '%rewards%'), { interval: 10 }).toBeGreaterThan(0);
    await child?.kill();
  } finally {
    await other.end();
  }
}

// The first of them: what was planned before is done by the first process.
test('killed before and after the company’s system has answered, it issues the reward once, under one ID', async () => {
  receiver.answers.push(() => {});
  child = await startAppProcess(app.environment);
  await expect.poll(() => receiver.received.length).toBe(1);
  await child.kill();
  await killWhileChanging(sent.reward, restart);
  expect(receiver.received).toHaveLength(2);
  expect(await issuesIn(sent.campaign)).toBe(0);
  receiver.answers.push(answering(200, '{"reference":"Paid before"}'));
  await restart();
  await expect.poll(() => issuesIn(sent.campaign)).toBe(1);
  expect(receiver.received.map(({ id }) => id)).toEqual(Array(3).fill(`reward_${sent.reward}`));
  const issued = "rewards where id::text = $1 and status = 'issued' and reference = 'Paid before'";
  expect(await count(issued, sent.reward)).toBe(1);
});

test('killed in the middle of a list of receipts, twice, it issues each reward once', async () => {
  child = await startAppProcess(app.environment);
  await desk.post(`/console/rewards/receipts/${list}/issue`);
  for (const _ of [1, 2]) {
    const before = await issuesIn(listed);
    await expect.poll(() => issuesIn(listed), { interval: 2 }).toBeGreaterThan(before);
    await killAndRestart();
  }
  await expect.poll(async () => (await desk.get(`/console/rewards/receipts/${list}`)).text).toContain('Undo');
  expect(await issuesIn(listed)).toBe(receipts);
  expect(await count("rewards where campaign_id = $1 and status = 'issued'", listed)).toBe(receipts);
  const entries =
    "audit_log join rewards on rewards.id::text = subject_id where campaign_id = $1 and action = 'reward.issue'";
  expect(await count(entries, listed)).toBe(receipts);
});

test('killed in the middle of issuing what was selected, it issues all or none, and each once when asked again', async () => {
  child = await startAppProcess(app.environment);
  const [last = ''] = selected.toSorted().toReversed();
  const isIssued = `rewards where id::text = any(string_to_array($1, ',')) and status = 'issued'`;
  await killWhileChanging(last, async () => {
    void desk.post('/console/rewards/issue', { ids: selected }).catch(() => {});
  });
  expect(await count(isIssued, selected.join())).toBe(0);
  await restart();
  for (const _ of [1, 2]) await desk.post('/console/rewards/issue', { ids: selected });
  expect(await count(isIssued, selected.join())).toBe(100);
  const histories = `referral_history h join rewards w on w.referral_id = h.referral_id
    where w.id::text = any(string_to_array($1, ',')) and h."to" = 'issued'`;
  expect(await count(histories, selected.join())).toBe(100);
});

test('killed while the mail server takes an alert, it is one alert under one ID, which mail programs show once', async () => {
  await restart();
  const waiting = "runs where kind = 'alert' and state = 'waiting' and workspace_id = $1";
  await expect.poll(() => mails.length).toBeGreaterThan(0);
  expect(await count(waiting, 'sandbox')).toBe(1);
  await child?.kill();
  const before = mails.length;
  mailServerAnswers = true;
  // An attempt without an answer is followed by the next after a minute.
  await app.query("update runs set due_at = now() - interval '1 minute' where kind = 'alert'");
  await restart();
  await expect.poll(() => count(waiting, 'sandbox')).toBe(0);
  expect(mails).toHaveLength(before + 1);
  expect(new Set(mails.map(({ id }) => id)).size).toBe(1);
  expect(await count("runs where kind = 'alert' and state = 'done' and workspace_id = $1", 'sandbox')).toBe(
    1,
  );
});
