// Notifications into qualifications: what changed on a contact, which rules it meets, and the run that follows.
import { matchContact } from '../domain/matching.ts';
import type { Facts, Notice, SeenContact } from '../domain/notice.ts';
import { attributesOf } from '../domain/rule.ts';
import type { QualificationStores, ReadNotice, SeenBefore, TakenDelivery } from './qualification-edges.ts';
import type { Ruling } from './ruling.ts';

type Outcome = { state: 'done' | 'ignored'; outcome: string; empty?: boolean };

export type QualificationDeps<Tx> = {
  stores: QualificationStores<Tx>;
  ruling: Ruling<Tx>;
  readNotice: ReadNotice;
  /** Adds the runs that bring a referral's state to Intercom. */
  planWriteBack(tx: Tx, workspaceId: string, referralId: string): Promise<void>;
  /** The ids that were merged into a contact, for a notice that does not say; empty when Intercom cannot be asked. */
  mergedInto(workspaceId: string, contactId: string): Promise<string[]>;
  now(): Date;
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
};

export function createQualification<Tx>(deps: QualificationDeps<Tx>) {
  const { stores, ruling } = deps;

  /** The job. One delivery's trouble is kept with it and does not hold up the others; a database in trouble rejects. */
  async function handle(workspaceId: string, deliveryIds: readonly number[]): Promise<void> {
    for (const id of deliveryIds) {
      try {
        await handleOne(workspaceId, id);
      } catch (error) {
        deps.log.warn({ err: error, workspaceId, deliveryId: id }, 'a notification could not be handled');
        const outcome = error instanceof Error ? error.message : String(error);
        const failed = { state: 'failed' as const, outcome: outcome.slice(0, 1_000), at: deps.now() };
        await stores.transaction((tx) => stores.deliveries.close(tx, workspaceId, id, failed));
      }
    }
  }

  async function handleOne(workspaceId: string, id: number): Promise<void> {
    const installation = await stores.installations.find(workspaceId);
    await stores.transaction(async (tx) => {
      const delivery = await stores.deliveries.take(tx, workspaceId, id);
      if (!delivery) return;
      const outcome =
        installation?.status === 'active'
          ? await apply(tx, workspaceId, installation.timeZone, delivery)
          : // Nothing of a workspace that did not ask for it is kept.
            ({ state: 'ignored', outcome: 'The workspace has not installed the app.', empty: true } as const);
      await stores.deliveries.close(tx, workspaceId, id, { ...outcome, at: deps.now() });
    });
  }

  async function apply(
    tx: Tx,
    workspaceId: string,
    timeZone: string,
    delivery: TakenDelivery,
  ): Promise<Outcome> {
    const notice = deps.readNotice(delivery.topic, parse(delivery.body));
    const context = { workspaceId, timeZone, deliveryId: delivery.id };
    switch (notice.kind) {
      case 'seen':
        return see(tx, context, notice.contact, notice.becameUser);
      case 'tagged':
        return tagged(tx, context, notice);
      case 'merged':
        return merged(tx, context, notice);
      case 'archived':
      case 'unarchived':
        await stores.contacts.setArchived(tx, workspaceId, notice.contactId, notice.kind === 'archived');
        return done(`The contact was ${notice.kind}.`);
      case 'deleted': {
        const kept = await stores.people.erase(tx, workspaceId, notice.contactId);
        return {
          ...done(`The person was erased; ${counted(kept, 'referral')} kept without a name.`),
          empty: true,
        };
      }
      case 'company':
        return done('No rule looks at companies.');
      case 'ping':
        return done('Intercom tried the address.');
      case 'unknown':
        return { state: 'ignored', outcome: `Nothing is done about the topic ${notice.topic}.` };
      case 'unreadable':
        return { state: 'ignored', outcome: `It could not be read: ${notice.why}` };
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
    const before = await stores.contacts.lock(tx, workspaceId, contact.id);
    if (isOlder(contact.updatedAt, before?.updatedAt ?? null))
      return done('A newer state of the contact is known.');

    const role = contact.role ?? before?.role ?? null;
    const named = new Set(rules.flatMap((rule) => attributesOf(rule.definition)));
    const facts = { ...pick(contact.facts, named), role };
    const seen: SeenBefore = { role, facts, updatedAt: contact.updatedAt ?? before?.updatedAt ?? null };
    await stores.contacts.save(tx, workspaceId, contact.id, seen, deps.now());

    const { personIds, linked } = await peopleWhoAre(tx, workspaceId, contact);
    if (personIds.length === 0) return done('No referral is about this contact.');
    const turned = becameUser || (before?.role === 'lead' && role === 'user');
    const change = { before: before?.facts ?? null, after: facts, becameUser: turned };
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
    const match = matchContact(contact, candidates);
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
    if (notice.contact) return see(tx, context, notice.contact, false);
    const before = await stores.contacts.lock(tx, context.workspaceId, notice.contactId);
    if (!before) return done('No referral is about this contact.');
    const tags = Array.isArray(before.facts.tags)
      ? before.facts.tags.filter((id) => id !== notice.tag.id)
      : [];
    const facts = { ...before.facts, tags: notice.added ? [...tags, notice.tag.id] : tags };
    const { contactId: id } = notice;
    const { role, updatedAt } = before;
    return see(tx, context, { id, role, email: null, externalId: null, name: null, updatedAt, facts }, false);
  }

  async function merged(
    tx: Tx,
    context: Context,
    notice: Extract<Notice, { kind: 'merged' }>,
  ): Promise<Outcome> {
    const { workspaceId } = context;
    const from =
      notice.fromId === null ? await deps.mergedInto(workspaceId, notice.contact.id) : [notice.fromId];
    let moved = 0;
    for (const id of from) moved += await stores.people.repoint(tx, workspaceId, id, notice.contact.id);
    const seen = await see(
      tx,
      context,
      notice.contact,
      notice.contact.role === 'user' && moved > 0,
      moved > 0,
    );
    return done(`${counted(moved, 'person', 'people')} followed a merge. ${seen.outcome}`);
  }

  return { handle };
}

const done = (outcome: string): Outcome => ({ state: 'done', outcome });

const counted = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function isOlder(at: Date | null, known: Date | null): boolean {
  return at !== null && known !== null && at < known;
}

function pick(facts: Facts, names: ReadonlySet<string>): Facts {
  return Object.fromEntries([...names].map((name) => [name, facts[name] ?? null]));
}
