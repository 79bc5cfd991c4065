// Home: says whether everything works, what to do where it does not, and how far each campaign is.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callerWith, codeOf, dataOf, idOf, tenEuros } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { settled, silence, tell } from '../support/changes.ts';
import { type Console, signIn } from '../support/console.ts';
import { email, enrollingIn } from '../support/enrolling.ts';
import { notification } from '../support/notifications.ts';

let app: TestApp;
let desk: Console;
beforeAll(async () => {
  app = await startTestApp();
  await silence(app);
  desk = await signIn(app);
});
afterAll(() => app?.close());

const home = async () => (await desk.get('/console')).html;

/** One line of "System status", as it is read. */
async function check(name: string): Promise<string> {
  const lines = (await home()).split('<li>').filter((line) => line.includes(`<h3>${name}</h3>`));
  expect(lines).toHaveLength(1);
  return (
    (lines[0] ?? '')
      .split('</li>')[0]
      ?.replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim() ?? ''
  );
}

describe('System status', () => {
  beforeEach(async () => {
    await app.query('delete from outages');
    await app.query(`update installations set status = 'active'`);
    await app.query('delete from runs');
    await app.query(`update deliveries set state = 'done', received_at = now()`);
  });

  it('asks for the webhooks as long as none has come, and says when the last one came', async () => {
    await app.query('delete from deliveries');
    expect(await check('Webhooks')).toMatch(/Warning .*No webhooks received yet.*check the webhook topics/);
    await tell(app, notification());
    expect(await check('Webhooks')).toMatch(/^Webhooks Working .*last one/);
    expect(await home()).toContain('All systems operational.');
  });

  it('says that notifications wait, and that none came for long', async () => {
    await app.query(`update deliveries set received_at = now() - interval '8 days'`);
    expect(await check('Webhooks')).toContain('No webhooks received for a week');
    const waiting = `insert into deliveries (workspace_id, topic, body, received_at, state, outcome)
      values ($1, 'contact.user.updated', '', now() - $2::interval, 'received', 'This delivery is handled in its own job.')`;
    // Of another workspace, it is not told here; and no round takes what has its own job.
    await app.query(waiting, ['elsewhere', '20 minutes']);
    expect(await check('Webhooks')).not.toContain('wait');
    await app.query(waiting, ['sandbox', '3 minutes']);
    expect(await check('Webhooks')).toMatch(
      /Warning .*are 3 minutes behind\. 1 delivery is waiting, and .*handled/,
    );
    await app.query(waiting, ['sandbox', '30 minutes']);
    expect(await check('Webhooks')).toMatch(/Needs fixing .*are 30 minutes behind/);
    await app.query(`delete from deliveries where body = ''`);
  });

  it('says that the access is gone, and how to get it back', async () => {
    await app.query(`update installations set status = 'revoked'`);
    const line = await check('Installation');
    expect(line).toMatch(/Needs fixing .*denies access to this app/);
    expect(line).toContain('Install again');
    expect(await home()).toContain('1 issue needs attention.');
  });

  it.each([
    ['intercom', 'Installation', 'Work for Intercom is paused: timeout'],
    ['token', 'Installation', 'denies access to this app'],
    ['platform', 'Referral platform', 'Referral Factory is not responding: timeout'],
  ])('says that there is an outage of %s', async (service, name, words) => {
    await app.query(
      `insert into outages (workspace_id, service, failures, since, error) values ('sandbox', $1, 3, now(), 'timeout')`,
      [service],
    );
    expect(await check(name)).toMatch(new RegExp(`Needs fixing .*${words}`));
  });

  it('says that a campaign’s platform is not connected any more', async () => {
    const [kept] = await app.query('delete from connections returning *');
    expect(await check('Referral platform')).toMatch(
      /Needs fixing .*Campaign Autumn is on Referral Factory, which is not connected/,
    );
    await app.query('insert into connections select * from jsonb_populate_record(null::connections, $1)', [
      JSON.stringify(kept),
    ]);
    expect(await check('Referral platform')).toContain('Working');
  });

  it('says what waits and what failed, and leads there', async () => {
    const run = (state: string, more: string) =>
      app.query(
        `insert into runs (id, workspace_id, kind, subject, deduplication_key, work, cause, state, max_attempts, due_at, created_at, paused_for)
         values ($1::uuid, 'sandbox', 'fax', 'of a test', $1::text, '{"kind":"fax"}', 'a test', $2, 5, ${more}`,
        [randomUUID(), state],
      );
    await run('waiting', `now() + interval '1 hour', now(), 'intercom')`);
    expect(await check('Queue')).toMatch(/Warning .*1 run is paused until a service responds/);
    await run('failed', 'now(), now(), null)');
    expect(await check('Failures')).toMatch(/Needs fixing .*1 run failed/);
    expect(await home()).toContain('href="/console/run-log?state=failed"');
    await app.query(`update deliveries set state = 'failed'`);
    expect(await check('Failures')).toMatch(/1 run and \d+ deliver\w+ failed/);
    await app.query('delete from runs');
    expect(await home()).toContain('href="/console/run-log/deliveries?state=failed"');
  });

  it('says who waits for the setup of a campaign, until it is complete', async () => {
    const enrolling = await enrollingIn(app);
    const id = await enrolling.campaign({ action: 'create-lead', mapping: [] });
    await enrolling.join(id, { email: 'waits@example.com' });
    await expect.poll(home).toContain('One person waits to be sent to Intercom');
    expect(await home()).toContain(`<a href="/console/campaigns/${id}/leads">Set up</a>`);
    expect(await home()).not.toContain('All systems operational');
    await enrolling.change(id, { leads: { mapping: [email] } });
    await expect.poll(home).not.toContain('to be sent to Intercom');
  });

  it('says that runs are late', async () => {
    await settled(app);
    // The first of each subject is paused, so that the second is late and no one does it.
    await app.query(
      `insert into runs (id, workspace_id, kind, subject, deduplication_key, work, cause, state, paused_for, max_attempts, due_at,
         created_at)
       select gen_random_uuid(), workspace_id, 'fax', 'of a test', workspace_id || n, '{"kind":"fax"}', 'a test', 'waiting',
         case when n = 1 then 'intercom' end, 5, now() - interval '5 minutes', now()
       from unnest(array['sandbox', 'elsewhere']) as workspace_id, generate_series(1, 2) as n order by n`,
    );
    expect(await check('Queue')).toMatch(/Warning .*1 run is waiting, the oldest for 5 minutes/);
  });
});

describe('The campaigns', () => {
  it('are counted, each number with the people behind it', async () => {
    const html = await home();
    const [spring] = await app.query<{ id: string; pending: string }>(
      `select c.id, count(*) filter (where r.status = 'pending') as pending
       from campaigns c join referrals r on r.campaign_id = c.id where c.name = 'Spring' group by c.id`,
    );
    expect(html).toContain(
      `href="/console/people/referrals?campaign=${spring?.id}&amp;status=pending">${spring?.pending}</a>`,
    );
  });

  it('are drawn day by day, with the same in words and as a table', async () => {
    const html = await home();
    const [installation] = await app.query<{ zone: string }>('select time_zone as zone from installations');
    const [counted] = await app.query<{ joined: string }>(
      `select count(*) as joined from referrals where workspace_id = 'sandbox'
         and joined_at >= (date_trunc('day', now() at time zone $1) - interval '29 days') at time zone $1`,
      [installation?.zone],
    );
    expect(html).toContain(`In the last 30 days ${counted?.joined} joined`);
    expect(html.match(/<g><title>/g)).toHaveLength(30);
    expect(html.match(/<tr><th scope="row">\w{3} \d+<\/th>/g)).toHaveLength(30);
  });

  it('never let their names be anything but words', async () => {
    const name = `<script>alert(1)</script>"'&`;
    await app.query(`update campaigns set name = $1 where name = 'Spring'`, [name]);
    const html = await home();
    await app.query(`update campaigns set name = 'Spring' where name = $1`, [name]);
    expect(html).not.toContain('<script>alert');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;');
  });

  it('that have no rule are said to need one', async () => {
    expect(await home()).toContain('has no rule, so its');
  });
});

it('A workspace that begins has a list of first steps, which fills itself and goes away', async () => {
  const empty = await startTestApp({ story: false });
  try {
    const first = await signIn(empty);
    const steps = async () => {
      const { html } = await first.get('/console');
      const list = html.split('id="first-steps"')[1]?.split('</section>')[0] ?? '';
      return [...list.matchAll(/<h3>([^<]*)<\/h3><span[^>]*>([^<]*)</g)].map(
        ([, name, state]) => `${name}: ${state}`,
      );
    };
    const after = (done: number) =>
      [
        ...['Connect Intercom', 'Create a campaign', 'Choose what happens in Intercom when people join'],
        ...['Write a rule that qualifies referrals', 'Get the first referral', 'Issue the first reward'],
      ].map((name, at) => `${name}: ${at < done ? 'Done' : at === done ? 'Next' : 'To do'}`);
    expect(await steps()).toEqual(after(1));

    const caller = callerWith(empty.url, await empty.apiToken());
    const campaign = idOf(await caller.post('/campaigns', { name: 'Winter', rewards: tenEuros }));
    expect(await steps()).toEqual(after(2));
    const leads = { action: 'create-lead', mapping: [{ type: 'field', from: 'person.email', to: 'email' }] };
    await caller.patch(`/campaigns/${campaign}`, { settings: { enrollment: { leads } } });
    expect(await steps()).toEqual(after(2));
    await caller.patch(`/campaigns/${campaign}`, {
      settings: { enrollment: { referrers: { action: 'nothing' } } },
    });
    expect(await steps()).toEqual(after(3));
    const when = { attribute: 'custom_attributes.plan', operator: 'is', value: 'pro' };
    // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
    const definition = { when, then: 'qualify' };
    idOf(await caller.post('/rules', { campaign_id: campaign, name: 'Pro', definition }));
    expect(await steps()).toEqual(after(4));
    const person = { email: 'first.friend@example.com' };
    const friend = { email: 'first.referrer@example.com' };
    const code = codeOf(await caller.post('/referrers', { campaign_id: campaign, person: friend }));
    const referral = idOf(await caller.post('/referrals', { code, person }));
    expect(await steps()).toEqual(after(5));
    await caller.post(`/referrals/${referral}/qualify`, {});
    await expect.poll(async () => dataOf(await caller.get('/rewards?status=due')).length).toBe(1);
    const ids = dataOf(await caller.get('/rewards?status=due')).map(({ id }) => id);
    await caller.post('/rewards/issue', { ids });
    expect(await steps()).toEqual([]);
  } finally {
    await empty.close();
  }
});
