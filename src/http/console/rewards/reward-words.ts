// Rewards in words, as the pages of the console write them.
import { amountText } from '../../../domain/rewards/amount.ts';
import { type EarnedStatus, earnedStatusWords, type RewardChange } from '../../../domain/rewards/reward.ts';
import type { Reward, Sum } from '../../../usecases/rewards/rewards.ts';
import { type Html, html } from '../../html.ts';
import { badge } from '../parts.ts';
import { nameOf, personLink } from '../program/referral-words.ts';
import { count, date } from '../words.ts';

const tones = { due: 'fair', approved: 'fair', issued: 'good', canceled: 'plain', failed: 'bad' } as const;

export const changeWords: Record<RewardChange, string> = {
  approve: 'Approve',
  issue: 'Issue',
  cancel: 'Cancel',
};

export const doneWords: Record<EarnedStatus, string> = {
  due: 'due again',
  approved: 'approved',
  issued: 'issued',
  canceled: 'canceled',
  failed: 'failed',
};

/** "3 rewards, 30.00 EUR in all". */
export function sumsText(sums: readonly Sum[]): string {
  const number = sums.reduce((total, sum) => total + sum.count, 0);
  const worth = sums.flatMap(({ amount, currency }) =>
    amount === null ? [] : [amountText(amount, currency)],
  );
  const rewards = number === 1 ? '1 reward' : `${count(number)} rewards`;
  return worth.length === 0 ? rewards : `${rewards}, ${worth.join(' and ')} in all`;
}

/** The label, and the amount where the label does not say it. */
export function worthText({ label, amount, currency }: Pick<Reward, 'label' | 'amount' | 'currency'>): Html {
  return html`${label}${amount !== null && html`<br><span class="quiet">${amountText(amount, currency)}</span>`}`;
}

export function earnedFor({ recipient, friend }: Reward): Html {
  return recipient === 'friend' ? html`Joining` : html`Referring ${personLink(friend)}`;
}

export const whoText = (reward: Reward): string => nameOf(reward.person);

/** The status with its date, actor and reason. */
export function statusText(reward: Reward, timeZone: string): Html {
  return html`${badge(tones[reward.status], earnedStatusWords[reward.status])} ${date(reward.statusAt, timeZone)}
${details(reward).map((line) => html`<br><span class="quiet">${line}</span>`)}`;
}

function details({ status, approvedBy, issuedBy, canceledBy, reference, reason }: Reward): string[] {
  const by = { due: null, approved: approvedBy, issued: issuedBy, canceled: canceledBy, failed: null }[
    status
  ];
  return [by?.name ? `by ${by.name}` : null, status === 'issued' ? reference : reason].filter(
    (line) => line !== null,
  );
}
