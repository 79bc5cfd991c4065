// Notifications into qualifications: what changed on a contact, which rules it meets, and the run that follows.
import { matchContact } from '../domain/matching.ts';
import type { Notice, SeenContact } from '../domain/notice.ts';
import { attributesOf } from '../domain/rule.ts';
import { attributesAfter, isOlder } from '../domain/snapshot.ts';
import type { ActiveRule, QualificationStores, ReadNotice, SeenBefore } from './qualification-edges.ts';
import type { Ruling } from './ruling.ts';

type Outcome = { state: 'done' | 'ignored'; outcome: string; empty?: boolean };

export type QualificationDeps<Tx> = {
  stores: QualificationStores<Tx>;
  ruling: Ruling<Tx>;
  readNotice: ReadNotice;
  /** Adds the runs that bring a referral's state to Intercom. */
  planWriteBack(tx: Tx, workspaceId: string, referralId: string): Promise<void>;
  /** The ids that were merged into a contact, for a notice that does not say. Rejects when Intercom cannot be asked. */
  mergedInto(workspaceId: string, contactId: string): Promise<string[]>;
  /** Whether the same may well succeed a moment later: a deadlock, a lost connection, an Intercom that is out. */
  isPassing(error: unknown): boolean;
  now(): Date;
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
};

export function createQualification<Tx>(deps: QualificationDeps<Tx>) {
  const { stores, ruling } = deps;

  /**
   * The job. What cannot be handled is kept as failed, with why, and does not hold up the others. Rejects after passing
   * trouble, and is to be tried again: what is handled by then is left alone.
   */
  async function handle(workspaceId: string, deliveryIds: readonly number[]): Promise<void> {
    // Most of a stream was handled by an earlier job of it, see below.
    const own = await stores.deliveries.waiting(workspaceId, deliveryIds);
    if (own.length === 0) return;
    let trouble: unknown = null;
    for (const id of own) {
      try {
        await handleAgain(workspaceId, id);
      } catch (error) {
        deps.log.warn({ err: error, workspaceId, deliveryId: id }, 'a notification could not be handled');
        if (deps.isPassing(error)) trouble = error;
        else await fail(workspaceId, id, error);
      }
    }
    if (trouble !== null) throw trouble;
    await handleOthers(workspaceId);
  }

  /**
   * A stream makes a small job of each notification, and taking up a job costs more than handling what is in it: so the
   * one that is at it goes on with what has come meanwhile. Whatever goes wrong is left to the delivery's own job.
   */
  async function handleOthers(workspaceId: string): Promise<void> {
    for (const id of await stores.deliveries.waiting(workspaceId)) {
      try {
        await handleOne(workspaceId, id, true);
      } catch {
        return;
      }
    }
  }

  /** The loser of a deadlock tries again at once: the queue would make it wait for seconds. */
  async function handleAgain(workspaceId: string, id: number): Promise<void> {
    for (let left = 2; ; left -= 1) {
      try {
        return await handleOne(workspaceId, id);
      } catch (error) {
        if (left === 0 || !deps.isPassing(error)) throw error;
      }
    }
  }

  async function fail(workspaceId: string, id: number, error: unknown): Promise<void> {
    const outcome = (error instanceof Error ? error.message : String(error)).slice(0, 1_000);
    const failed = { state: 'failed' as const, outcome, at: deps.now() };
    await stores.transaction((tx) => stores.deliveries.close(tx, workspaceId, id, failed));
  }

  async function handleOne(workspaceId: string, id: number, unlessTaken = false): Promise<void> {
    const installation = await stores.installations.find(workspaceId);
    const active = installation?.status === 'active' ? installation : null;
    const asking = await inTransaction(workspaceId, id, active, null, unlessTaken);
    if (asking === null) return;
    // Between two transactions, since Intercom may take its time.
    const mergedIds = await deps.mergedInto(workspaceId, asking);
    await inTransaction(workspaceId, id, active, mergedIds, unlessTaken);
  }

  /** Answers the contact of which Intercom has to be asked who was merged into it, before anything can be done. */
  function inTransaction(
    workspaceId: string,
    id: number,
    installation: { timeZone: string } | null,
    mergedIds: string[] | null,
    unlessTaken: boolean,
  ): Promise<string | null> {
    return stores.transaction(async (tx) => {
      const delivery = await stores.deliveries.take(tx, workspaceId, id, unlessTaken);
      if (!delivery) return null;
      // Nothing of a workspace that did not ask for it is kept.
      let outcome: Outcome = ignored('The workspace has not installed the app.', { empty: true });
      if (installation) {
        const notice = deps.readNotice(delivery.topic, parse(delivery.body));
        if (notice.kind === 'merged' && notice.fromId === null && mergedIds === null)
          return notice.contact.id;
        const { timeZone } = installation;
        outcome = await apply(tx, { workspaceId, timeZone, deliveryId: id }, notice, mergedIds ?? []);
      }
      await stores.deliveries.close(tx, workspaceId, id, { ...outcome, at: deps.now() });
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
      case 'seen':
        return see(tx, context, notice.contact, notice.becameUser);
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
      case 'company':
        return done('No rule looks at companies.');
      case 'ping':
        return done('Intercom tried the address.');
      case 'unknown':
        return ignored(`Nothing is done about the topic ${notice.topic}.`);
      case 'unreadable':
        return ignored(`It could not be read: ${notice.why}`);
    }
  }

  type Context = { workspaceId: string; timeZone: string; deliveryId: number };

  /** `moved`: the people behind it have only just come to this contact. */
  async function see(
    tx: Tx,
    context: Context,
    contact: SeenContact,
    becameUser: boolean,
    moved = false,
  ): Promise<Outcome> {
    const { workspaceId } = context;
    const rules = await stores.rules.enabled(tx, workspaceId);
    const { before, gone } = await stores.contacts.lock(tx, workspaceId, contact.id);
    // It was on its way when the contact went: what was erased stays erased, and whom a merge left behind counts no more.
    if (gone === 'deleted') return { ...done('The contact is deleted.'), empty: true };
    if (gone === 'merged') return done('The contact was merged into another one.');
    const older = before !== null && isOlder(contact.updatedAt, before.updatedAt);
    if (older && !becameUser) return done('A newer state of the contact is known.');
    const after = older ? before : snapshotAfter(contact, before, rules);
    if (!older) await stores.contacts.save(tx, workspaceId, contact.id, after, deps.now());

    const { personIds, linked } = await peopleWhoAre(tx, workspaceId, contact);
    if (personIds.length === 0) return done('No referral is about this contact.');
    const turned = becameUser || (before?.role === 'lead' && after.role === 'user');
    const change = { before: before?.facts ?? null, after: after.facts, becameUser: turned };
    const referrals = await stores.referrals.ofPeople(tx, workspaceId, personIds);
    if (linked || moved) {
      for (const referral of referrals) await deps.planWriteBack(tx, workspaceId, referral.id);
    }
    const summary = await ruling.rule(tx, { ...context, rules, referrals, change });
    return done(summary);
  }

  /** Whoever is found by external_id or email is linked, so that the next rename does not lose them. */
  async function peopleWhoAre(
    tx: Tx,
    workspaceId: string,
    contact: SeenContact,
  ): Promise<{ personIds: string[]; linked: boolean }> {
    const candidates = await stores.people.candidates(tx, workspaceId, contact);
    // Who has a contact already is not another one that happens to have the same email.
    const free = candidates.filter((one) => one.contactId === null || one.contactId === contact.id);
    const match = matchContact(contact, free);
    if (match.outcome !== 'matched') return { personIds: [], linked: false };
    const linked = match.by !== 'link';
    if (linked) await stores.people.linkTo(tx, workspaceId, match.personIds, contact.id);
    return { personIds: match.personIds, linked };
  }

  async function tagged(
    tx: Tx,
    context: Context,
    notice: Extract<Notice, { kind: 'tagged' }>,
  ): Promise<Outcome> {
    const { contactId: id, contact, tag, added } = notice;
    if (contact && 'tags' in contact.facts) return see(tx, context, contact, false);
    // Intercom lists ten tags at most: of more, only the change is known.
    const { before } = await stores.contacts.lock(tx, context.workspaceId, id);
    const others = Array.isArray(before?.facts.tags)
      ? before.facts.tags.filter((one) => one !== tag.id)
      : null;
    const tags = others && { tags: added ? [...others, tag.id] : others };
    if (contact) return see(tx, context, { ...contact, facts: { ...contact.facts, ...tags } }, false);
    if (!before) return done('Nothing else is known of the contact.');
    const { role, updatedAt, facts } = before;
    const unnamed = { id, role, email: null, externalId: null, name: null, updatedAt };
    return see(tx, context, { ...unnamed, facts: { ...facts, ...tags } }, false);
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
    const seen = await see(tx, context, contact, becameUser, moved > 0);
    return done(`${counted(moved, 'person', 'people')} followed a merge. ${seen.outcome}`);
  }

  return { handle };
}

const done = (outcome: string): Outcome => ({ state: 'done', outcome });
const ignored = (outcome: string, more: { empty?: boolean } = {}): Outcome => ({
  state: 'ignored',
  outcome,
  ...more,
});

const counted = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

/** Of all that Intercom tells, only what some rule names is kept. */
function snapshotAfter(
  { role: told, updatedAt, facts }: SeenContact,
  before: SeenBefore | null,
  rules: readonly ActiveRule[],
): SeenBefore {
  const role = told ?? before?.role ?? null;
  const names = new Set(rules.flatMap((rule) => attributesOf(rule.definition)));
  return {
    role,
    facts: { ...attributesAfter(before?.facts ?? null, facts, names), role },
    updatedAt: updatedAt ?? before?.updatedAt ?? null,
  };
}
