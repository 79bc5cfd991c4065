// What is forgotten with time, and what is known all the same: copies of old notifications.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { callerWith } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { silence, tell } from '../support/changes.ts';
import { contactItem, deliver, notification } from '../support/notifications.ts';
import { addReferred } from '../support/population.ts';

let app: TestApp;
let days = 0;
beforeAll(async () => {
  const now = () => new Date(Date.now() + days * 86_400_000);
  app = await startTestApp({ overrides: { now, everyMs: { forgetOld: 100, forgetDeliveries: 100 } } });
  await silence(app);
});
afterAll(() => app?.close());

const stored = (id: string) =>
  app.query<{ body: string; state: string; outcome: string | null }>(
    'select body, state, outcome from deliveries where notification_id = $1',
    [id],
  );
const told = (plan: string, second: number, who: { contactId: string; email: string }) => {
  const at = new Date(Date.UTC(2026, 10, 12, 9, 0, second)).toISOString();
  const item = contactItem({
    id: who.contactId,
    email: who.email,
    custom_attributes: { plan },
    updated_at: at,
  });
  return notification({ data: { type: 'notification_event_data', item } });
};

test('notifications can be tried again for ninety days, then only their ids are kept, which still keep copies out', async () => {
  const caller = callerWith(app.url, await app.apiToken());
  const [who] = await addReferred(app, 'Partners', 1);
  if (!who) throw new Error('nobody was added');
  const first = told('free', 1, who);
  await tell(app, first);
  const sent = told('pro', 2, who);
  await tell(app, sent);
  await tell(app, told('free', 3, who));
  const [campaign] = await app.query<{ id: string }>("select id from campaigns where name = 'Partners'");
  const tried = async (back: number) => {
    const when = { attribute: 'custom_attributes.plan', operator: 'changed_to', to: ['pro'] };
    // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
    const definition = { when, then: 'qualify' };
    const answer = await caller.post('/rules/dry-run', { campaign_id: campaign?.id, definition, days: back });
    const shape = z.looseObject({
      data: z.array(z.looseObject({ referral_id: z.string(), would: z.string() })),
    });
    return shape.parse(answer.body).data.find((one) => one.referral_id === who.referralId)?.would;
  };
  days = 89;
  expect(await tried(90)).toBe('qualify');
  days = 91;
  await expect.poll(() => stored(sent.id)).toEqual([{ body: '', state: 'done', outcome: null }]);
  expect(await tried(90)).toBe('nothing');
  days = 399;
  expect((await deliver(app.url, sent)).status).toBe(200);
  expect(await stored(sent.id)).toEqual([{ body: '', state: 'done', outcome: null }]);
  days = 401;
  await expect.poll(() => stored(sent.id)).toEqual([]);
});

test('what was not handled yet is kept, however old', async () => {
  days = 0;
  const id = `notif_${crypto.randomUUID()}`;
  await app.query(
    `insert into deliveries (workspace_id, notification_id, topic, body, received_at, state, outcome)
     values ('elsewhere', $1, 'contact.user.updated', '{}', now() - interval '500 days', 'received', 'This delivery is handled in its own job.'),
       ('elsewhere', null, 'ping', '{}', now() - interval '500 days', 'done', null)`,
    [id],
  );
  const left = () =>
    app.query("select notification_id as id, body from deliveries where workspace_id = 'elsewhere'");
  await expect.poll(left).toEqual([{ id, body: '{}' }]);
});

test('what a run asked and was answered goes after a month, and the run stays', async () => {
  days = 0;
  await app.query(
    `insert into runs (id, workspace_id, kind, subject, deduplication_key, work, cause, state, max_attempts, due_at, created_at, exchange)
     select gen_random_uuid(), 'sandbox', 'note', 'x', 'kept ' || state, '{}', 'a test', state, 5, now(),
       now() - interval '31 days', '{"request": 1}' from unnest(array['done', 'failed']) as given (state)`,
  );
  const left = () =>
    app.query("select state, exchange from runs where deduplication_key like 'kept %' order by state");
  await expect.poll(left).toEqual([
    { state: 'done', exchange: null },
    { state: 'failed', exchange: { request: 1 } },
  ]);
});

test('lists of people go after ninety days with their rows, unless they are being worked on', async () => {
  days = 0;
  const lists = ['done', 'unmapped', 'running', 'young'].map((state) => ({ id: crypto.randomUUID(), state }));
  for (const { id, state } of lists) {
    await app.query(
      `insert into people_imports (workspace_id, id, campaign_id, purpose, name, state, columns, mapping, counts,
         created_by, created_at, touched_at)
       select 'sandbox', $1, id, 'referrals', 'A list', $2, '[]', '[]', '{}', 'A test',
         now() - make_interval(days => $3), now() + interval '1 hour' from campaigns where name = 'Partners'`,
      [id, state === 'young' ? 'done' : state, state === 'young' ? 89 : 91],
    );
    await app.query(
      `insert into people_import_rows (workspace_id, import_id, seq, line, cells) values ('sandbox', $1, 1, 1, '["x"]')`,
      [id],
    );
  }
  const [, , running, young] = lists.map(({ id }) => id);
  const left = async (table: string, column: string) =>
    (await app.query<{ id: string }>(`select ${column} as id from ${table}`)).map(({ id }) => id).toSorted();
  const kept = [running, young].toSorted();
  await expect.poll(() => left('people_imports', 'id')).toEqual(kept);
  expect(await left('people_import_rows', 'import_id')).toEqual(kept);
});
