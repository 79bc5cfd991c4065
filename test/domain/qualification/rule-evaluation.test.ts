// Every operator on every type of value; changes; nesting; and that no contact whatever makes an evaluation throw.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Facts, Value } from '../../../src/domain/qualification/notification.ts';
import type { Test } from '../../../src/domain/qualification/operators.ts';
import { attributesOf, type Condition } from '../../../src/domain/qualification/rule.ts';
import { evaluate, meets } from '../../../src/domain/qualification/rule-evaluation.ts';
import { now, plan, rule, seeing } from './rules.ts';

const at = (iso: string) => Date.parse(iso) / 1000;

describe('one condition on one value', () => {
  const x = 'custom_attributes.x';
  const cases: [Test, meets: Value[], fails: Value[]][] = [
    [
      { attribute: x, operator: 'is', value: 'pro' },
      ['pro', 'Pro', ' PRO '],
      ['proper', '', null, 5, true, []],
    ],
    [{ attribute: x, operator: 'is', value: 5 }, [5, '5'], [5.5, '5 seats', null, true]],
    [{ attribute: x, operator: 'is', value: true }, [true, 1, 'yes'], [false, null, 0, 2]],
    [{ attribute: x, operator: 'is_not', value: 'pro' }, ['free', '', null, 5, []], ['pro', 'PRO', ['pro']]],
    [
      { attribute: x, operator: 'is_one_of', values: ['pro', 7] },
      ['pro', 7, ['a', 'pro']],
      ['free', 8, null],
    ],
    [
      { attribute: x, operator: 'contains', value: 'OSLO' },
      ['in Oslo now', ['oslo']],
      ['Os lo', null, 0, ['in oslo']],
    ],
    [{ attribute: x, operator: 'is_set' }, ['a', 0, false, ['1']], [null, '', []]],
    [{ attribute: x, operator: 'is_not_set' }, [null, '', []], ['a', 0, false, ['1']]],
    [{ attribute: x, operator: 'more_than', value: 5 }, [5.1, 6, '6', '5.5'], [5, 4, '6 seats', null, true]],
    [{ attribute: x, operator: 'at_least', value: 5 }, [5, 6, '5'], [4.9, null]],
    [{ attribute: x, operator: 'less_than', value: 5 }, [4.9, -1, 0], [5, null, '', false]],
    [{ attribute: x, operator: 'at_most', value: 5 }, [5, 0], [5.1, null]],
    [
      { attribute: x, operator: 'before', value: '2026-11-12' },
      [at('2026-11-11T23:59:59Z'), '2026-11-11', Date.parse('2026-11-11T09:00:00Z')],
      [at('2026-11-12T00:00:00Z'), null, 'soon', '2026-99-99', 0, Date.parse('2026-11-12T09:00:00Z')],
    ],
    [
      { attribute: x, operator: 'after', value: '2026-11-12' },
      [at('2026-11-13T00:00:00Z'), '2026-11-13T08:00:00+00:00'],
      [at('2026-11-12T23:59:59Z'), null, true, []],
    ],
    [
      { attribute: x, operator: 'after', value: '2026-11-12T09:00:00Z' },
      [at('2026-11-12T09:00:01Z')],
      [at('2026-11-12T09:00:00Z')],
    ],
    [
      { attribute: x, operator: 'within_days', value: 7 },
      [at('2026-11-05T10:00:00Z'), at('2026-11-12T10:00:02Z'), '2026-11-10'],
      [at('2026-11-05T09:59:59Z'), at('2026-11-14T00:00:00Z'), null, 'x'],
    ],
  ];

  test.each(cases)('%o', (condition, meets, fails) => {
    for (const value of meets)
      expect(seeing(condition, { [x]: value }).met, JSON.stringify(value)).toBe(true);
    for (const value of fails)
      expect(seeing(condition, { [x]: value }).met, JSON.stringify(value)).toBe(false);
  });

  test('an attribute that no one told is not set', () => {
    expect(seeing({ attribute: x, operator: 'is_not_set' }, {}).met).toBe(true);
    expect(seeing({ attribute: 'constructor', operator: 'is_set' }, {}).met).toBe(false);
    expect(seeing({ attribute: '__proto__', operator: 'is_set' }, {}).met).toBe(false);
  });
});

describe("an attribute's type decides how it is compared", () => {
  const x = 'custom_attributes.x';
  const evaluated = (
    type: 'text' | 'number' | 'yes-no' | 'date',
    when: Condition,
    before: Value,
    after: Value,
  ) =>
    evaluate(rule(when, { attribute_types: { [x]: type } }), {
      before: { [x]: before },
      after: { [x]: after },
      becameUser: false,
      now,
    }).met;
  const changed: Condition = { attribute: x, operator: 'changed' };
  const at = Date.parse('2026-11-30T09:00:00Z');

  test.each<['text' | 'number' | 'yes-no' | 'date', Value, Value, boolean]>([
    ['number', 5, '5.0', false],
    ['number', '5', '05.00', false],
    ['number', 5, 6, true],
    ['text', '00817', '817', true],
    ['text', '1764493200', '2025-11-30T09:00:00Z', true],
    ['text', 'Pro', ' pro ', false],
    ['yes-no', true, 'true', false],
    ['yes-no', 'False', false, false],
    ['yes-no', true, false, true],
    ['date', '2026-11-30T09:00:00Z', at / 1000, false],
    ['date', at / 1000, at, false],
    ['date', '2026-11-30T10:00:00+01:00', '2026-11-30T09:00:00.000Z', false],
    ['date', at / 1000, at / 1000 + 1, true],
  ])('as %s, %j and %j', (type, before, after, differ) => {
    expect(evaluated(type, changed, before, after)).toBe(differ);
    expect(evaluated(type, changed, after, before)).toBe(differ);
  });
});

describe('a change', () => {
  const changed: Condition = { attribute: plan, operator: 'changed' };
  const toPaid: Condition = {
    attribute: plan,
    operator: 'changed_to',
    to: ['pro', 'team'],
    from: ['free', null],
  };
  const cases: [string, Condition, before: Facts | null, after: Value, met: boolean][] = [
    ['is seen against the value before', changed, { [plan]: 'free' }, 'pro', true],
    ['is none when only capitals differ', changed, { [plan]: 'Pro' }, 'pro', false],
    ['is none between two ways to be empty', changed, { [plan]: '' }, null, false],
    ['of the order of a list is none', changed, { [plan]: ['1', '2'] }, ['2', '1'], false],
    [
      'is none between one moment as ISO and as seconds',
      changed,
      { [plan]: '2026-11-12T09:00:00.345+00:00' },
      at('2026-11-12T09:00:00Z'),
      false,
    ],
    [
      'is none between seconds and milliseconds',
      changed,
      { [plan]: at('2026-11-12T09:00:00Z') },
      Date.parse('2026-11-12T09:00:00Z'),
      false,
    ],
    ['is none between a number and its text', changed, { [plan]: 5 }, '5.0', false],
    ['is none between true and its text', changed, { [plan]: true }, 'true', false],
    ['is none in another form of Unicode', changed, { [plan]: 'Cafe\u0301' }, 'Café\u200B', false],
    [
      'of the last digit of a long number is one',
      changed,
      { [plan]: '9196877626998785' },
      '9196877626998784',
      true,
    ],
    ['from a list to a text is one', changed, { [plan]: ['1'] }, '1', true],
    ['is unknown on first sight', changed, null, 'pro', false],
    ['is unknown for an attribute that was not looked at before', changed, { role: 'user' }, 'pro', false],
    ['reaches one of several targets', toPaid, { [plan]: 'Free' }, 'Team', true],
    ['may start from nothing', toPaid, { [plan]: null }, 'pro', true],
    ['from something else does not count', toPaid, { [plan]: 'trial' }, 'pro', false],
    ['to something else does not count', toPaid, { [plan]: 'free' }, 'basic', false],
    ['that happened before does not count again', toPaid, { [plan]: 'pro' }, 'pro', false],
  ];
  test.each(cases)('%s', (_what, condition, before, after, met) => {
    expect(seeing(condition, { [plan]: after }, before).met).toBe(met);
  });

  test('of tags counts when one of the targets is new', () => {
    const vip: Condition = { attribute: 'tags', operator: 'changed_to', to: ['1', '2'] };
    expect(seeing(vip, { tags: ['9', '2'] }, { tags: ['9'] }).met).toBe(true);
    expect(seeing(vip, { tags: ['1', '2'] }, { tags: ['1'] }).met).toBe(true);
    expect(seeing(vip, { tags: ['1', '9'] }, { tags: ['1'] }).met).toBe(false);
  });

  test('of the role is seen, and believed when Intercom says so', () => {
    const becameUser: Condition = { operator: 'became_user' };
    expect(seeing(becameUser, { role: 'user' }, { role: 'lead' }).met).toBe(true);
    expect(seeing(becameUser, { role: 'user' }, null, { becameUser: true }).met).toBe(true);
    expect(seeing(becameUser, { role: 'user' }, { role: 'user' }).met).toBe(false);
    expect(seeing(becameUser, { role: 'lead' }, { role: 'lead' }).met).toBe(false);
    expect(seeing(becameUser, { role: 'user' }, { role: null }).met).toBe(false);
  });

  test('counts on while a hold runs, until its target is gone', () => {
    const hold = { holding: true };
    const still = { [plan]: 'pro', role: 'user' };
    expect(seeing(toPaid, still, still, hold).met).toBe(true);
    expect(seeing(toPaid, { [plan]: 'team' }, still, hold).met).toBe(true);
    expect(seeing(toPaid, { [plan]: 'free' }, still, hold).met).toBe(false);
    expect(seeing({ operator: 'became_user' }, still, still, hold).met).toBe(true);
    expect(seeing({ operator: 'became_user' }, { role: 'lead' }, still, hold).met).toBe(false);
    expect(seeing(changed, still, still, hold).met).toBe(true);
    const state: Condition = { attribute: plan, operator: 'is', value: 'pro' };
    expect(seeing(state, { [plan]: 'free' }, still, hold).met).toBe(false);
  });
});

describe('groups', () => {
  const is = (value: string): Condition => ({ attribute: plan, operator: 'is', value });
  const seats: Condition = { attribute: 'custom_attributes.seats', operator: 'at_least', value: 5 };
  const threeLevels: Condition = {
    all: [
      { any: [is('pro'), { all: [is('free'), seats] }] },
      { attribute: 'role', operator: 'is', value: 'user' },
    ],
  };
  test.each([
    [{ [plan]: 'pro', role: 'user' }, true],
    [{ [plan]: 'free', 'custom_attributes.seats': 5, role: 'user' }, true],
    [{ [plan]: 'free', 'custom_attributes.seats': 4, role: 'user' }, false],
    [{ [plan]: 'pro', role: 'lead' }, false],
  ])('nest three levels deep: %o', (after, met) => {
    expect(seeing(threeLevels, after).met).toBe(met);
  });

  test('give a reason for each condition, in order', () => {
    expect(
      seeing(threeLevels, { [plan]: 'free', role: 'user' }, { [plan]: 'pro', role: 'user' }).reasons,
    ).toEqual([
      { wanted: 'plan to be pro', seen: 'plan is free', met: false },
      { wanted: 'plan to be free', seen: 'plan changed from pro to free', met: true },
      { wanted: 'seats to be at least 5', seen: 'seats is not set', met: false },
      { wanted: 'role to be user', seen: 'role is user', met: true },
    ]);
  });
});

test('the attributes of a rule are each named once, the role for becoming a user', () => {
  const definition = rule(
    { all: [{ operator: 'became_user' }, { any: [{ attribute: plan, operator: 'changed' }] }] },
    { sale_value_from: 'custom_attributes.worth' },
  );
  expect(attributesOf(definition)).toEqual(['role', plan, 'custom_attributes.worth']);
});

test.each([
  [250, 250],
  ['99.90', 99.9],
  [0, 0],
  [-5, null],
  ['ten', null],
  [null, null],
  [true, null],
])('a sale value of %j is read as %j', (value, read) => {
  const definition = rule({ operator: 'became_user' }, { sale_value_from: 'custom_attributes.worth' });
  const after = { 'custom_attributes.worth': value };
  expect(evaluate(definition, { before: null, after, becameUser: true, now }).saleValue).toBe(read);
});

test('no facts whatever make an evaluation throw, and the result is that of its conditions', () => {
  const name = fc.constantFrom('a', 'tags', 'role', '__proto__', 'constructor', 'toString');
  const scalar = fc.oneof(
    fc.string({ minLength: 1, maxLength: 8 }),
    fc.double({ noNaN: true }),
    fc.boolean(),
  );
  const value = fc.oneof(scalar, fc.constant(null), fc.string({ unit: 'binary' }), fc.array(fc.string()));
  const facts = fc.dictionary(name, value, { noNullPrototype: false });
  const leaf: fc.Arbitrary<Test> = fc.oneof(
    fc.record({
      attribute: name,
      operator: fc.constantFrom('is' as const, 'is_not' as const),
      value: scalar,
    }),
    fc.record({
      attribute: name,
      operator: fc.constant('contains' as const),
      value: fc.string({ minLength: 1 }),
    }),
    fc.record({
      attribute: name,
      operator: fc.constantFrom('is_set' as const, 'is_not_set' as const, 'changed' as const),
    }),
    fc.record({
      attribute: name,
      operator: fc.constantFrom('more_than' as const, 'at_most' as const, 'within_days' as const),
      value: fc.double({ min: 1, max: 3650, noNaN: true }),
    }),
    fc.record({
      attribute: name,
      operator: fc.constantFrom('before' as const, 'after' as const),
      value: fc.constantFrom('2026-11-12', '0001-01-01T00:00:00Z'),
    }),
    fc.record({
      attribute: name,
      operator: fc.constant('changed_to' as const),
      to: fc.array(scalar, { minLength: 1 }),
      from: fc.array(fc.option(scalar), { minLength: 1 }),
    }),
    fc.constant({ operator: 'became_user' as const }),
  );
  fc.assert(
    fc.property(
      fc.array(leaf, { minLength: 1, maxLength: 5 }),
      facts,
      fc.option(facts),
      fc.boolean(),
      (all, after, before, holding) => {
        // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
        const definition = { when: { any: [{ all }] }, then: 'qualify' as const };
        const judged = evaluate(definition, { before, after, becameUser: false, now, holding });
        expect(meets(definition, { before, after, becameUser: false, now, holding })).toBe(judged.met);
        expect(judged.reasons).toHaveLength(all.length);
        expect(judged.met).toBe(judged.reasons.every((reason) => reason.met));
        for (const { wanted, seen } of judged.reasons) {
          expect(wanted.isWellFormed() && seen.isWellFormed()).toBe(true);
        }
      },
    ),
    { numRuns: 500 },
  );
});

describe('a day is that of the workspace', () => {
  const signedUp = 'signed_up_at';
  const met = (when: Condition, value: Value, timeZone: string, today = now) =>
    evaluate(rule(when), {
      before: null,
      after: { [plan]: value, [signedUp]: value },
      becameUser: false,
      now: today,
      timeZone,
    }).met;

  test('for a moment, which is of another day elsewhere', () => {
    const after: Condition = { attribute: signedUp, operator: 'after', value: '2026-11-12' };
    const before: Condition = { attribute: signedUp, operator: 'before', value: '2026-11-13' };
    const moment = at('2026-11-13T03:00:00Z');
    expect(met(after, moment, 'UTC')).toBe(true);
    expect(met(after, moment, 'America/New_York')).toBe(false);
    expect(met(before, moment, 'UTC')).toBe(false);
    expect(met(before, moment, 'America/New_York')).toBe(true);
  });

  test('and a custom date without a time is the same day everywhere', () => {
    const after: Condition = { attribute: plan, operator: 'after', value: '2026-11-12' };
    for (const timeZone of ['UTC', 'America/New_York', 'Pacific/Auckland']) {
      expect(met(after, at('2026-11-13T00:00:00Z'), timeZone)).toBe(true);
      expect(met(after, '2026-11-13', timeZone)).toBe(true);
      expect(met(after, at('2026-11-12T00:00:00Z'), timeZone)).toBe(false);
    }
  });

  test('over a change of clocks', () => {
    const within: Condition = { attribute: signedUp, operator: 'within_days', value: 1 };
    const today = new Date('2026-11-02T04:30:00Z');
    // On November 1st the day has 25 hours in New York.
    expect(met(within, at('2026-11-01T03:45:00Z'), 'America/New_York', today)).toBe(true);
    expect(met(within, at('2026-11-01T03:45:00Z'), 'UTC', today)).toBe(false);
  });

  test('in words, too', () => {
    const after: Condition = { attribute: signedUp, operator: 'after', value: '2026-11-12' };
    const [reason] = evaluate(rule(after), {
      before: null,
      after: { [signedUp]: at('2026-11-13T03:00:00Z') },
      becameUser: false,
      now,
      timeZone: 'America/New_York',
    }).reasons;
    expect(reason).toEqual({
      wanted: 'signed_up_at to be after Nov 12, 2026',
      seen: 'signed_up_at is Nov 12, 2026',
      met: false,
    });
  });
});

test.each(['a\u200Bb', '\u200B', 'pr\u202Eo'])('a rule that compares with %j is refused', (value) => {
  expect(() => rule({ attribute: plan, operator: 'is', value })).toThrow(/invisible/);
});
