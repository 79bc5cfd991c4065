// What a contact that a notification shows leads to: who it is, what changed on it, which rules it meets.
import { type Candidate, matchContact } from '../../domain/program/matching.ts';
import type { SeenContact } from '../../domain/qualification/notice.ts';
import { attributesOf } from '../../domain/qualification/rule.ts';
import { attributesAfter, isOlder } from '../../domain/qualification/snapshot.ts';
import type { ClosedDelivery } from '../../store/qualification/deliveries.ts';
import type {
  ActiveRule,
  KnownContact,
  QualificationStores,
  RuledReferral,
  SeenBefore,
} from './qualification-edges.ts';
import type { Ruling } from './ruling.ts';

export type Outcome = Omit<ClosedDelivery, 'id'>;

export type Shown = { contact: SeenContact; becameUser: boolean };

/** What a transaction knows of the contacts that it is about; kept up to date from one notification to the next. */
type Scene = {
  workspaceId: string;
  timeZone: string;
  rules: ActiveRule[];
  contacts: Map<string, KnownContact>;
  /** Everybody who may be one of the contacts, and their referrals. */
  people: Candidate[];
  referrals: RuledReferral[];
  /** What is to be stored of the contacts in the end. */
  changed: Map<string, SeenBefore>;
};

export type SeeingDeps<Tx> = {
  stores: Pick<QualificationStores<Tx>, 'rules' | 'contacts' | 'people' | 'referrals'>;
  ruling: Ruling<Tx>;
  /** Adds the runs that bring a referral's state to Intercom. */
  planWriteBack(tx: Tx, workspaceId: string, referralId: string): Promise<void>;
  /** Lets contacts join the campaigns that take every new one of their kind. */
  letJoin(tx: Tx, workspaceId: string, contacts: readonly SeenContact[]): Promise<void>;
  now(): Date;
};

/** `begin` once in a transaction with all that is to be seen in it, then `see` each in its order, then `end`. */
export function createSeeing<Tx>(deps: SeeingDeps<Tx>) {
  const { stores, ruling } = deps;

  /** What is known of the contacts that are shown, locked until the transaction ends. */
  async function begin(
    tx: Tx,
    workspaceId: string,
    timeZone: string,
    shown: readonly { contact: SeenContact }[],
  ): Promise<Scene> {
    const asked = shown.map(({ contact }) => contact);
    const ids = asked.map(({ id }) => id);
    const rules = asked.length === 0 ? [] : await stores.rules.enabled(tx, workspaceId);
    const contacts = await stores.contacts.lock(tx, workspaceId, ids);
    if (asked.length > 0) await deps.letJoin(tx, workspaceId, asked);
    const people = await stores.people.candidates(tx, workspaceId, asked);
    const personIds = people.map((one) => one.id);
    const referrals = await stores.referrals.ofPeople(tx, workspaceId, personIds);
    return { workspaceId, timeZone, rules, contacts, people, referrals, changed: new Map() };
  }

  /** Stores what was seen. */
  async function end(tx: Tx, { workspaceId, changed }: Scene): Promise<void> {
    await stores.contacts.save(tx, workspaceId, changed, deps.now());
  }

  /** `moved`: the people behind it have only just come to this contact. */
  async function see(
    tx: Tx,
    scene: Scene,
    shown: Shown & { deliveryId: number; moved?: boolean },
  ): Promise<Outcome> {
    const { contact, becameUser, deliveryId, moved = false } = shown;
    const { workspaceId, timeZone, rules } = scene;
    const { before, gone } = scene.contacts.get(contact.id) ?? { before: null, gone: null };
    // It was on its way when the contact went: what was erased stays erased, and whom a merge left behind counts no more.
    if (gone === 'deleted') return { ...done('The contact is deleted.'), empty: true };
    if (gone === 'merged') return done('The contact was merged into another one.');
    const older = before !== null && isOlder(contact.updatedAt, before.updatedAt);
    if (older && !becameUser) return done('A newer state of the contact is known.');
    const after = older ? before : snapshotAfter(contact, before, rules);
    if (!older) {
      scene.contacts.set(contact.id, { before: after, gone });
      scene.changed.set(contact.id, after);
    }

    const { personIds, linked } = await peopleWhoAre(tx, scene, contact);
    if (personIds.length === 0) return done('No referral is about this contact.');
    const turned = becameUser || (before?.role === 'lead' && after.role === 'user');
    const change = { before: before?.facts ?? null, after: after.facts, becameUser: turned };
    const referrals = scene.referrals.filter((referral) => personIds.includes(referral.personId));
    if (linked || moved) {
      for (const referral of referrals) await deps.planWriteBack(tx, workspaceId, referral.id);
    }
    const ruled = { workspaceId, timeZone, deliveryId, rules, referrals, change };
    return done(await ruling.rule(tx, ruled));
  }

  /** Whoever is found by external_id or email is linked, so that the next rename does not lose them. */
  async function peopleWhoAre(
    tx: Tx,
    scene: Scene,
    contact: SeenContact,
  ): Promise<{ personIds: string[]; linked: boolean }> {
    // Who has a contact already is not another one that happens to have the same email.
    const free = scene.people.filter((one) => one.contactId === null || one.contactId === contact.id);
    const match = matchContact(contact, free);
    if (match.outcome !== 'matched') return { personIds: [], linked: false };
    const { personIds } = match;
    const linked = match.by !== 'link';
    if (linked) {
      await stores.people.linkTo(tx, scene.workspaceId, personIds, contact.id);
      const link = <T extends { contactId: string | null }>(one: T): T => ({ ...one, contactId: contact.id });
      scene.people = scene.people.map((one) => (personIds.includes(one.id) ? link(one) : one));
      scene.referrals = scene.referrals.map((one) => (personIds.includes(one.personId) ? link(one) : one));
    }
    return { personIds, linked };
  }

  return { begin, see, end };
}

export const done = (outcome: string): Outcome => ({ state: 'done', outcome });

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
