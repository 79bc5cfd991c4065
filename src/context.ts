// What every use case is given: the database, the queue, the clock, and everything that is really outside.
import type { InboxView } from '../canvas/view.ts';
import type { Config } from './config.ts';
import type { OutsidePlatform, OutsidePlatformName } from './domain/platforms/platform.ts';
import type { Notification } from './domain/qualification/notification.ts';
import type { Deployment } from './http/proxy-notice.ts';
import type { IntercomAccess } from './intercom/access.ts';
import type { Hosts } from './intercom/hosts.ts';
import type { IntercomApi } from './intercom/intercom-api.ts';
import type { Queue } from './jobs/queue.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { OutboundGuard } from './referrals/outbound-guard.ts';
import type { Secrets } from './secrets.ts';
import type { CardAnswer, CardKey } from './store/card/cards.ts';
import type { Database } from './store/database.ts';
import type { SubjectLocks } from './store/subject-lock.ts';
import type { InFlight } from './usecases/in-flight.ts';
import type { RunHandlers } from './usecases/runs/run-handler.ts';

/** Waits and limits that tests may set otherwise. All in milliseconds. */
type Timing = {
  /** How long a pressed button waits for its conversion before the card says that it is under way. */
  conversionPatienceMs: number;
  /** After which the settling job may look at a conversion: longer than all its calls may take together. */
  settleConversionAfterMs: number;
  /** How long Intercom's search may not show a new contact. */
  searchLagMs: number;
  /** How long after it began an outage is looked at again during an import. */
  importProbeMs: number;
};

export type Context = {
  config: Config;
  log: Log;
  now(): Date;
  newId(): string;
  random(): number;
  sleep(milliseconds: number): Promise<void>;
  timing: Timing;
  database: Database;
  queue: Queue;
  locks: SubjectLocks;
  secrets: Secrets;
  metrics: Metrics;
  deployment: Deployment;
  hosts: Hosts;
  /** Intercom's API at the pace of who waits for it. */
  intercom: {
    /** A person waits: never held up, but counted. */
    agents: IntercomApi;
    background: IntercomApi;
    /** Imports and the like, which give way to all other work. */
    bulk: IntercomApi;
    /** What a notification says, from its stored JSON text. Never throws. */
    readNotification(topic: string, body: string): Notification;
  };
  /** The app's own access to workspaces: consent, scopes, teammates, health. */
  intercomAccess: IntercomAccess;
  platforms: Record<OutsidePlatformName, OutsidePlatform>;
  /** Which addresses that a workspace typed may be called. */
  outboundGuard: OutboundGuard;
  runHandlers: RunHandlers;
  /** Aborted when the process stops: work in hand is finished, and none is begun. */
  stopping: AbortSignal;
  card: {
    /** Shares one query between all who ask at the same moment. */
    read(key: CardKey): Promise<CardAnswer>;
    /** Conversions of this process that are under way. */
    conversions: InFlight<InboxView>;
  };
};
