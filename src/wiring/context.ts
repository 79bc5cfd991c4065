// What every part of the app stands on: settings, clock, database, queue.

import { randomUUID } from 'node:crypto';
import type { Config } from '../config.ts';
import type { Hosts } from '../intercom/hosts.ts';
import { createHosts } from '../intercom/hosts.ts';
import type { Queue } from '../jobs/queue.ts';
import { createQueue } from '../jobs/queue.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { createMetrics } from '../metrics.ts';
import { startEmbeddedServer } from '../postgres/server.ts';
import type { Secrets } from '../secrets.ts';
import { createSecrets } from '../secrets.ts';
import type { Database } from '../store/database.ts';
import { migrate, openDatabase } from '../store/database.ts';
import { createSubjectLocks } from '../store/subject-lock.ts';

/** What a test may set otherwise. */
export type Overrides = {
  now?: () => Date;
  patienceMs?: number;
  settleAfterSeconds?: number;
  searchLagMs?: number;
  requestWithinMs?: number;
  tickEveryMs?: number;
  batchProbeMs?: number;
};

/** What every part stands on. */
export type Ground = {
  config: Config;
  log: Log;
  overrides: Overrides;
  now(): Date;
  newId(): string;
  metrics: Metrics;
  secrets: Secrets;
  hosts: Hosts;
  databaseUrl: string;
  database: Database;
  locks: ReturnType<typeof createSubjectLocks>;
  queue: Queue;
  /** Steps that undo the start, in its order; they are taken backwards. */
  closing: (() => Promise<void>)[];
};

/** Opens the database and the queue. What was opened is in `closing` at once, so that a failing start leaves nothing. */
export async function layGround(
  config: Config,
  log: Log,
  overrides: Overrides,
  closing: (() => Promise<void>)[],
): Promise<Ground> {
  const now = overrides.now ?? (() => new Date());
  const newId = () => randomUUID();
  const metrics = createMetrics();
  const secrets = createSecrets(config.appSecrets, now);
  const hosts = createHosts(config.intercom);

  const databaseUrl = await databaseFor(config, log, closing);
  await migrate(databaseUrl);
  const database = openDatabase(databaseUrl, log);
  closing.push(database.close);
  const locks = createSubjectLocks(databaseUrl, log);
  closing.push(locks.close);
  const queue = createQueue({ url: databaseUrl, log });
  await queue.start();
  closing.push(queue.stop);

  return {
    config,
    log,
    overrides,
    now,
    newId,
    metrics,
    secrets,
    hosts,
    databaseUrl,
    database,
    locks,
    queue,
    closing,
  };
}

async function databaseFor(config: Config, log: Log, closing: (() => Promise<void>)[]): Promise<string> {
  if (config.database.kind === 'server') return config.database.url;
  const embedded = await startEmbeddedServer({ dataDir: config.database.dataDir, purpose: 'app', log });
  closing.push(embedded.stop);
  return embedded.url;
}
