// What converting a lead needs of the outside: Intercom, and the record of conversions. Declared here, made elsewhere.
import type { ContactRecord } from '../../domain/card/conversion.ts';

export type ContactAnswer =
  | { outcome: 'found'; contact: ContactRecord }
  /** Its id answers 410 since it was merged; `into` is null when Intercom does not say into whom. */
  | { outcome: 'merged'; into: string | null }
  | { outcome: 'gone' };

export type WriteAnswer =
  | { outcome: 'done'; contact: ContactRecord }
  /** Another contact owns the email or external_id; an archived one is found by no search. */
  | { outcome: 'conflict'; withId: string | null; archived: boolean; message: string }
  | { outcome: 'merged'; into: string | null }
  | { outcome: 'gone' }
  /** Intercom's own words; asking again would not help. */
  | { outcome: 'refused'; message: string };

/** One workspace's Intercom. Every call rejects with a Failure: unauthorized, rate-limited, unavailable or bad-upstream. */
export interface Intercom {
  contact(id: string): Promise<ContactAnswer>;
  /** Users of that email which search already knows: it lags minutes behind, so an empty answer proves nothing. */
  usersByEmail(email: string): Promise<ContactRecord[]>;
  changeRole(
    id: string,
    given: { email: string | null; externalId: string | null; signedUpAt: Date },
  ): Promise<WriteAnswer>;
  merge(from: string, into: string, sureTheyAreOne: boolean): Promise<WriteAnswer>;
  unarchive(id: string): Promise<'done' | 'gone'>;
  /** Bodies of the contact's notes, as HTML. */
  notes(contactId: string): Promise<string[]>;
  addNote(contactId: string, note: { body: string; adminId: string }): Promise<void>;
}

export type Conversion = {
  id: string;
  workspaceId: string;
  /** The lead. */
  contactId: string;
  kind: 'role-change' | 'merge';
  /** The user that it is merged into. */
  intoContactId: string | null;
  personIds: string[];
  /** `strangers`: the preview warned that lead and user share nothing, and the teammate confirmed all the same. */
  given: { email: string | null; externalId: string | null; strangers?: true };
  /** `unsure`: Intercom was asked and did not answer; it may or may not have happened. */
  state: 'started' | 'done' | 'failed' | 'unsure';
  nonce: string;
  teammateId: string;
  teammateName: string;
  carried: { referrals: number; referrers: number } | null;
  error: string | null;
  startedAt: Date;
  finishedAt: Date | null;
};

/** The contact that a lead became or was merged into, with what the referral side may know it by. */
export type Survivor = Pick<ContactRecord, 'id' | 'externalId' | 'email'>;

/** The id of the contact that the conversion left. */
export function survivorOf(conversion: Conversion): string {
  return conversion.intoContactId ?? conversion.contactId;
}

export type NewConversion = Omit<Conversion, 'state' | 'carried' | 'error' | 'startedAt' | 'finishedAt'>;

export type Begun =
  | { outcome: 'begun'; conversion: Conversion }
  /** This very confirm was seen before, or another one for the same contact is under way. */
  | { outcome: 'repeated' | 'busy'; conversion: Conversion };

export interface ConversionStore {
  find(workspaceId: string, id: string): Promise<Conversion | null>;
  /** Records the intent, and the job that settles it should this process die. */
  begin(wanted: NewConversion, at: Date, settleAfterSeconds: number): Promise<Begun>;
  /**
   * Once: the person's referrals and links follow the surviving contact. When it was `ours`, the history says who did
   * it and the note is planned; a lead that was found a user is no teammate's doing.
   */
  finish(conversion: Conversion, survivor: Survivor, at: Date, ours: boolean): Promise<Conversion>;
  fail(conversion: Conversion, state: 'failed' | 'unsure', error: string, at: Date): Promise<void>;
}
