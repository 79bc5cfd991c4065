// Part of `npm run bench`: how long it takes to try a rule on 100,000 referrals and 30 days of notifications, page by page.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { readStoredNotification } from '../src/intercom/incoming/notification.ts';
import { createSecrets } from '../src/secrets.ts';
import { openDatabase } from '../src/store/database.ts';
import { type DryRunContext, dryRunRule } from '../src/usecases/qualification/dry-run.ts';
import { appSecret } from './support/filled-app.ts';
import { startPostgres } from './support/postgres.ts';
import { fill, measuredWorkspace } from './support/referrals.ts';
import { below, type Line, note, printLines } from './support/report.ts';
import { onStage, type Stage } from './support/stage.ts';

const { values: given } = parseArgs({
  options: {
    referrals: { type: 'string', default: '100000' },
    /** Of each contact, in the last 30 days. */
    notifications: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const days = 30;
/** As the API allows. */
const perPage = 200;
const goalMs = 30_000;

/** A rule of each campaign, and a contact with notifications behind each person. Returns the rules. */
async function addRules(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    await client.query('set session_replication_role = replica');
    await client.query('update people set contact_id = left(md5(id::text), 24) where contact_id is null');
    await client.query(
      `insert into contacts (workspace_id, contact_id, role, values, seen_at)
       select workspace_id, contact_id, 'user', '{"custom_attributes.plan": "free"}', now() from people where workspace_id = $1
       on conflict do nothing`,
      [measuredWorkspace],
    );
    await client.query(
      `insert into deliveries (workspace_id, notification_id, topic, contact_id, body, received_at, state, outcome, handled_at)
       select $1, 'tried_' || contact_id || n, 'contact.user.updated', contact_id,
         json_build_object('type', 'notification_event', 'topic', 'contact.user.updated', 'data', json_build_object('item',
           json_build_object('type', 'contact', 'id', contact_id, 'role', 'user', 'padding', repeat('x', 2500),
             'updated_at', extract(epoch from now() - interval '1 day' * n)::int,
             'custom_attributes', json_build_object('plan', (array['free', 'trial', 'basic'])[n % 3 + 1])))),
         now() - interval '1 day' * n, 'done', '', now()
       from people, generate_series($2::int, 1, -1) as n where workspace_id = $1`,
      [measuredWorkspace, Number(given.notifications)],
    );
    const { rows } = await client.query<{ id: string }>(
      `insert into rules (id, workspace_id, campaign_id, name, version, definition, enabled, created_at, updated_at)
       select gen_random_uuid(), $1, id, 'Paid plan', 1, $2, true, now(), now() from campaigns where workspace_id = $1
       returning id`,
      [measuredWorkspace, JSON.stringify(definition)],
    );
    await client.query('vacuum analyze');
    return rows.map(({ id }) => id);
  } finally {
    await client.end();
  }
}

const definition = {
  when: { attribute: 'custom_attributes.plan', operator: 'changed_to', to: ['pro'] },
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
  then: 'qualify',
};

async function bench(stage: Stage): Promise<Line[]> {
  const server = await startPostgres(stage);
  note(`  loading ${given.referrals} referrals`);
  await fill(server.url, Number(given.referrals), appSecret);
  const rules = await addRules(server.url);
  const database = openDatabase(server.url, { warn() {} });
  stage.onClear(database.close);
  const ctx: DryRunContext = {
    ...{ database, secrets: createSecrets([appSecret]), now: () => new Date(), sleep: (ms) => sleep(ms) },
    // Every contact is known, so Intercom is not asked.
    intercom: {
      readNotification: readStoredNotification,
      background: { searchContacts: async () => [] },
    } as unknown as DryRunContext['intercom'],
  };
  let tried = 0;
  let toldAt = 0;
  const began = performance.now();
  const cpu = process.cpuUsage();
  for (const ruleId of rules) {
    let after = null;
    do {
      const page: Awaited<ReturnType<typeof dryRunRule>> = await dryRunRule(
        ctx,
        measuredWorkspace,
        { tried: { ruleId }, days },
        { after, limit: perPage },
      );
      tried += page.items.length;
      after = page.next;
      if (performance.now() - toldAt > 5_000) {
        toldAt = performance.now();
        note(`  ${tried} tried after ${((toldAt - began) / 1_000).toFixed(1)} s`);
      }
    } while (after !== null);
  }
  const took = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return [
    {
      what: `${tried} referrals, ${days} days, ${given.notifications} notifications each: time`,
      value: `${(took / 1_000).toFixed(1)} s`,
      goal: below(goalMs, took, ' ms'),
    },
    { what: 'processor time of the app', value: `${((user + system) / 1e6).toFixed(1)} s` },
    { what: 'a page of 200', value: `${((took / tried) * perPage).toFixed(1)} ms` },
  ];
}

await onStage(async (stage) => printLines(await bench(stage), given));
