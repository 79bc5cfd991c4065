// A storm: two processes of the app under a stream of notifications, each killed at random with a clock that jumps, the
// database cut, restarted and read-only, both outside services failing in every way. Then effects are counted.
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type TestApp } from '../support/app.ts';
import { silence } from '../support/changes.ts';
import { contactItem, deliver, notification } from '../support/notifications.ts';
import { addReferred, type Referred } from '../support/population.ts';
import { type AppProcess, startAppProcess } from '../support/process/app-child.ts';
import { type Line, startLine } from '../support/process/line.ts';
import { inboxBody, send as sendSigned } from '../support/teammate.ts';
import { type DatabaseFault, databaseFaults, strikeDatabase } from './database-faults.ts';

export type Toll = {
  kills: number;
  /** How often the database failed, by the kind of fault. */
  databaseFaults: Record<DatabaseFault, number>;
  /** Notifications as they were sent, copies and repeats included. */
  sent: number;
  /** Of those, the ones that were answered with 200. */
  acknowledged: number;
  /** Acknowledged, and not in the database. */
  lost: number;
  /** Notifications that were handled with an error, or not at all. */
  unhandled: number;
  referrals: number;
  /** Expected of each referral once. */
  qualified: number;
  /** Of those, the ones of which every notification was dropped: they were found by the recovery after a stop. */
  foundAgain: number;
  /** Referrals qualified more than once, according to their history. */
  repeated: number;
  /** Users of Referral Factory who were not told to be qualified exactly once. */
  notOnceOnPlatform: number;
  /** Contacts in Intercom that were not left with the attributes of a qualified referral. */
  notShownInIntercom: number;
  /** Runs that an operator had to retry when the services were well again. */
  retriedRuns: number;
  failedRuns: number;
  cards: { asked: number; overTwoSeconds: number; slowestMs: number; unanswered: number };
  drainedAfterMs: number;
};

export type StormOptions = {
  kills: number;
  /** Of the workspace, issued before the stage was stopped. */
  apiToken: string;
  /** How wrong the processes' clocks are, one way or the other. */
  clockMs?: number;
  /** Ends PostgreSQL without warning, if it is the storm's own. */
  crash?: () => Promise<void>;
  report?: (line: string) => void;
};

const senders = 6;
const peopleARound = { Spring: 6, Autumn: 3, dropped: 1 } as const;

/** `stage` is an app with the story that was stopped. Each round kills one of its two processes. */
export async function storm(stage: TestApp, options: StormOptions): Promise<Toll> {
  const { kills, report = () => {} } = options;
  // The stream is ours: what the sandbox would tell of these contacts knows nothing of it.
  await silence(stage);
  const weather = await begin(stage, options);
  const { acknowledged } = weather;
  try {
    for (let round = 1; round <= kills; round += 1) {
      await rage(weather, round, options);
      const lost = await countLost(stage, [...acknowledged.keys()]);
      const { asked, slowestMs } = weather.cards;
      report(
        `round ${round}: ${acknowledged.size} notifications acknowledged, ${lost} lost; ` +
          `${asked} cards, the slowest after ${Math.round(slowestMs)} ms`,
      );
    }
    await behave(stage.sandbox);
    const began = performance.now();
    await restAndRecover(weather);
    const retriedRuns = await retryFailed(weather, options);
    return await count(weather, { kills, retriedRuns, drainedAfterMs: performance.now() - began });
  } finally {
    await Promise.all(weather.processes.map((process) => process.kill()));
    weather.line.stop();
  }
}

type Weather = {
  stage: TestApp;
  line: Line;
  processes: AppProcess[];
  start(index: number, offsetMs: number): Promise<void>;
  acknowledged: Map<string, number>;
  sent: number;
  referred: Referred[];
  dropped: Referred[];
  strikes: Record<DatabaseFault, number>;
  cards: Toll['cards'];
};

/** Behind one line, so that the database can be cut off. */
async function begin(stage: TestApp, { clockMs = 3_000 }: StormOptions): Promise<Weather> {
  const line = await startLine(stage.databaseUrl);
  const ports = [Number(new URL(stage.url).port), await freePort()];
  const processes: AppProcess[] = [];
  const start = async (index: number, offsetMs: number) => {
    processes[index] = await startAppProcess({
      ...stage.environment,
      PORT: String(ports[index]),
      DATABASE_URL: line.url,
      CLOCK_OFFSET_MS: String(offsetMs),
    });
  };
  await start(0, clockMs);
  await start(1, -clockMs);
  const cards = { asked: 0, overTwoSeconds: 0, slowestMs: 0, unanswered: 0 };
  const strikes = { none: 0, cut: 0, restart: 0, 'read-only': 0 };
  const lists = { acknowledged: new Map<string, number>(), sent: 0, referred: [], dropped: [] };
  return { stage, line, processes, start, ...lists, strikes, cards };
}

async function rage(
  weather: Weather,
  round: number,
  { clockMs = 3_000, crash }: StormOptions,
): Promise<void> {
  const { stage, processes, line } = weather;
  const spring = await addReferred(stage, 'Spring', peopleARound.Spring);
  const autumn = await addReferred(stage, 'Autumn', peopleARound.Autumn);
  const dropped = await addReferred(stage, 'Spring', peopleARound.dropped);
  weather.referred.push(...spring, ...autumn, ...dropped);
  weather.dropped.push(...dropped);
  agree(stage, [...spring, ...autumn, ...dropped]);
  await misbehave(stage);
  const stream = send(weather, streamAbout([...spring, ...autumn]));
  const over = new AbortController();
  const cards = openCards(weather, spring, over.signal);
  // In turns, so that a few rounds see each.
  const fault = databaseFaults[round % databaseFaults.length] ?? 'none';
  weather.strikes[fault] += 1;
  const strike = sleep(Math.random() * 300).then(() =>
    strikeDatabase(fault, { url: stage.databaseUrl, line, ms: 300 + Math.random() * 1_200, crash }),
  );
  processes[(round + 1) % 2]?.stepClock();
  await sleep(20 + Math.random() * 400);
  const killed = round % 2;
  await processes[killed]?.kill();
  await strike;
  await weather.start(killed, Math.random() < 0.5 ? clockMs : -clockMs);
  await stream;
  over.abort();
  await cards;
}

type Fault = Record<string, unknown>;
const qualification = { method: 'PUT', path: '/referral-factory/api/v2/users/qualification' };

/** One of a kind: more in a row would be an outage, which is waited out for a minute at a time. */
const outsideFaults: readonly Fault[] = [
  { on: 'api', kind: 'cut', after: true, match: qualification },
  { on: 'api', kind: 'slow', ms: 300, match: qualification },
  { on: 'api', kind: 'status', status: 429, retry_after: 1, match: qualification },
  { on: 'api', kind: 'cut', after: true, match: { method: 'PUT', path: '/contacts' } },
  { on: 'api', kind: 'status', status: 429, retry_after: 1, match: { method: 'PUT', path: '/contacts' } },
  {
    on: 'api',
    kind: 'status',
    status: 503,
    by: 'load-balancer',
    match: { method: 'PUT', path: '/contacts' },
  },
  { on: 'api', kind: 'status', status: 502, body: 'cut-off', match: { path: '/tags' } },
  { on: 'api', kind: 'status', status: 500, match: { method: 'POST', path: '/events' } },
  { on: 'api', kind: 'status', status: 403, match: { method: 'POST', path: '/events' } },
];
const faultsARound = 4;

async function misbehave({ sandbox, misbehave: tell }: TestApp): Promise<void> {
  await behave(sandbox);
  const shuffled = outsideFaults.map((fault) => ({ fault, at: Math.random() }));
  const chosen = shuffled.toSorted((a, b) => a.at - b.at).slice(0, faultsARound);
  for (const { fault } of chosen) await tell('/faults', { ...fault, times: 1 });
}

/** Faults that no call met must not pile up during an outage and cause another one when it ends. */
async function behave({ url }: TestApp['sandbox']): Promise<void> {
  await fetch(`${url}/sandbox/faults`, { method: 'DELETE' });
}

/** Intercom has what the stream ends with: after an outage the app reads it there by itself. */
function agree({ sandbox: { world } }: TestApp, people: Referred[]): void {
  for (const { contactId } of people) {
    const contact = world.contacts.get(contactId);
    if (contact)
      world.contacts.put({ ...contact, custom_attributes: { plan: 'pro' }, updated_at: world.now() });
  }
}

type Sent = ReturnType<typeof notification>;

/** Each person goes from no plan over two others to pro; half of it twice, and all of it in any order. */
function streamAbout(people: Referred[]): Sent[] {
  const began = Date.now();
  const all = people.flatMap(({ contactId, email }) =>
    ['free', 'team', 'pro'].map((plan, step) => {
      const updatedAt = new Date(began + step).toISOString();
      const more = { id: contactId, email, updated_at: updatedAt, custom_attributes: { plan } };
      return notification({ data: { type: 'notification_event_data', item: contactItem(more) } });
    }),
  );
  const copies = all.filter(() => Math.random() < 0.5);
  return [...all, ...copies]
    .map((one) => ({ one, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

/** As Intercom does: what was not answered with 200 is sent again, though here more often than once. */
async function send(weather: Weather, stream: Sent[]): Promise<void> {
  const { acknowledged, processes } = weather;
  const waiting = [...stream];
  async function sendSome(): Promise<void> {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      weather.sent += 1;
      const { url } = processes[weather.sent % processes.length] ?? weather.stage;
      const status = await deliver(url, one).then(
        (answer) => answer.arrayBuffer().then(() => answer.status),
        () => null,
      );
      if (status === 200) acknowledged.set(one.id, (acknowledged.get(one.id) ?? 0) + 1);
      else {
        waiting.push(one);
        await sleep(50);
      }
    }
  }
  await Promise.all(Array.from({ length: senders }, sendSome));
}

/** As teammates do meanwhile; a killed process does not answer. */
async function openCards({ stage, processes, cards }: Weather, people: Referred[], over: AbortSignal) {
  for (let turn = 0; !over.aborted; turn += 1) {
    const { contactId = '' } = people[turn % people.length] ?? {};
    const { url } = processes[turn % processes.length] ?? stage;
    const raw = JSON.stringify(inboxBody(stage, { id: contactId }));
    const began = performance.now();
    const status = await sendSigned({ ...stage, url }, '/intercom/inbox/initialize', raw).then(
      (answer) => answer.arrayBuffer().then(() => answer.status),
      () => null,
    );
    const ms = performance.now() - began;
    cards.asked += 1;
    if (status !== 200) cards.unanswered += 1;
    else {
      cards.slowestMs = Math.max(cards.slowestMs, ms);
      if (ms > 2_000) cards.overTwoSeconds += 1;
    }
    await sleep(50);
  }
}

const hourMs = 60 * 60_000;

/** Nothing ran for an hour, as far as the next start can tell: what was dropped is looked for. */
async function restAndRecover(weather: Weather): Promise<void> {
  const { stage, processes } = weather;
  await drained(stage);
  await Promise.all(processes.map((process) => process.kill()));
  await stage.query('update heartbeats set at = $1', [new Date(Date.now() - hourMs)]);
  await fetch(`${stage.sandbox.url}/sandbox/settings`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ search_lag_ms: 0 }),
  });
  await weather.start(0, 0);
  await weather.start(1, 0);
  await drained(stage);
}

/** As an operator does in the run log; what was refused for good, as by a 403, is done then. */
async function retryFailed({ stage, processes }: Weather, { apiToken }: StormOptions): Promise<number> {
  const failed = await stage.query(`select 1 from runs where state = 'failed'`);
  await fetch(`${processes[0]?.url}/api/v1/runs/retry`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${apiToken}`, 'Content-Type': 'application/json' },
    body: '{}',
  });
  await drained(stage);
  return failed.length;
}

async function countLost({ query }: TestApp, ids: string[]): Promise<number> {
  const found = await query(
    `select 1 from deliveries where workspace_id = 'sandbox' and notification_id = any($1)`,
    [ids],
  );
  return ids.length - found.length;
}

/** Until nothing is left to handle and to do; whatever does not come to an end shows in what is counted then. */
async function drained({ query }: TestApp): Promise<void> {
  const until = Date.now() + 600_000;
  let quiet = 0;
  while (Date.now() < until && quiet < 5) {
    const [row] = await query<{ left: number }>(
      `select ((select count(*) from deliveries where state = 'received')
        + (select count(*) from runs where state = 'waiting')
        + (select count(*) from recoveries where state = 'running'))::int as left`,
    );
    quiet = row?.left === 0 ? quiet + 1 : 0;
    await sleep(100);
  }
}

async function count(
  { stage, acknowledged, sent, referred, dropped, strikes, cards }: Weather,
  done: Pick<Toll, 'kills' | 'retriedRuns' | 'drainedAfterMs'>,
): Promise<Toll> {
  const ids = [...acknowledged.keys()];
  const referrals = await stage.query<{ id: string; status: string; times: number }>(
    `select r.id, r.status, (select count(*)::int from referral_history h
       where h.referral_id = r.id and h.what = 'status' and h."to" = 'qualified') as times
     from referrals r where r.id = any($1)`,
    [referred.map((one) => one.referralId)],
  );
  const unhandled = await stage.query(
    `select 1 from deliveries where notification_id = any($1) and state <> 'done'`,
    [ids],
  );
  const failedRuns = await stage.query(`select 1 from runs where state = 'failed'`);
  const { contacts, referralFactory } = stage.sandbox.world;
  const writes = referred.flatMap(({ platformId }) =>
    platformId === null ? [] : [referralFactory.users.get(platformId)?.qualification_writes],
  );
  const qualified = new Set(referrals.filter(({ status }) => status === 'qualified').map(({ id }) => id));
  const shown = referred.filter(
    ({ contactId }) => contacts.get(contactId)?.custom_attributes.referral_status === 'Qualified',
  );
  return {
    ...done,
    databaseFaults: strikes,
    sent,
    acknowledged: [...acknowledged.values()].reduce((sum, times) => sum + times, 0),
    lost: await countLost(stage, ids),
    unhandled: unhandled.length,
    referrals: referrals.length,
    qualified: qualified.size,
    foundAgain: dropped.filter(({ referralId }) => qualified.has(referralId)).length,
    repeated: referrals.filter((one) => one.times > 1).length,
    notOnceOnPlatform: writes.filter((times) => times !== 1).length,
    notShownInIntercom: referred.length - shown.length,
    failedRuns: failedRuns.length,
    cards: { ...cards, slowestMs: Math.round(cards.slowestMs) },
    drainedAfterMs: Math.round(done.drainedAfterMs),
  };
}

/** What must be nought, and what must be all. */
export function isLoss(toll: Toll): boolean {
  const { lost, unhandled, repeated, notOnceOnPlatform, notShownInIntercom, failedRuns } = toll;
  const nought = lost + unhandled + repeated + notOnceOnPlatform + notShownInIntercom + failedRuns;
  return nought > 0 || toll.qualified < toll.referrals;
}
