// The input and result of finding or creating a contact.
import type { FoundContact, IntercomContact } from '../../domain/contacts/contact-draft.ts';

export type UpsertOutcome =
  | 'created'
  | 'updated'
  | 'converted'
  /** Only identified; nothing was written. */
  | 'linked'
  | 'unchanged'
  /** A teammate has to choose among `candidates`. */
  | 'review'
  | 'refused';

export type UpsertResult = {
  outcome: UpsertOutcome;
  contactId: string | null;
  contact?: IntercomContact;
  candidates?: FoundContact[];
  /** For the run log. */
  why: string;
  exchange: { request: unknown; answer: unknown };
};

export type UpsertOptions = {
  /** The person's linked contact. */
  linkedId: string | null;
  /** If known, prevents using another person's contact. */
  personId?: string | null;
  /** A teammate said that these are other people. */
  excludedIds?: readonly string[];
  /** The id of the run or import row, equal for all attempts. */
  idempotencyKey: string;
  /** When an attempt with an unknown outcome was sent; see `Run`. */
  attemptedAt: Date | null;
  markAttempted(): Promise<void>;
  /** By the company's own request: rules look at what it changes. */
  isRequested?: boolean;
  /** Results of a bulk search for the draft's email; without them, searches. */
  candidates?: readonly IntercomContact[];
};
