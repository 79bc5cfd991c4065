// Words that several screens share: statuses, rewards, where a person came from, how the contact was found.
import type { MatchedBy } from '../src/domain/program/contact-match.ts';
import type { HistoryEntry, ReferralActor } from '../src/domain/program/program.ts';
import type { QualificationBlock } from '../src/domain/program/qualification-block.ts';
import { type ReferralSource, type ReferralStatus, referralStatus } from '../src/domain/program/referral.ts';
import { type EarnedStatus, earnedStatusWords, type RewardStatus } from '../src/domain/rewards/reward.ts';
import { totalOf } from '../src/domain/rewards/reward-counts.ts';
import type { ShownReward } from '../src/domain/rewards/shown-reward.ts';
import { capital } from '../src/domain/words.ts';
import { day } from './dates.ts';
import { lengths, safe } from './text.ts';
import type { CardContact, ReferrerSummary } from './view.ts';

const rewardWord: Record<RewardStatus, string> = { none: 'None', ...earnedStatusWords };

export const sourceWord: Record<ReferralSource, string> = {
  link: 'share link',
  messenger: 'the Messenger',
  api: 'API',
  manual: 'added by hand',
  platform: 'referral platform',
};

export const blockWords: Record<QualificationBlock['code'], string> = {
  self_referral: 'self-referral',
  existing_user: 'was a user already',
  second_referral: 'second referral',
  doubtful: 'held for review',
};

/** "Due, 10 EUR credit", "10 EUR credit (not earned yet)". */
export function rewardWords({ status, label }: Pick<ShownReward, 'status' | 'label'>): string {
  if (label === null) return rewardWord[status];
  const words = safe(label, 80, 'no description');
  return status === 'none' ? `${words} (not earned yet)` : `${rewardWord[status]}, ${words}`;
}

/** "due since Nov 20, 2026", "issued Nov 21, 2026". */
export function rewardSince(status: RewardStatus, since: Date, timeZone: string): string {
  return `${status} ${status === 'due' ? 'since ' : ''}${day(since, timeZone)}`;
}

/** A row for each reward. Names are short, because Intercom cuts off longer ones. */
export function rewardRows(rewards: readonly ShownReward[]): [string, string][] {
  if (rewards.length === 0) return [['Reward', 'None']];
  return rewards.map((reward) => [rewardNames[reward.recipient], rewardWords(reward)]);
}

export const rewardNames = { referrer: 'Referrer reward', friend: 'Friend reward' } as const;

/** "9 referred, 7 pending, 1 qualified, 1 expired": the statuses add up. */
export function referralCounts(referrals: ReferrerSummary['referrals']): string {
  const statuses = referralStatus.options.filter(
    (status) => status === 'pending' || status === 'qualified' || (referrals[status] ?? 0) > 0,
  );
  const parts = statuses.map((status) => `${referrals[status] ?? 0} ${status}`);
  return [`${totalOf(referrals)} referred`, ...parts].join(', ');
}

export const actorWords: Record<ReferralActor['kind'], string> = {
  teammate: 'A teammate',
  api: 'The API',
  rule: 'A rule',
  platform: 'The referral platform',
  person: 'The person',
  app: 'Referral Desk',
};

const statusEvents: Record<ReferralStatus, string> = {
  pending: 'Set back to pending',
  qualified: 'Qualified',
  disqualified: 'Disqualified',
  expired: 'Expired',
};
const rewardEvents: Record<EarnedStatus, string> = {
  due: 'now due',
  approved: 'approved',
  issued: 'issued',
  canceled: 'canceled',
  failed: 'failed',
};

/** "Qualified", "Reward now due". */
export function eventWords({ what, from, to }: Pick<HistoryEntry, 'what' | 'from' | 'to'>): string {
  const other = safe(capital(to ?? from ?? ''), lengths.name, 'Changed');
  switch (what) {
    case 'joined':
      return 'Joined the campaign';
    case 'status':
      return to !== null && Object.hasOwn(statusEvents, to) ? statusEvents[to as ReferralStatus] : other;
    case 'reward':
    case 'friend_reward': {
      const name = rewardNames[what === 'reward' ? 'referrer' : 'friend'];
      const isKnown = to !== null && Object.hasOwn(rewardEvents, to);
      return `${name} ${isKnown ? rewardEvents[to as EarnedStatus] : other}`;
    }
    case 'converted':
      return 'Converted from lead to user';
    case 'linked':
      return to === null ? 'Unlinked from a contact' : 'Linked to this contact';
  }
}

/** "Matched by email dana@example.com", with the email cut to `max` characters. */
export function matchedByWords(
  by: MatchedBy,
  email: string | null = null,
  max: number = lengths.name,
): string {
  if (by === 'link') return 'Matched by a stored link';
  if (by === 'external_id') return 'Matched by external ID';
  return email === null ? 'Matched by email' : `Matched by email ${safe(email, max, '')}`.trimEnd();
}

export function contactName(contact: Pick<CardContact, 'name' | 'email'>, fallback = 'this contact'): string {
  return safe(contact.name, 40, safe(contact.email, 40, fallback));
}

export function count(amount: number, singular: string, plural = `${singular}s`): string {
  return `${amount} ${amount === 1 ? singular : plural}`;
}
