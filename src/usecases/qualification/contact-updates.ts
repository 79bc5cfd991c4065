// Processes a contact's update: finds the person, detects changes, applies rules.
import type { Context } from '../../context.ts';
import { withKeptValues } from '../../domain/card/merge-choice.ts';
import { changedNames, isOwnWrite, type OwnWrite } from '../../domain/contacts/own-writes.ts';
import {
  type Candidate,
  type Match,
  matchContact,
  peopleNamedBy,
} from '../../domain/program/contact-match.ts';
import type { AttributeChange, SeenContact } from '../../domain/qualification/notification.ts';
import { attributesOf } from '../../domain/qualification/rule.ts';
import {
  attributesAfter,
  identityAttributes,
  isOlder,
  isUnordered,
  knowsSame,
} from '../../domain/qualification/snapshot.ts';
import { pastMoment } from '../../domain/time.ts';
import { openKeptValues } from '../../store/card/conversions.ts';
import type { Tx } from '../../store/database.ts';
import {
  type ContactSnapshot,
  findCandidates,
  type KnownContact,
  linkPeople,
  lockContacts,
  saveSnapshots,
} from '../../store/qualification/contacts.ts';
import type { ClosedDelivery } from '../../store/qualification/deliveries.ts';
import { forgetWritten, ownWritesTo } from '../../store/qualification/own-writes.ts';
import { lockReferralsOfPeople, type RuledReferral } from '../../store/qualification/ruled-referrals.ts';
import { type ActiveRule, enabledRules } from '../../store/qualification/rules.ts';
import { enrollWatchedContacts } from '../repair/enroll-watched-contacts.ts';
import { planWriteBack } from '../runs/plan-write-back.ts';
import { applyRules } from './apply-rules.ts';

export type DeliveryOutcome = Omit<ClosedDelivery, 'id'>;

export type ContactUpdate = {
  contact: SeenContact;
  becameUser: boolean;
  /** Of a notification about a tag. */
  tag?: { id: string; added: boolean };
};

/** The contacts' state in a transaction, kept current between updates. */
export type TxSnapshot = {
  workspaceId: string;
  timeZone: string;
  rules: ActiveRule[];
  contacts: Map<string, KnownContact>;
  /** Candidates and their referrals. */
  people: Candidate[];
  referrals: RuledReferral[];
  /** The app's own, by contact. */
  ownWrites: Map<string, OwnWrite[]>;
  /** Chosen in a merge, by contact. */
  keptValues: Awaited<ReturnType<typeof openKeptValues>>;
  /** Stored at the end. */
  changed: Map<string, ContactSnapshot>;
};

export async function loadTxSnapshot(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  timeZone: string,
  contacts: readonly SeenContact[],
): Promise<TxSnapshot> {
  const some = contacts.length > 0;
  const rules = some ? await enabledRules(tx, workspaceId, ctx.now()) : [];
  const known = await lockContacts(
    tx,
    workspaceId,
    contacts.map(({ id }) => id),
  );
  if (some) await enrollWatchedContacts(ctx, tx, workspaceId, contacts);
  const people = await findCandidates(tx, workspaceId, contacts);
  const personIds = people.map(({ id }) => id);
  const referrals = await lockReferralsOfPeople(tx, workspaceId, personIds);
  // Of contacts without a person, no rule asks.
  const ownWrites = await ownWritesTo(tx, workspaceId, people.length > 0 ? contacts : [], ctx.now());
  const ids = rules.length > 0 ? contacts.map(({ id }) => id) : [];
  const keptValues = await openKeptValues(tx, workspaceId, ids);
  return {
    ...{ workspaceId, timeZone, rules, contacts: known, people, referrals, ownWrites, keptValues },
    changed: new Map(),
  };
}

export function saveTxSnapshot(ctx: Context, tx: Tx, { workspaceId, changed }: TxSnapshot): Promise<void> {
  return saveSnapshots(tx, workspaceId, changed, ctx.now());
}

/** `stored`: the snapshot just before the read. `contact` is null when Intercom does not find it. */
export type ReadState = { contact: SeenContact | null; stored: ContactSnapshot | null };

/**
 * The snapshot of a contact that has to be read before `contact` is applied: undefined when the order is clear, or
 * `read` is the answer and nothing else was stored since.
 */
export async function snapshotBeforeRead(
  ctx: Context,
  tx: Tx,
  { workspaceId, timeZone }: Pick<TxSnapshot, 'workspaceId' | 'timeZone'>,
  contact: SeenContact,
  read: ReadState | null,
): Promise<ContactSnapshot | null | undefined> {
  const snapshot = await loadTxSnapshot(ctx, tx, workspaceId, timeZone, [contact]);
  if (!needsReading(ctx, snapshot, contact)) return undefined;
  const stored = snapshot.contacts.get(contact.id)?.snapshot ?? null;
  return read !== null && JSON.stringify(read.stored) === JSON.stringify(stored) ? undefined : stored;
}

/**
 * The contact may be older than what is stored, and differs from it: only Intercom can tell which state is the
 * last. Notifications have milliseconds, Intercom's REST API has whole seconds.
 */
export function needsReading(ctx: Pick<Context, 'now'>, snapshot: TxSnapshot, seen: SeenContact): boolean {
  const contact = asChosen(snapshot, seen);
  const { snapshot: before, gone } = snapshot.contacts.get(contact.id) ?? { snapshot: null, gone: null };
  const now = ctx.now();
  if (before === null || gone !== null || !isUnordered(contact.updatedAt, before, now)) return false;
  const match = matchOf(snapshot, contact);
  const links = match.outcome === 'matched' && match.by !== 'link';
  const names = namesFor(snapshot.rules, match.outcome === 'matched' ? match.personIds : []);
  return links || !knowsSame(before.facts, snapshotAfter(contact, before, names, now).facts);
}

/** `moved`: a merge has just moved people to this contact. */
export async function applyUpdate(
  ctx: Context,
  tx: Tx,
  snapshot: TxSnapshot,
  seen: ContactUpdate & { deliveryId: number | null; moved?: boolean },
): Promise<DeliveryOutcome> {
  const update = { ...seen, contact: asChosen(snapshot, seen.contact) };
  const { contact, becameUser, deliveryId, moved = false } = update;
  const { workspaceId, timeZone, rules } = snapshot;
  const { snapshot: before, gone } = snapshot.contacts.get(contact.id) ?? { snapshot: null, gone: null };
  // A late update: erased data stays erased, and a merged contact no longer counts.
  if (gone === 'deleted') return { ...done('The contact is deleted.'), empty: true };
  if (gone === 'merged') return done('The contact was merged into another one.');
  const older = before !== null && isOlder(contact.updatedAt, before.updatedAt, ctx.now());
  if (older && !becameUser) return done('A newer state of the contact is already known.');
  const { personIds, linked } = await findPeople(tx, snapshot, contact);
  const after = older ? before : snapshotAfter(contact, before, namesFor(rules, personIds), ctx.now());
  if (!older) {
    snapshot.contacts.set(contact.id, { snapshot: after, gone });
    snapshot.changed.set(contact.id, after);
  }
  if (personIds.length === 0) return done('No referral belongs to this contact.');
  const turnedUser = becameUser || (before?.role === 'lead' && after.role === 'user');
  const change = { before: before?.facts ?? null, after: after.facts, becameUser: turnedUser };
  const referrals = snapshot.referrals.filter(({ personId }) => personIds.includes(personId));
  if (linked || moved) {
    for (const referral of referrals) await planWriteBack(ctx, tx, workspaceId, referral.id);
  }
  if (!moved && (await isByUs(tx, snapshot, update, change)))
    return done('The app wrote this itself: no rule looks at it.');
  return done(await applyRules(ctx, tx, { workspaceId, timeZone, deliveryId, rules, referrals, change }));
}

/** A merge shows the user's values first, where a teammate chose the lead's. */
const asChosen = ({ keptValues }: TxSnapshot, contact: SeenContact): SeenContact =>
  withKeptValues(contact, keptValues.get(contact.id) ?? []);

/** Decided here for every write of the app, whatever work it belonged to. */
async function isByUs(
  tx: Tx,
  { workspaceId, ownWrites }: TxSnapshot,
  { contact, tag }: ContactUpdate,
  change: AttributeChange,
): Promise<boolean> {
  const writes = ownWrites.get(contact.id) ?? [];
  if (writes.length === 0) return false;
  if (isOwnWrite({ change, updatedAt: contact.updatedAt, tag: tag ?? null }, writes)) return true;
  await forgetWritten(tx, workspaceId, writes, changedNames(change));
  return false;
}

/** Links matches by external_id or email, so that a change of either does not lose them. */
async function findPeople(
  tx: Tx,
  snapshot: TxSnapshot,
  contact: SeenContact,
): Promise<{ personIds: string[]; linked: boolean }> {
  const match = matchOf(snapshot, contact);
  if (match.outcome !== 'matched') return { personIds: [], linked: false };
  const { personIds } = match;
  const linked = match.by !== 'link';
  if (linked) {
    await linkPeople(tx, snapshot.workspaceId, personIds, contact.id);
    const contactId = contact.id;
    snapshot.people = snapshot.people.map((person) =>
      personIds.includes(person.id) ? { ...person, contactId } : person,
    );
    snapshot.referrals = snapshot.referrals.map((referral) =>
      personIds.includes(referral.personId) ? { ...referral, contactId } : referral,
    );
  }
  return { personIds, linked };
}

/** A person with a contact is not another contact with the same email. */
function matchOf({ people }: TxSnapshot, contact: SeenContact): Match {
  const candidates = people.filter(({ contactId }) => contactId === null || contactId === contact.id);
  const match = matchContact(contact, candidates);
  if (match.outcome !== 'matched' || match.by !== 'link') return match;
  const named = peopleNamedBy(contact, candidates);
  return named.length === 0 ? match : { ...match, by: 'email', personIds: [...match.personIds, ...named] };
}

export const done = (outcome: string): DeliveryOutcome => ({ state: 'done', outcome });

/** Of a contact without a person in the program, only what rules name is kept. */
function namesFor(rules: readonly ActiveRule[], personIds: readonly string[]): Set<string> {
  const named = rules.flatMap(({ definition }) => attributesOf(definition));
  return new Set(personIds.length === 0 ? named : [...named, ...identityAttributes]);
}

function snapshotAfter(
  { role: newRole, updatedAt, facts }: SeenContact,
  before: ContactSnapshot | null,
  names: ReadonlySet<string>,
  now: Date,
): ContactSnapshot {
  const role = newRole ?? before?.role ?? null;
  // Of a contact that Fin asked about, unknown to the program or not: see usecases/fin/learn-contacts.ts.
  const kept = before !== null && Object.hasOwn(before.facts, 'external_id') ? ['external_id'] : [];
  return {
    role,
    facts: { ...attributesAfter(before?.facts ?? null, facts, [...names, ...kept]), role },
    updatedAt: pastMoment(updatedAt, now),
  };
}
