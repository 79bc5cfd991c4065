// Referrals, people and their history in words, as the pages of the console write them.
import type { HistoryEntry, ReferralActor } from '../../../domain/program/program.ts';
import { type ReferralSource, type ReferralStatus, statusWords } from '../../../domain/program/referral.ts';
import { earnedStatusWords, type RewardStatus } from '../../../domain/rewards/reward.ts';
import { capital } from '../../../domain/words.ts';
import { type Html, html } from '../../html.ts';
import { badge } from '../parts.ts';

const tones = { pending: 'plain', qualified: 'good', disqualified: 'bad', expired: 'fair' } as const;

export const statusBadge = (status: ReferralStatus): Html => badge(tones[status], statusWords[status]);

export const rewardWords: Record<RewardStatus, string> = { none: 'None', ...earnedStatusWords };

/** "Due: 10 EUR credit". */
export function rewardText({ status, label }: { status: RewardStatus; label: string | null }): string {
  if (label === null) return status === 'none' ? 'None' : rewardWords[status];
  return status === 'none' ? `${label} (not earned yet)` : `${rewardWords[status]}: ${label}`;
}

export const sourceWords: Record<ReferralSource, string> = {
  link: 'by a share link',
  api: 'by the API',
  messenger: 'in the Messenger',
  manual: 'by hand',
  platform: 'by the referral platform',
};

const actorWords: Record<ReferralActor['kind'], string> = {
  teammate: 'A teammate',
  api: 'The API',
  rule: 'A rule',
  platform: 'The referral platform',
  person: 'The person',
  app: 'Referral Desk',
};

const actorKinds: Record<ReferralActor['kind'], string> = {
  ...actorWords,
  teammate: 'Teammate',
  rule: 'Rule',
  api: 'API',
};

export function actorText({ kind, name }: HistoryEntry['actor']): Html {
  if (name === null) return html`${actorWords[kind]}`;
  return html`<bdi>${name}</bdi> <span class="quiet">${actorKinds[kind]}</span>`;
}

export function eventText({ what, from, to }: Pick<HistoryEntry, 'what' | 'from' | 'to'>): string {
  switch (what) {
    case 'joined':
      return 'Joined the campaign';
    case 'status':
      return capital(from === null ? (to ?? '') : `${from} to ${to ?? ''}`);
    case 'reward':
      return `Reward ${from === null ? '' : `${from} to `}${to ?? ''}`;
    case 'friend_reward':
      return `Friend reward ${from === null ? '' : `${from} to `}${to ?? ''}`;
    case 'converted':
      return 'Converted from lead to user';
    case 'linked':
      return to === null ? 'Link to a contact undone' : 'Linked to a contact';
  }
}

type Named = { id: string; name: string | null; email: string | null };

/** Whatever the person can be told by. Names may run in either direction. */
export const nameOf = ({ name, email }: Omit<Named, 'id'>): string => name ?? email ?? 'No name';

export const personLink = (person: Named): Html =>
  html`<a href="/console/people/${person.id}"><bdi>${nameOf(person)}</bdi></a>`;
