// Notifications at the front door: what is answered, what is stored, and that the one never comes before the other.
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobKinds } from '../../src/jobs/job.ts';
import { heldOpen, openDatabase } from '../../src/store/database.ts';
import { createArrivals } from '../../src/usecases/qualification/arrivals.ts';
import { perRound } from '../../src/usecases/qualification/handle-deliveries.ts';
import { createDeliveryIntake } from '../../src/usecases/qualification/store-deliveries.ts';
import { clientSecret, previousClientSecret, startTestApp, type TestApp } from '../support/app.ts';
import { contactItem, deliver, hubSignature, notification } from '../support/notifications.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ story: false });
});
afterAll(() => app?.close());

const send = (body: Parameters<typeof deliver>[1], headers?: Record<string, string>) =>
  deliver(app.url, body, headers);

type Row = {
  id: string;
  workspace_id: string;
  notification_id: string | null;
  topic: string;
  contact_id: string | null;
  body: string;
  state: string;
  received_at: Date;
  handled_at: Date | null;
};

const storedAs = (notificationId: string) =>
  app.query<Row>('select * from deliveries where notification_id = $1 order by id', [notificationId]);

async function countAll(): Promise<number> {
  const [row] = await app.query<{ count: string }>('select count(*) from deliveries');
  return Number(row?.count);
}

describe('A signed notification', () => {
  it('is stored with its workspace, topic and contact, and answered with an empty 200', async () => {
    const sent = notification();
    const answer = await send(JSON.stringify(sent, null, 1));
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(await storedAs(sent.id)).toMatchObject([
      { workspace_id: 'sandbox', topic: sent.topic, contact_id: sent.data.item.id },
    ]);
  });

  it('is handled, in each workspace that has some', async () => {
    const workspaces = ['sandbox', 'elsewhere', 'nowhere'];
    const sent = Array.from({ length: 30 }, (_, at) => notification({ app_id: workspaces[at % 3] }));
    await Promise.all(sent.map((one) => send(one)));
    const states = () =>
      app.query(
        'select distinct workspace_id, state from deliveries where notification_id = any($1) order by 1',
        [sent.map(({ id }) => id)],
      );
    await expect.poll(states).toEqual([
      { workspace_id: 'elsewhere', state: 'ignored' },
      { workspace_id: 'nowhere', state: 'ignored' },
      { workspace_id: 'sandbox', state: 'done' },
    ]);
  });

  it('waits for one round at most behind the thousands of others', async () => {
    const noisy = ['noisy 1', 'noisy 2', 'noisy 3', 'noisy 4'];
    await app.query(
      `insert into deliveries (workspace_id, topic, body, received_at, state)
       select workspace, 'ping', '{}', now(), 'received' from (
         select n, workspace from generate_series(1, 1000) n, unnest($1::text[]) workspace
         union all select 1001, 'quiet') waiting order by n`,
      [noisy],
    );
    const handled = async () => {
      const [row] = await app.query<{ quiet: boolean; before: number }>(
        `select quiet.handled_at is not null as quiet, (select count(*)::int from deliveries
           where workspace_id = any($1) and handled_at <= quiet.handled_at) as before
         from deliveries quiet where workspace_id = 'quiet'`,
        [noisy],
      );
      return row;
    };
    await expect.poll(handled).toMatchObject({ quiet: true });
    expect((await handled())?.before).toBeLessThanOrEqual(perRound * (noisy.length + 1));
  });

  it('does not wait for another workspace with locked contacts', async () => {
    const locking = new pg.Client(app.databaseUrl);
    await locking.connect();
    const stateOf = async ({ id }: { id: string }) => (await storedAs(id))[0]?.state;
    try {
      await locking.query('begin');
      await locking.query(
        "insert into contacts (workspace_id, contact_id, values, seen_at) values ('sandbox', 'locked', '{}', 'epoch')",
      );
      const held = notification({ data: { item: contactItem({ id: 'locked' }) } });
      await send(held);
      const waitsForLock = `select 1 from pg_stat_activity
        where wait_event_type = 'Lock' and datname = current_database()`;
      await expect.poll(() => app.query(waitsForLock)).toHaveLength(1);
      const free = notification({ app_id: 'elsewhere' });
      await send(free);
      await expect.poll(() => stateOf(free)).toBe('ignored');
      expect(await stateOf(held)).toBe('received');
      // Not because the statement that waits has given up.
      const [{ handled_at } = { handled_at: null }] = await storedAs(free.id);
      const [{ received_at } = { received_at: null }] = await storedAs(held.id);
      const took = Number(handled_at) - Number(received_at);
      expect(took).toBeLessThan(heldOpen.query_timeout);
      await locking.query('rollback');
      await expect.poll(() => stateOf(held)).toBe('done');
    } finally {
      await locking.end();
    }
  });

  it('does not wait for workspaces with notifications that cannot be handled', async () => {
    await app.query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$`,
    );
    await app.query(
      `create trigger refuse before update on deliveries for each row
       when (new.workspace_id like 'broken%') execute function refuse()`,
    );
    await app.query(
      `insert into deliveries (workspace_id, topic, body, received_at, state)
       select workspace, 'ping', '{}', now(), 'received' from unnest($1::text[]) workspace`,
      [['broken 1', 'broken 2', 'broken 3', 'sound']],
    );
    // Of these workspaces: what earlier tests sent may wait too.
    const waiting = () =>
      app.query(
        `select workspace_id from deliveries
         where state = 'received' and (workspace_id like 'broken%' or workspace_id = 'sound')`,
      );
    try {
      await expect.poll(waiting).not.toContainEqual({ workspace_id: 'sound' });
      expect(await waiting()).toHaveLength(3);
    } finally {
      await app.query('drop function refuse cascade');
    }
    await expect.poll(waiting).toEqual([]);
  });

  it('shares a job with few others where it needs one, since a job that takes minutes is started again', async () => {
    await app.query(
      `insert into deliveries (workspace_id, topic, contact_id, body, received_at, state)
       select 'sandbox', body ->> 'topic', 'many', body::text, now(), 'received'
       from generate_series(1, 100), (select $1::jsonb as body) given`,
      [notification({ topic: 'contact.unarchived', data: { item: { type: 'contact', id: 'many' } } })],
    );
    const left = "select 1 from deliveries where contact_id = 'many' and state = 'received'";
    await expect.poll(() => app.query(left)).toEqual([]);
    const [jobs] = await app.query<{ longest: number; deliveries: number }>(
      `select max(jsonb_array_length(data -> 'deliveryIds')) as longest,
         sum(jsonb_array_length(data -> 'deliveryIds'))::int as deliveries
       from pgboss.job where name = 'handle-deliveries' and data -> 'deliveryIds' <@
         (select jsonb_agg(id) from deliveries where contact_id = 'many')`,
    );
    expect(jobs?.deliveries).toBe(100);
    expect((jobs?.longest ?? 0) * jobKinds['handle-deliveries'].batchSize).toBeLessThanOrEqual(64);
  });

  it('may be signed with the secret before the rotation', async () => {
    const raw = JSON.stringify(notification());
    const answer = await send(raw, { 'X-Hub-Signature': hubSignature(raw, previousClientSecret) });
    expect(answer.status).toBe(200);
  });

  it.each([
    ['a ping, twice', { id: null, topic: 'ping', data: { item: { type: 'ping', message: 'hello' } } }],
    ['an unknown topic', { topic: 'conversation.user.created', data: { item: { type: 'conversation' } } }],
    ['a workspace that has not installed the app', { app_id: 'stranger' }],
    ['a number for an id', { data: { item: contactItem({ id: 417 }) } }],
    ['no data at all', { data: null }],
    ['an item that is a list', { data: { item: [1, 2] } }],
    ['ids of absurd length', { id: 'n'.repeat(300), data: { item: contactItem({ id: 'c'.repeat(300) }) } }],
    [
      'characters that no database stores',
      { id: 'a\u0000b\ud800', topic: 'contact.\u0000', app_id: 'x\udc00' },
    ],
  ])('is stored and answered with 200: %s', async (_what, over) => {
    const before = await countAll();
    for (const _ of [1, 2]) expect((await send(notification(over))).status).toBe(200);
    const named = typeof notification(over).id === 'string' && 'id' in over && over.id !== null;
    expect(await countAll()).toBe(before + (named && String(over.id).length <= 255 ? 1 : 2));
  });

  it('is stored as text also when its bytes are not UTF-8', async () => {
    const sent = notification({ self: 'BROKEN' });
    const raw = Buffer.from(JSON.stringify(sent));
    raw.fill(0xff, raw.indexOf('BROKEN'), raw.indexOf('BROKEN') + 6);
    expect((await send(new Uint8Array(raw))).status).toBe(200);
    expect(await storedAs(sent.id)).toHaveLength(1);
  });

  it.each([
    ['no JSON', 'not json'],
    ['nothing', ''],
    ['half a JSON', '{"app_id":"sandbox"'],
    ['no object', '[1,2,3]'],
    ['an object without a workspace', JSON.stringify(notification({ app_id: undefined }))],
    ['an object without a topic', JSON.stringify(notification({ topic: null }))],
    ['a hundred thousand brackets', '['.repeat(100_000)],
  ])('that is %s is answered with 200, since sending it again would not help', async (_what, raw) => {
    const before = await countAll();
    expect((await send(raw)).status).toBe(200);
    expect(await countAll()).toBe(before);
  });

  it('of up to 5 MB is taken, and a larger one refused with 413', async () => {
    const most = 5 * 1024 * 1024;
    const padded = (size: number) => {
      const raw = JSON.stringify(notification());
      return raw + ' '.repeat(size - raw.length);
    };
    expect((await send(padded(most))).status).toBe(200);
    expect((await send(padded(most + 1))).status).toBe(413);
  });
});

describe('A notification is refused with 401 and not stored', () => {
  const raw = JSON.stringify(notification({ id: 'notif_forged' }));
  const sha1 = (secret: string) => createHmac('sha1', secret).update(raw).digest('hex');

  it.each([
    ['by another secret', hubSignature(raw, 'somebody else')],
    ['of other bytes', hubSignature(`${raw} `)],
    ['without its prefix', sha1(clientSecret)],
    ['cut short', hubSignature(raw).slice(0, -2)],
    ['that is empty', ''],
    ['as a card has it', createHmac('sha256', clientSecret).update(raw).digest('hex')],
  ])('with a signature %s', async (_what, header) => {
    expect((await send(raw, { 'X-Hub-Signature': header })).status).toBe(401);
    expect(await storedAs('notif_forged')).toEqual([]);
  });

  it('without a signature', async () => {
    const answer = await fetch(`${app.url}/intercom/webhooks`, { method: 'POST', body: raw });
    expect(answer.status).toBe(401);
    expect(await storedAs('notif_forged')).toEqual([]);
  });
});

it('HEAD is answered with 200, which is how Intercom tries the address', async () => {
  expect((await fetch(`${app.url}/intercom/webhooks`, { method: 'HEAD' })).status).toBe(200);
});

describe('The same notification', () => {
  it('is stored once when it arrives many times at once', async () => {
    const sent = notification();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) => send({ ...sent, delivery_attempts: at + 1 })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await storedAs(sent.id)).toHaveLength(1);
  });

  it('is not stored or handled again when it comes back after months', async () => {
    const sent = notification();
    await app.query(
      `insert into deliveries (workspace_id, notification_id, topic, body, received_at, state, outcome)
       values ('sandbox', $1, $2, '{}', now() - interval '8 months', 'done', 'It was handled.')`,
      [sent.id, sent.topic],
    );
    expect((await send(sent)).status).toBe(200);
    expect(await storedAs(sent.id)).toMatchObject([{ state: 'done', body: '{}' }]);
  });

  it('is another one in another workspace', async () => {
    const sent = notification();
    await send(sent);
    await send({ ...sent, app_id: 'elsewhere' });
    const rows = await storedAs(sent.id);
    expect(rows.map((row) => row.workspace_id)).toEqual(['sandbox', 'elsewhere']);
  });

  it('never makes two processes wait for each other, in whichever orders they get copies', async () => {
    const databases = [1, 2].map(() => openDatabase(app.databaseUrl, { warn() {} }));
    const [first, second] = databases.map((database) =>
      createDeliveryIntake({ database, arrivals: createArrivals(), now: () => new Date() }),
    );
    for (let time = 0; time < 20; time += 1) {
      const copies = Array.from({ length: 60 }, (_, at) => ({
        workspaceId: 'sandbox',
        notificationId: `notif_${time}_${at}`,
        topic: 'contact.user.updated',
        contactId: null,
        body: Buffer.from('{}'),
      }));
      const accepted = await Promise.all([
        ...copies.map((copy) => first?.(copy)),
        ...copies.toReversed().map((copy) => second?.(copy)),
      ]);
      expect(accepted.filter((outcome) => outcome === 'stored')).toHaveLength(copies.length);
    }
    await Promise.all(databases.map((database) => database.close()));
  });

  it('that cannot be stored is refused alone, and those of its commit are stored', async () => {
    const accept = createDeliveryIntake(app.ctx);
    const copies = ['before', 'odd', 'after'].map((name) => ({
      workspaceId: 'sandbox',
      notificationId: `beside_${name}`,
      topic: 'contact.user.updated',
      contactId: null,
      body: Buffer.from(name === 'odd' ? '{"name":"\0"}' : '{}'),
    }));
    const outcomes = await Promise.allSettled(copies.map(accept));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    for (const [name, stored] of Object.entries({ before: 1, odd: 0, after: 1 }))
      expect(await storedAs(`beside_${name}`), name).toHaveLength(stored);
  });
});

describe('While the database does not commit', () => {
  /** No one can insert until `release`. */
  async function lockDeliveries() {
    const holder = new pg.Client(app.databaseUrl);
    await holder.connect();
    await holder.query('begin');
    await holder.query('lock table deliveries in access exclusive mode');
    return { release: () => holder.end() };
  }

  async function terminateWaiting(): Promise<number> {
    const ended = await app.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like '%insert into deliveries%'
         and pid <> pg_backend_pid()`,
    );
    return ended.length;
  }

  it('nothing is answered, and all is as soon as it does', async () => {
    const lock = await lockDeliveries();
    const sent = Array.from({ length: 10 }, () => notification());
    let answered = 0;
    const answers = sent.map(async (one) => {
      const { status } = await send(one);
      answered += 1;
      return status;
    });
    await sleep(400);
    expect(answered).toBe(0);
    await lock.release();
    expect(await Promise.all(answers)).toEqual(sent.map(() => 200));
    for (const one of sent) expect(await storedAs(one.id)).toHaveLength(1);
  });

  it('and breaks off, what was not stored is answered with 503 and what is answered with 200 is stored', async () => {
    const lock = await lockDeliveries();
    const sent = Array.from({ length: 30 }, () => notification());
    const answers = sent.map((one) => send(one));
    await expect.poll(terminateWaiting).toBeGreaterThan(0);
    await sleep(50);
    await lock.release();
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses).toContain(503);
    for (const [at, one] of sent.entries()) {
      expect(await storedAs(one.id)).toHaveLength(statuses[at] === 200 ? 1 : 0);
    }
    for (const one of sent) expect((await send(one)).status).toBe(200);
    for (const one of sent) expect(await storedAs(one.id)).toHaveLength(1);
  });

  it('for longer than Intercom waits, the answer is 503, and the repetition a minute later makes no second row', async () => {
    const lock = await lockDeliveries();
    const sent = notification();
    expect((await send(sent)).status).toBe(503);
    await lock.release();
    expect((await send(sent)).status).toBe(200);
    expect(await storedAs(sent.id)).toHaveLength(1);
  });
});

it('/metrics counts by topic and outcome, and tells how long the oldest waits to be handled', async () => {
  const read = async () => (await fetch(`${app.url}/metrics`)).text();
  const countOf = (text: string, topic: string, outcome: string) =>
    Number(
      text.match(
        new RegExp(
          `^referral_desk_delivery_seconds_count\\{topic="${topic}",outcome="${outcome}"\\} (\\d+)$`,
          'm',
        ),
      )?.[1] ?? 0,
    );
  const before = await read();
  const sent = notification({ topic: 'contact.lead.created' });
  await send(sent);
  await send(sent);
  await send(notification({ topic: 'made.up' }));
  await send('not json');
  await send('not signed', { 'X-Hub-Signature': 'sha1=no' });
  const after = await read();
  for (const [topic, outcome] of [
    ['contact.lead.created', 'stored'],
    ['contact.lead.created', 'known'],
    ['other', 'stored'],
    ['other', 'unreadable'],
    ['other', 'refused'],
  ] as const) {
    expect(countOf(after, topic, outcome) - countOf(before, topic, outcome), `${topic} ${outcome}`).toBe(1);
  }
  expect(after).not.toContain('made.up');
  await app.query(`update deliveries set state = 'done' where state = 'received'`);
  // No round takes it, as its own job would; that is lost.
  await app.query(
    `insert into deliveries (workspace_id, topic, body, received_at, state, outcome, handled_at)
     values ('behind', 'ping', '{}', now() - interval '2 hours', 'done', 'Handled.', now() - interval '4 seconds'),
       ('behind', 'ping', '{}', now() - interval '2 hours', 'done', 'Handled.', now()),
       ('behind', 'ping', '{}', now() - interval '2 hours', 'received', 'This delivery is handled in its own job.', null)`,
  );
  const behind = await read();
  const told = (name: string) =>
    Number(behind.match(new RegExp(`^referral_desk_deliveries_${name} ([\\d.]+)`, 'm'))?.[1]);
  expect(told('waiting_seconds')).toBeGreaterThanOrEqual(7_200);
  expect(told('waiting')).toBe(1);
  expect(told('handled_per_second')).toBe(0.5);
  expect(told('seconds_left')).toBe(2);
  expect(await (await fetch(`${app.url}/readyz`)).json()).toMatchObject({
    status: 'ok',
    deliveries: { waiting: 1, handled_per_second: 0.5, seconds_left: 2 },
  });
});
