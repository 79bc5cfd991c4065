// What every use case gets: the database, the queue, the clock, and the outside services.
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
import type { Mail } from './messages/mail.ts';
import type { PostAccepted } from './messages/post.ts';
import type { SignedEvent } from './messages/reward-webhook.ts';
import type { Metrics } from './metrics.ts';
import type { ReadClientDocument } from './outbound/client-document.ts';
import type { OutboundGuard } from './referrals/outbound-guard.ts';
import type { Secrets } from './secrets.ts';
import type { CardAnswer, CardKey } from './store/card/cards.ts';
import type { Database } from './store/database.ts';
import type { MemberAnswer, MemberKey } from './store/messenger/members.ts';
import type { SubjectLocks } from './store/subject-lock.ts';
import type { InFlight } from './usecases/in-flight.ts';
import type { Arrivals } from './usecases/qualification/arrivals.ts';
import type { RunHandlers } from './usecases/runs/run-handler.ts';

/** In milliseconds; tests override them. */
type Timing = {
  /** How long Intercom waits for a card at most, with some room. */
  cardAnswerMs: number;
  /** Fin is answered by then, whatever is down. */
  finAnswerMs: number;
  /** How long a pressed button waits for its conversion before the card shows it as in progress. */
  conversionPatienceMs: number;
  /** When the settling job may look at a conversion: longer than all its calls can take together. */
  settleConversionAfterMs: number;
  /** How long Intercom's search can miss a new contact. */
  searchLagMs: number;
  /** How long a merge may be told before all of it shows. */
  mergeSettlesMs: number;
  /** How long a deletion is not final: the merge that it was part of may show only in a search. */
  deletionSettlesMs: number;
  /** How long after an outage begins an import probes the service again. */
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
  arrivals: Arrivals;
  locks: SubjectLocks;
  secrets: Secrets;
  metrics: Metrics;
  deployment: Deployment;
  hosts: Hosts;
  intercom: {
    /** A person is waiting: never delayed, but counted. */
    agents: IntercomApi;
    background: IntercomApi;
    /** Imports and the like, which yield to all other work. */
    bulk: IntercomApi;
    /** Reads the stored JSON text. Never throws. */
    readNotification(topic: string, body: string): Notification;
  };
  intercomAccess: IntercomAccess;
  platforms: Record<OutsidePlatformName, OutsidePlatform>;
  /** Decides whether an address that a workspace entered may be called. */
  outboundGuard: OutboundGuard;
  readClientDocument: ReadClientDocument;
  /** Reject with a Failure that says whether the message may be taken later. */
  messages: {
    mail(mail: Mail): Promise<void>;
    chat(url: string, text: string): Promise<void>;
    rewardWebhook(event: SignedEvent): Promise<PostAccepted>;
  };
  runHandlers: RunHandlers;
  /** Aborted when the process stops: finish the work in progress, and start none. */
  stopping: AbortSignal;
  card: {
    /** Concurrent reads of the same key share one query. */
    read(key: CardKey): Promise<CardAnswer>;
    /** Conversions in progress in this process. */
    conversions: InFlight<InboxView>;
  };
  messenger: {
    /** As of the card. */
    read(key: MemberKey): Promise<MemberAnswer>;
  };
};
