// The time from a notification to a qualification on its platform, idle and under a steady
// stream.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { newestVersion } from '../sandbox/intercom/call.ts';
import { contactJson } from '../sandbox/intercom/contacts/contact-json.ts';
import { startTestApp, type TestApp } from '../test/support/app.ts';
import { silence } from '../test/support/changes.ts';
import { deliver, notification } from '../test/support/notifications.ts';
import { addReferred, type Referred } from '../test/support/population.ts';
import { startPostgres } from './support/postgres.ts';
import { profiling, type RunningApp, residentMegabytes, startApp } from './support/processes/processes.ts';
import { below, type Line, median, megabytes, printLines } from './support/report.ts';
import { onStage, type Stage } from './support/stage.ts';

const { values: given } = parseArgs({
  options: {
    /** 500 for the 100,000 notifications over which memory should stay flat. */
    seconds: { type: 'string', default: '60' },
    idle: { type: 'string', default: '30' },
    /** How many qualify at once, in each round. */
    burst: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '3' },
    /** A folder for the app's CPU profile. */
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(given.seconds);
const perSecond = 200;
// How many of each second's 200 qualify. Referral Factory allows 600 calls a minute, and each qualification needs
// three.
const qualifying = { Spring: 10, Autumn: 2 } as const;
const bystanders = 2_000;

const ms = (value: number) => `${value.toFixed(0)} ms`;

let stamp = Date.now();

/** A whole contact as Intercom shows it, about 3 KB, newer than every earlier one. */
function about({ sandbox }: TestApp, { contactId, email }: Referred, plan: string) {
  const { contacts } = sandbox.world;
  const contact = contacts.get(contactId) ?? contacts.all()[0];
  if (!contact) throw new Error('The sandbox has no contacts.');
  stamp += 1;
  const shown = contactJson(sandbox.world, contact, newestVersion);
  const own = {
    id: contactId,
    email,
    updated_at: new Date(stamp).toISOString(),
    custom_attributes: { plan },
  };
  return notification({ data: { type: 'notification_event_data', item: { ...shown, ...own } } });
}

/** From the response to the notification until the platform shows it, in milliseconds, one after the other. */
async function idleLatencies(
  stage: TestApp,
  campaign: 'Spring' | 'Autumn',
  count: number,
): Promise<number[]> {
  const people = await addReferred(stage, campaign, count);
  const { users } = stage.sandbox.world.referralFactory;
  const isQualified = async ({ platformId, referralId }: Referred) => {
    if (platformId !== null) return users.get(platformId)?.qualified_at !== null;
    const [row] = await stage.query<{ status: string }>('select status from referrals where id = $1', [
      referralId,
    ]);
    return row?.status === 'qualified';
  };
  const latencies: number[] = [];
  for (const person of people) {
    await send(stage, about(stage, person, 'pro'));
    const began = performance.now();
    while (!(await isQualified(person))) await sleep(2);
    latencies.push(performance.now() - began);
    await sleep(300);
  }
  return latencies;
}

async function send(stage: TestApp, sent: object): Promise<void> {
  const answer = await deliver(stage.url, sent);
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`A notification was answered with ${answer.status}.`);
}

/** The notifications of each second, in sending order. */
async function streamOf(stage: TestApp): Promise<{ bySecond: Referred[][]; met: ReadonlySet<string> }> {
  const spring = await addReferred(stage, 'Spring', qualifying.Spring * seconds);
  const autumn = await addReferred(stage, 'Autumn', qualifying.Autumn * seconds);
  const known = await addReferred(stage, 'Spring', bystanders);
  const bySecond = Array.from({ length: seconds }, (_, at) => {
    const now = [
      ...spring.slice(at * qualifying.Spring, (at + 1) * qualifying.Spring),
      ...autumn.slice(at * qualifying.Autumn, (at + 1) * qualifying.Autumn),
    ];
    const rest = Array.from({ length: perSecond - now.length }, (_one, n): Referred => {
      const bystander = known[(at * perSecond + n) % known.length];
      // Half of Intercom's notifications are about people without a referral.
      if (n % 2 === 0 && bystander) return bystander;
      const id = randomUUID().replaceAll('-', '').slice(0, 24);
      return { contactId: id, email: `${id}@example.com`, referralId: '', platformId: null };
    });
    return [...now, ...rest].toSorted((a, b) => (a.contactId < b.contactId ? -1 : 1));
  });
  return { bySecond, met: new Set([...spring, ...autumn].map((person) => person.contactId)) };
}

/** Sends on schedule, however long the responses take. */
async function sendSteadily(
  stage: TestApp,
  { bySecond, met }: Awaited<ReturnType<typeof streamOf>>,
): Promise<void> {
  const began = performance.now();
  const answers: Promise<void>[] = [];
  for (const [second, people] of bySecond.entries()) {
    for (const [at, one] of people.entries()) {
      const due = began + second * 1_000 + (at * 1_000) / people.length;
      const early = due - performance.now();
      if (early > 1) await sleep(early);
      answers.push(send(stage, about(stage, one, met.has(one.contactId) ? 'pro' : 'free')));
    }
  }
  await Promise.all(answers);
}

type Lags = { handled: number; qualified: number; qualifications: number; waiting: number };

/** The longest in milliseconds, from received to handled, and from received to qualified on the platform. */
async function lagsSince(stage: TestApp, since: Date): Promise<Lags> {
  const [row] = await stage.query<Lags>(
    `select
       (select max(extract(epoch from handled_at - received_at) * 1000)::float from deliveries where received_at >= $1) as handled,
       (select max(extract(epoch from r.finished_at - d.received_at) * 1000)::float from runs r
          join decisions c on c.referral_id = r.referral_id and c.outcome = 'met'
          join deliveries d on d.id = c.delivery_id
          where r.kind = 'change-status' and d.received_at >= $1) as qualified,
       (select count(*)::int from runs where kind = 'change-status' and state = 'done' and created_at >= $1) as qualifications,
       ((select count(*) from deliveries where state = 'received')
         + (select count(*) from runs where kind = 'change-status' and state = 'waiting'))::int as waiting`,
    [since],
  );
  if (!row) throw new Error('The database says nothing.');
  return row;
}

/** All of a built-in campaign qualifies at once. Returns qualifications per second. */
async function burst(stage: TestApp, count: number): Promise<number> {
  const people = await addReferred(stage, 'Spring', count);
  const ids = people.map(({ referralId }) => referralId);
  const since = new Date();
  const queue = people.map((person) => about(stage, person, 'pro'));
  const sendAll = async () => {
    for (let sent = queue.shift(); sent; sent = queue.shift()) await send(stage, sent);
  };
  await Promise.all(Array.from({ length: 16 }, sendAll));
  for (;;) {
    const [row] = await stage.query<{ done: number; took: number }>(
      `select count(*)::int as done, extract(epoch from max(d.handled_at) - min(d.received_at))::float as took
       from referrals r
       join decisions c on c.referral_id = r.id and c.outcome = 'met'
       join deliveries d on d.id = c.delivery_id
       where r.id = any($1) and r.status = 'qualified' and d.received_at >= $2`,
      [ids, since],
    );
    if (row?.done === count) return count / row.took;
    await sleep(100);
  }
}

/** Until Intercom has been told of all, which takes longer than qualifying because of its limit. */
async function everyoneTold(stage: TestApp): Promise<void> {
  const waiting = () => stage.query("select 1 from runs where state = 'waiting' limit 1");
  while ((await waiting()).length > 0) await sleep(500);
}

/** In each round, nothing else is to be done, or Intercom is still being told of earlier ones. */
async function burstLine(stage: TestApp, beside: 'nothing else' | 'earlier ones'): Promise<Line> {
  const count = Number(given.burst);
  const rates: number[] = [];
  for (let round = 0; round < Number(given.rounds); round += 1) {
    if (beside === 'nothing else') await everyoneTold(stage);
    rates.push(await burst(stage, count));
  }
  const rate = median(rates);
  const what = `${count} at once, built-in: qualified a second`;
  const value = rate.toFixed(0);
  if (beside === 'nothing else') return { what, value, goal: { words: '>= 150', met: rate >= 150 } };
  return { what: `${what}, while Intercom is told of earlier ones`, value };
}

async function steady(stage: TestApp, app: RunningApp): Promise<Line[]> {
  const stream = await streamOf(stage);
  const since = new Date();
  const sending = sendSteadily(stage, stream);
  // Not from the first second, when compilation and caches still grow.
  await sleep(Math.min(10_000, seconds * 250));
  const memoryEarly = residentMegabytes(app.pid);
  await sending;
  const memoryLate = residentMegabytes(app.pid);
  let lags = await lagsSince(stage, since);
  for (let left = 300; left > 0 && lags.waiting > 0; left -= 1) {
    await sleep(100);
    lags = await lagsSince(stage, since);
  }
  const expected = stream.met.size;
  const all = lags.waiting === 0 && lags.qualifications === expected;
  const grown = memoryEarly !== null && memoryLate !== null ? memoryLate / memoryEarly : null;
  return [
    {
      what: `${perSecond}/s for ${seconds} s: handled and qualified`,
      value: `${lags.qualifications}`,
      limit: `${expected}`,
      goal: { words: 'all', met: all },
    },
    { what: 'longest until handled', value: ms(lags.handled), goal: below(5_000, lags.handled, ' ms') },
    { what: 'longest until qualified', value: ms(lags.qualified), goal: below(5_000, lags.qualified, ' ms') },
    {
      what: 'memory at the end; at the beginning',
      value: megabytes(memoryLate),
      limit: megabytes(memoryEarly),
      ...(grown !== null && { ratio: grown.toFixed(2), goal: { words: '<= 1.25', met: grown <= 1.25 } }),
    },
  ];
}

async function bench(stage: Stage): Promise<Line[]> {
  const server = await startPostgres(stage);
  const app = await startTestApp({ database: { url: server.url, drop: async () => {} } });
  stage.onClear(app.close);
  await app.stopApp();
  await silence(app);
  const running = await startApp(stage.onClear, app.environment, profiling(given.profile));
  const count = Number(given.idle);
  const idle = async (campaign: 'Spring' | 'Autumn') => {
    // The first few run without compiled code and open connections.
    const latencies = (await idleLatencies(app, campaign, count + 3)).slice(3);
    const middle = median(latencies);
    const worst = ms(Math.max(...latencies));
    return { value: ms(middle), limit: `slowest ${worst}`, goal: below(300, middle, ' ms') };
  };
  return [
    { what: 'idle, to qualified, built-in, median', ...(await idle('Spring')) },
    { what: 'idle, to qualified, Referral Factory, median', ...(await idle('Autumn')) },
    ...(await steady(app, running)),
    await burstLine(app, 'nothing else'),
    await burstLine(app, 'earlier ones'),
  ];
}

await onStage(async (stage) => printLines(await bench(stage), given));
