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
  linkAll,
  lockContacts,
  saveSnapshots,
} from '../../store/qualification/contacts.ts';
import type { ClosedDelivery } from '../../store/qualification/deliveries.ts';
import { forgetWritten, ownWritesTo } from '../../store/qualification/own-writes.ts';
import { lockReferralsOfPeople, type RuledReferral } from '../../store/qualification/ruled-referrals.ts';
import { type ActiveRule, enabledRules } from '../../store/qualification/rules.ts';
import type { ReadAhead } from '../program/read-ahead.ts';
import { enrollWatchedContacts } from '../repair/enroll-watched-contacts.ts';
import { planWriteBacks } from '../runs/plan-write-back.ts';
import { applyRules, readForRules } from './apply-rules.ts';

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
  /** The attributes that are kept: of all contacts, and of contacts of people in the program. */
  names: Record<'ofRules' | 'ofPeople', ReadonlySet<string>>;
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
    ...{
      workspaceId,
      timeZone,
      rules,
      names: keptNames(rules),
      contacts: known,
      people,
      referrals,
      ownWrites,
      keptValues,
    },
    changed: new Map(),
  };
}

export function saveTxSnapshot(ctx: Context, tx: Tx, { workspaceId, changed }: TxSnapshot): Promise<void> {
  return saveSnapshots(tx, workspaceId, changed, ctx.now());
}

/** `stored`: the snapshot just before the read. `contact` is null when Intercom does not find it. */
export type ReadState = { contact: SeenContact | null; stored: ContactSnapshot | null };

/** `asked`: the contact has to be read first. `answered`: it was, and nothing else was stored since. */
export type Reading = 'clear' | 'answered' | { asked: ContactSnapshot | null };

/** Whether `contact` can be applied as received. A contact that was read before a newer state was stored no longer counts. */
export async function readingFor(
  ctx: Context,
  tx: Tx,
  { workspaceId, timeZone }: Pick<TxSnapshot, 'workspaceId' | 'timeZone'>,
  contact: SeenContact,
  read: ReadState | null,
): Promise<Reading> {
  const snapshot = await loadTxSnapshot(ctx, tx, workspaceId, timeZone, [contact]);
  if (!needsReading(ctx, snapshot, contact)) return 'clear';
  const stored = snapshot.contacts.get(contact.id)?.snapshot ?? null;
  const isSame = read !== null && JSON.stringify(read.stored) === JSON.stringify(stored);
  return isSame ? 'answered' : { asked: stored };
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
  const names = match.outcome === 'matched' ? snapshot.names.ofPeople : snapshot.names.ofRules;
  return links || !knowsSame(before.facts, snapshotAfter(contact, before, names, now).facts);
}

/** `moved`: a merge has just moved people to this contact. */
type Update = ContactUpdate & { deliveryId: number | null; moved?: boolean };

/** A change of a contact that people of the program are linked to, for the rules. */
export type Applicable = {
  update: Update;
  personIds: string[];
  linked: boolean;
  change: AttributeChange;
};

/** As `takeUpdate`, `linkTaken` and `decideTaken` of one update. */
export async function applyUpdate(
  ctx: Context,
  tx: Tx,
  snapshot: TxSnapshot,
  seen: Update,
): Promise<DeliveryOutcome> {
  const taken = takeUpdate(ctx, snapshot, seen);
  if ('outcome' in taken) return taken;
  await linkTaken(ctx, tx, snapshot, [taken]);
  return decideTaken(ctx, tx, snapshot, taken);
}

/** Brings the snapshot to the state of the update. Returns an outcome when it concerns no person or has nothing new. */
export function takeUpdate(ctx: Context, snapshot: TxSnapshot, seen: Update): DeliveryOutcome | Applicable {
  const update = { ...seen, contact: asChosen(snapshot, seen.contact) };
  const { contact, becameUser } = update;
  const known = snapshot.contacts.get(contact.id);
  const { snapshot: before, gone } = known ?? { snapshot: null, gone: null };
  // A late update: erased data stays erased, and a merged contact no longer counts.
  if (gone === 'deleted') return { ...done('The contact is deleted.'), empty: true };
  if (gone === 'merged') return done('The contact was merged into another one.');
  const older = before !== null && isOlder(contact.updatedAt, before.updatedAt, ctx.now());
  if (older && !becameUser) return done('A newer state of the contact is already known.');
  const { personIds, linked } = findPeople(snapshot, contact);
  const names = personIds.length === 0 ? snapshot.names.ofRules : snapshot.names.ofPeople;
  const after = older ? before : snapshotAfter(contact, before, names, ctx.now());
  if (!older) {
    snapshot.contacts.set(contact.id, { archived: false, ...known, snapshot: after, gone });
    snapshot.changed.set(contact.id, after);
  }
  if (personIds.length === 0) return done('No referral belongs to this contact.');
  const turnedUser = becameUser || (before?.role === 'lead' && after.role === 'user');
  const change = { before: before?.facts ?? null, after: after.facts, becameUser: turnedUser };
  return { update, personIds, linked, change };
}

/** Runs before the rules, because the contact that a person is linked to may keep a referral from qualifying. */
export async function linkTaken(ctx: Context, tx: Tx, snapshot: TxSnapshot, taken: readonly Applicable[]) {
  const { workspaceId } = snapshot;
  const links = taken
    .filter(({ linked }) => linked)
    .flatMap(({ personIds, update: { contact } }) =>
      personIds.map((personId) => ({ personId, contactId: contact.id })),
    );
  await linkAll(tx, workspaceId, links);
  const concerned = taken
    .filter(({ linked, update: { moved } }) => linked || moved)
    .flatMap(({ personIds }) => referralsOf(snapshot, personIds));
  const referralIds = concerned.map(({ id }) => id);
  await planWriteBacks(ctx, tx, workspaceId, referralIds);
}

export async function decideTaken(
  ctx: Context,
  tx: Tx,
  snapshot: TxSnapshot,
  { update, personIds, change }: Applicable,
  ahead: ReadAhead | null = null,
): Promise<DeliveryOutcome> {
  const { workspaceId, timeZone, rules } = snapshot;
  const { deliveryId, moved = false } = update;
  if (!moved && (await isByUs(tx, snapshot, update, change)))
    return done('Referral Desk wrote this itself: rules ignore it.');
  const referrals = referralsOf(snapshot, personIds);
  return done(
    await applyRules(ctx, tx, { workspaceId, timeZone, deliveryId, rules, referrals, change, ahead }),
  );
}

/** For `decideTaken` of many, after `linkTaken`. */
export function readForTaken(ctx: Context, tx: Tx, snapshot: TxSnapshot, taken: readonly Applicable[]) {
  const applications = taken.map(({ personIds, change }) => ({
    referrals: referralsOf(snapshot, personIds),
    change,
  }));
  return readForRules(ctx, tx, snapshot, applications);
}

const referralsOf = ({ referrals }: TxSnapshot, personIds: readonly string[]) =>
  referrals.filter(({ personId }) => personIds.includes(personId));

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
function findPeople(snapshot: TxSnapshot, contact: SeenContact): { personIds: string[]; linked: boolean } {
  const match = matchOf(snapshot, contact);
  if (match.outcome !== 'matched') return { personIds: [], linked: false };
  const { personIds } = match;
  const linked = match.by !== 'link';
  if (linked) {
    const contactId = contact.id;
    const archived = snapshot.contacts.get(contactId)?.archived ?? false;
    snapshot.people = snapshot.people.map((person) =>
      personIds.includes(person.id) ? { ...person, contactId } : person,
    );
    snapshot.referrals = snapshot.referrals.map((referral) =>
      personIds.includes(referral.personId) ? { ...referral, contactId, archived } : referral,
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
function keptNames(rules: readonly ActiveRule[]): TxSnapshot['names'] {
  const ofRules = new Set(rules.flatMap(({ definition }) => attributesOf(definition)));
  return { ofRules, ofPeople: new Set([...ofRules, ...identityAttributes]) };
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
