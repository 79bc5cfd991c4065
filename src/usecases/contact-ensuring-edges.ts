// What making a contact be there needs of the outside, and what comes of it. Declared here, made elsewhere.
import type {
  ContactDraft,
  ContactFields,
  FoundContact,
  IntercomContact,
  OnDuplicate,
} from '../domain/contact-draft.ts';
import type { Postponed } from '../domain/run.ts';

export type Made =
  | { outcome: 'made'; contact: IntercomContact }
  /** The id is only in Intercom's words, and may be missing. */
  | { outcome: 'conflict'; id: string | null; archived: boolean; message: string }
  /** Somebody of this identity is blocked, and cannot be made again. */
  | { outcome: 'blocked'; message: string };

export type Changed = Exclude<Made, { outcome: 'made' }> | { outcome: 'done'; contact: IntercomContact };

/** Each rejects with a Failure; those of a refusal say so by `notDone`. Contacts that were merged are followed. */
export interface EnsuringIntercom {
  create(workspaceId: string, role: 'lead' | 'user', fields: ContactFields): Promise<Made>;
  update(
    workspaceId: string,
    contactId: string,
    fields: ContactFields & { role?: 'user' },
  ): Promise<Changed | { outcome: 'gone' }>;
  /** Null when it is gone. */
  read(workspaceId: string, contactId: string): Promise<IntercomContact | null>;
  /** Users only: nobody but Intercom knows a lead's. */
  findByExternalId(workspaceId: string, externalId: string): Promise<IntercomContact | null>;
  /** A new contact is found after some minutes only, an archived one never. */
  search(
    workspaceId: string,
    field: 'email' | 'phone' | 'name',
    values: readonly string[],
  ): Promise<IntercomContact[]>;
  unarchive(workspaceId: string, contactId: string): Promise<'done' | 'gone'>;
  addTag(workspaceId: string, contactId: string, tag: string): Promise<'done' | 'gone'>;
  attachCompany(
    workspaceId: string,
    contactId: string,
    company: NonNullable<ContactDraft['company']>,
  ): Promise<'done' | 'gone'>;
}

export type EnsureOutcome =
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

export type Ensured = {
  outcome: EnsureOutcome;
  contactId: string | null;
  contact?: IntercomContact;
  candidates?: FoundContact[];
  /** In words, for the run log. */
  why: string;
  exchange: { request: unknown; answer: unknown };
};

export type How = {
  /** The contact that is linked to the person already. */
  linkedId: string | null;
  /** The person on the referral side whom it is for, where one is known: another person's contact is never taken. */
  personId?: string | null;
  /** What it is done for, the same at every try: a run's id, or that of a row of a batch. */
  madeFor: string;
  /** When Intercom was last asked for it without an answer that is known; see `Run`. */
  askedAt: Date | null;
  signalAsked(): Promise<void>;
  /** What a search for many at once has found for the draft's email; without it, a search is made. */
  candidates?: readonly IntercomContact[];
};

export type Ensuring = {
  /**
   * Makes that there is the contact that the draft describes. Resolves with `waitUntil` when an earlier try may have made
   * it and too little time has passed to see it: a handler of runs returns that as it is. Rejects with a Failure.
   */
  ensure(workspaceId: string, draft: ContactDraft, on: OnDuplicate, how: How): Promise<Ensured | Postponed>;
};
