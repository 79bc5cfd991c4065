// What every part of the app builds on: settings, clock, database, queue.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InboxView } from '../../canvas/view.ts';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { createHosts } from '../intercom/hosts.ts';
import { createGovernor, type Governor } from '../intercom/rate-limit.ts';
import { createQueue } from '../jobs/queue.ts';
import type { Log } from '../log.ts';
import { createChat } from '../messages/chat.ts';
import { createMailer } from '../messages/mail.ts';
import { createPost } from '../messages/post.ts';
import { createRewardWebhook } from '../messages/reward-webhook.ts';
import { createMetrics } from '../metrics.ts';
import { createClientDocuments, type ReadClientDocument } from '../outbound/client-document.ts';
import { startEmbeddedServer } from '../postgres/server.ts';
import { createOutboundGuard } from '../referrals/outbound-guard.ts';
import { createSecrets } from '../secrets.ts';
import { createCardReader } from '../store/card/cards.ts';
import { openDatabase } from '../store/database.ts';
import { createSharedWindows } from '../store/limits/shared-windows.ts';
import { createMemberReader } from '../store/messenger/members.ts';
import { prepareDatabase } from '../store/prepare-database.ts';
import { countWaitingRuns } from '../store/runs/runs.ts';
import { createSubjectLocks } from '../store/subject-lock.ts';
import { reencryptAll } from '../store/workspace/reencrypt.ts';
import { createInFlight } from '../usecases/in-flight.ts';
import { createArrivals } from '../usecases/qualification/arrivals.ts';
import { backlogOf, secondsLeft } from '../usecases/qualification/backlog.ts';
import { runHandlers } from '../usecases/runs/handlers.ts';
import { type Grants, openGrants, openIntercom, openIntercomAccess } from './intercom.ts';
import { openPlatforms } from './platforms.ts';
import type { ScheduleName } from './schedules.ts';

/** Intercom says "a few minutes" about its search lag; five were observed. */
const usualSearchLagMs = 5 * 60_000;

/** Both notifications of a merge are sent at once, and overtake each other by seconds. */
const usualMergeSettlesMs = 15_000;

/** Part of DATABASE_POOL: pg-boss's pool with its listening session, and the session that holds locks. */
const queueConnections = 5;
const lockConnections = 1;

export type Overrides = {
  now?: () => Date;
  sleep?: (milliseconds: number) => Promise<void>;
  settleAfterSeconds?: number;
  searchLagMs?: number;
  mergeSettlesMs?: number;
  deletionSettlesMs?: number;
  requestWithinMs?: number;
  cardAnswerMs?: number;
  finAnswerMs?: number;
  /** How often a schedule has a round, instead of as usual. */
  everyMs?: Partial<Record<ScheduleName, number>>;
  /** How often a process checks whether a round of a schedule is due. */
  askEveryMs?: number;
  importProbeMs?: number;
  readClientDocument?: ReadClientDocument;
  /** Runs no jobs or schedules. */
  answersOnly?: boolean;
};

export type AppContext = Context & {
  overrides: Overrides;
  databaseUrl: string;
  governor: Governor;
  grants: Grants;
  stop(): void;
  /** Undo the start; run in reverse order. */
  closing: (() => Promise<void>)[];
};

/** Adds each resource to `closing` at once, so that a failed start leaves nothing open. */
export async function openContext(
  config: Config,
  log: Log,
  overrides: Overrides,
  closing: (() => Promise<void>)[],
): Promise<AppContext> {
  const now = overrides.now ?? (() => new Date());
  const newId = () => randomUUID();
  const metrics = createMetrics();
  const secrets = createSecrets(config.appSecrets, now);
  const hosts = createHosts(config.intercom);
  const timing = timingOf(overrides);
  const base = { config, log, overrides, now, newId, metrics, secrets, hosts, timing };

  const stored = await openStored(base, closing);
  const { database } = stored;
  const stopping = new AbortController();
  const grants = openGrants({ database, secrets, hosts });
  const conversions = createInFlight<InboxView>();
  const governor = createGovernor({ windows: createSharedWindows(database), now, log });
  closing.push(async () => governor.close());
  closing.push(conversions.idle);
  return {
    ...base,
    ...stored,
    random: Math.random,
    sleep: overrides.sleep ?? ((milliseconds) => sleep(milliseconds, undefined, { ref: false })),
    deployment: { untrustedProxy: false },
    arrivals: createArrivals(),
    grants,
    governor,
    intercom: openIntercom({ grants, governor, now, newId, database, log }),
    intercomAccess: openIntercomAccess({ config, hosts }, grants),
    ...openOutside({ config, overrides, database, secrets }),
    runHandlers,
    stopping: stopping.signal,
    stop: () => stopping.abort(),
    card: { read: createCardReader(database), conversions },
    messenger: { read: createMemberReader(database) },
    closing,
  };
}

type Base = Pick<AppContext, 'config' | 'log' | 'now' | 'metrics' | 'secrets' | 'timing'>;

/** The database, its locks and its queue. */
async function openStored(
  { config, log, now, metrics, secrets, timing }: Base,
  closing: (() => Promise<void>)[],
): Promise<Pick<AppContext, 'databaseUrl' | 'database' | 'locks' | 'queue'>> {
  const databaseUrl = await databaseFor(config, log, closing);
  await prepareDatabase(databaseUrl, log);
  const database = openDatabase(databaseUrl, log, {
    connections: config.databasePool - queueConnections - lockConnections,
  });
  closing.push(database.close);
  await reencrypt({ database, secrets, log });
  metrics.watchRuns(() => countWaitingRuns(database.db));
  metrics.watchDeliveries(() => backlogOf({ database, now, timing }, null), secondsLeft);
  const locks = createSubjectLocks(databaseUrl, log);
  closing.push(locks.close);
  const queue = createQueue({ url: databaseUrl, connections: queueConnections, log });
  await queue.start();
  closing.push(queue.stop);
  return { databaseUrl, database, locks, queue };
}

/** What is called outside, apart from Intercom. */
function openOutside({
  config,
  overrides,
  database,
  secrets,
}: Pick<AppContext, 'config' | 'overrides' | 'database' | 'secrets'>): Pick<
  AppContext,
  'outboundGuard' | 'platforms' | 'readClientDocument' | 'messages'
> {
  const outboundGuard = createOutboundGuard({ allowPrivate: config.allowPrivatePlatforms });
  const post = createPost(outboundGuard);
  return {
    outboundGuard,
    platforms: openPlatforms({ outboundGuard, database, secrets }),
    // Whatever the operator allows for platforms: these addresses come from anyone.
    readClientDocument:
      overrides.readClientDocument ?? createClientDocuments(createOutboundGuard({ allowPrivate: false })),
    messages: {
      mail: createMailer(config.mail),
      chat: createChat(post),
      rewardWebhook: createRewardWebhook(post),
    },
  };
}

async function reencrypt({ database, secrets, log }: Pick<Context, 'database' | 'secrets' | 'log'>) {
  for (const { name, orElse, reencrypted, unreadable } of await reencryptAll(database.db, secrets)) {
    if (reencrypted > 0) log.info({ reencrypted }, `${name}: sealed with the current APP_SECRET`);
    if (unreadable.length > 0) log.warn({ unreadable }, `${name}: no APP_SECRET opens them; ${orElse}`);
  }
}

function timingOf(overrides: Overrides): Context['timing'] {
  return {
    cardAnswerMs: overrides.cardAnswerMs ?? 1_900,
    finAnswerMs: overrides.finAnswerMs ?? 2_500,
    conversionPatienceMs: 1_500,
    settleConversionAfterMs: (overrides.settleAfterSeconds ?? 60) * 1_000,
    searchLagMs: overrides.searchLagMs ?? usualSearchLagMs,
    mergeSettlesMs: overrides.mergeSettlesMs ?? usualMergeSettlesMs,
    deletionSettlesMs: overrides.deletionSettlesMs ?? usualSearchLagMs,
    importProbeMs: overrides.importProbeMs ?? 5_000,
  };
}

async function databaseFor(config: Config, log: Log, closing: (() => Promise<void>)[]): Promise<string> {
  if (config.database.kind === 'server') return config.database.url;
  const embedded = await startEmbeddedServer({ dataDir: config.database.dataDir, purpose: 'app', log });
  closing.push(embedded.stop);
  return embedded.url;
}
