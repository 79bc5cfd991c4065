// Reads the contacts that a rule is about as they are when it is saved, so that their very first change is seen as one.

import type { Person } from '../../domain/program/program.ts';
import type { SeenContact } from '../../domain/qualification/notice.ts';
import { attributesOf, type RuleDefinition } from '../../domain/qualification/rule.ts';
import { attributesAfter, isOlder, knowsAll } from '../../domain/qualification/snapshot.ts';
import { Failure } from '../../failure.ts';
import { patient, type SearchContacts } from './contacts-of-people.ts';
import type { QualificationStores, SeenBefore } from './qualification-edges.ts';

/** Where a reading is: whoever moves it on from there has read what comes next. */
export type ReadingPlace = { workspaceId: string; ruleId: string; startedAt: Date; after: string | null };

type ReadRule = { campaignId: string; definition: RuleDefinition };

export type RuleReadingStore<Tx> = {
  /** The one that is not finished. */
  find(workspaceId: string, ruleId: string): Promise<ReadingPlace | null>;
  /** Those whom the rule is about, in the order of their ids, at most as many as one search takes. */
  people(workspaceId: string, rule: ReadRule, after: string | null): Promise<Person[]>;
  /** False when somebody else moved it on, or began it anew. */
  advance(tx: Tx, from: ReadingPlace, to: { after: string; read: number; at: Date }): Promise<boolean>;
  finish(place: ReadingPlace, at: Date): Promise<void>;
  note(place: ReadingPlace, trouble: string, at: Date): Promise<void>;
  /** Not finished, and not touched since then. */
  abandoned(before: Date): Promise<{ workspaceId: string; ruleId: string }[]>;
  enqueue(tx: Tx, work: { name: 'read-contacts'; workspaceId: string; ruleId: string }): Promise<void>;
};

export type RuleReadingDeps<Tx> = {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  readings: RuleReadingStore<Tx>;
  rules: {
    find(
      workspaceId: string,
      id: string,
    ): Promise<{ enabled: boolean; campaign: { id: string }; definition: RuleDefinition } | null>;
  };
  lastSeen(workspaceId: string, contactIds: readonly string[]): Promise<Map<string, SeenBefore['facts']>>;
  keepSeen: KeepSeen<Tx>;
  /** Null when it is gone. Rejects with a Failure when Intercom does not tell. */
  readContact(workspaceId: string, contactId: string): Promise<SeenContact | null>;
  /** Finds the contacts of people who are not linked to one, and links them. */
  linkAll(workspaceId: string, people: readonly Person[], search: SearchContacts): Promise<void>;
  /** Null when the app is not installed in the workspace. */
  searchIn(workspaceId: string): Promise<SearchContacts | null>;
  sleep(milliseconds: number): Promise<void>;
  now(): Date;
  log: { warn(fields: object, message: string): void };
};

export type KeepSeen<Tx> = (tx: Tx, workspaceId: string, contacts: readonly SeenContact[]) => Promise<void>;

/** A job that takes longer than two minutes would be given to somebody else. */
const mostMsAtOnce = 60_000;
const abandonedAfterMs = 120_000;

export function createRuleReading<Tx>(deps: RuleReadingDeps<Tx>) {
  const { readings } = deps;

  /** The job of every minute: has those gone on with whose process died, or whose Intercom did not answer. */
  async function tick(): Promise<void> {
    for (const left of await readings.abandoned(new Date(deps.now().getTime() - abandonedAfterMs)))
      await deps.transaction((tx) => readings.enqueue(tx, { name: 'read-contacts', ...left }));
  }

  /** The job: reads for a minute at most. What is left, and what Intercom keeps from us, is for a later one. */
  async function work(workspaceId: string, ruleId: string): Promise<void> {
    let place = await readings.find(workspaceId, ruleId);
    const until = deps.now().getTime() + mostMsAtOnce;
    try {
      while (place && deps.now().getTime() < until) place = await step(place);
    } catch (error) {
      if (!place || !(error instanceof Failure) || error.code === 'unexpected') throw error;
      deps.log.warn({ err: error, workspaceId, ruleId }, 'the contacts of a rule could not be read');
      return readings.note(place, error.message, deps.now());
    }
    const left = place;
    if (left)
      await deps.transaction((tx) => readings.enqueue(tx, { name: 'read-contacts', workspaceId, ruleId }));
  }

  /** Null when that was the end, or when somebody else is at it. */
  async function step(place: ReadingPlace): Promise<ReadingPlace | null> {
    const { workspaceId } = place;
    const rule = await deps.rules.find(workspaceId, place.ruleId);
    const about = rule?.enabled ? { ...rule, campaignId: rule.campaign.id } : null;
    const people = about ? await readings.people(workspaceId, about, place.after) : [];
    const last = people.at(-1);
    if (!about || !last) {
      await readings.finish(place, deps.now());
      return null;
    }
    const searching = await deps.searchIn(workspaceId);
    if (searching === null) throw new Failure('conflict', 'The app is not installed in this workspace.');
    const search = patient(searching, deps.sleep);
    const unlinked = people.filter((one) => one.contactId === null);
    await deps.linkAll(workspaceId, unlinked, search);
    const contacts = await search('id', await unknown(workspaceId, people, attributesOf(about.definition)));
    const next = { after: last.id, read: people.length, at: deps.now() };
    const moved = await deps.transaction(async (tx) => {
      if (!(await readings.advance(tx, place, next))) return false;
      await deps.keepSeen(tx, workspaceId, contacts);
      return true;
    });
    return moved ? { ...place, after: last.id } : null;
  }

  async function unknown(workspaceId: string, people: readonly Person[], names: string[]): Promise<string[]> {
    const ids = [...new Set(people.flatMap((one) => one.contactId ?? []))];
    const seen = await deps.lastSeen(workspaceId, ids);
    return ids.filter((id) => !knowsAll(seen.get(id) ?? null, names));
  }

  /** The job for one that somebody has come to be linked to. Rejects when it is to be tried again. */
  async function readOne(workspaceId: string, contactId: string): Promise<void> {
    const contact = await deps.readContact(workspaceId, contactId);
    if (contact) await deps.transaction((tx) => deps.keepSeen(tx, workspaceId, [contact]));
  }

  return { tick, work, readOne };
}

/**
 * Keeps what was read of contacts, as far as nothing is known yet. What a notification told stays, although Intercom
 * may say something newer by now: the notification of that is on its way, and would find no change any more.
 */
export function createKeepSeen<Tx>(
  stores: Pick<QualificationStores<Tx>, 'rules' | 'contacts'>,
  now: () => Date,
): KeepSeen<Tx> {
  return async function keepSeen(tx, workspaceId, contacts) {
    const rules = await stores.rules.enabled(tx, workspaceId);
    const names = [...new Set(rules.flatMap((rule) => attributesOf(rule.definition)))];
    const ids = contacts.map((one) => one.id);
    const known = await stores.contacts.lock(tx, workspaceId, ids);
    const completed = contacts.flatMap((contact): [string, SeenBefore][] => {
      const { before = null, gone = null } = known.get(contact.id) ?? {};
      const seen = gone === null ? completedBy(contact, before, names) : null;
      return seen ? [[contact.id, seen]] : [];
    });
    await stores.contacts.save(tx, workspaceId, new Map(completed), now());
  };
}

/** Null when it adds nothing. */
function completedBy(
  { role, updatedAt, facts }: SeenContact,
  before: SeenBefore | null,
  names: readonly string[],
): SeenBefore | null {
  if (before === null) return { role, updatedAt, facts: { ...attributesAfter(null, facts, names), role } };
  const missing = names.filter((name) => !Object.hasOwn(before.facts, name));
  if (missing.length === 0 || isOlder(updatedAt, wholeSecond(before.updatedAt))) return null;
  return { ...before, facts: { ...before.facts, ...attributesAfter(null, facts, missing) } };
}

/** Intercom's API tells whole seconds, its notifications milliseconds. */
function wholeSecond(at: Date | null): Date | null {
  return at && new Date(Math.floor(at.getTime() / 1000) * 1000);
}
