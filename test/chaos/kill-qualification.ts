// Kills the app again and again under a stream of notifications, with both outside services failing, and then counts effects.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedServer } from '../../src/postgres/server.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { silence } from '../support/changes.ts';
import { contactItem, deliver, notification } from '../support/notifications.ts';
import { addReferred, type Referred } from '../support/population.ts';
import { type AppProcess, startAppProcess } from '../support/process/app-child.ts';

export type Toll = {
  kills: number;
  /** Notifications that were answered with 200, copies included. */
  acknowledged: number;
  /** Of those, the ones that the database does not have. */
  lost: number;
  /** Notifications that were handled with an error, or not at all. */
  unhandled: number;
  referrals: number;
  qualified: number;
  /** Referrals whose history says that they were qualified more than once. */
  repeated: number;
  /** Users of Referral Factory who were not told to be qualified exactly once. */
  notOnceOnPlatform: number;
  failedRuns: number;
  drainedAfterMs: number;
};

const senders = 6;
const peopleARound = { Spring: 6, Autumn: 3 } as const;

/** `stage` is an app with the story that was stopped; it is killed once in each round. `report` gets a line per round. */
export async function killUnderNotifications(
  stage: TestApp,
  kills: number,
  report: (line: string) => void,
): Promise<Toll> {
  const acknowledged = new Map<string, number>();
  const referred: Referred[] = [];
  // The stream is ours: what the sandbox would tell of these contacts knows nothing of it.
  await silence(stage);
  let child: AppProcess = await startAppProcess(stage.environment);
  try {
    for (let round = 1; round <= kills; round += 1) {
      const spring = await addReferred(stage, 'Spring', peopleARound.Spring);
      const autumn = await addReferred(stage, 'Autumn', peopleARound.Autumn);
      referred.push(...spring, ...autumn);
      agree(stage, [...spring, ...autumn]);
      await misbehave(stage);
      const stream = send(stage.url, streamAbout([...spring, ...autumn]), acknowledged);
      await sleep(20 + Math.random() * 400);
      await child.kill();
      child = await startAppProcess(stage.environment);
      await stream;
      const lost = await countLost(stage, [...acknowledged.keys()]);
      report(`round ${round}: ${acknowledged.size} notifications acknowledged so far, ${lost} lost`);
    }
    await behave(stage.sandbox);
    const began = performance.now();
    await drained(stage);
    return await count(stage, { kills, acknowledged, referred, drainedAfterMs: performance.now() - began });
  } finally {
    await child.kill();
  }
}

/** One of each kind: more in a row would be an outage, which is waited out for a minute at a time. */
async function misbehave({ sandbox, misbehave: tell }: TestApp): Promise<void> {
  await behave(sandbox);
  const qualification = { method: 'PUT', path: '/referral-factory/api/v2/users/qualification' };
  await tell('/faults', { on: 'api', kind: 'cut', after: true, match: qualification, times: 1 });
  await tell('/faults', { on: 'api', kind: 'slow', ms: 300, match: qualification, times: 1 });
  await tell('/faults', { on: 'api', kind: 'cut', after: true, match: { method: 'PUT', path: '/contacts' } });
  await tell('/faults', {
    on: 'api',
    kind: 'status',
    status: 500,
    match: { method: 'POST', path: '/events' },
  });
}

/** Faults that nobody met must not pile up behind an outage, and make another one of its end. */
async function behave({ url }: TestApp['sandbox']): Promise<void> {
  await fetch(`${url}/sandbox/faults`, { method: 'DELETE' });
}

/** Intercom has what the stream ends with: after an outage the app reads it there by itself. */
function agree({ sandbox: { world } }: TestApp, people: Referred[]): void {
  for (const { contactId } of people) {
    const contact = world.contacts.get(contactId);
    if (contact) world.contacts.put({ ...contact, custom_attributes: { plan: 'pro' } });
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
async function send(appUrl: string, stream: Sent[], acknowledged: Map<string, number>): Promise<void> {
  const waiting = [...stream];
  async function sendSome(): Promise<void> {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      const status = await deliver(appUrl, one).then(
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
  while (Date.now() < until) {
    const [row] = await query<{ left: number }>(
      `select ((select count(*) from deliveries where state = 'received')
        + (select count(*) from runs where state = 'waiting'))::int as left`,
    );
    if (row?.left === 0) return;
    await sleep(100);
  }
}

async function count(
  stage: TestApp,
  done: { kills: number; acknowledged: Map<string, number>; referred: Referred[]; drainedAfterMs: number },
): Promise<Toll> {
  const { kills, acknowledged, referred, drainedAfterMs } = done;
  const ids = [...acknowledged.keys()];
  const referrals = await stage.query<{ status: string; times: number }>(
    `select r.status, (select count(*)::int from referral_history h
       where h.referral_id = r.id and h.what = 'status' and h."to" = 'qualified') as times
     from referrals r where r.id = any($1)`,
    [referred.map((one) => one.referralId)],
  );
  const unhandled = await stage.query(
    `select 1 from deliveries where notification_id = any($1) and state <> 'done'`,
    [ids],
  );
  const failedRuns = await stage.query(`select 1 from runs where state = 'failed'`);
  const { users } = stage.sandbox.world.referralFactory;
  const writes = referred.flatMap(({ platformId }) =>
    platformId === null ? [] : [users.get(platformId)?.qualification_writes],
  );
  return {
    kills,
    acknowledged: [...acknowledged.values()].reduce((sum, times) => sum + times, 0),
    lost: await countLost(stage, ids),
    unhandled: unhandled.length,
    referrals: referrals.length,
    qualified: referrals.filter((one) => one.status === 'qualified').length,
    repeated: referrals.filter((one) => one.times > 1).length,
    notOnceOnPlatform: writes.filter((times) => times !== 1).length,
    failedRuns: failedRuns.length,
    drainedAfterMs: Math.round(drainedAfterMs),
  };
}

/** What must be nought, and what must be all. */
function failed(toll: Toll): boolean {
  const { lost, unhandled, repeated, notOnceOnPlatform, failedRuns, qualified, referrals } = toll;
  return lost + unhandled + repeated + notOnceOnPlatform + failedRuns > 0 || qualified < referrals;
}

if (import.meta.main) {
  const kills = Number(process.argv[2] ?? 200);
  const folder = mkdtempSync(join(tmpdir(), 'referral-desk-chaos-'));
  // PostgreSQL may have to run as another user than root, who must be able to pass.
  chmodSync(folder, 0o755);
  const log = { info() {}, warn() {} };
  const server = await startEmbeddedServer({ dataDir: join(folder, 'data'), purpose: 'app', log });
  const stage = await startTestApp({ database: { url: server.url, drop: async () => {} } });
  try {
    await stage.stopApp();
    const toll = await killUnderNotifications(stage, kills, console.log);
    console.log(toll);
    if (failed(toll)) process.exitCode = 1;
  } finally {
    await stage.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
