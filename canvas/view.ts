// Every screen that the Inbox card can show, as data. A use case chooses one; render.ts draws it.
import type { CampaignState } from '../src/domain/campaigns/campaign-state.ts';
import type { ContactRecord, FieldOutcome } from '../src/domain/card/conversion.ts';
import type { MergeChoice } from '../src/domain/card/merge-choice.ts';
import type { Contact } from '../src/domain/contacts/contact.ts';
import type { ContactUse } from '../src/domain/contacts/contact-draft.ts';
import type { SideName } from '../src/domain/enrollment/enrollment.ts';
import type { ReviewRecord } from '../src/domain/enrollment/review-record.ts';
import type { MatchedBy } from '../src/domain/program/contact-match.ts';
import type { CreditCase } from '../src/domain/program/credit-case.ts';
import type { DoubtHint } from '../src/domain/program/doubt.ts';
import type { HistoryEntry } from '../src/domain/program/program.ts';
import type { QualificationBlock } from '../src/domain/program/qualification-block.ts';
import type { ReferralSource, ReferralStatus } from '../src/domain/program/referral.ts';
import type { Outlook } from '../src/domain/qualification/outlook.ts';
import type { EarnedStatus } from '../src/domain/rewards/reward.ts';
import type { ShownReward } from '../src/domain/rewards/shown-reward.ts';
import type { Action } from './action.ts';

/** Signs the teammate in to the console, once and for a few minutes; absent when the teammate is unknown. */
type Settings = { settingsUrl?: string };

/** The workspace's time zone (IANA name), and the time of the data. */
export type Clock = { timeZone: string; asOf: Date };

export type CardContact = Pick<Contact, 'id' | 'role' | 'name' | 'email'>;

export type ReferralSummary = {
  id: string;
  campaign: string;
  campaignState: CampaignState;
  status: ReferralStatus;
  statusAt: Date;
  reason: string | null;
  /** What keeps it from qualifying; `reason` has the words. */
  blocked: QualificationBlock['code'] | null;
  /** What it still needs; null unless it is pending and nothing keeps it from qualifying. */
  outlook: Outlook | null;
  /** What the friend and the referrer share. */
  hints: readonly DoubtHint[];
  joinedAt: Date;
  /** At most one for the referrer and one for the friend; none when there is nothing to tell. */
  rewards: ShownReward[];
  source: ReferralSource;
  /** Null when the person was not referred. `contactUrl` opens the referrer in Intercom. */
  referrer: { name: string; contactUrl: string | null } | null;
  platformUrl: string | null;
  /** The name of the outside platform that cannot store this status, so only this app does. */
  unsupportedBy: string | null;
};

/** What a teammate can do to a referral; `reopen` is "Back to pending". */
export type CardChange = 'qualify' | 'disqualify' | 'reopen';

export type ReferrerSummary = {
  id: string;
  campaign: string;
  campaignState: CampaignState;
  link: string;
  joinedAt: Date;
  /** How many have each status; a status that none has may be left out. */
  referrals: Partial<Record<ReferralStatus, number>>;
  /** What this person earned as the referrer. */
  rewards: Partial<Record<EarnedStatus, number>>;
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

export type ReviewAnswer = ContactUse | 'create' | 'skip';

type OpenReview = {
  id: string;
  person: { name: string | null; email: string | null };
  campaign: string;
  side: SideName;
  others: number;
};

export type Notice = { tone: 'plain' | 'problem'; text: string };

export type MergeSide = Pick<ContactRecord, 'id' | 'name' | 'email' | 'externalId' | 'createdAt'>;

export type RoleChangeForm = {
  /** Shown only when the lead has no email of its own. */
  email: { shown: boolean; value: string; problem: string | null };
  externalId: { value: string; problem: string | null };
};

export type CannotConvert =
  | { because: 'external-channel'; channel: string }
  /** Intercom's own message for a refusal that we do not recognize. */
  | { because: 'refused'; message: string }
  | { because: 'not-a-lead' }
  | { because: 'gone' };

/** `installUrl` is only for a teammate who can install the app; `ask` is a sentence for the others. */
type Reconnection = { installUrl: string | null; ask: string | null };

type WithoutReferrals = { contact: CardContact; clock: Clock; notice?: Notice } & Settings;

export type InboxView =
  /** This workspace has not installed the app, or its grant has ended. */
  | ({ screen: 'not-installed' } & Reconnection)
  | { screen: 'no-contact' }
  /** No email, no external ID and no link, so there is nothing to match by. */
  | ({ screen: 'no-identity' } & WithoutReferrals)
  | ({ screen: 'unknown-person' } & WithoutReferrals)
  | ({
      screen: 'several-matches';
      people: { id: string; name: string | null; externalId: string | null; campaigns: string[] }[];
    } & WithoutReferrals)
  | { screen: 'card'; card: Card; notice?: Notice }
  /** Takes precedence over every other screen. */
  | { screen: 'review'; contact: CardContact; review: OpenReview }
  | {
      screen: 'compare-review';
      review: OpenReview;
      joined: ReviewRecord;
      contact: ReviewRecord;
      /** The other candidates. */
      others: ReviewRecord[];
      clock: Clock;
    }
  /** `create` also offers to create none. */
  | { screen: 'confirm-review'; contact: CardContact; review: OpenReview; answer: 'update' | 'create' }
  | { screen: 'campaigns'; card: Card }
  | {
      screen: 'referral';
      referral: ReferralSummary;
      history: HistoryEntry[];
      matchedBy: MatchedBy;
      clock: Clock;
      actions: CardChange[];
      /** The link can be undone: a teammate chose this person among several, or two people share the contact. */
      unlinkable?: true;
      /** The same for the referrer's link to this contact. */
      unlinkableReferrer?: true;
      /** A teammate added it by hand, and nothing was paid. */
      undoableCredit?: true;
      /** The contact has no share link yet. */
      invitable?: true;
      notice?: Notice;
    }
  | {
      screen: 'confirm-unlink';
      contact: CardContact;
      person: { name: string | null; externalId: string | null };
      referralId: string;
      /** The person to unlink. */
      who: 'friend' | 'referrer';
    }
  | {
      screen: 'confirm-status';
      contact: CardContact;
      referral: ReferralSummary;
      change: CardChange;
      /** Required for a disqualification. */
      reason: { value: string; problem: string | null };
      nonce: string;
      /** The name of the outside platform that cannot store the new status; null when it can. */
      unsupportedBy: string | null;
    }
  | {
      screen: 'add-referral';
      contact: CardContact;
      /** At least one and at most ten. */
      campaigns: { id: string; name: string }[];
      form: {
        referrer: { value: string; problem: string | null };
        campaign: { value: string; problem: string | null };
        reason: string;
      };
      /** The referrers that the text means, when several. */
      choices: { id: string; label: string }[];
      nonce: string;
    }
  /** "Why no credit?", of a referral, or of a person without one, who can then be added by hand. */
  | { screen: 'no-credit'; asked: CreditCase; clock: Clock; canAdd: boolean; back: Action }
  /** A sentence to select and copy. */
  | { screen: 'answer'; contact: CardContact; answer: string; back: Action }
  /** A card of the Messenger is put into the reply, of that campaign or of all that the contact is in. */
  | { screen: 'card-in-reply'; contact: CardContact; campaignId: string | null; isInvitation: boolean }
  | { screen: 'confirm-undo-credit'; contact: CardContact; referral: ReferralSummary }
  /** Recorded but not done yet: the platform is slow or unavailable. */
  | { screen: 'changing-status'; contact: CardContact; change: CardChange; trouble: string | null }
  | { screen: 'referrer'; referrer: ReferrerSummary; clock: Clock; wasReferred: boolean }
  | {
      screen: 'preview-role-change';
      contact: CardContact;
      form: RoleChangeForm;
      nonce: string;
      referrals: number;
      notice?: Notice;
    }
  | {
      screen: 'preview-merge';
      lead: MergeSide;
      user: MergeSide;
      fields: FieldOutcome[];
      /** Conflicting attributes that decide a rule; one of both values is to be chosen. */
      choices: MergeChoice[];
      /** What moves with the merge: conversations, notes, tags, companies, referrals. */
      moves: string[];
      nonce: string;
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
  /** Sent to Intercom without a response in time; the work continues. */
  | { screen: 'converting'; contact: CardContact }
  | {
      screen: 'converted';
      contact: CardContact;
      how: 'role-change' | 'merge' | 'already-a-user';
      externalId: string | null;
      /** Attributes with the lead's value. */
      kept: string[];
      carried: { referrals: number; referrers: number };
      contactUrl: string | null;
    }
  | { screen: 'unavailable'; what: 'referral-data' | 'result' | 'intercom' | 'intercom-busy'; retry: Action }
  | ({ screen: 'unavailable'; what: 'intercom-token'; retry: Action } & Reconnection);

export type Screen<K extends InboxView['screen']> = Extract<InboxView, { screen: K }>;
