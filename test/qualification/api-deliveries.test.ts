// /api/v1/deliveries and `npm run deliveries`: what came of notifications, and having them handled once more.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { closeDeliveries } from '../../src/store/qualification/deliveries.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { contactItem, deliver, notification } from '../support/notifications.ts';
import { runCommandHere } from '../support/process/command.ts';

let app: TestApp;
let token: string;

beforeAll(async () => {
  app = await startTestApp({ story: false });
  token = await app.apiToken();
});
afterAll(() => app?.close());

const delivery = z.object({
  id: z.string(),
  notification_id: z.string().nullable(),
  topic: z.string(),
  contact_id: z.string().nullable(),
  state: z.string(),
  outcome: z.string().nullable(),
  received_at: z.iso.datetime(),
  handled_at: z.iso.datetime().nullable(),
});
const list = z.object({ data: z.array(delivery), next: z.string().nullable() });

async function ask(path: string, method = 'GET', bearer = token) {
  const headers = { authorization: `Bearer ${bearer}` };
  const answer = await fetch(`${app.url}/api/v1${path}`, { method, headers });
  const body: unknown = await answer.json();
  return { status: answer.status, body };
}

const listed = async (query: string) => list.parse((await ask(`/deliveries?${query}`)).body);

/** Sends one and waits until it is handled; answers it as the list has it. */
async function handled(over: Record<string, unknown> = {}) {
  const sent = notification(over);
  expect((await deliver(app.url, sent)).status).toBe(200);
  const find = async () =>
    (await listed('limit=100')).data.find(
      (one) => one.notification_id === sent.id && one.state !== 'received',
    );
  await expect.poll(find).toBeDefined();
  return { sent, one: delivery.parse(await find()) };
}

/** Stored as if something had gone wrong with it. */
async function failedOne(body: string): Promise<string> {
  const [row] = await app.query<{ id: string }>(
    `insert into deliveries (workspace_id, notification_id, topic, body, received_at, state, outcome, handled_at)
     values ('sandbox', gen_random_uuid()::text, 'contact.user.updated', $1, now(), 'failed', 'It broke.', now())
     returning id`,
    [body],
  );
  return row?.id ?? '';
}

async function stateOf(id: string): Promise<string> {
  return delivery.parse((await ask(`/deliveries/${id}`)).body).state;
}

describe('GET /deliveries', () => {
  it('lists what Intercom sent, newest first, with what came of it', async () => {
    const first = await handled();
    const { one, sent } = await handled({ topic: 'contact.user.created' });
    expect(one).toMatchObject({
      topic: 'contact.user.created',
      contact_id: sent.data.item.id,
      state: 'done',
      outcome: expect.any(String),
      handled_at: expect.any(String),
    });
    const ids = (await listed('limit=100')).data.map(({ id }) => Number(id));
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
    expect(ids).toContain(Number(first.one.id));
  });

  it('is filtered by topic, by state and by contact', async () => {
    const { one, sent } = await handled({ topic: 'contact.lead.updated' });
    const failed = await failedOne('{}');
    const contactId = sent.data.item.id;
    expect((await listed(`contact_id=${contactId}`)).data).toEqual([one]);
    expect((await listed(`contact_id=${contactId}&topic=ping`)).data).toEqual([]);
    const topics = (await listed('topic=contact.lead.updated')).data.map(({ topic }) => topic);
    expect(new Set(topics)).toEqual(new Set(['contact.lead.updated']));
    const states = (await listed('state=failed')).data;
    expect(states.map(({ id }) => id)).toContain(failed);
    expect(new Set(states.map(({ state }) => state))).toEqual(new Set(['failed']));
  });

  it('comes in pages that miss nothing and repeat nothing', async () => {
    for (let more = 0; more < 5; more += 1) await deliver(app.url, notification({ topic: 'made.up' }));
    const all = (await listed('topic=made.up&limit=100')).data.map(({ id }) => id);
    expect(all).toHaveLength(5);
    const paged: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const page: z.infer<typeof list> = await listed(`topic=made.up&limit=2${next && `&cursor=${next}`}`);
      paged.push(...page.data.map(({ id }) => id));
      next = page.next;
    }
    expect(paged).toEqual(all);
  });
});

describe('GET /deliveries/:id', () => {
  it('shows the notification as it came', async () => {
    const { one, sent } = await handled();
    expect((await ask(`/deliveries/${one.id}`)).body).toEqual({
      ...one,
      dismissed_because: null,
      notification: sent,
    });
  });

  it('shows none where it was not kept', async () => {
    const id = await failedOne('');
    expect((await ask(`/deliveries/${id}`)).body).toMatchObject({ notification: null });
  });

  it.each(['999999999', 'no-number', '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10', '9'.repeat(30)])(
    'answers 404 to %s',
    async (id) => {
      expect((await ask(`/deliveries/${id}`)).status).toBe(404);
    },
  );
});

describe('Handling a notification once more', () => {
  it('happens to the stored one: no second delivery, and a new outcome', async () => {
    const sent = notification({ data: { item: contactItem() } });
    const id = await failedOne(JSON.stringify(sent));
    const before = (await listed('limit=100')).data.length;
    const { status, body } = await ask(`/deliveries/${id}/replay`, 'POST');
    // Handled by the time it is read, where a worker was quick.
    expect([status, delivery.parse(body).id]).toEqual([200, String(id)]);
    await expect.poll(() => stateOf(id)).toBe('done');
    expect((await listed('limit=100')).data).toHaveLength(before);
  });

  it('is refused where the body was not kept, and for another workspace', async () => {
    expect((await ask(`/deliveries/${await failedOne('')}/replay`, 'POST')).status).toBe(409);
    const id = await failedOne('{}');
    const stranger = await app.apiToken('stranger');
    expect((await ask(`/deliveries/${id}/replay`, 'POST', stranger)).status).toBe(404);
    expect(await stateOf(id)).toBe('failed');
  });

  describe('by npm run deliveries', () => {
    const run = (...args: string[]) => runCommandHere('deliveries', args, app.environment);

    it('takes one by its id, or all that failed, while the app runs', async () => {
      const body = JSON.stringify(notification());
      const one = await failedOne(body);
      const { stdout } = await run('replay', one, '--workspace', 'sandbox');
      expect(stdout).toBe(`Delivery ${one} will be replayed.\n`);
      await expect.poll(() => stateOf(one)).toBe('done');

      await app.query(`delete from deliveries where state = 'failed'`);
      const [two, three] = [await failedOne(body), await failedOne(body)];
      const all = await run('replay', '--failed', '--workspace', 'sandbox');
      expect(all.stdout).toBe('2 failed deliveries will be replayed.\n');
      for (const id of [two, three]) await expect.poll(() => stateOf(id)).toBe('done');
    });

    it.each([
      [['replay', '--failed'], '--workspace ID is required'],
      [['replay', '--workspace', 'sandbox'], 'Give an ID or --failed.'],
      [['replay', 'x', '--workspace', 'sandbox'], '"x" is not the ID of a delivery. IDs are numbers.'],
      [['replay', '999999999', '--workspace', 'sandbox'], 'Delivery not found.'],
      [['replay', '--failed', '--workspace', 'elsewhere'], 'Workspace "elsewhere" not found'],
    ])('says what is wrong with %j', async (args, message) => {
      expect(await run(...args)).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
    });
  });
});

describe('A delivery that cannot be handled', () => {
  const one = async (id: string) =>
    app.query<{ state: string; outcome: string | null }>(
      'select state, outcome from deliveries where notification_id = $1',
      [id],
    );

  it('waits while it is the database that fails, and is handled once the database is back', async () => {
    const sent = notification({ topic: 'contact.archived' });
    await app.query('alter table contacts rename to contacts_away');
    await deliver(app.url, sent);
    await expect.poll(() => app.logged.some((line) => line.includes('42P01'))).toBe(true);
    expect(await one(sent.id)).toMatchObject([{ state: 'received' }]);
    await app.query('alter table contacts_away rename to contacts');
    await expect.poll(() => one(sent.id)).toMatchObject([{ state: 'done' }]);
  });

  it('fails with words of its own where the database refuses a value of it', async () => {
    await app.query("alter table contacts add constraint odd check (contact_id <> 'odd')");
    const secret = 'secret@example.com';
    const item = contactItem({ id: 'odd', email: secret });
    const { one: failed } = await handled({
      data: { type: 'notification_event_data', item },
      topic: 'contact.archived',
    });
    expect(failed).toMatchObject({ state: 'failed', outcome: expect.stringContaining('23514') });
    expect(failed.outcome).not.toMatch(/insert|odd|secret/);
    await app.query('alter table contacts drop constraint odd');
  });

  it('does not overwrite what another worker has made of it', async () => {
    const { id } = (await handled()).one;
    await app.ctx.database.transaction((tx) =>
      closeDeliveries(tx, 'sandbox', [{ id: Number(id), state: 'failed', outcome: 'too late' }], new Date()),
    );
    expect((await ask(`/deliveries/${id}`)).body).toMatchObject({ state: 'done' });
  });
});
