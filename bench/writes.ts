// Part of `npm run bench`: how much of Intercom's rate limit is used while it is told of many qualifications, and what one
// of them costs.
import { subscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { newestVersion } from '../sandbox/intercom/call.ts';
import { contactJson } from '../sandbox/intercom/contacts/contact-json.ts';
import { changeSettings } from '../sandbox/settings.ts';
import { startEmbeddedServer } from '../src/postgres/server.ts';
import { startTestApp, type TestApp } from '../test/support/app.ts';
import { silence } from '../test/support/changes.ts';
import { deliver, notification } from '../test/support/notifications.ts';
import { addReferred, type Referred } from '../test/support/population.ts';
import { processorSeconds, profiling, startApp } from './support/processes/processes.ts';
import { atLeast, type Line, printLines } from './support/report.ts';
import { onStage, type Stage } from './support/stage.ts';

const { values: given } = parseArgs({
  options: {
    /** Calls in ten seconds: Intercom's lowest, and its usual limit. */
    limits: { type: 'string', default: '167,1666' },
    /** How many windows the calls fill. */
    windows: { type: 'string', default: '4' },
    /** A folder for the app's CPU profile. */
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
/** Two contacts' attributes, a tag with its look-up, an event; most changes of the one referrer are written together. */
const callsEach = 4;
const senders = 16;

/** Calls by the end of their window. */
const windows = new Map<number, number>();
let refused = 0;

subscribe('http.server.response.finish', (message) => {
  const { response } = z.object({ response: z.custom<ServerResponse>() }).parse(message);
  const reset = Number(response.getHeader('x-ratelimit-reset') ?? 0);
  if (reset === 0) return;
  if (response.statusCode === 429) refused += 1;
  else windows.set(reset, (windows.get(reset) ?? 0) + 1);
});

/** As Intercom tells it: the contact meets the rule. */
function change({ sandbox }: TestApp, { contactId, email }: Referred) {
  const contact = sandbox.world.contacts.get(contactId);
  if (!contact) throw new Error('The sandbox has no such contact.');
  const shown = contactJson(sandbox.world, contact, newestVersion);
  const own = {
    id: contactId,
    email,
    updated_at: new Date().toISOString(),
    custom_attributes: { plan: 'pro' },
  };
  return notification({ data: { type: 'notification_event_data', item: { ...shown, ...own } } });
}

async function qualifyAll(stage: TestApp, people: readonly Referred[]): Promise<void> {
  const queue = people.map((person) => change(stage, person));
  const sendAll = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const answer = await deliver(stage.url, next);
      await answer.arrayBuffer();
      if (answer.status !== 200) throw new Error(`A notification was answered with ${answer.status}.`);
    }
  };
  await Promise.all(Array.from({ length: senders }, sendAll));
}

async function counted(stage: TestApp, sql: string): Promise<number> {
  const [row] = await stage.query<{ n: number }>(sql);
  return row?.n ?? 0;
}

async function measure(stage: TestApp, pid: number, limit: number): Promise<Line[]> {
  changeSettings(stage.sandbox.world, { rate_limit_per_10s: limit });
  const people = await addReferred(stage, 'Spring', Math.ceil((limit * Number(given.windows)) / callsEach));
  windows.clear();
  refused = 0;
  const before = processorSeconds(pid);
  await qualifyAll(stage, people);
  const waiting = () => counted(stage, `select count(*)::int as n from runs where state = 'waiting'`);
  const open = () => counted(stage, `select count(*)::int as n from deliveries where state = 'received'`);
  while ((await open()) > 0 || (await waiting()) > 0) await sleep(200);
  const after = processorSeconds(pid);
  const failed = await counted(
    stage,
    `select count(*)::int as n from runs where state not in ('done', 'waiting')`,
  );
  const all = [...windows.entries()].toSorted(([a], [b]) => a - b).map(([, calls]) => calls);
  const calls = all.reduce((sum, each) => sum + each, 0);
  // The first and the last are not full.
  const full = all.slice(1, -1);
  const used = full.reduce((sum, each) => sum + each, 0) / (full.length * limit);
  const what = `limit ${limit}`;
  return [
    {
      what: `${what}: calls in ${full.length} whole windows, of what Intercom allows`,
      value: `${full.reduce((sum, each) => sum + each, 0)}`,
      limit: `${full.length * limit}`,
      ratio: `${(used * 100).toFixed(1)} %`,
      goal: atLeast(90, used),
    },
    {
      what: `${what}: refused with 429; runs that did not succeed`,
      value: `${refused}; ${failed}`,
      goal: { words: '0; 0', met: refused === 0 && failed === 0 },
    },
    {
      what: `${what}: processor time of the app, a call`,
      value:
        before === null || after === null
          ? 'unknown here'
          : `${(((after - before) / calls) * 1_000).toFixed(2)} ms`,
    },
  ];
}

async function bench(stage: Stage): Promise<Line[]> {
  const log = { info() {}, warn() {} };
  const server = await startEmbeddedServer({ dataDir: join(stage.folder, 'data'), purpose: 'app', log });
  stage.onClear(server.stop);
  const app = await startTestApp({ database: { url: server.url, drop: async () => {} } });
  stage.onClear(app.close);
  await app.stopApp();
  await silence(app);
  const running = await startApp(stage.onClear, app.environment, profiling(given.profile));
  const lines: Line[] = [];
  for (const limit of given.limits.split(',').map(Number))
    lines.push(...(await measure(app, running.pid, limit)));
  return lines;
}

await onStage(async (stage) => printLines(await bench(stage), given));
