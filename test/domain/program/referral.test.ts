// Statuses and rewards: each change from each state, and what holds whatever happens in whatever order.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ReferralChange,
  type ReferralState,
  type ReferralStatus,
  type RewardStatus,
  referralStatus,
  rewardStatus,
  transition,
} from '../../../src/domain/program/referral.ts';

const changes = ['qualify', 'disqualify', 'expire', 'reopen', 'issue-reward', 'cancel-reward'] as const;
const anyChange = fc.constantFrom<ReferralChange>(...changes);

describe('a status', () => {
  // Rows: from; columns: the change. "=" is unchanged, "-" is refused.
  const table: Record<ReferralStatus, Record<'qualify' | 'disqualify' | 'expire' | 'reopen', string>> = {
    pending: { qualify: 'qualified', disqualify: 'disqualified', expire: 'expired', reopen: '=' },
    qualified: { qualify: '=', disqualify: 'disqualified', expire: '-', reopen: 'pending' },
    disqualified: { qualify: '-', disqualify: '=', expire: '-', reopen: 'pending' },
    expired: { qualify: '-', disqualify: '-', expire: '=', reopen: 'pending' },
  };
  for (const from of referralStatus.options) {
    for (const change of ['qualify', 'disqualify', 'expire', 'reopen'] as const) {
      const expected = table[from][change];
      const outcome = expected === '=' ? 'stays' : expected === '-' ? 'is refused' : `becomes ${expected}`;
      test(`that is ${from} ${outcome} on ${change}`, () => {
        const result = transition({ status: from, reward: 'none' }, change, true, null);
        if (expected === '=') expect(result).toEqual({ outcome: 'unchanged' });
        else if (expected === '-') {
          expect(result).toMatchObject({ outcome: 'refused', why: expect.stringContaining(from) });
        } else expect(result).toMatchObject({ outcome: 'changed', state: { status: expected } });
      });
    }
  }
});

describe('a reward', () => {
  const rewardAfter = (state: ReferralState, change: ReferralChange, rewards = true) => {
    const result = transition(state, change, rewards, null);
    return result.outcome === 'changed' ? result.state.reward : result.outcome;
  };

  test('is due once the referral qualifies, where the campaign gives one', () => {
    expect(rewardAfter({ status: 'pending', reward: 'none' }, 'qualify')).toBe('due');
    expect(rewardAfter({ status: 'pending', reward: 'none' }, 'qualify', false)).toBe('none');
  });

  test('that is due is canceled by disqualifying, and gone when put back to pending', () => {
    expect(rewardAfter({ status: 'qualified', reward: 'due' }, 'disqualify')).toBe('canceled');
    expect(rewardAfter({ status: 'qualified', reward: 'due' }, 'reopen')).toBe('none');
  });

  test('that is due can be issued or canceled, and no other can', () => {
    const expected: Record<RewardStatus, [string, string]> = {
      none: ['refused', 'refused'],
      due: ['issued', 'canceled'],
      issued: ['unchanged', 'refused'],
      canceled: ['refused', 'unchanged'],
    };
    for (const reward of rewardStatus.options) {
      const state: ReferralState = { status: 'qualified', reward };
      expect([rewardAfter(state, 'issue-reward'), rewardAfter(state, 'cancel-reward')]).toEqual(
        expected[reward],
      );
    }
  });

  test('that was issued is never taken back, and none is due unless qualified, whatever is done', () => {
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 30 }), fc.boolean(), (sequence, rewards) => {
        let state: ReferralState = { status: 'pending', reward: 'none' };
        for (const change of sequence) {
          const before = state;
          const result = transition(state, change, rewards, null);
          if (result.outcome === 'changed') state = result.state;
          if (before.reward === 'issued') expect(state.reward).toBe('issued');
          if (state.reward === 'due') expect(state.status).toBe('qualified');
          if (!rewards) expect(state.reward).toBe('none');
        }
      }),
    );
  });
});

test('asking twice for the same thing changes nothing the second time', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...referralStatus.options),
      fc.constantFrom(...rewardStatus.options),
      anyChange,
      fc.boolean(),
      (status, reward, change, rewards) => {
        const first = transition({ status, reward }, change, rewards, null);
        fc.pre(first.outcome === 'changed');
        if (first.outcome === 'changed') {
          expect(transition(first.state, change, rewards, null)).toEqual({ outcome: 'unchanged' });
        }
      },
    ),
  );
});
