// Rewards: each change from each status, and what a referral's status makes of them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ReferralStatus, referralStatus } from '../../../src/domain/program/referral.ts';
import {
  type DecidableReward,
  decideReward,
  type EarnedStatus,
  earnedStatus,
  needsApproval,
  type RewardChange,
  rewardAfterStatus,
  rewardChanges,
  rewardOfReferral,
} from '../../../src/domain/rewards/reward.ts';
import { shownRewards } from '../../../src/domain/rewards/shown-reward.ts';

const plain = { amount: '10.00', approval: null, block: null };

function outcomeOf(
  reward: Partial<DecidableReward> & { status: EarnedStatus },
  change: RewardChange,
): string {
  const decision = decideReward({ ...plain, ...reward }, change);
  return decision.outcome === 'changed' ? decision.to : decision.outcome;
}

describe('a reward', () => {
  // Columns: due, approved, issued, canceled, failed.
  test.each([
    ['approve', ['approved', 'unchanged', 'unchanged', 'refused', 'approved']],
    ['issue', ['issued', 'issued', 'unchanged', 'refused', 'issued']],
    ['cancel', ['canceled', 'canceled', 'refused', 'unchanged', 'canceled']],
  ] as const)('is changed by %s as its status allows', (change, expected) => {
    expect(earnedStatus.options.map((status) => outcomeOf({ status }, change))).toEqual(expected);
  });

  test('is approved before it is issued where the campaign asks for that', () => {
    const approval = { above: '100' };
    expect(outcomeOf({ status: 'due', approval, amount: '100.00' }, 'issue')).toBe('issued');
    expect(outcomeOf({ status: 'due', approval, amount: '100.01' }, 'issue')).toBe('refused');
    expect(outcomeOf({ status: 'approved', approval, amount: '100.01' }, 'issue')).toBe('issued');
    expect(needsApproval({ above: null }, '1.00')).toBe(true);
    expect(needsApproval({ above: '100' }, null)).toBe(true);
    expect(needsApproval(null, '1000.00')).toBe(false);
  });

  test('of a referral that cannot count is canceled, and neither approved nor issued', () => {
    const block = { code: 'self_referral' as const, reason: 'One person' };
    expect(rewardChanges.map((change) => outcomeOf({ status: 'due', block }, change))).toEqual([
      'refused',
      'refused',
      'canceled',
    ]);
  });

  test('is due while its referral is qualified, and stays issued whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...referralStatus.options)), fc.boolean(), (statuses, issue) => {
        let reward: EarnedStatus | null = null;
        let last: ReferralStatus = 'pending';
        for (const status of statuses) {
          const before: EarnedStatus | null = reward;
          reward = rewardAfterStatus(before, status, true);
          if (before === 'issued') expect(reward).toBe('issued');
          if (reward === 'due') expect(status).toBe('qualified');
          if (issue && reward === 'due') reward = 'issued';
          last = status;
        }
        const shown = rewardOfReferral(last, reward === null ? [] : [reward]);
        if (last === 'pending' && reward !== 'issued') expect(shown).toBe('none');
      }),
    );
  });

  test('shows in its referral by what most needs attention', () => {
    expect(rewardOfReferral('qualified', [])).toBe('none');
    expect(rewardOfReferral('qualified', ['issued', 'due'])).toBe('due');
    expect(rewardOfReferral('qualified', ['issued', 'failed'])).toBe('failed');
    expect(rewardOfReferral('qualified', ['canceled', 'issued'])).toBe('issued');
    expect(rewardOfReferral('disqualified', ['canceled'])).toBe('canceled');
    expect(rewardOfReferral('pending', ['canceled'])).toBe('none');
  });
});

describe('people are told', () => {
  const terms = (label: string) => ({ label, amount: null, currency: null, limit_per_person: null });
  const promised = { referrer: terms('Credit'), friend: terms('Bottle') };
  const labels = (
    status: ReferralStatus,
    earned: EarnedStatus[] = [],
    note: string | null = null,
    hasReferrer = true,
  ) =>
    shownRewards(
      { status, note, hasReferrer },
      promised,
      earned.map((each) => ({
        ...{ recipient: 'referrer', status: each, label: 'Old credit' },
        ...{ since: new Date(0), by: null, note: null },
      })),
    ).map((shown) => [shown.status, shown.label, shown.note]);

  test('what can still be earned while the referral is pending, also after an earlier one was canceled', () => {
    const open = [
      ['none', 'Credit', null],
      ['none', 'Bottle', null],
    ];
    expect(labels('pending')).toEqual(open);
    expect(labels('pending', ['canceled'])).toEqual(open);
  });

  test('nothing that a disqualified or expired referral can no longer earn', () => {
    const over = ['none', null, 'The referral is disqualified.'];
    expect(labels('disqualified')).toEqual([over, over]);
    expect(labels('expired').flat()).not.toContain('Credit');
    expect(labels('disqualified', ['canceled'])).toEqual([['canceled', 'Old credit', null], over]);
    expect(labels('disqualified', ['issued'])).toEqual([['issued', 'Old credit', null], over]);
  });

  test('nothing for a referrer where no one referred the person', () => {
    expect(labels('pending', [], null, false)).toEqual([
      ['none', null, 'This person has no referrer.'],
      ['none', 'Bottle', null],
    ]);
  });

  test('why a qualified referral earned nothing', () => {
    expect(labels('qualified', ['due'], 'The limit is reached.')).toEqual([
      ['due', 'Old credit', null],
      ['none', null, 'The limit is reached.'],
    ]);
  });
});
