// What making a contact be there needs of the outside, and what comes of it. Declared here, made elsewhere.
import type {
  ContactDraft,
  ContactFields,
  FoundContact,
  IntercomContact,
  OnDuplicate,
} from '../../domain/contacts/contact-draft.ts';
import type { Postponed } from '../../domain/runs/run.ts';

export type Refusal =
  /** The id is only in Intercom's words, and may be missing. */
  | { outcome: 'conflict'; id: string | null; archived: boolean; message: string }
  /** Somebody of this identity is blocked, and cannot be made again. */
  | { outcome: 'blocked'; message: string };
export type Made = Refusal | { outcome: 'made'; contact: IntercomContact };
export type Changed = Refusal | { outcome: 'done'; contact: IntercomContact } | { outcome: 'gone' };
/** `gone`: the contact is not there any more. */
export type Attached = 'done' | 'gone';

/** Each rejects with a Failure; those of a refusal say so by `notDone`. Contacts that were merged are followed. */
export interface EnsuringIntercom {
  create(workspaceId: string, role: 'lead' | 'user', fields: ContactFields): Promise<Made>;
  update(workspaceId: string, contactId: string, fields: ContactFields & { role?: 'user' }): Promise<Changed>;
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
  unarchive(workspaceId: string, contactId: string): Promise<Attached>;
  addTag(workspaceId: string, contactId: string, tag: string): Promise<Attached>;
  attachCompany(
    workspaceId: string,
    contactId: string,
    company: NonNullable<ContactDraft['company']>,
  ): Promise<Attached>;
}

export type EnsuringStore = {
  /** Of these keys, those of contacts that were made lately, with the contacts' ids. */
  made(workspaceId: string, keys: readonly string[]): Promise<Map<string, string>>;
  remember(workspaceId: string, keys: readonly string[], contactId: string, madeAt: Date): Promise<void>;
  /** Of these contacts, those that a notification said were archived. */
  archived(workspaceId: string, contactIds: readonly string[]): Promise<Set<string>>;
  /** Of these contacts, those that are linked, and to whom. */
  linked(
    workspaceId: string,
    contactIds: readonly string[],
  ): Promise<{ contactId: string; personId: string }[]>;
};

export type EnsuringDeps = {
  store: EnsuringStore;
  intercom: EnsuringIntercom;
  now(): Date;
  /** How long a contact that was made may stay out of Intercom's searches. */
  searchLagMs: number;
};

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
  /** Contacts of which a person said that they are somebody else. */
  notThese?: readonly string[];
  /** What it is done for, the same at every try: a run's id, or that of a row of a batch. */
  madeFor: string;
  /** When Intercom was last asked and what came of it is not known; see `Run`. */
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
