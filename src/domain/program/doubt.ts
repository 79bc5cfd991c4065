// What makes a referral doubtful: the friend looks like its referrer. Hints only; matching never folds aliases.
import { emailKey, foldText, phoneKey } from '../identity.ts';

export const hintCodes = ['same_mailbox', 'same_phone', 'same_name', 'ring', 'many_from_mailbox'] as const;
export type DoubtHint = (typeof hintCodes)[number];

/** What the program and Intercom know of a person; null where it is unknown. */
export type DoubtIdentity = Record<'emails' | 'phones' | 'names', readonly (string | null)[]>;

export type DoubtFacts = {
  friend: DoubtIdentity;
  referrer: DoubtIdentity | null;
  /** How many referrals lead from the friend back to the friend: 2 when the two referred each other; null for no ring. */
  ringLength: number | null;
  /** Friends of this referrer with this friend's mailbox, including this one. */
  friendsOfMailbox: number;
};

/** From so many friends of one mailbox on, they are a hint. */
export const manyOfMailbox = 3;

export const maxRingLength = 4;

/** Shorter ones are extensions, shared by a whole office. */
const shortestPhone = 7;

/** In the order of `hintCodes`. */
export function hintsOf({ friend, referrer, ringLength, friendsOfMailbox }: DoubtFacts): DoubtHint[] {
  const found: Record<DoubtHint, boolean> = {
    same_mailbox: referrer !== null && sharesMailbox(friend.emails, referrer.emails),
    same_phone:
      referrer !== null && share(friend.phones.map(longPhoneKey), referrer.phones.map(longPhoneKey)),
    same_name: referrer !== null && share(friend.names.map(nameKey), referrer.names.map(nameKey)),
    ring: ringLength !== null && ringLength <= maxRingLength,
    many_from_mailbox: friendsOfMailbox >= manyOfMailbox,
  };
  return hintCodes.filter((code) => found[code]);
}

/** As clauses: "same name". */
export const hintWords: Record<DoubtHint, string> = {
  same_mailbox: 'same mailbox without the +tag or dots',
  same_phone: 'same phone',
  same_name: 'same name',
  ring: 'they refer each other in a ring',
  many_from_mailbox: 'several friends share one mailbox',
};

const ofSamePerson: readonly DoubtHint[] = ['same_mailbox', 'same_phone', 'same_name'];

/** Without a final period; null without hints. */
export function doubtWords(hints: readonly DoubtHint[]): string | null {
  if (hints.length === 0) return null;
  const isSame = hints.some((hint) => ofSamePerson.includes(hint));
  const words = hints.map((hint) => hintWords[hint]).join(', ');
  return `${isSame ? 'Looks like the same person as the referrer' : 'Looks doubtful'}: ${words}`;
}

/** A referral that is disqualified or expired is over: nothing about it is in doubt. */
export const shownHints = (status: string, hints: readonly DoubtHint[]): DoubtHint[] =>
  status === 'pending' || status === 'qualified' ? [...hints] : [];

const gmailHosts: readonly string[] = ['gmail.com', 'googlemail.com'];

/**
 * The mailbox that an address leads to: without a +tag, and for Gmail without dots. The column `people.mailbox` is the
 * same of stored addresses. Null when it is not an address.
 */
export function mailboxKey(input: string | null): string | null {
  const [local = '', host = '', ...more] = (emailKey(input) ?? '').split('@');
  if (local === '' || host === '' || more.length > 0) return null;
  const mailbox = local.replace(/^([^+]+)\+.*$/s, '$1');
  return gmailHosts.includes(host) ? `${mailbox.replaceAll('.', '')}@gmail.com` : `${mailbox}@${host}`;
}

/** One address in two records is not an alias but a self-referral, which qualification-block.ts finds. */
function sharesMailbox(first: readonly (string | null)[], second: readonly (string | null)[]): boolean {
  return first.some((one) =>
    second.some((other) => {
      const mailbox = mailboxKey(one);
      return mailbox !== null && mailbox === mailboxKey(other) && emailKey(one) !== emailKey(other);
    }),
  );
}

function longPhoneKey(input: string | null): string | null {
  const key = phoneKey(input);
  return key === null || key.length < shortestPhone ? null : key;
}

/**
 * Without accents, punctuation, capitals and order: "Silva, Ana" is "Ána Silva". Null for a first name alone, which
 * says little; scripts that write a whole name as one word count.
 */
export function nameKey(input: string | null): string | null {
  if (input === null) return null;
  const words = foldText(input)
    .normalize('NFKD')
    .replace(/(?<=\p{Script=Latin})\p{M}+/gu, '')
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== '');
  const tells = words.length > 1 || words.some((word) => word.length > 1 && !/\p{Script=Latin}/u.test(word));
  return tells ? words.toSorted().join(' ') : null;
}

function share(first: readonly (string | null)[], second: readonly (string | null)[]): boolean {
  return first.some((key) => key !== null && second.includes(key));
}
