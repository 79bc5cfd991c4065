// Rewards issued by the company's own system: sent once they may be, signed, retried, and shown with what happened to them.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPost } from '../../src/messages/post.ts';
import { createOutboundGuard } from '../../src/referrals/outbound-guard.ts';
import { type Caller, callerWith, campaignFor, codeOf, dataOf, idOf, tenEuros } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Console, signIn } from '../support/console.ts';
import { answering, type Receiver, startReceiver } from '../support/receiver.ts';

let app: TestApp;
let api: Caller;
let desk: Console;
let receiver: Receiver;
let secret = '';
let passedMs = 0;

beforeAll(async () => {
  receiver = await startReceiver();
  app = await startTestApp({
    overrides: { now: () => new Date(Date.now() + passedMs), everyMs: { sweepRuns: 50 } },
  });
  api = callerWith(app.url, await app.apiToken('sandbox', 'shop'));
  desk = await signIn(app);
});
afterAll(async () => {
  await app?.close();
  receiver?.close();
});
beforeEach(async () => {
  secret = secretOn(await desk.post('/console/reward-webhook', { url: receiver.url }));
});
afterEach(async () => {
  await desk.submit('/console/reward-webhook/remove');
  receiver.received.splice(0);
  receiver.answers.splice(0);
});

const secretOn = ({ html }: { html: string }) => /whsec_[\w+/=]+/.exec(html)?.[0] ?? '';

let people = 0;

/** A campaign that issues automatically, and a way to qualify referrals in it. */
async function program(more: { auto_issue?: boolean; reward_approval?: { above: null } } = {}) {
  const id = await campaignFor(api, { rewards: tenEuros, ...{ auto_issue: true, ...more } });
  const person = () => ({ email: `paid${people++}@example.com`, name: `Dana ${people}` });
  const code = codeOf(await api.post('/referrers', { campaign_id: id, person: person() }));
  const qualified = async () => {
    const referral = idOf(await api.post('/referrals', { code, person: person() }));
    await api.post(`/referrals/${referral}/qualify`);
    return referral;
  };
  return { id, qualified, rewards: () => rewardsOf(id) };
}

type Row = { id: string; status: string; reference: string | null; reason: string | null };
const rewardsOf = async (campaign: string) =>
  dataOf(await api.get(`/rewards?campaign_id=${campaign}`)) as Row[];

const becomes = (rewards: () => Promise<Row[]>, status: string) =>
  expect
    .poll(async () => (await rewards()).map((row) => row.status))
    .toEqual(expect.arrayContaining([status]));

async function lastRun() {
  const [run] = await app.query<{ id: string; state: string; error: string | null; exchange: unknown }>(
    "select id, state, error, exchange from runs where kind = 'issue-reward' order by seq desc limit 1",
  );
  return run;
}

const runSays = (words: string) => expect.poll(async () => (await lastRun())?.error).toContain(words);

describe('A reward of a campaign that issues automatically', () => {
  it('is sent once it is due, signed, and is issued with the receipt of the answer', async () => {
    const { id, qualified, rewards } = await program();
    const referral = await qualified();
    await becomes(rewards, 'issued');
    const [reward] = await rewards();
    expect(receiver.received).toMatchObject([
      {
        id: `reward_${reward?.id}`,
        event: {
          type: 'reward.due',
          data: {
            ...{ id: reward?.id, referral_id: referral, recipient: 'referrer', campaign: { id } },
            person: { email: expect.stringMatching(/^paid\d+@example\.com$/), contact_id: null },
            ...{ label: '10 EUR credit', amount: '10.00', currency: 'EUR' },
          },
        },
      },
    ]);
    expect(receiver.received[0]?.isSignedWith(secret)).toBe(true);
    expect(reward?.reference).toBe(`PAY-${reward?.id.slice(0, 8)}`);
    const page = await desk.get(`/console/rewards?campaign=${id}&status=issued`);
    expect(page.text).toMatch(/Issued .* by the reward webhook PAY-/);
    const log = await desk.get(`/console/run-log/${(await lastRun())?.id}`);
    expect(log.text).toMatch(/10 EUR credit.* Answer .*PAY-/);
    for (const hidden of [secret, 'not-to-be-shown', receiver.received[0]?.signatures[0] ?? ''])
      expect(log.text).not.toContain(hidden);
  });

  it('is not sent in other campaigns, nor before it is approved', async () => {
    const other = await program({ auto_issue: false });
    await other.qualified();
    const { qualified, rewards } = await program({ reward_approval: { above: null } });
    await qualified();
    const [reward] = await rewards();
    expect(await app.query("select 1 from runs where kind = 'issue-reward' and state = 'waiting'")).toEqual(
      [],
    );
    await api.post('/rewards/approve', { ids: [reward?.id] });
    await becomes(rewards, 'issued');
    expect(receiver.received.map(({ event }) => event.data.id)).toEqual([reward?.id]);
    expect((await other.rewards())[0]?.status).toBe('due');
  });

  it('is sent by hand when it fell due before the webhook was set, and refused where it may not be', async () => {
    await desk.submit('/console/reward-webhook/remove');
    const { id, qualified, rewards } = await program();
    await qualified();
    const other = await program({ auto_issue: false });
    await other.qualified();
    const ids = [...(await rewards()), ...(await other.rewards())].map((row) => row.id);
    expect((await desk.get(`/console/rewards?campaign=${id}`)).text).not.toContain('Send to your system');
    secret = secretOn(await desk.post('/console/reward-webhook', { url: receiver.url }));
    expect((await desk.get(`/console/rewards?campaign=${id}`)).text).toContain('Send to your system');
    const preview = await desk.get(`/console/rewards/send?${ids.map((each) => `ids=${each}`).join('&')}`);
    expect(preview.text).toContain('Send 1 reward, 10.00 EUR in all?');
    expect(preview.text).toContain('1 reward: belongs to a campaign that does not issue automatically');
    expect((await desk.post('/console/rewards/send', { ids })).text).toContain('Nothing was sent');
    await desk.submit('/console/rewards/send', { ids: ids.slice(0, 1) });
    await becomes(rewards, 'issued');
    expect((await other.rewards())[0]?.status).toBe('due');
  });

  it('is sent with all others that the list shows, once, and those that may not be sent stay', async () => {
    await desk.submit('/console/reward-webhook/remove');
    const { qualified, rewards } = await program();
    const other = await program({ auto_issue: false });
    for (const each of [qualified, qualified, other.qualified]) await each();
    const all = { change: 'send', status: 'due' };
    const checked = async () => {
      const path = (await desk.post('/console/rewards/bulk', all)).location ?? '';
      await expect.poll(async () => (await desk.get(path)).text).not.toContain('Checking');
      return { path, text: (await desk.get(path)).text };
    };
    expect((await checked()).text).toContain('has no reward webhook to be sent to');
    secret = secretOn(await desk.post('/console/reward-webhook', { url: receiver.url }));
    const { path, text } = await checked();
    expect(text).toMatch(/Send \d+ rewards, .*\?/);
    expect(text).toContain('belongs to a campaign that does not issue automatically');
    await desk.submit(`${path}/confirm`, { reference: '', reason: '' });
    await expect
      .poll(async () => (await rewards()).map(({ status }) => status))
      .toEqual(['issued', 'issued']);
    expect((await desk.get(path)).text).toContain('On the way to your system');
    expect((await other.rewards())[0]?.status).toBe('due');
    const own = new Set((await rewards()).map(({ id }) => id));
    expect(receiver.received.filter(({ event }) => own.has(String(event.data.id)))).toHaveLength(2);
  });

  it('is sent again with the same ID while the system is out, and issued once', async () => {
    const { qualified, rewards } = await program();
    receiver.answers.push(answering(503), answering(429, '', { 'retry-after': '900' }));
    const referral = await qualified();
    await runSays('Your system answered 503');
    passedMs += 70_000;
    await runSays('asks to retry later');
    expect((await rewards())[0]?.status).toBe('due');
    passedMs += 910_000;
    await becomes(rewards, 'issued');
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
    expect(receiver.received).toHaveLength(3);
    const changes = await app.query(
      `select 1 from referral_history where referral_id = $1 and what = 'reward' and "to" = 'issued'`,
      [referral],
    );
    expect(changes).toHaveLength(1);
  });

  it.each([
    [answering(400, '{"message":"No IBAN of Dana"}'), 'Your system answered 400.'],
    [answering(302, '', { location: 'http://127.0.0.1:1/inside' }), 'redirect (302), which is not followed'],
  ])('fails with the reason when it is refused, and can be sent again: %#', async (refusal, why) => {
    const { id, qualified, rewards } = await program();
    receiver.answers.push(refusal);
    await qualified();
    await becomes(rewards, 'failed');
    const [reward] = await rewards();
    expect(reward?.reason).toContain(why);
    const page = await desk.get(`/console/rewards?campaign=${id}&status=failed`);
    expect(page.text).toContain(why);
    await desk.submit('/console/rewards/send', { ids: [reward?.id ?? ''] });
    await becomes(rewards, 'issued');
    expect(receiver.received.map((each) => each.id)).toEqual([
      `reward_${reward?.id}`,
      `reward_${reward?.id}`,
    ]);
  });

  it('fails once its attempts are used up, and is issued by a retry of its run', async () => {
    await api.patch('/settings', { attempts: { 'issue-reward': 2 } });
    const { qualified, rewards } = await program();
    receiver.answers.push(answering(500, 'out of order'), answering(500));
    await qualified();
    await runSays('Your system answered 500');
    expect((await rewards())[0]?.status).toBe('due');
    passedMs += 70_000;
    await becomes(rewards, 'failed');
    await api.patch('/settings', { attempts: { 'issue-reward': null } });
    await desk.submit(`/console/run-log/${(await lastRun())?.id}/retry`);
    await becomes(rewards, 'issued');
  });

  it('is not sent once it is canceled, and is issued when that came too late', async () => {
    const { qualified, rewards } = await program();
    receiver.answers.push(answering(503), answering(503));
    await qualified();
    await runSays('Your system answered 503');
    const [early] = await rewards();
    await api.post('/rewards/cancel', { ids: [early?.id] });
    passedMs += 70_000;
    await expect.poll(async () => (await lastRun())?.state).toBe('canceled');
    receiver.answers.splice(0);
    receiver.received.splice(0);
    receiver.answers.push((response) => {
      void rewards()
        .then((rows) => api.post('/rewards/cancel', { ids: rows.map((row) => row.id) }))
        .then(() => response.end('{"reference":"Sent already"}'));
    });
    await qualified();
    await expect.poll(async () => (await rewards()).map((row) => row.reference)).toContain('Sent already');
    expect(receiver.received).toHaveLength(1);
    expect((await rewards()).map((row) => row.status).toSorted()).toEqual(['canceled', 'issued']);
  });

  it('is sent after all when its cancellation is undone', async () => {
    const { qualified, rewards } = await program();
    receiver.answers.push(answering(503));
    await qualified();
    await runSays('Your system answered 503');
    const [reward] = await rewards();
    const fields = { ids: reward?.id ?? '', reason: 'By mistake' };
    const canceled = await desk.post('/console/rewards/cancel', fields);
    passedMs += 70_000;
    await expect.poll(async () => (await lastRun())?.state).toBe('canceled');
    const change = new URL(canceled.location ?? '', app.url).searchParams.get('changed') ?? '';
    await desk.submit('/console/rewards/undo', { change });
    await becomes(rewards, 'issued');
    expect(receiver.received).toHaveLength(2);
  });

  it('is sent when it fell due again in the moment in which its run found it canceled', async () => {
    const { qualified, rewards } = await program();
    receiver.answers.push(answering(503));
    await qualified();
    await runSays('Your system answered 503');
    const [reward] = await rewards();
    await api.post('/rewards/cancel', { ids: [reward?.id] });
    // The end of the run comes too late for it.
    await app.query(`create function due_again() returns trigger language plpgsql as $$ begin
      update rewards set status = 'due', canceled_at = null where status = 'canceled' and id = (old.work ->> 'rewardId')::uuid;
      return new; end $$`);
    await app.query(`create trigger due_again before update of state on runs for each row
      when (new.state = 'canceled') execute function due_again()`);
    passedMs += 70_000;
    await becomes(rewards, 'issued');
    await app.query('drop function due_again cascade');
    expect(receiver.received).toHaveLength(2);
  });

  it('waits for nothing more once the webhook is removed, and stays due', async () => {
    const { qualified, rewards } = await program();
    receiver.answers.push(answering(503));
    await qualified();
    await runSays('Your system answered 503');
    await desk.submit('/console/reward-webhook/remove');
    passedMs += 70_000;
    await expect.poll(async () => (await lastRun())?.state).toBe('canceled');
    expect((await rewards())[0]?.status).toBe('due');
  });

  it('leaves nothing about an erased referrer in its run', async () => {
    const { qualified, rewards } = await program();
    await qualified();
    await becomes(rewards, 'issued');
    const run = await lastRun();
    const email = receiver.received[0]?.event.data.person.email ?? '';
    expect(JSON.stringify(run?.exchange)).toContain(`"${email}"`);
    idOf(await api.post('/erasures', { email }));
    await expect.poll(async () => (await lastRun())?.exchange).toBeNull();
  });
});

describe('The reward webhook', () => {
  it('has an address for administrators only, and a secret that is shown once and stored nowhere in the open', async () => {
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
    const page = await desk.get('/console/reward-webhook');
    expect(page.html).not.toContain(secret);
    const stored = JSON.stringify(await app.query('select * from reward_webhooks'));
    expect(stored).not.toContain('not-to-be-shown');
    expect(stored).not.toContain(secret.slice(6));
    for (const url of ['', 'ftp://example.com', 'http://example.com/rewards'])
      expect((await desk.post('/console/reward-webhook', { url })).html).toContain('f-url-why');
    expect((await desk.get('/console/reward-webhook')).html).toContain(receiver.url);
    await desk.submit('/console/reward-webhook', { url: `${receiver.url}&more` });
    expect((await desk.get('/console/reward-webhook')).html).toContain('&amp;more');
  });

  it('is tested with an event of its own, and the test says what is wrong', async () => {
    const tested = await desk.submit('/console/reward-webhook/test');
    expect(tested.text).toContain('Your system accepted the test event.');
    expect(receiver.received).toMatchObject([{ event: { type: 'reward.test' } }]);
    expect(receiver.received[0]?.isSignedWith(secret)).toBe(true);
    receiver.answers.push(answering(401));
    const refused = await desk.post('/console/reward-webhook/test');
    expect([refused.status, refused.text]).toEqual([
      422,
      expect.stringContaining('Your system answered 401.'),
    ]);
    expect((await lastRun())?.state).toBe('dismissed');
  });

  it('signs with the earlier secret, too, for a day after a new one was made', async () => {
    const fresh = secretOn(await desk.post('/console/reward-webhook/rotate'));
    expect(fresh).not.toBe(secret);
    await desk.submit('/console/reward-webhook/test');
    const [both] = receiver.received;
    expect([both?.isSignedWith(fresh), both?.isSignedWith(secret)]).toEqual([true, true]);
    const day = "previous_until between now() + interval '23 hours' and now() + interval '1 day 2 hours'";
    expect(await app.query(`select 1 from reward_webhooks where ${day}`)).toHaveLength(1);
    await app.query('update reward_webhooks set previous_until = now()');
    await desk.submit('/console/reward-webhook/test');
    expect(receiver.received[1]?.signatures).toHaveLength(1);
    expect(receiver.received[1]?.isSignedWith(fresh)).toBe(true);
  });
});

describe('What is sent to an address that a workspace entered', () => {
  const message = { body: '{}', receiver: 'Your system' };

  it('reaches no private network, by number or by name', async () => {
    const post = createPost(createOutboundGuard({ allowPrivate: false }));
    for (const host of ['127.0.0.1', '[::1]', '169.254.169.254', 'localhost'])
      await expect(post({ ...message, url: `http://${host}:1/` })).rejects.toMatchObject({
        message: expect.stringContaining('leads to a private network'),
        final: true,
      });
  });

  it('is accepted by the status alone when the answer has no end, and is tried later when there is none', async () => {
    const post = createPost(createOutboundGuard({ allowPrivate: true }), { patienceMs: 300 });
    let written = 0;
    receiver.answers.push(
      (response) => {
        const more = () => {
          while (!response.destroyed && written < 1_000_000_000) {
            written += 65_536;
            if (!response.write(Buffer.alloc(65_536, 'x'))) return void response.once('drain', more);
          }
        };
        more();
      },
      (response) => void response.write('{"reference":'),
      () => {},
    );
    const event = { ...message, body: '{"data":{"id":"none"}}', url: receiver.url };
    expect(await post(event)).toMatchObject({ status: 200, text: 'x'.repeat(65_536) });
    expect(written).toBeLessThan(50_000_000);
    expect(await post(event)).toEqual({ status: 200, text: '{"reference":' });
    await expect(post(event)).rejects.toMatchObject({ code: 'unavailable', final: false });
  });
});
