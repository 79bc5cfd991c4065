// What finding or creating a contact is told, and what comes of it.
import type { FoundContact, IntercomContact } from '../../domain/contacts/contact-draft.ts';

export type UpsertOutcome =
  | 'created'
  | 'updated'
  | 'converted'
  /** Nothing was written: it is only known now which contact it is. */
  | 'linked'
  /** Nothing had to be written. */
  | 'unchanged'
  /** A person has to decide between `candidates`. */
  | 'review'
  | 'refused';

export type UpsertResult = {
  outcome: UpsertOutcome;
  contactId: string | null;
  contact?: IntercomContact;
  candidates?: FoundContact[];
  /** In words, for the run log. */
  why: string;
  exchange: { request: unknown; answer: unknown };
};

export type UpsertOptions = {
  /** The contact that is linked to the person already. */
  linkedId: string | null;
  /** The person of the program, where one is known: another person's contact is never taken. */
  personId?: string | null;
  /** Contacts that a teammate said are other people. */
  excludedIds?: readonly string[];
  /** What it is done for, the same at every try: the id of a run or of a row of an import. */
  idempotencyKey: string;
  /** When Intercom was last asked and what came of it is not known; see `Run`. */
  attemptedAt: Date | null;
  markAttempted(): Promise<void>;
  /** What a search for many at once has found for the draft's email; without it, a search is made. */
  candidates?: readonly IntercomContact[];
};
