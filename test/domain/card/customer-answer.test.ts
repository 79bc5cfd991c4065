// The ready sentences for customers: in every state they say what is so, and promise nothing else.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answerFor,
  answerNames,
  answers,
  fillAnswer,
  problemOfTemplate,
} from '../../../src/domain/card/customer-answer.ts';
import { referralStatus } from '../../../src/domain/program/referral.ts';
import { rewardStatus } from '../../../src/domain/rewards/reward.ts';
import { workspaceChanges } from '../../../src/domain/workspace/settings.ts';

const label = '10 EUR credit';
const states = fc.record({
  status: fc.constantFrom(...referralStatus.options),
  reward: fc.constantFrom(...rewardStatus.options, null),
  isBlocked: fc.boolean(),
});
const rewardsOf = (status: (typeof rewardStatus.options)[number] | null) =>
  status === null
    ? []
    : [{ recipient: 'friend' as const, status, label, since: new Date(0), by: null, note: null }];
const values = {
  ...{
    first_name: 'Dana',
    campaign: 'Spring',
    date: 'Nov 20, 2026',
    needs: 'It qualifies when plan is pro.',
  },
  ...{ reward: label, reward_date: 'Nov 21, 2026' },
};

describe('an answer', () => {
  test('names a reward only where the referral is qualified and the reward issued, or due and not blocked', () => {
    // Whatever the workspace writes: a template with every field that there is.
    const every = [...new Set(answerNames.flatMap((name) => answers[name].fields))].map(
      (each) => `{${each}}`,
    );
    fc.assert(
      fc.property(
        states,
        fc.shuffledSubarray(every, { minLength: every.length }),
        ({ status, reward, isBlocked }, fields) => {
          const name = answerFor(status, rewardsOf(reward), isBlocked);
          const owed = isBlocked ? ['issued'] : ['due', 'approved', 'issued'];
          const isOwed = status === 'qualified' && owed.includes(reward ?? '');
          for (const template of [answers[name].template, fields.join(' ')]) {
            const said = fillAnswer(name, template, values);
            expect(said.includes(label)).toBe(isOwed);
            if (!isOwed) expect(said).not.toMatch(/been due since|was issued|will (get|receive)/);
          }
        },
      ),
    );
  });

  test('is whole with the usual words: no field is left in it, and no gap', () => {
    for (const name of answerNames) {
      expect(problemOfTemplate(name, answers[name].template)).toBeNull();
      expect(fillAnswer(name, answers[name].template, {})).not.toMatch(/[{}]| {2}| [,.]/);
    }
    expect(fillAnswer('pending', answers.pending.template, values)).toBe(
      'Hi Dana, your referral in Spring was registered on Nov 20, 2026 and has not qualified yet. It qualifies when plan is pro.',
    );
  });

  test('refuses a field that it does not have, and names those that it has', () => {
    expect(problemOfTemplate('expired', 'You get {reward}')).toBe(
      '{reward} is not a field here. Use {first_name}, {campaign}, {date}',
    );
    const read = workspaceChanges.safeParse({ answers: { expired: 'You get {reward}' } });
    expect(read.error?.issues[0]).toMatchObject({
      path: ['answers', 'expired'],
      message: expect.stringContaining('Use {first_name}, {campaign}, {date}'),
    });
    expect(workspaceChanges.safeParse({ answers: { due: 'Soon: {reward}' } }).success).toBe(true);
  });
});
