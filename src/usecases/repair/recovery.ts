// After a time in which notifications may have been missed: whoever changed meanwhile is read again, and both sides are compared.

import type { Page, PageRequest } from '../../domain/program/program.ts';
import type { NewDelivery } from '../../domain/qualification/delivery.ts';
import type { SeenContact } from '../../domain/qualification/notice.ts';
import type { Pause } from '../../domain/runs/run.ts';
import { createPageWork, type Stepped } from './page-work.ts';

export type Recovery = {
  id: string;
  workspaceId: string;
  /** Why it was begun, in words. */
  cause: string;
  since: Date;
  state: 'running' | 'done' | 'failed';
  step: number;
  cursor: string | null;
  seen: number;
  missed: number;
  driftId: string | null;
  trouble: string | null;
  startedAt: Date;
  finishedAt: Date | null;
};

export type RecoveryKey = { workspaceId: string; id: string };

/** A contact with the text of it that Intercom sent. */
export type ChangedContact = { contact: SeenContact; json: string };

export type RecoveryStore<Tx> = {
  /** One that is under way takes up what is asked for; then the answer is null. */
  add(tx: Tx, recovery: Omit<Recovery, 'step'>): Promise<string | null>;
  list(workspaceId: string, page: PageRequest): Promise<Page<Recovery>>;
  find(workspaceId: string, id: string): Promise<Recovery | null>;
  lock(tx: Tx, key: RecoveryKey): Promise<Recovery | null>;
  /** Counts the step. */
  change(tx: Tx, key: RecoveryKey, changes: Partial<Omit<Recovery, 'id'>>, at: Date): Promise<void>;
  abandoned(before: Date): Promise<RecoveryKey[]>;
  /** When the app last said that it runs. */
  lastBeat(): Promise<Date | null>;
  beat(at: Date): Promise<void>;
  /** When the last notification before that moment was received. */
  lastDelivery(tx: Tx, workspaceId: string, before: Date): Promise<Date | null>;
  /** Those among them that concern somebody here and are newer than what is known of them. */
  missed(tx: Tx, workspaceId: string, contacts: readonly SeenContact[]): Promise<Set<string>>;
};

export type RecoveryDeps<Tx> = {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  store: RecoveryStore<Tx>;
  /** Those that changed since then; by whole days, so that there may be more. Rejects with a Failure. */
  changedSince(
    workspaceId: string,
    since: Date,
    after: string | null,
  ): Promise<{ contacts: ChangedContact[]; next: string | null }>;
  /** Stores them with the job that handles them. Answers how many were new. */
  storeDeliveries(tx: Tx, deliveries: NewDelivery[]): Promise<number>;
  /** Of the workspaces that have installed the app. */
  installed(): Promise<string[]>;
  beginDrift(tx: Tx, workspaceId: string, campaignId: null, cause: string): Promise<string>;
  enqueue(tx: Tx, recovery: RecoveryKey, afterSeconds: number): Promise<void>;
  now(): Date;
  newId(): string;
  log: { warn(fields: object, message: string): void };
};

/** Intercom tries once more after a minute; what came later than that is lost. */
const longestAwayMs = 150_000;
/** Nobody goes back further: a notification was hardly ever the last one for longer. */
const furthestBackMs = 30 * 86_400_000;
/** Intercom's clock and ours are not the same. */
const marginMs = 5 * 60_000;

export function createRecovery<Tx>(deps: RecoveryDeps<Tx>) {
  const { store } = deps;

  /** In the transaction in which the service, or the grant, is there again: from the last notification before. */
  async function begin(tx: Tx, workspaceId: string, cause: string, outSince: Date): Promise<void> {
    const last = await store.lastDelivery(tx, workspaceId, outSince);
    const earliest = deps.now().getTime() - furthestBackMs;
    const since = new Date(Math.max((last ?? outSince).getTime() - marginMs, earliest));
    const id = await store.add(tx, {
      id: deps.newId(),
      workspaceId,
      cause,
      since,
      state: 'running',
      cursor: null,
      seen: 0,
      missed: 0,
      driftId: null,
      trouble: null,
      startedAt: deps.now(),
      finishedAt: null,
    });
    if (id !== null) await deps.enqueue(tx, { workspaceId, id }, 0);
  }

  /** For `createOutageStore`: an outside platform is gone through by itself, see reconcile.ts. */
  async function afterOutage(
    tx: Tx,
    { workspaceId, service, since }: { workspaceId: string; service: Pause; since: Date },
  ): Promise<void> {
    if (service === 'platform') return;
    const what = service === 'token' ? "Intercom refused the app's token" : 'Intercom could not be reached';
    await begin(tx, workspaceId, `${what} from ${since.toISOString()} on`, since);
  }

  /** For whoever installs the app again; `since` is when it was taken away. */
  async function afterReturn(tx: Tx, workspaceId: string, since: Date): Promise<void> {
    await begin(tx, workspaceId, `The app had no access from ${since.toISOString()} on`, since);
  }

  /** At the start, before anything else of it runs: whether no process ran for long enough to miss something. */
  async function afterStop(): Promise<void> {
    const last = await store.lastBeat();
    if (last !== null && deps.now().getTime() - last.getTime() > longestAwayMs) {
      for (const workspaceId of await deps.installed()) {
        const cause = `The app did not run from ${last.toISOString()} on`;
        await deps.transaction((tx) => begin(tx, workspaceId, cause, last));
      }
    }
    await store.beat(deps.now());
  }

  async function step({ workspaceId, id }: RecoveryKey): Promise<Stepped> {
    const recovery = await store.find(workspaceId, id);
    if (recovery?.state !== 'running') return 'over';
    const page = await deps.changedSince(workspaceId, recovery.since, recovery.cursor);
    return pages.once(recovery, (tx) => keep(tx, recovery, page));
  }

  async function keep(
    tx: Tx,
    recovery: Recovery,
    { contacts, next }: { contacts: ChangedContact[]; next: string | null },
  ): Promise<Stepped> {
    const { workspaceId, since } = recovery;
    const changed = contacts.filter(({ contact: { updatedAt } }) => updatedAt === null || updatedAt >= since);
    const seen = changed.map(({ contact }) => contact);
    const missed = await store.missed(tx, workspaceId, seen);
    const deliveries = changed
      .filter(({ contact }) => missed.has(contact.id))
      .map((one) => deliveryOf(workspaceId, one));
    const here = {
      cursor: next,
      seen: recovery.seen + changed.length,
      missed: recovery.missed + (await deps.storeDeliveries(tx, deliveries)),
      trouble: null,
    };
    if (next !== null) {
      await store.change(tx, recovery, here, deps.now());
      return 'more';
    }
    const driftId = await deps.beginDrift(tx, workspaceId, null, recovery.cause);
    const done = { state: 'done' as const, driftId, finishedAt: deps.now() };
    await store.change(tx, recovery, { ...here, ...done }, deps.now());
    return 'over';
  }

  const pages = createPageWork<Tx, Recovery>({
    ...deps,
    step,
    underWay: ['running'],
    giveUp: (tx, key, trouble) =>
      store.change(tx, key, { state: 'failed', trouble, finishedAt: deps.now() }, deps.now()),
  });

  /** To be called every minute. */
  async function tick(): Promise<void> {
    await store.beat(deps.now());
    await pages.tick();
  }

  return { afterOutage, afterReturn, afterStop, work: pages.work, tick, list: store.list };
}

/** The notification that should have come. The same state of a contact twice is one. */
function deliveryOf(workspaceId: string, { contact, json }: ChangedContact): NewDelivery {
  const topic = `contact.${contact.role ?? 'user'}.updated`;
  const id = `missed:${contact.id}:${contact.updatedAt?.getTime() ?? 0}`;
  const envelope = JSON.stringify({ type: 'notification_event', app_id: workspaceId, id, topic });
  const body = `${envelope.slice(0, -1)},"data":{"type":"notification_event_data","item":${json}}}`;
  return {
    workspaceId,
    notificationId: id,
    topic,
    contactId: contact.id,
    body: Buffer.from(body),
  };
}
