// The referral platforms as the app builds them, beside a running app, so that tests can ask them directly.
import { randomUUID } from 'node:crypto';
import type { Platform, StatusChange } from '../../src/domain/platforms/platform.ts';
import type { PlatformName } from '../../src/domain/program/referral.ts';
import type { NewRun, Run, Work } from '../../src/domain/runs/run.ts';
import { createQueue } from '../../src/jobs/queue.ts';
import { createBuiltIn } from '../../src/referrals/built-in/platform.ts';
import { newShareCode } from '../../src/referrals/built-in/share-code.ts';
import { createReach } from '../../src/referrals/reach.ts';
import {
  createReferralFactory,
  referralFactoryLimit,
} from '../../src/referrals/referral-factory/platform.ts';
import { createSecrets } from '../../src/secrets.ts';
import { openDatabase, type Tx } from '../../src/store/database.ts';
import { createConnectionStore } from '../../src/store/platforms/connections.ts';
import { createCopyStore } from '../../src/store/platforms/copies.ts';
import { peopleStore } from '../../src/store/program/people.ts';
import { createReferralStatusStore } from '../../src/store/program/referral-status.ts';
import { createReferralStore } from '../../src/store/program/referrals.ts';
import { createRateWindows, type Limit } from '../../src/store/rate-windows.ts';
import { createRunStore } from '../../src/store/runs/runs.ts';
import { createConnecting } from '../../src/usecases/platforms/connecting.ts';
import { createCopying } from '../../src/usecases/platforms/copying.ts';
import { createReconcile } from '../../src/usecases/platforms/reconcile.ts';
import { createStatusChange } from '../../src/usecases/program/status-change.ts';
import type { TestApp } from './app.ts';

const workspaceId = 'sandbox';
const quiet = { info() {}, warn() {}, error() {} };

export type Platforms = Awaited<ReturnType<typeof openPlatforms>>;

/** `planned` are the referrals for which a write-back was asked. */
export async function openPlatforms(
  app: Pick<TestApp, 'databaseUrl' | 'environment'>,
  more: { limit?: Limit; now?: () => Date; publicUrl?: string } = {},
) {
  const now = more.now ?? (() => new Date());
  const database = openDatabase(app.databaseUrl, quiet);
  const queue = createQueue({ url: app.databaseUrl, log: quiet });
  await queue.start();
  const connections = createConnectionStore(database, createSecrets([app.environment.APP_SECRET ?? '']));
  const windows = createRateWindows(database);
  const referrals = createReferralStore(database);
  const platforms: Record<PlatformName, Platform> = {
    'built-in': createBuiltIn({ referrals }),
    'referral-factory': createReferralFactory({
      connectionOf: (workspace) => connections.find(workspace, 'referral-factory'),
      allowanceOf: (account) => windows.of(`referral-factory ${account}`, more.limit ?? referralFactoryLimit),
      reach: createReach({ allowPrivate: true }),
    }),
  };
  const planned: string[] = [];
  const waited: number[] = [];
  const side = {
    transaction: database.transaction,
    platforms,
    connections,
    referrals: createReferralStatusStore(database, referrals),
    copies: createCopyStore(database, { newShareCode }),
    people: peopleStore,
    planEnrollment: async () => {},
    planWriteBack: async (_tx: Tx, _workspaceId: string, referralId: string) => {
      planned.push(referralId);
    },
    enqueue: queue.enqueue,
    now,
    newId: randomUUID,
    log: quiet,
  };
  const changeStatus = createStatusChange<Tx>({
    ...side,
    wait: async (ms) => {
      waited.push(ms);
    },
  });
  const copying = createCopying<Tx>({ ...side, stores: side });
  const reconcile = createReconcile<Tx>({ ...side, copying });
  const runs = createRunStore(database, (tx, jobs) => queue.enqueueAll(tx, jobs), now);

  /** Does a change as its run would; answers how often the intent was recorded. */
  async function change(
    referralId: string,
    wanted: StatusChange,
    askedAt: Date | null = null,
  ): Promise<number> {
    let signals = 0;
    const run = runOf(changeOf(referralId, wanted), askedAt);
    const result = await changeStatus(run, async () => {
      signals += 1;
    });
    if ('record' in result && result.record) await database.transaction(result.record);
    return signals;
  }

  return {
    workspaceId,
    platforms,
    connections,
    windows,
    copying,
    reconcile,
    connecting: createConnecting<Tx>({
      ...side,
      startPass: reconcile.start,
      resume: async () => {},
      leadsToPrivate: async () => false,
      audit: { record: async () => {} },
      publicUrl: more.publicUrl ?? 'http://127.0.0.1:1',
    }),
    planned,
    waited,
    change,
    /** Adds a run that the app beside takes up. */
    addRun: (referralId: string, wanted: StatusChange) =>
      database.transaction((tx) => runs.add(tx, newRun(changeOf(referralId, wanted)))),
    async close() {
      await queue.stop();
      await database.close();
    },
  };
}

function changeOf(referralId: string, change: StatusChange): Extract<Work, { kind: 'change-status' }> {
  const actor = { kind: 'rule' as const, name: 'Paid plan' };
  return { kind: 'change-status', referralId, change, reason: 'plan is pro', actor, saleValue: null };
}

function newRun<W extends Work>(work: W & { referralId: string }): NewRun & { work: W } {
  return {
    workspaceId,
    subject: work.referralId,
    referralId: work.referralId,
    dedupe: randomUUID(),
    work,
    cause: 'a test',
    mostAttempts: 5,
  };
}

function runOf<W extends Work>(work: W & { referralId: string }, askedAt: Date | null): Run<W> {
  const at = new Date();
  return {
    ...newRun(work),
    referralId: work.referralId,
    contactId: null,
    dueAt: at,
    id: randomUUID(),
    seq: 1,
    state: 'waiting',
    pausedFor: null,
    attempts: 0,
    askedAt,
    error: null,
    exchange: null,
    createdAt: at,
    finishedAt: null,
  };
}
