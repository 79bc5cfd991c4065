// What erasing somebody needs of the outside: the records of it, the rows about them, Intercom.

import type { Page, PageRequest, Person } from '../../domain/program/program.ts';
import type { ErasedCounts, Sought } from '../../domain/repair/erasure.ts';
import type { Attributes } from '../../domain/runs/write-back.ts';

export type Erasure = {
  id: string;
  workspaceId: string;
  state: 'running' | 'done';
  step: number;
  /** Null once it is done. */
  sought: Sought | null;
  place: { table: string; block: number } | null;
  subjectHash: string;
  requestedBy: string;
  alsoInIntercom: boolean;
  contacts: number | null;
  erased: ErasedCounts;
  trouble: string | null;
  requestedAt: Date;
  finishedAt: Date | null;
};

export type ErasureKey = { workspaceId: string; id: string };

/** By one of these, or several for the same person. */
export type ErasureSubject = {
  email?: string | undefined;
  externalId?: string | undefined;
  contactId?: string | undefined;
  personId?: string | undefined;
};

export type ErasureStore<Tx> = {
  /** Everybody who is meant, locked until the transaction ends. */
  who(tx: Tx, workspaceId: string, by: ErasureSubject): Promise<Person[]>;
  /** Of these emails, those that somebody else has, too. */
  shared(
    tx: Tx,
    workspaceId: string,
    whom: { personIds: readonly string[]; emails: readonly string[] },
  ): Promise<Set<string>>;
  /** Whoever they referred, as far as their contacts are known. */
  referredBy(
    tx: Tx,
    workspaceId: string,
    personIds: readonly string[],
  ): Promise<{ personId: string; contactId: string }[]>;
  /** Has these attributes taken for what was written last, so that the next write-back puts right what differs. */
  setWritten(tx: Tx, workspaceId: string, contactId: string, written: Attributes): Promise<void>;
  /** Takes everything personal out of the rows about them. */
  erase(tx: Tx, workspaceId: string, whom: Sought): Promise<ErasedCounts>;

  add(tx: Tx, erasure: Omit<Erasure, 'step'>): Promise<void>;
  find(workspaceId: string, id: string): Promise<Erasure | null>;
  /** Newest first. */
  list(workspaceId: string, page: PageRequest): Promise<Page<Erasure>>;
  /** Locked until the transaction ends. */
  lock(tx: Tx, key: ErasureKey): Promise<Erasure | null>;
  /** Counts the step. */
  change(tx: Tx, key: ErasureKey, changes: Partial<Omit<Erasure, 'id'>>, at: Date): Promise<void>;
  /** Under way, and not touched since then. */
  abandoned(before: Date): Promise<ErasureKey[]>;
  /**
   * Goes through the next stretch of all tables of the workspace, and puts `token` wherever one of them is named.
   * `contactIds` are contacts of theirs that were not known; `next` is null when all tables are through.
   */
  sweep(
    tx: Tx,
    workspaceId: string,
    which: { sought: Sought; place: Erasure['place']; token: string },
  ): Promise<{ erased: ErasedCounts; contactIds: string[]; next: Erasure['place'] }>;
};
