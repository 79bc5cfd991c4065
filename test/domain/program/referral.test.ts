// Statuses of referrals: each change from each status.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { statusChanges } from '../../../src/domain/platforms/platform.ts';
import { type ReferralStatus, referralStatus, transition } from '../../../src/domain/program/referral.ts';

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
        const result = transition({ status: from }, change, null);
        if (expected === '=') expect(result).toEqual({ outcome: 'unchanged' });
        else if (expected === '-') {
          expect(result).toMatchObject({ outcome: 'refused', why: expect.stringContaining(from) });
        } else expect(result).toMatchObject({ outcome: 'changed', status: expected });
      });
    }
  }
});

test('asking twice for the same thing changes nothing the second time', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...referralStatus.options),
      fc.constantFrom(...statusChanges),
      (status, change) => {
        const first = transition({ status }, change, null);
        fc.pre(first.outcome === 'changed');
        if (first.outcome === 'changed')
          expect(transition(first, change, null)).toEqual({ outcome: 'unchanged' });
      },
    ),
  );
});
