// The codec between buttons and component ids.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Action, decodeAction, encodeAction } from '../../canvas/action.ts';
import { anyString } from './any-string.ts';

const argument = anyString
  .map((one) => one.toWellFormed().replaceAll('\0', '').slice(0, 250).toWellFormed())
  .filter((one) => one !== '');
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.constantFrom<Action>(
    { do: 'home' },
    { do: 'refresh' },
    { do: 'show-campaigns' },
    { do: 'start-conversion' },
  ),
  argument.map((referralId): Action => ({ do: 'show-referral', referralId })),
  argument.map((referrerId): Action => ({ do: 'show-referrer', referrerId })),
  argument.map((personId): Action => ({ do: 'choose-person', personId })),
  argument.map((referralId): Action => ({ do: 'ask-unlink', referralId })),
  argument.map((referralId): Action => ({ do: 'confirm-unlink', referralId })),
  argument.map((userId): Action => ({ do: 'preview-merge', userId })),
  fc
    .tuple(argument, argument)
    .map(([reviewId, answer]): Action => ({ do: 'answer-review', reviewId, answer })),
  argument.map((nonce): Action => ({ do: 'confirm-role-change', nonce })),
  argument.map((userId): Action => ({ do: 'unarchive', userId })),
  fc
    .tuple(argument, argument, fc.constantFrom('yes', 'no'))
    .map(([userId, nonce, warned]): Action => ({ do: 'confirm-merge', userId, nonce, warned })),
);

test('every action comes back from its component id as it was', () => {
  fc.assert(
    fc.property(action, (one) => {
      expect(decodeAction(encodeAction(one))).toEqual(one);
    }),
  );
});

test('different actions have different component ids', () => {
  fc.assert(
    fc.property(action, action, (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other);
      expect(encodeAction(one) === encodeAction(other)).toBe(same);
    }),
  );
});

test('a component id that no button has is nothing, never an error', () => {
  const kind = fc.constantFrom(
    'home',
    'show-referral',
    'confirm-merge',
    '__proto__',
    'constructor',
    'toString',
  );
  const forged = fc.tuple(kind, fc.array(anyString)).map((parts) => parts.flat().join(':'));
  fc.assert(
    fc.property(fc.oneof(anyString, forged), (id) => {
      const decoded = decodeAction(id);
      // What is understood at all is understood as exactly one action.
      if (decoded !== null) expect(decodeAction(encodeAction(decoded))).toEqual(decoded);
    }),
  );
  for (const id of [
    '',
    ':',
    'home:',
    'home:1',
    'show-referral',
    'show-referral:',
    'confirm-merge:1',
    'confirm-merge:1:2',
    'unarchive:%',
    'unarchive:a%00',
    `unarchive:${'a'.repeat(256)}`,
    '__proto__',
  ]) {
    expect(decodeAction(id), id).toBeNull();
  }
});
