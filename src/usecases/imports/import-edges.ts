// What imports are to their use cases, and what these need of the outside. Declared here, made elsewhere.

import type { ContactDraft, IntercomContact, OnDuplicate } from '../../domain/contacts/contact-draft.ts';
import type { ContactAttribute } from '../../domain/enrollment/mapping.ts';
import type {
  ImportCounts,
  ImportOptions,
  ImportState,
  GivenRow,
  RowProblems,
  RowState,
} from '../../domain/imports/contact-import.ts';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import type { UpsertOptions, UpsertResult } from '../contacts/upsert.ts';

export type ContactImport = {
  workspaceId: string;
  id: string;
  name: string | null;
  createdBy: string;
  state: ImportState;
  pausedFor: 'intercom' | 'token' | null;
  error: string | null;
  columns: string[] | null;
  options: ImportOptions;
  rows: number;
  counts: ImportCounts;
  turn: number;
  dueAt: Date;
  createdAt: Date;
  startedAt: Date | null;
  startedWith: number;
  finishedAt: Date | null;
};

export type ImportRow = {
  line: number;
  given: GivenRow;
  state: RowState;
  outcome: string | null;
  contactId: string | null;
  error: string | null;
  problems: RowProblems | null;
  attempts: number;
};

/** One that a worker has taken up. `askedAt`: when Intercom was asked for it, before, without an answer that is known. */
export type ClaimedRow = { line: number; given: GivenRow; attempts: number; askedAt: Date | null };

/** What became of a claimed row. One that is `waiting` or `asked` is taken up again, from `dueAt` on. */
export type SettledRow = {
  line: number;
  state: Exclude<RowState, 'invalid'>;
  outcome: string | null;
  contactId: string | null;
  error: string | null;
  problems: RowProblems | null;
  attempts: number;
  askedAt: Date | null;
  dueAt: Date | null;
};

export type NewImport = {
  workspaceId: string;
  name: string | null;
  createdBy: string;
  uploadKey: string | null;
  columns: string[] | null;
  options: ImportOptions;
};

/** A row as it arrives; with `problems` it is kept, and never tried. */
export type NewRow = {
  line: number;
  given: GivenRow;
  identity: string | null;
  problems: RowProblems | null;
};

type Key = { workspaceId: string; id: string };

export type IntakeStore = {
  /** `fresh` is false when the same upload was made before: then it is that import. */
  open(contactImport: NewImport, at: Date): Promise<{ contactImport: ContactImport; fresh: boolean }>;
  /** False when the import takes no more: somebody canceled or started it. */
  addRows(key: Key, rows: readonly NewRow[], at: Date): Promise<boolean>;
  touch(key: Key, at: Date): Promise<void>;
  /** The upload has ended. The import runs, waits to be started, or says why it is not whole. */
  complete(
    key: Key,
    end: { state: 'running' | 'paused' | 'interrupted'; error: string | null },
    at: Date,
  ): Promise<ContactImport>;
};

export type ImportStore = {
  find(workspaceId: string, id: string): Promise<ContactImport | null>;
  list(workspaceId: string, page: PageRequest): Promise<Page<ContactImport>>;
  /** In the order of the file; `after` is the line where the last page ended. */
  rows(
    key: Key,
    filter: { states?: readonly RowState[] | undefined; after: number; limit: number },
  ): Promise<ImportRow[]>;
  /** Which columns the failed rows of an import without columns of its own have. */
  failedColumns(key: Key): Promise<string[]>;
  /** Null when the import is in none of these states. Enqueues the job when it is to run. */
  change(
    key: Key,
    from: readonly ImportState[],
    to: 'running' | 'paused' | 'canceled',
    at: Date,
  ): Promise<ContactImport | null>;
  /** Makes the failed rows wait again; null when the import cannot be gone on with. */
  retry(key: Key, at: Date): Promise<{ contactImport: ContactImport; retried: number } | null>;
};

export type WorkStore = {
  /** Begins a worker's turn; null when there is nothing to do for now. */
  begin(key: Key, at: Date): Promise<ContactImport | null>;
  /**
   * Rows that are due, in their order and marked as asked; none of an identity of which an earlier row is not settled.
   * None at all when the import is not running, or another worker's turn has begun.
   */
  claim(key: Key, turn: number, limit: number, at: Date): Promise<ClaimedRow[]>;
  /** Right before Intercom is asked once more for a row that it was asked for before. */
  asked(key: Key, turn: number, line: number, at: Date): Promise<boolean>;
  /** Records what became of rows, unless another worker's turn has begun, and that the worker is alive. */
  settle(key: Key, turn: number, rows: readonly SettledRow[], at: Date): Promise<void>;
  /** Ends a turn: the import is done, due again at once or when its rows are, or waits for a service. */
  end(
    key: Key,
    turn: number,
    trouble: { pausedFor: 'intercom' | 'token' | null; error: string; dueAt: Date } | null,
    at: Date,
  ): Promise<void>;
  /** It is going again, after it was paused for a service. */
  recovered(key: Key, turn: number): Promise<void>;
  /** Those whose job or worker was lost or whose wait is over get a job; uploads whose process is gone are interrupted. */
  sweep(at: Date): Promise<void>;
  /** What waits for a new grant is due. */
  wakePaused(workspaceId: string, pausedFor: 'intercom' | 'token', at: Date): Promise<void>;
};

export type ImportLock = { holds(): boolean; release(): Promise<void> };

export type ImportWorkDeps = {
  store: WorkStore;
  locks: { take(workspaceId: string, subject: string): Promise<ImportLock | null> };
  ensure(
    workspaceId: string,
    draft: ContactDraft,
    on: OnDuplicate,
    how: UpsertOptions,
  ): Promise<UpsertResult | { waitUntil: Date; why: string }>;
  /** Contacts of these emails, whatever their role. */
  search(workspaceId: string, emails: readonly string[]): Promise<IntercomContact[]>;
  attributesOf(workspaceId: string): Promise<readonly ContactAttribute[]>;
  /** Rejects with a Failure while Intercom does not answer, or refuses the token. */
  reach(workspaceId: string): Promise<void>;
  /** UpsertOptions long after it began an outage is looked at again; four times as long whenever a row has met it again. */
  probeAfterMs: number;
  now(): Date;
  log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
};
