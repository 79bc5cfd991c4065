// The run log and the deliveries in the console: filtered, read in full without secrets, and tried again by a click.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededContact } from '../../sandbox/story/seed.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { intercom, settled } from '../support/changes.ts';
import { type Console, signIn } from '../support/console.ts';
import { contactItem, deliver, notification } from '../support/notifications.ts';

let app: TestApp;
let desk: Console;
let viewer: Console;
beforeAll(async () => {
  app = await startTestApp();
  desk = await signIn(app);
  viewer = await signIn(app, app.sandbox.world.admins.all()[1]?.id ?? '');
  for (const email of ['pending.lead@example.com', 'factory.lead@example.com']) {
    const { id } = seededContact(email);
    await intercom(app, 'PUT', `/contacts/${id}`, { custom_attributes: { plan: 'pro' } });
  }
});
afterAll(() => app?.close());

const log = (query = '') => desk.get(`/console/run-log${query}`);
const shown = (html: string) =>
  [...html.matchAll(/href="\/console\/run-log\/([\da-f-]{36})"/g)].map(([, id]) => id);
const only = async (query: string) => shown((await log(`?${query}`)).html);
const ids = async (condition: string, values: unknown[] = []) =>
  (
    await app.query<{ id: string }>(
      `select id from runs where workspace_id = 'sandbox' and ${condition} order by seq desc`,
      values,
    )
  ).map((row) => row.id);

/** A run that no one does: it failed, or it was canceled. */
async function add(
  run: { state?: string; kind?: string; workspace?: string; at?: string; error?: string } = {},
) {
  const id = randomUUID();
  await app.query(
    `insert into runs (id, workspace_id, kind, subject, deduplication_key, work, cause, state, attempts, max_attempts, due_at, created_at,
       error)
     values ($1::uuid, $2, $3, 'nobody', $1::text, '{"kind":"fax"}', 'a test', $4, 5, 5, now(), $5, $6)`,
    [
      id,
      run.workspace ?? 'sandbox',
      run.kind ?? 'fax',
      run.state ?? 'failed',
      run.at ?? new Date().toISOString(),
      run.error ?? 'no such number',
    ],
  );
  return id;
}

const stateOf = async (id: string) =>
  (await app.query<{ state: string }>('select state from runs where id = $1', [id]))[0]?.state;
const changes = async () =>
  (await app.query<{ what: string }>('select action as what from audit_log order by id')).map(
    (row) => row.what,
  );

describe('The run log', () => {
  it('shows what was done, why, and about which person', async () => {
    await settled(app);
    const { html, text } = await log();
    expect(shown(html)).toEqual(await ids('true'));
    for (const words of [
      'Qualify',
      'Write attributes',
      'Tag with Referred',
      'Send event referral-qualified',
      'Maya Okafor',
    ])
      expect(text).toContain(words);
  }, 30_000);

  it('is filtered by state, kind, person and time', async () => {
    const failed = await add({ at: '2026-03-29T22:30:00Z' });
    const canceled = await add({ state: 'canceled', kind: 'note', at: '2026-03-29T23:30:00Z' });
    expect(await only('state=failed')).toEqual([failed]);
    expect(await only('kind=note')).toEqual([canceled]);
    expect(await only('kind=tag&state=done')).toEqual(await ids(`kind = 'tag' and state = 'done'`));
    const maya = await ids(
      `subject like (select id || '%' from people where email = 'pending.lead@example.com')`,
    );
    expect(maya.length).toBeGreaterThan(2);
    for (const who of ['pending.lead@', 'maya okafor', seededContact('pending.lead@example.com').id])
      expect(await only(`who=${encodeURIComponent(who)}`)).toEqual(maya);
    expect(await only('who=nobody.at.all')).toEqual([]);
    // By the workspace's own days: from that morning on, Dublin's clocks are an hour ahead of these moments.
    expect(await only('until=2026-03-30')).toEqual([canceled, failed]);
    expect(await only('from=2026-03-29&until=2026-03-29')).toEqual([failed]);
    expect(await only('from=2026-03-30&until=2026-03-31')).toEqual([canceled]);
    expect(await only('from=2026-03-31&until=2026-04-01')).toEqual([]);
    expect(await only('from=2026-04-01')).toHaveLength((await ids('true')).length - 2);
    await app.query('delete from runs where id = any($1)', [[failed, canceled]]);
  });

  it('finds runs of a time although those with lower numbers were recorded a moment later', async () => {
    const times = ['2026-04-10T10:00:00.005Z', '2026-04-10T10:00:00.000Z', '2026-04-10T10:00:00.003Z'];
    const added: string[] = [];
    for (const at of times) added.unshift(await add({ at, state: 'canceled' }));
    for (const query of ['from=2026-04-10&until=2026-04-10', 'from=2026-04-10&state=canceled'])
      expect(await only(query)).toEqual(added);
    await app.query('delete from runs where id = any($1)', [added]);
  });

  it('leads to older runs, and never to one twice', async () => {
    const added = await Promise.all(Array.from({ length: 30 }, () => add({ state: 'canceled' })));
    const first = await log('?state=canceled');
    const older = /href="([^"]+)">Older/.exec(first.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = await desk.get(older);
    expect(new Set([...shown(first.html), ...shown(second.html)])).toEqual(new Set(added));
    expect(second.html).toContain('>Newest</a>');
    await app.query('delete from runs where id = any($1)', [added]);
  });

  it('refuses what is not a filter', async () => {
    for (const query of ['state=x', 'from=yesterday', 'from=2026-02-30', 'cursor=x', 'who=%00'])
      expect((await log(`?${query}`)).status, query).toBe(400);
  });
});

describe('A run', () => {
  it('is shown with its request and answer, and without any secret', async () => {
    const [id] = await ids(`kind = 'write-back' and state = 'done'`);
    const { text, html } = await desk.get(`/console/run-log/${id}`);
    expect(text).toContain('referral_status');
    expect(html).toContain('<pre tabindex="0"><code>{');
    expect(html).not.toMatch(/Bearer|sandbox-access-token|Authorization/);
    const [factory] = await ids(`kind = 'change-status' and work->>'change' = 'qualify'`);
    expect((await desk.get(`/console/run-log/${factory}`)).html).not.toContain('sandbox-referral-token');
  });

  it('that failed is tried again by a click, on record', async () => {
    const id = await add({ kind: 'tag' });
    const page = await desk.get(`/console/run-log/${id}`);
    expect(page.text).toMatch(/Failed .*5 of 5 attempts failed. no such number/);
    const again = await desk.submit(`/console/run-log/${id}/retry`);
    expect(again.text).toContain('Retry scheduled');
    expect(await stateOf(id)).toBe('waiting');
    expect(await changes()).toContain('run.retry');
    await app.query('delete from runs where id = $1', [id]);
  });

  it('that is retried does not fail for a connection that breaks once, however few its attempts', async () => {
    const id = randomUUID();
    const { id: contactId } = seededContact('pending.lead@example.com');
    await app.query(
      `insert into runs (id, workspace_id, kind, subject, deduplication_key, work, cause, state, attempts, max_attempts, due_at,
         created_at, error)
       values ($1::uuid, 'sandbox', 'tag', $1::text, $1::text, $2, 'a test', 'failed', 1, 1, now(), now(), 'locked')`,
      [id, JSON.stringify({ kind: 'tag', contactId, tag: 'Another' })],
    );
    await app.misbehave('/faults', { on: 'api', kind: 'cut', match: { pattern: '/tags$' } });
    await desk.submit(`/console/run-log/${id}/retry`);
    await expect.poll(() => stateOf(id)).toBe('done');
    await app.query('delete from runs where id = $1', [id]);
  });

  it('that is done has nothing to retry, and says so', async () => {
    const [id] = await ids(`state = 'done'`);
    expect((await desk.get(`/console/run-log/${id}`)).html).not.toContain('/retry"');
    const answer = await desk.post(`/console/run-log/${id}/retry`);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('This run is done.');
  });

  it('of another workspace is not there', async () => {
    const id = await add({ workspace: 'elsewhere' });
    for (const other of [id, randomUUID(), 'x', `${id}'--`])
      expect((await desk.get(`/console/run-log/${encodeURIComponent(other)}`)).status).toBe(404);
    expect((await desk.post(`/console/run-log/${id}/retry`)).status).toBe(404);
    expect(await stateOf(id)).toBe('failed');
  });

  it('has an error that is never more than words', async () => {
    const id = await add({ error: '<script>alert(1)</script>' });
    for (const path of ['/console/run-log', `/console/run-log/${id}`]) {
      const { html } = await desk.get(path);
      expect(html).toContain('&lt;script&gt;alert(1)');
      expect(html).not.toContain('<script>alert');
    }
    await app.query('delete from runs where id = $1', [id]);
  });
});

describe('A failure that needs no fix', () => {
  const home = async () => (await desk.get('/console')).text;

  it('is dismissed with a reason: the run keeps it, Home no longer counts it, and it can be retried', async () => {
    const id = await add({ kind: 'tag' });
    expect(await home()).toContain('1 run failed.');
    const page = await desk.submit(`/console/run-log/${id}/dismiss`, { reason: 'Deleted on purpose' });
    expect(page.text).toContain('Dismissed: Deleted on purpose.');
    expect(await home()).toContain('Failures Working None.');
    expect(shown((await log('?state=dismissed')).html)).toEqual([id]);
    expect(shown((await log('?state=failed')).html)).toEqual([]);
    const again = await desk.submit(`/console/run-log/${id}/retry`);
    expect(again.text).not.toContain('Deleted on purpose');
    expect(await stateOf(id)).toBe('waiting');
    await app.query('delete from runs where id = $1', [id]);
  });

  it('is only one that failed, in this workspace, and dismissed by an administrator', async () => {
    const [done] = await ids(`state = 'done'`);
    const refused = await desk.post(`/console/run-log/${done}/dismiss`);
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('This run is done.')]);
    const elsewhere = await add({ workspace: 'elsewhere' });
    expect((await desk.post(`/console/run-log/${elsewhere}/dismiss`)).status).toBe(404);
    const own = await add();
    expect((await viewer.post(`/console/run-log/${own}/dismiss`)).status).toBe(403);
    expect(await Promise.all([done ?? '', elsewhere, own].map(stateOf))).toEqual([
      'done',
      'failed',
      'failed',
    ]);
    await app.query('delete from runs where id = any($1)', [[elsewhere, own]]);
  });

  it('is dismissed together with all that match, having counted them', async () => {
    const [fax, note] = [await add(), await add({ kind: 'note' })];
    expect((await desk.get('/console/run-log/dismiss?kind=fax')).text).toContain(
      'no longer count 1 failed run',
    );
    const done = await desk.submit('/console/run-log/dismiss', { kind: 'fax', reason: 'Known' });
    expect(done.text).toContain('Dismissed 1 run.');
    expect(await Promise.all([fax, note].map(stateOf))).toEqual(['dismissed', 'failed']);
    await app.query('delete from runs where id = any($1)', [[fax, note]]);
  });

  it('of a muted kind is dismissed as it ends, and still retried', async () => {
    const { id: contactId } = seededContact('pending.lead@example.com');
    await app.misbehave('/faults', {
      ...{ on: 'api', kind: 'status', status: 400, message: 'the tag is locked' },
      ...{ match: { pattern: '/tags$' }, times: 'always' },
    });
    const settings = await desk.get('/console/settings');
    expect(settings.text).toContain('Failures to ignore');
    await app.query(
      `insert into settings (workspace_id, settings, updated_at)
       values ('sandbox', '{"attempts":{"tag":1},"muted_failures":["tag"]}', now())
       on conflict (workspace_id) do update set settings = excluded.settings`,
    );
    const work = { kind: 'tag', contactId, tag: 'Another' };
    const id = randomUUID();
    await app.query(
      `insert into runs (id, workspace_id, kind, subject, deduplication_key, work, cause, state, max_attempts, due_at, created_at)
       values ($1::uuid, 'sandbox', 'tag', $1::text, $1::text, $2, 'a test', 'failed', 1, now(), now())`,
      [id, JSON.stringify(work)],
    );
    await desk.submit(`/console/run-log/${id}/retry`);
    await expect.poll(() => stateOf(id)).toBe('dismissed');
    expect((await desk.get(`/console/run-log/${id}`)).text).toContain('muted in the settings');
    await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
    await app.query('delete from runs where id = $1', [id]);
    await app.query(`update settings set settings = '{}' where workspace_id = 'sandbox'`);
  });
});

describe('All failed runs of a filter', () => {
  it('are counted first, and tried again together', async () => {
    const [old, recent, note] = [
      await add({ at: '2026-01-05T10:00:00Z' }),
      await add(),
      await add({ kind: 'note' }),
    ];
    const elsewhere = await add({ workspace: 'elsewhere' });
    const list = await log('?state=failed&kind=fax&from=2026-02-01');
    const link =
      /href="(\/console\/run-log\/retry[^"]*)"/.exec(list.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(link).toBe('/console/run-log/retry?kind=fax&from=2026-02-01');
    expect((await desk.get(link)).text).toContain(
      '1 failed run of the kind “fax” from 2026-02-01 on will be retried',
    );
    expect((await desk.get('/console/run-log/retry')).text).toContain('Retry all 3');
    expect(await stateOf(recent)).toBe('failed');
    const done = await desk.submit('/console/run-log/retry', { kind: 'fax', from: '2026-02-01' });
    expect(done.text).toContain('1 run is scheduled again.');
    expect(await Promise.all([old, recent, note, elsewhere].map(stateOf))).toEqual([
      'failed',
      'waiting',
      'failed',
      'failed',
    ]);
    expect(await changes()).toContain('runs.retry');
    await desk.submit('/console/run-log/retry');
    expect(await Promise.all([old, note, elsewhere].map(stateOf))).toEqual(['waiting', 'waiting', 'failed']);
    expect((await desk.get('/console/run-log/retry')).text).toContain('No failed runs match.');
    await app.query('delete from runs where id = any($1)', [[old, recent, note, elsewhere]]);
  });
});

describe('Deliveries', () => {
  const path = '/console/run-log/deliveries';
  const topics = (html: string) => [...html.matchAll(/deliveries\/(\d+)"/g)].map(([, id]) => Number(id));

  it('show topic, state and outcome, and are filtered by them', async () => {
    const { html, text } = await desk.get(path);
    const rows = await app.query<{ id: string; topic: string; state: string }>(
      'select id, topic, state from deliveries order by id desc',
    );
    expect(topics(html)).toEqual(rows.map((row) => Number(row.id)).slice(0, 25));
    expect(text).toContain('contact.lead');
    const done = await desk.get(`${path}?state=done&topic=${rows[0]?.topic}`);
    expect(topics(done.html)).toEqual(
      rows
        .filter((row) => row.state === 'done' && row.topic === rows[0]?.topic)
        .map((row) => Number(row.id))
        .slice(0, 25),
    );
    const { id } = seededContact('factory.lead@example.com');
    expect(topics((await desk.get(`${path}?contact=${id}`)).html).length).toBeGreaterThan(0);
    expect((await desk.get(`${path}?contact=none`)).text).toContain('No deliveries match.');
  });

  it('show the notification as it was sent, whatever is in it', async () => {
    const name = '</code></pre><script>alert(1)</script>';
    const sent = notification({ data: { item: contactItem({ name }) } });
    await deliver(app.url, sent);
    await settled(app);
    const [row] = await app.query<{ id: string }>('select id from deliveries where notification_id = $1', [
      sent.id,
    ]);
    const { html } = await desk.get(`${path}/${row?.id}`);
    expect(html).toContain('&lt;/code&gt;&lt;/pre&gt;&lt;script&gt;alert(1)');
    expect(html).not.toContain('<script>alert');
  });

  it('that failed are dismissed by a click, one or all of them', async () => {
    const sent = [notification(), notification({ topic: 'contact.lead.added_email' })];
    for (const one of sent) await deliver(app.url, one);
    await settled(app);
    const failing = await app.query<{ id: string }>(
      `update deliveries set state = 'failed', outcome = 'no such rule' where notification_id = any($1) returning id`,
      [sent.map(({ id }) => id)],
    );
    const [first] = failing;
    const page = await desk.submit(`${path}/${first?.id}/dismiss`, { reason: 'An old rule' });
    expect(page.text).toContain('Dismissed: An old rule.');
    expect((await desk.post(`${path}/${first?.id}/dismiss`)).status).toBe(303);
    const all = await desk.submit(`${path}/dismiss`);
    expect(all.text).toContain('Dismissed 1 delivery.');
    const left = await app.query(`select from deliveries where state = 'failed'`);
    expect(left).toHaveLength(0);
  });

  it('are handled again by a click, one or all that failed', async () => {
    const sent = [notification(), notification({ topic: 'contact.lead.added_email' })];
    for (const one of sent) await deliver(app.url, one);
    await settled(app);
    const fail = () =>
      app.query(`update deliveries set state = 'failed' where notification_id = any($1)`, [
        sent.map((one) => one.id),
      ]);
    await fail();
    const [first] = await app.query<{ id: string }>('select id from deliveries where notification_id = $1', [
      sent[0]?.id,
    ]);
    const again = await desk.submit(`${path}/${first?.id}/replay`);
    expect(again.text).toContain('Replayed with the current rules');
    await settled(app);
    const state = async () =>
      (
        await app.query<{ state: string }>(
          'select state from deliveries where notification_id = any($1) order by id',
          [sent.map((one) => one.id)],
        )
      ).map((row) => row.state === 'failed');
    expect(await state()).toEqual([false, true]);
    await fail();
    expect((await desk.get(`${path}/replay`)).text).toContain('Replay all 2');
    await desk.submit(`${path}/replay`, { topic: 'contact.lead.added_email' });
    await settled(app);
    expect(await state()).toEqual([true, false]);
    await desk.submit(`${path}/replay`);
    await settled(app);
    expect(await state()).toEqual([false, false]);
    expect(await changes()).toContain('deliveries.replay');
  });

  it('of another workspace are not there', async () => {
    const [row] = await app.query<{ id: string }>(
      `insert into deliveries (workspace_id, topic, body, received_at, state)
       values ('elsewhere', 'contact.user.updated', '{}', now(), 'failed') returning id`,
    );
    for (const id of [row?.id, '999999999', '0', 'x', '9'.repeat(30)])
      expect((await desk.get(`${path}/${id}`)).status).toBe(404);
    expect((await desk.post(`${path}/${row?.id}/replay`)).status).toBe(404);
  });
});

it('A viewer reads both, and changes neither', async () => {
  const id = await add();
  for (const path of ['/console/run-log', `/console/run-log/${id}`, '/console/run-log/deliveries']) {
    const { status, html } = await viewer.get(path);
    expect(status).toBe(200);
    expect(html).not.toMatch(/retry|replay/);
  }
  for (const path of [
    `/console/run-log/${id}/retry`,
    '/console/run-log/retry',
    '/console/run-log/deliveries/replay',
  ])
    expect((await viewer.post(path)).status).toBe(403);
  expect((await viewer.get('/console/run-log/retry')).status).toBe(403);
  expect(await stateOf(id)).toBe('failed');
});
