// What comparing both sides needs of the outside: its own records, people with what is wanted of them, Intercom.

import type { Page, PageRequest, Person } from '../../domain/program/program.ts';
import type { SeenContact } from '../../domain/qualification/notice.ts';
import type { Difference, DriftCounts, DriftKind, DriftRepair, Found } from '../../domain/repair/drift.ts';
import type { NewRun } from '../../domain/runs/run.ts';
import type { Attributes, Involvement } from '../../domain/runs/write-back.ts';
import type { WorkspaceSettings } from '../../domain/workspace/settings.ts';
import type { JoinedMember } from '../enrollment/enrollment-edges.ts';
import type { SearchContacts } from '../qualification/contact-search.ts';

export type DriftReport = {
  id: string;
  workspaceId: string;
  campaignId: string | null;
  cause: string;
  state: 'running' | 'repairing' | 'done' | 'failed';
  step: number;
  part: 'people' | 'contacts';
  cursor: string | null;
  seen: number;
  counts: DriftCounts;
  trouble: string | null;
  startedAt: Date;
  finishedAt: Date | null;
};

export type DriftKey = { workspaceId: string; id: string };

export type DriftRow = {
  id: number;
  kind: DriftKind;
  personId: string | null;
  contactId: string | null;
  differences: Difference[];
  repair: DriftRepair;
  state: 'found' | 'chosen' | 'planned';
  person: { email: string | null; name: string | null } | null;
};

/** Somebody with what their campaigns want of them. */
export type ComparedPerson = {
  person: Person;
  createdAt: Date;
  isReferred: boolean;
  /** Somebody else is linked to the same contact. */
  sharesContact: boolean;
  /** Their memberships on sides that make contacts of whoever joins; `user`: as a user. */
  enrolling: (JoinedMember & { user: boolean })[];
  /** A contact is about to be made of them. */
  underWay: boolean;
};

export type DriftStore<Tx> = {
  add(tx: Tx, report: Omit<DriftReport, 'step'>): Promise<void>;
  find(workspaceId: string, id: string): Promise<DriftReport | null>;
  /** Newest first. */
  list(workspaceId: string, page: PageRequest): Promise<Page<DriftReport>>;
  /** Locked until the transaction ends. */
  lock(tx: Tx, key: DriftKey): Promise<DriftReport | null>;
  /** Counts the step. */
  change(tx: Tx, key: DriftKey, changes: Partial<Omit<DriftReport, 'id'>>, at: Date): Promise<void>;
  /** Under way, and not touched since then. */
  abandoned(before: Date): Promise<DriftKey[]>;
  addRows(tx: Tx, key: DriftKey, rows: readonly Found[]): Promise<void>;
  rows(key: DriftKey, kind: DriftKind | undefined, page: PageRequest): Promise<Page<DriftRow>>;
  /** Those that can be repaired and are not yet. Answers how many. */
  choose(tx: Tx, key: DriftKey, which: { ids: readonly number[] } | 'all'): Promise<number>;
  chosen(tx: Tx, key: DriftKey, limit: number): Promise<DriftRow[]>;
  setPlanned(tx: Tx, workspaceId: string, rowIds: readonly number[]): Promise<void>;

  /** In the order of their ids; whoever was erased is left out. */
  people(
    workspaceId: string,
    campaignId: string | null,
    which: { after: string | null; limit: number },
  ): Promise<ComparedPerson[]>;
  /** The same of one person, whatever the campaign. */
  person(tx: Tx, workspaceId: string, personId: string): Promise<ComparedPerson | null>;
  /** The contacts among these that somebody here is, by link, external id or email. */
  known(
    workspaceId: string,
    contacts: readonly Pick<SeenContact, 'id' | 'externalId' | 'email'>[],
  ): Promise<Set<string>>;
  unlink(tx: Tx, workspaceId: string, personId: string, contactId: string): Promise<void>;
  referralsOf(tx: Tx, workspaceId: string, personId: string): Promise<string[]>;
};

/** What of ours a workspace has in Intercom; of the attributes, those by which a contact can be found. */
export type Marks = { tagId: string | null; attributes: readonly string[] };

export type DriftIntercom = {
  search(workspaceId: string): Promise<SearchContacts>;
  /** Null when it is gone. */
  read(workspaceId: string, contactId: string): Promise<SeenContact | null>;
  marks(workspaceId: string): Promise<Marks>;
  carrying(
    workspaceId: string,
    marks: Marks,
    after: string | null,
  ): Promise<{ contacts: SeenContact[]; next: string | null }>;
};

export type DriftDeps<Tx> = {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  store: DriftStore<Tx>;
  /** Each call rejects with a Failure when Intercom does not tell. */
  intercom: DriftIntercom;
  campaigns: { find(workspaceId: string, id: string): Promise<{ name: string } | null> };
  settings: {
    read(workspaceId: string): Promise<WorkspaceSettings>;
    readIn(tx: Tx, workspaceId: string): Promise<WorkspaceSettings>;
  };
  involvement(workspaceId: string, contactId: string): Promise<{ is: Involvement }>;
  /** Has it taken for written what Intercom really has, so that a write-back puts it right. */
  setWritten(tx: Tx, workspaceId: string, contactId: string, there: Attributes): Promise<void>;
  linkTo(tx: Tx, workspaceId: string, personIds: string[], contactId: string): Promise<void>;
  enroll(tx: Tx, workspaceId: string, member: JoinedMember): Promise<void>;
  planWriteBack(tx: Tx, workspaceId: string, referralId: string): Promise<void>;
  runs: { add(tx: Tx, run: NewRun): Promise<boolean> };
  enqueue(tx: Tx, report: DriftKey, afterSeconds: number): Promise<void>;
  now(): Date;
  newId(): string;
  log: { warn(fields: object, message: string): void };
};
