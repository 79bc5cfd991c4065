// Erases a person on request: what is about them at once, then whatever names them anywhere, then in Intercom; with a receipt.
import { createHash } from 'node:crypto';
import type { Identity, Page, PageRequest, Person } from '../../domain/program/program.ts';
import { type Sought, sumOf } from '../../domain/repair/erasure.ts';
import { type NewRun, subjectInIntercom } from '../../domain/runs/run.ts';
import { ownAttributes, referredTag } from '../../domain/runs/write-back.ts';
import { attemptsFor, type WorkspaceSettings } from '../../domain/workspace/settings.ts';
import { Failure } from '../../failure.ts';
import type { Erasure, ErasureKey, ErasureStore, ErasureSubject } from './erasing-edges.ts';
import { createPageWork, type Stepped } from './page-work.ts';

/** Rejects with the Failure `not-found` for whom nobody knows. */
export type Erasing = {
  erase(
    workspaceId: string,
    subject: ErasureSubject & { alsoInIntercom: boolean },
    requestedBy: string,
  ): Promise<Erasure>;
  find(workspaceId: string, id: string): Promise<Erasure>;
  list(workspaceId: string, page: PageRequest): Promise<Page<Erasure>>;
};

export type ErasingDeps<Tx> = {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  store: ErasureStore<Tx>;
  /** Whoever else means the same person waits until the transaction ends. */
  lockIdentity(tx: Tx, workspaceId: string, identity: Identity): Promise<void>;
  settings: { readIn(tx: Tx, workspaceId: string): Promise<WorkspaceSettings> };
  runs: { add(tx: Tx, run: NewRun): Promise<boolean> };
  /** Ids of the contacts with one of these emails or external ids; null where the app is not installed. Rejects with a Failure. */
  contactsOf(workspaceId: string, sought: Sought): Promise<string[] | null>;
  /** Takes the jobs that name one of them out of the queue. Answers how many. */
  forgetJobs(tx: Tx, workspaceId: string, sought: Sought): Promise<number>;
  enqueue(tx: Tx, erasure: ErasureKey, afterSeconds: number): Promise<void>;
  now(): Date;
  newId(): string;
  log: { warn(fields: object, message: string): void };
};

const aboutReferrer = ['referral_referrer_name', 'referral_referrer_email'];

export function createErasing<Tx>(deps: ErasingDeps<Tx>) {
  const { store } = deps;

  const erase: Erasing['erase'] = async (workspaceId, { alsoInIntercom, ...subject }, requestedBy) => {
    const id = deps.newId();
    const key = { workspaceId, id };
    await deps.transaction(async (tx) => {
      const { email = null, externalId = null } = subject;
      await deps.lockIdentity(tx, workspaceId, { email, externalId, name: null });
      const people = await store.who(tx, workspaceId, subject);
      if (people.length === 0 && subject.personId !== undefined) {
        throw new Failure('not-found', 'There is no such person.');
      }
      const sought = await soughtFor(tx, workspaceId, subject, people);
      const friends = await store.referredBy(tx, workspaceId, sought.personIds);
      const erased = await store.erase(tx, workspaceId, sought);
      const addRun = await runsOf(tx, key);
      for (const { personId, contactId } of friends) {
        await store.setWritten(tx, workspaceId, contactId, somethingIn(aboutReferrer));
        await addRun(personId, contactId, { kind: 'write-back', contactId });
      }
      await store.add(tx, {
        ...key,
        state: 'running',
        sought,
        place: { table: '', block: 0 },
        subjectHash: hashOf(workspaceId, subject, people),
        requestedBy,
        alsoInIntercom,
        contacts: null,
        erased,
        trouble: null,
        requestedAt: deps.now(),
        finishedAt: null,
      });
      await deps.enqueue(tx, key, 0);
    });
    return find(workspaceId, id);
  };

  async function soughtFor(
    tx: Tx,
    workspaceId: string,
    { email, externalId, contactId }: ErasureSubject,
    people: readonly Person[],
  ): Promise<Sought> {
    const personIds = people.map((one) => one.id);
    const emails = distinct([email, ...people.map((one) => one.email)]);
    // An address that two people share still belongs to the other one.
    const shared = await store.shared(tx, workspaceId, { personIds, emails });
    return {
      personIds,
      contactIds: distinct([contactId, ...people.map((one) => one.contactId)]),
      emails: emails.filter((one) => !shared.has(one)),
      externalIds: distinct([externalId, ...people.map((one) => one.externalId)]),
      names: distinct(people.map((one) => one.name)),
    };
  }

  async function find(workspaceId: string, id: string): Promise<Erasure> {
    const found = await store.find(workspaceId, id);
    if (!found) throw new Failure('not-found', 'There is no such erasure.');
    return found;
  }

  async function step(key: ErasureKey): Promise<Stepped> {
    const erasure = await store.find(key.workspaceId, key.id);
    if (!erasure || erasure.state === 'done' || erasure.sought === null) return 'over';
    const { sought } = erasure;
    if (erasure.place !== null) return pages.once(erasure, (tx) => sweep(tx, erasure, sought));
    const inIntercom = await contactsIn(erasure.workspaceId, sought);
    return pages.once(erasure, (tx) => finish(tx, erasure, sought, inIntercom));
  }

  async function sweep(tx: Tx, erasure: Erasure, sought: Sought): Promise<Stepped> {
    const { workspaceId } = erasure;
    const which = { sought, place: erasure.place, token: tokenOf(erasure) };
    // Before the sweep puts out of sight by what they are found.
    const swept = await store.sweep(tx, workspaceId, which);
    const fresh = swept.contactIds.filter((id) => !sought.contactIds.includes(id));
    const theirs = { ...nobody, contactIds: fresh };
    const more = fresh.length === 0 ? {} : await store.erase(tx, workspaceId, theirs);
    const changes = {
      place: swept.next,
      erased: sumOf(sumOf(erasure.erased, swept.erased), more),
      sought: { ...sought, contactIds: [...sought.contactIds, ...fresh] },
      trouble: null,
    };
    await store.change(tx, erasure, changes, deps.now());
    return 'more';
  }

  /** Null when Intercom cannot be asked for the want of a grant: then what is known has to do. */
  async function contactsIn(workspaceId: string, sought: Sought): Promise<string[] | null> {
    try {
      return await deps.contactsOf(workspaceId, sought);
    } catch (error) {
      if (error instanceof Failure && error.code === 'unauthorized') return null;
      throw error;
    }
  }

  async function finish(
    tx: Tx,
    erasure: Erasure,
    sought: Sought,
    inIntercom: string[] | null,
  ): Promise<Stepped> {
    const { workspaceId } = erasure;
    const contactIds = distinct([...sought.contactIds, ...(inIntercom ?? [])]);
    // Once more: what was under way at the first time is at its end by now.
    const more = await store.erase(tx, workspaceId, { ...sought, contactIds });
    const jobs = await deps.forgetJobs(tx, workspaceId, sought);
    if (inIntercom !== null) await planInIntercom(tx, erasure, contactIds);
    const changes = {
      state: 'done' as const,
      sought: null,
      contacts: inIntercom === null ? null : contactIds.length,
      erased: sumOf(erasure.erased, { ...more, jobs }),
      trouble: inIntercom === null ? 'Intercom was not asked: the app is not installed there.' : null,
      finishedAt: deps.now(),
    };
    await store.change(tx, erasure, changes, deps.now());
    return 'over';
  }

  /** Deletes the contacts, or takes away what this app has written to them. */
  async function planInIntercom(tx: Tx, erasure: Erasure, contactIds: readonly string[]): Promise<void> {
    const { workspaceId } = erasure;
    const addRun = await runsOf(tx, erasure);
    for (const contactId of contactIds) {
      const request = null;
      if (erasure.alsoInIntercom) {
        await addRun(contactId, contactId, { kind: 'contact', action: { do: 'delete', contactId }, request });
        continue;
      }
      await store.setWritten(tx, workspaceId, contactId, somethingIn(Object.keys(ownAttributes)));
      await addRun(contactId, contactId, { kind: 'write-back', contactId });
      const untag = { do: 'tag' as const, contactId, add: [], remove: [referredTag] };
      await addRun(contactId, contactId, { kind: 'contact', action: untag, request });
    }
  }

  async function runsOf(tx: Tx, { workspaceId, id }: ErasureKey) {
    const settings = await deps.settings.readIn(tx, workspaceId);
    return (subject: string, contactId: string, work: NewRun['work']) =>
      deps.runs.add(tx, {
        workspaceId,
        subject: subjectInIntercom(subject),
        contactId,
        dedupe: `erasure:${id}:${work.kind}:${contactId}`,
        work,
        cause: 'Somebody was erased on request',
        mostAttempts: attemptsFor(work.kind, settings, null),
      });
  }

  const pages = createPageWork<Tx, Erasure>({
    ...deps,
    step,
    underWay: ['running'],
    // What Intercom answers now it may not answer tomorrow: nothing ends an erasure but its end.
    async giveUp(tx, key, trouble) {
      await store.change(tx, key, { trouble }, deps.now());
      await deps.enqueue(tx, key, 600);
    },
  });

  const erasing: Erasing = { erase, find, list: store.list };
  return { ...erasing, work: pages.work, tick: pages.tick };
}

/** As if each said something, without saying what: it is emptied then. */
const somethingIn = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, '']));

const nobody: Sought = { personIds: [], contactIds: [], emails: [], externalIds: [], names: [] };

const distinct = (values: readonly (string | null | undefined)[]): string[] => [
  ...new Set(values.flatMap((value) => value ?? [])),
];

/** Put in the place of what named them; it tells which erasure it was and nothing else. */
const tokenOf = ({ id }: Erasure) => `erased-${id.slice(0, 8)}`;

/** Of the email where one is known, else of what was asked for; docs/repair.md says how to compare it. */
function hashOf(workspaceId: string, subject: ErasureSubject, people: readonly Person[]): string {
  const [email] = distinct([subject.email, ...people.map((one) => one.email)]);
  const address = email ?? subject.externalId ?? subject.contactId ?? subject.personId ?? '';
  return createHash('sha256').update(`${workspaceId}:${address}`).digest('hex');
}
