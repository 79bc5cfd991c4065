// What the app writes to Intercom about a referral: its own attributes, derived from the stored data.
import { type ReferralStatus, statusWords } from '../program/referral.ts';
import { toSeconds } from '../time.ts';
import { isWritten } from '../values.ts';
import { cutText } from '../words.ts';

export type Involvement = {
  /** Newest first. */
  referrals: {
    campaign: string;
    status: ReferralStatus;
    statusAt: Date;
    referrer: { name: string | null; email: string | null } | null;
  }[];
  /** Newest first. */
  referrers: { campaign: string; link: string; referred: number; qualified: number }[];
};

export type WriteOutcome = { outcome: 'done' | 'gone' } | { outcome: 'merged'; into: string | null };

export type Attributes = Record<string, string | number | null>;

/** https://developers.intercom.com/docs/references/rest-api/api.intercom.io/data-attributes */
export const ownAttributes = {
  referral_status: {
    type: 'string',
    description: 'Status of this person’s own referral: Pending, Qualified, Disqualified or Expired.',
  },
  referral_campaign: {
    type: 'string',
    description: 'Campaign of this person’s newest referral, or of their share link.',
  },
  referral_referrer_name: { type: 'string', description: 'Name of the person who referred them.' },
  referral_referrer_email: { type: 'string', description: 'Email of the person who referred them.' },
  referral_link: { type: 'string', description: 'This person’s own share link, to refer friends with.' },
  referral_count: { type: 'integer', description: 'How many friends this person referred.' },
  referral_qualified_count: {
    type: 'integer',
    description: 'How many friends of this person have qualified.',
  },
  referral_qualified_at: { type: 'date', description: 'Day on which this person’s own referral qualified.' },
} as const;

/** As earlier versions wrote them: replaced, unlike what others wrote in Intercom. */
export const earlierDescriptions: readonly string[] = [
  'Pending, Qualified, Disqualified or Expired.',
  'The campaign of the newest referral, or of the share link.',
  'Who referred this person.',
  'The email of who referred this person.',
  'The share link of this person.',
  'How many people this person referred.',
  'How many of them qualified.',
  'When this person’s referral qualified.',
];

export const referredTag = 'Referred';
export const qualifiedEvent = 'referral-qualified';
/** With the link in its metadata: a message in Intercom is sent on it. */
export const linkRequestedEvent = 'referral-link-requested';

/** With several campaigns the newest referral is written; counts are for all campaigns together. */
export function attributesFor({ referrals, referrers }: Involvement): Attributes {
  const [newest] = referrals;
  const [share] = referrers;
  const qualified = newest?.status === 'qualified' ? newest.statusAt : null;
  const attributes: Attributes = {
    referral_status: newest ? statusWords[newest.status] : null,
    referral_campaign: newest?.campaign ?? share?.campaign ?? null,
    referral_referrer_name: newest?.referrer?.name ?? null,
    referral_referrer_email: newest?.referrer?.email ?? null,
    referral_link: share?.link ?? null,
    referral_count: share ? sum(referrers.map((referrer) => referrer.referred)) : null,
    referral_qualified_count: share ? sum(referrers.map((referrer) => referrer.qualified)) : null,
    referral_qualified_at: qualified ? toSeconds(qualified) : null,
  };
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      // Intercom accepts texts of at most 255 characters.
      typeof value === 'string' ? cutText(value, 255) : value,
    ]),
  );
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

/** Only what differs from the last write; attributes that were never written are not cleared. */
export function difference(wanted: Attributes, written: Attributes | null): Attributes {
  const changed = Object.entries(wanted).filter(
    ([name, value]) => !isWritten(value, written?.[name] ?? null),
  );
  return Object.fromEntries(changed);
}

/** Those that empty an attribute. */
export function removals(changed: Attributes): Attributes {
  return Object.fromEntries(Object.entries(changed).filter(([, value]) => value === null));
}
