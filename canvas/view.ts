// Every screen that the Inbox card can show, as data. A use case chooses one; render.ts draws it.
import type { MatchedBy } from '../src/domain/program/matching.ts';
import type { HistoryEntry } from '../src/domain/program/program.ts';
import type { ReferralSource, ReferralStatus, RewardStatus } from '../src/domain/program/referral.ts';
import type { Action } from './action.ts';

/** Opens the console as the teammate who looks at the card, once and for a few minutes; left out when nobody is known. */
type Settings = { settingsUrl?: string };

/** The workspace's own time zone (IANA name) in which dates are written, and the moment the data is of. */
export type Clock = { timeZone: string; asOf: Date };

export type CardContact = {
  id: string;
  role: 'lead' | 'user' | 'other';
  name: string | null;
  email: string | null;
};

export type ReferralSummary = {
  id: string;
  campaign: string;
  status: ReferralStatus;
  statusAt: Date;
  /** Why it has this status, in words: a rule's, a teammate's or the platform's. */
  reason: string | null;
  joinedAt: Date;
  /** What the campaign promises ("10 EUR credit"), and how far it is. */
  reward: { status: RewardStatus; label: string | null };
  source: ReferralSource;
  /** Null when nobody referred them. `contactUrl` opens the referrer in Intercom. */
  referrer: { name: string; contactUrl: string | null } | null;
  /** The person's page on the referral platform, where there is one. */
  platformUrl: string | null;
  /** The outside platform that cannot store this status, by name: it is kept here. */
  unsupportedBy: string | null;
};

/** What a teammate may do to a referral; `reopen` is "Back to pending". */
export type CardChange = 'qualify' | 'disqualify' | 'reopen';

export type ReferrerSummary = {
  id: string;
  campaign: string;
  link: string;
  joinedAt: Date;
  counts: { referred: number; pending: number; qualified: number };
  /** At most five, newest first. */
  latest: { name: string; status: ReferralStatus; joinedAt: Date }[];
  platformUrl: string | null;
};

export type Card = {
  contact: CardContact;
  matchedBy: MatchedBy;
  referrals: ReferralSummary[];
  referrers: ReferrerSummary[];
  clock: Clock;
} & Settings;

/** What a teammate says of a possible duplicate: it is this contact (and what to do with it), it is none, or to leave it. */
export type ReviewAnswer = 'update' | 'fill' | 'link' | 'create' | 'skip';

/** Somebody who joined, and may be the contact whose card it is. */
export type AskedReview = {
  id: string;
  person: { name: string | null; email: string | null };
  campaign: string;
  side: 'leads' | 'referrers';
  /** How many other contacts may be that person, too. */
  others: number;
};

/** One line of news above a screen, such as what a stale button did or did not do. */
export type Notice = { tone: 'plain' | 'problem'; text: string };

/** What happens to one field when a lead is merged into a user. */
export type MergeField = {
  field: string;
  lead: string | null;
  user: string | null;
  /** kept: the user's value stays; filled: the lead's value fills a gap; discarded: the lead's value is lost. */
  outcome: 'kept' | 'filled' | 'discarded';
};

export type MergeSide = {
  id: string;
  name: string | null;
  email: string | null;
  externalId: string | null;
  createdAt: Date | null;
};

export type RoleChangeForm = {
  /** Shown only when the lead has no email of its own. */
  email: { asked: boolean; value: string; problem: string | null };
  externalId: { value: string; problem: string | null };
};

export type CannotConvert =
  | { because: 'external-channel'; channel: string }
  /** Intercom's own words for a refusal that we do not know. */
  | { because: 'refused'; message: string }
  | { because: 'not-a-lead' }
  | { because: 'gone' };

export type InboxView =
  /** This workspace has not installed the app, or its grant is gone. `installUrl` starts the installation. */
  | { screen: 'not-installed'; installUrl: string }
  /** Intercom sent no contact: nobody to show. */
  | { screen: 'no-contact' }
  /** No email, no external id, no link: nothing to match by. */
  | ({ screen: 'no-identity'; contact: CardContact; clock: Clock; notice?: Notice } & Settings)
  | ({ screen: 'unknown-person'; contact: CardContact; clock: Clock; notice?: Notice } & Settings)
  | ({
      screen: 'several-matches';
      contact: CardContact;
      people: { id: string; name: string | null; externalId: string | null; campaigns: string[] }[];
      clock: Clock;
      notice?: Notice;
    } & Settings)
  | { screen: 'card'; card: Card; notice?: Notice }
  /** Asked before anything else is shown. */
  | { screen: 'review'; contact: CardContact; asked: AskedReview }
  /** Every campaign of the person, when there are more than the first screen holds. */
  | { screen: 'campaigns'; card: Card }
  | {
      screen: 'referral';
      referral: ReferralSummary;
      history: HistoryEntry[];
      matchedBy: MatchedBy;
      clock: Clock;
      /** Those that its status allows and the workspace offers. */
      actions: CardChange[];
      /** A teammate chose this person among several, and may take that back. */
      chosen?: true;
      notice?: Notice;
    }
  | {
      screen: 'confirm-unlink';
      contact: CardContact;
      person: { name: string | null; externalId: string | null };
      referralId: string;
    }
  | {
      screen: 'confirm-status';
      contact: CardContact;
      referral: ReferralSummary;
      change: CardChange;
      /** Asked for a disqualification. */
      reason: { value: string; problem: string | null };
      nonce: string;
      /** The outside platform that cannot store the new status, by name; null where it can. */
      unsupportedBy: string | null;
    }
  /** Recorded, and not done yet: the platform is slow or away. */
  | { screen: 'changing-status'; contact: CardContact; change: CardChange; trouble: string | null }
  | { screen: 'referrer'; referrer: ReferrerSummary; clock: Clock }
  | {
      screen: 'preview-role-change';
      contact: CardContact;
      form: RoleChangeForm;
      nonce: string;
      /** How many referrals stay with them. */
      referrals: number;
      notice?: Notice;
    }
  | {
      screen: 'preview-merge';
      lead: MergeSide;
      user: MergeSide;
      fields: MergeField[];
      /** What moves along: conversations, notes, tags, companies, referrals. */
      moves: string[];
      nonce: string;
      /** False: they share neither email nor phone, which deserves a warning. */
      sharesIdentifier: boolean;
      clock: Clock;
      notice?: Notice;
    }
  | { screen: 'choose-user'; lead: MergeSide; users: MergeSide[]; clock: Clock; notice?: Notice }
  | {
      screen: 'archived-match';
      user: { id: string; name: string | null; email: string | null };
      email: string | null;
    }
  | { screen: 'cannot-convert'; contact: CardContact; reason: CannotConvert }
  /** Sent to Intercom and not answered in time; the work goes on. */
  | { screen: 'converting'; contact: CardContact }
  | {
      screen: 'converted';
      contact: CardContact;
      how: 'role-change' | 'merge' | 'already-a-user';
      externalId: string | null;
      /** How many referrals and links now belong to the surviving contact. */
      carried: { referrals: number; referrers: number };
      /** The surviving contact in Intercom, after a merge. */
      contactUrl: string | null;
    }
  | { screen: 'unavailable'; what: 'referral-data' | 'intercom' | 'intercom-busy'; retry: Action }
  /** `installUrl` grants access anew. */
  | { screen: 'unavailable'; what: 'intercom-token'; retry: Action; installUrl: string };

/** One screen by its name. */
export type Screen<K extends InboxView['screen']> = Extract<InboxView, { screen: K }>;
