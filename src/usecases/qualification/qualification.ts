// Notifications into qualifications: the job that finds out what each means, many in one transaction, and closes it.
import type { Notice, SeenContact } from '../../domain/qualification/notice.ts';
import type { ClosedDelivery } from '../../store/qualification/deliveries.ts';
import type { QualificationStores, ReadNotice } from './qualification-edges.ts';
import { createSeeing, done, type Outcome, type SeeingDeps, type Shown } from './seeing-contacts.ts';

/** So many notifications are handled in one transaction, and so many transactions follow one job. */
const perRound = 64;
const mostRounds = 16;

export type QualificationDeps<Tx> = SeeingDeps<Tx> & {
  stores: QualificationStores<Tx>;
  readNotice: ReadNotice;
  /** The ids that were merged into a contact, for a notice that does not say. Rejects when Intercom cannot be asked. */
  mergedInto(workspaceId: string, contactId: string): Promise<string[]>;
  /** Whether the same may well succeed a moment later: a deadlock, a lost connection, an Intercom that is out. */
  isPassing(error: unknown): boolean;
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
};

export function createQualification<Tx>(deps: QualificationDeps<Tx>) {
  const { stores } = deps;
  const seeing = createSeeing(deps);

  /**
   * The job. What cannot be handled is kept as failed, with why, and does not hold up the others. Rejects after passing
   * trouble, and is to be tried again: what is handled by then is left alone.
   */
  async function handle(workspaceId: string, deliveryIds: readonly number[]): Promise<void> {
    // Most of a stream was handled by an earlier job of it, see below.
    const own = await stores.deliveries.waiting(workspaceId, deliveryIds);
    if (own.length === 0) return;
    const timeZone = await timeZoneOf(workspaceId);
    let trouble: unknown = null;
    for (const id of await leftOf(workspaceId, timeZone, own)) {
      try {
        await handleAgain(workspaceId, timeZone, id);
      } catch (error) {
        deps.log.warn({ err: error, workspaceId, deliveryId: id }, 'a notification could not be handled');
        if (deps.isPassing(error)) trouble = error;
        else await fail(workspaceId, id, error);
      }
    }
    if (trouble !== null) throw trouble;
    await handleOthers(workspaceId, timeZone);
  }

  /** Null for a workspace that has not installed the app. */
  async function timeZoneOf(workspaceId: string): Promise<string | null> {
    const installation = await stores.installations.find(workspaceId);
    return installation?.status === 'active' ? installation.timeZone : null;
  }

  /** Handles what can be handled together, and answers what has to be looked at one by one. */
  async function leftOf(
    workspaceId: string,
    timeZone: string | null,
    ids: readonly number[],
  ): Promise<readonly number[]> {
    try {
      return (await round(workspaceId, timeZone, { ids })).left;
    } catch {
      // Whose fault it was shows when each is tried by itself.
      return ids;
    }
  }

  /**
   * A stream makes a small job of each notification, and taking up a job costs more than handling what is in it: so the
   * one that is at it goes on with what has come meanwhile. Whatever goes wrong is left to the delivery's own job.
   */
  async function handleOthers(workspaceId: string, timeZone: string | null): Promise<void> {
    for (let rounds = 0; rounds < mostRounds; rounds += 1) {
      try {
        const { taken } = await round(workspaceId, timeZone, { oldest: perRound });
        // A small round is what trickles in by itself, and comes with jobs of its own.
        if (taken < perRound / 2) return;
      } catch {
        return;
      }
    }
  }

  /** The loser of a deadlock tries again at once: the queue would make it wait for seconds. */
  async function handleAgain(workspaceId: string, timeZone: string | null, id: number): Promise<void> {
    for (let left = 2; ; left -= 1) {
      try {
        return await handleOne(workspaceId, timeZone, id);
      } catch (error) {
        if (left === 0 || !deps.isPassing(error)) throw error;
      }
    }
  }

  async function fail(workspaceId: string, id: number, error: unknown): Promise<void> {
    const outcome = (error instanceof Error ? error.message : String(error)).slice(0, 1_000);
    const failed = [{ id, state: 'failed' as const, outcome }];
    await stores.transaction((tx) => stores.deliveries.close(tx, workspaceId, failed, deps.now()));
  }

  /**
   * One transaction over many notifications that do nothing but show contacts, as nearly all do: what is known of all
   * of them is read at once and written at once. Others are left, open, for `handleOne`.
   */
  function round(
    workspaceId: string,
    timeZone: string | null,
    which: { ids: readonly number[] } | { oldest: number },
  ): Promise<{ taken: number; left: number[] }> {
    return stores.transaction(async (tx) => {
      const deliveries = await stores.deliveries.take(tx, workspaceId, which);
      const read = deliveries.map(({ id, topic, body }) => {
        const notice = deps.readNotice(topic, parse(body));
        return { id, notice, shown: timeZone === null ? null : shownBy(notice) };
      });
      const seen = read.flatMap(({ shown }) => shown ?? []);
      const scene = timeZone === null ? null : await seeing.begin(tx, workspaceId, timeZone, seen);
      const closed: ClosedDelivery[] = [];
      const left: number[] = [];
      for (const { id, notice, shown } of read) {
        const alone = timeZone === null ? notInstalled : withoutEffect(notice);
        if (scene && shown) {
          closed.push({ id, ...(await seeing.see(tx, scene, { deliveryId: id, ...shown })) });
        } else if (alone) closed.push({ id, ...alone });
        else left.push(id);
      }
      if (scene) await seeing.end(tx, scene);
      await stores.deliveries.close(tx, workspaceId, closed, deps.now());
      return { taken: deliveries.length, left };
    });
  }

  async function handleOne(workspaceId: string, timeZone: string | null, id: number): Promise<void> {
    const { left } = await round(workspaceId, timeZone, { ids: [id] });
    if (left.length === 0 || timeZone === null) return;
    const asking = await inTransaction(workspaceId, timeZone, id, null);
    if (asking === null) return;
    // Between two transactions, since Intercom may take its time.
    const mergedIds = await deps.mergedInto(workspaceId, asking);
    await inTransaction(workspaceId, timeZone, id, mergedIds);
  }

  /** Answers the contact of which Intercom has to be asked who was merged into it, before anything can be done. */
  function inTransaction(
    workspaceId: string,
    timeZone: string,
    id: number,
    mergedIds: string[] | null,
  ): Promise<string | null> {
    return stores.transaction(async (tx) => {
      const [delivery] = await stores.deliveries.take(tx, workspaceId, { ids: [id] });
      if (!delivery) return null;
      const notice = deps.readNotice(delivery.topic, parse(delivery.body));
      if (notice.kind === 'merged' && notice.fromId === null && mergedIds === null) return notice.contact.id;
      const outcome = await apply(tx, { workspaceId, timeZone, deliveryId: id }, notice, mergedIds ?? []);
      await stores.deliveries.close(tx, workspaceId, [{ id, ...outcome }], deps.now());
      return null;
    });
  }

  async function apply(
    tx: Tx,
    context: Context,
    notice: Notice,
    mergedIds: readonly string[],
  ): Promise<Outcome> {
    const { workspaceId } = context;
    switch (notice.kind) {
      case 'tagged':
        return tagged(tx, context, notice);
      case 'merged':
        return merged(tx, context, notice.contact, notice.fromId === null ? mergedIds : [notice.fromId]);
      case 'archived':
      case 'unarchived':
        await stores.contacts.setArchived(tx, workspaceId, notice.contactId, notice.kind === 'archived');
        return done(`The contact was ${notice.kind}.`);
      case 'deleted': {
        const kept = await stores.people.erase(tx, workspaceId, notice.contactId);
        const erased = `The person was erased; ${counted(kept, 'referral')} kept without a name.`;
        return { ...done(erased), empty: true };
      }
      case 'seen':
      case 'company':
      case 'ping':
      case 'unknown':
      case 'unreadable':
        throw new Error(`${notice.kind}: such a notification is never left by a round`);
    }
  }

  type Context = { workspaceId: string; timeZone: string; deliveryId: number };

  async function seeAlone(
    tx: Tx,
    { workspaceId, timeZone, deliveryId }: Context,
    shown: Shown & { moved?: boolean },
  ): Promise<Outcome> {
    const scene = await seeing.begin(tx, workspaceId, timeZone, [shown]);
    const outcome = await seeing.see(tx, scene, { deliveryId, ...shown });
    await seeing.end(tx, scene);
    return outcome;
  }

  async function tagged(
    tx: Tx,
    context: Context,
    notice: Extract<Notice, { kind: 'tagged' }>,
  ): Promise<Outcome> {
    const { contactId: id, contact, tag, added } = notice;
    // Intercom lists ten tags at most: of more, only the change is known.
    const locked = await stores.contacts.lock(tx, context.workspaceId, [id]);
    const before = locked.get(id)?.before ?? null;
    const others = Array.isArray(before?.facts.tags)
      ? before.facts.tags.filter((one) => one !== tag.id)
      : null;
    const tags = others && { tags: added ? [...others, tag.id] : others };
    if (contact) {
      const tagged = { ...contact, facts: { ...contact.facts, ...tags } };
      return seeAlone(tx, context, { contact: tagged, becameUser: false });
    }
    if (!before) return done('Nothing else is known of the contact.');
    const { role, updatedAt, facts } = before;
    const unnamed = { id, role, email: null, externalId: null, name: null, updatedAt };
    const known = { ...unnamed, facts: { ...facts, ...tags } };
    return seeAlone(tx, context, { contact: known, becameUser: false });
  }

  async function merged(
    tx: Tx,
    context: Context,
    contact: SeenContact,
    fromIds: readonly string[],
  ): Promise<Outcome> {
    let moved = 0;
    for (const id of fromIds) moved += await stores.people.repoint(tx, context.workspaceId, id, contact.id);
    const becameUser = contact.role === 'user' && moved > 0;
    const seen = await seeAlone(tx, context, { contact, becameUser, moved: moved > 0 });
    return done(`${counted(moved, 'person', 'people')} followed a merge. ${seen.outcome}`);
  }

  return { handle };
}

const ignored = (outcome: string, more: { empty?: boolean } = {}): Outcome => ({
  state: 'ignored',
  outcome,
  ...more,
});

// Nothing of a workspace that did not ask for it is kept.
const notInstalled = ignored('The workspace has not installed the app.', { empty: true });

/** Of notifications that do nothing but show a contact. */
function shownBy(notice: Notice): Shown | null {
  if (notice.kind === 'seen') return notice;
  const whole = notice.kind === 'tagged' && notice.contact !== null && 'tags' in notice.contact.facts;
  return whole && notice.contact ? { contact: notice.contact, becameUser: false } : null;
}

/** What is said of notifications that lead to nothing; null for all others. */
function withoutEffect(notice: Notice): Outcome | null {
  switch (notice.kind) {
    case 'company':
      return done('No rule looks at companies.');
    case 'ping':
      return done('Intercom tried the address.');
    case 'unknown':
      return ignored(`Nothing is done about the topic ${notice.topic}.`);
    case 'unreadable':
      return ignored(`It could not be read: ${notice.why}`);
    default:
      return null;
  }
}

const counted = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
