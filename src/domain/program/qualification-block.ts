// What keeps a referral from qualifying, by rule or by hand; asked again wherever a fact about it can change.
import { emailKey, idKey } from '../identity.ts';
import { type DoubtHint, doubtWords } from './doubt.ts';

export const blockCodes = ['self_referral', 'existing_user', 'second_referral', 'doubtful'] as const;

/** `reason` is a clause that also says what can be done. */
export type QualificationBlock = { code: (typeof blockCodes)[number]; reason: string };

/** What the program and Intercom know of a person; emails and external IDs from both. */
export type KnownIdentity = {
  personId: string;
  /** After merges. */
  contactId: string | null;
  emails: readonly (string | null)[];
  externalIds: readonly (string | null)[];
};

type QualificationFacts = {
  friend: KnownIdentity;
  referrer: KnownIdentity | null;
  /** Another referral of the same contact in the campaign that is ahead: qualified, or as far and older. */
  hasFirstReferral: boolean;
  /** The referrer named them in the Messenger when they were a user already. */
  wasUser: boolean;
  /** Where doubtful referrals are held for review: the hints, and those that a teammate allowed for this referral. */
  held: { hints: readonly DoubtHint[]; allowed: readonly DoubtHint[] } | null;
};

/** Null when nothing is in the way. */
export function blockOf(facts: QualificationFacts): QualificationBlock | null {
  const { friend, referrer, hasFirstReferral, wasUser, held } = facts;
  const same = referrer && sharedIdentity(friend, referrer);
  if (same) return { code: 'self_referral', reason: reasons[same] };
  if (wasUser) return { code: 'existing_user', reason: existingUser };
  if (hasFirstReferral) return { code: 'second_referral', reason: secondReferral };
  const doubt = held && doubtWords(held.hints.filter((hint) => !held.allowed.includes(hint)));
  return doubt === null
    ? null
    : { code: 'doubtful', reason: `${doubt}. Decide in its review whether it counts` };
}

const existingUser = 'The friend was a user already when the referrer named them: disqualify it';

// Joining allows one referral per person and campaign; a merge makes two of them one person's.
const secondReferral = 'Another referral of this person counts in the campaign: unlink one, or disqualify';

/** Keeps rules from qualifying; a teammate knows more, and still can. */
export const archivedReason = 'The contact is archived in Intercom: unarchive it, or qualify by hand';

type SharedIdentity = 'person' | 'contact' | 'externalId' | 'email';

const reasons: Record<SharedIdentity, string> = {
  person: 'Referrer and friend are the same person: disqualify it',
  contact: 'Referrer and friend are the same Intercom contact: unlink one, or disqualify',
  externalId: 'Referrer and friend have the same external ID: unlink one, or disqualify',
  email: 'Referrer and friend have the same email: unlink one, or disqualify',
};

/**
 * People who refer themselves earn nothing, whichever of their records they use. Phones do not count: families and
 * offices share them, and no record of the program has one.
 */
export function sharedIdentity(first: KnownIdentity, second: KnownIdentity): SharedIdentity | null {
  if (first.personId === second.personId) return 'person';
  if (first.contactId !== null && first.contactId === second.contactId) return 'contact';
  if (share(first.externalIds.map(idKey), second.externalIds.map(idKey))) return 'externalId';
  return share(first.emails.map(emailKey), second.emails.map(emailKey)) ? 'email' : null;
}

function share(first: readonly (string | null)[], second: readonly (string | null)[]): boolean {
  return first.some((key) => key !== null && second.includes(key));
}
