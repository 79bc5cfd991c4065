// How many SQL statements the app needs for a notification, a qualification, a card and an imported row: their number is
// most of the cost of each, and the same on every machine.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startEmbeddedServer } from '../src/postgres/server.ts';
import { workImport } from '../src/usecases/imports/work-import.ts';
import { handleRound } from '../src/usecases/qualification/handle-deliveries.ts';
import { createDeliveryIntake } from '../src/usecases/qualification/store-deliveries.ts';
import { workRuns } from '../src/usecases/runs/work-runs.ts';
import { promptSearch, sign, startTestApp, type TestApp } from '../test/support/app.ts';
import { contactItem, notification } from '../test/support/notifications.ts';
import { addReferred } from '../test/support/population.ts';
import { inboxBody } from '../test/support/teammate.ts';
import { type Line, printLines } from './support/report.ts';
import { onStage, type Stage } from './support/stage.ts';

const { values: given } = parseArgs({
  // One round says all: its result does not vary.
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string' } },
});
/** What one round takes. */
const notifications = 128;
const qualifications = 64;
const cards = 20;
const rows = 50;

type Query = (...given: unknown[]) => unknown;

/** Counts what the app's connections are given, `begin` and `commit` included. */
function countStatements(): { during(work: () => Promise<unknown>): Promise<number> } {
  let count = 0;
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const { query } = prototype;
  prototype.query = function (this: pg.Client & { connectionParameters: object }, ...values) {
    const { application_name: name } = this.connectionParameters as { application_name?: string };
    if (name === 'referral-desk') count += 1;
    return query.apply(this, values);
  };
  return {
    async during(work) {
      const before = count;
      await work();
      return count - before;
    },
  };
}

function deliveryOf(item: object) {
  const sent = notification({ data: { type: 'notification_event_data', item } });
  return {
    workspaceId: 'sandbox',
    notificationId: sent.id,
    topic: sent.topic,
    contactId: (item as { id: string }).id,
    body: Buffer.from(JSON.stringify(sent)),
  };
}

async function bench(stage: Stage): Promise<Line[]> {
  const log = { info() {}, warn() {} };
  const server = await startEmbeddedServer({ dataDir: join(stage.folder, 'data'), purpose: 'app', log });
  stage.onClear(server.stop);
  const database = { url: server.url, drop: async () => {} };
  // Without schedules and jobs: their statements would be counted by chance.
  const app = await startTestApp({ database, settings: promptSearch, overrides: { answersOnly: true } });
  stage.onClear(app.close);
  const counted = countStatements();
  const perUnit: [what: string, statements: number, units: number][] = [];
  const measure = async (what: string, units: number, work: () => Promise<unknown>) =>
    perUnit.push([what, await counted.during(work), units]);

  const accept = createDeliveryIntake(app.ctx);
  const storeAll = (items: object[]) => Promise.all(items.map((item) => accept(deliveryOf(item))));
  const strangers = Array.from({ length: notifications }, () => contactItem());
  // The first round also loads what later rounds know already.
  await storeAll(strangers);
  await handleRound(app.ctx, 'sandbox');
  await measure('a notification that is stored', notifications, () => storeAll(strangers));
  await measure('a notification of no one in a program that is handled', notifications, () =>
    handleRound(app.ctx, 'sandbox'),
  );
  const people = await addReferred(app, 'Spring', qualifications);
  await storeAll(
    people.map(({ contactId: id, email }) =>
      contactItem({ id, email, updated_at: new Date().toISOString(), custom_attributes: { plan: 'pro' } }),
    ),
  );
  await measure('a qualification on the built-in platform', qualifications, () =>
    handleRound(app.ctx, 'sandbox'),
  );
  await expectQualified(
    app,
    people.map(({ referralId }) => referralId),
  );
  await measureWrites(app, measure);
  await measure('a card', cards, () => openCards(app));
  await measure('an imported row', rows, () => importRows(app));
  return perUnit.map(([what, statements, units]) => ({
    what,
    value: `${statements} statements`,
    limit: `${units}`,
    ratio: (statements / units).toFixed(2),
  }));
}

type Measure = (what: string, units: number, work: () => Promise<unknown>) => Promise<unknown>;

async function expectQualified({ query }: TestApp, referralIds: string[]): Promise<void> {
  const [row] = await query<{ count: number }>(
    `select count(*)::int as count from referrals where id = any($1) and status = 'qualified'`,
    [referralIds],
  );
  if (row?.count !== referralIds.length) throw new Error(`${row?.count} of ${referralIds.length} qualified.`);
}

/** What the qualifications have Intercom told. */
async function measureWrites(app: TestApp, measure: Measure): Promise<void> {
  const subjects = await app.query<{ subject: string; runs: number }>(
    `select subject, count(*)::int as runs from runs where state = 'waiting' and due_at <= now()
     group by subject order by subject limit 20`,
  );
  const runs = subjects.reduce((sum, each) => sum + each.runs, 0);
  if (runs === 0) throw new Error('No run is due.');
  await measure('a write to Intercom', runs, async () => {
    for (const { subject } of subjects) await workRuns(app.ctx, 'sandbox', subject);
  });
}

async function openCards(app: TestApp): Promise<void> {
  const body = JSON.stringify(inboxBody(app, { email: 'pending.lead@example.com' }));
  for (let left = cards; left > 0; left -= 1) {
    const answer = await fetch(`${app.url}/intercom/inbox/initialize`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'x-body-signature': sign(body) },
    });
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`A card was answered ${answer.status}.`);
  }
}

async function importRows(app: TestApp): Promise<void> {
  const lines = Array.from({ length: rows }, (_, at) => `counted.${at}@example.org,Counted ${at}`);
  const answer = await fetch(`${app.url}/api/v1/imports?role=user`, {
    method: 'POST',
    body: ['email,name', ...lines].join('\n'),
    headers: { authorization: `Bearer ${await app.apiToken()}`, 'content-type': 'text/csv' },
  });
  const { id } = (await answer.json()) as { id: string };
  await workImport(app.ctx, 'sandbox', id);
  const [row] = await app.query<{ count: number }>(
    `select count(*)::int as count from import_rows where import_id = $1 and state = 'done'`,
    [id],
  );
  if (row?.count !== rows) throw new Error(`${row?.count} of ${rows} rows were imported.`);
}

await onStage(async (stage) => printLines(await bench(stage), given));
