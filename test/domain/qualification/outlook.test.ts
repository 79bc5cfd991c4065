// What a pending referral still needs: the sentence of the card, from every rule and all that is known.
import { describe, expect, test } from 'vitest';
import type { Facts } from '../../../src/domain/qualification/notification.ts';
import { operatorNames, type Test } from '../../../src/domain/qualification/operators.ts';
import { knownFacts, outlookOf, type PendingReferral } from '../../../src/domain/qualification/outlook.ts';
import type { Condition } from '../../../src/domain/qualification/rule.ts';
import { finiteOf, wantedOf } from '../../../src/domain/qualification/rule-words.ts';
import { now, plan, rule } from './rules.ts';

const seats = 'custom_attributes.seats';
const paid: Condition = { attribute: plan, operator: 'is_one_of', values: ['pro', 'team'] };
const five: Condition = { attribute: seats, operator: 'at_least', value: 5 };

function outlook(when: Condition | Condition[], facts: Facts, more: Partial<PendingReferral> = {}) {
  const rules = [when]
    .flat()
    .map((each, at) => ({ name: `Rule ${at + 1}`, definition: rule(each), dueAt: null }));
  const referral = {
    ...{ rules, facts, factsAt: new Date('2026-11-11T12:00:00Z'), reopened: false, explanation: null },
    ...{ otherwise: 'a teammate qualifies it', expiresAt: null },
    ...more,
  };
  return outlookOf(referral, now, 'UTC');
}
const said = (...args: Parameters<typeof outlook>) => outlook(...args).versions[0];

describe('a rule that is not met', () => {
  const cases: [Condition | Condition[], Facts, string][] = [
    [paid, { [plan]: 'free' }, 'Qualifies when plan is pro or team. Plan is free as of Nov 11, 2026.'],
    [paid, { [plan]: null }, 'Qualifies when plan is pro or team. Plan is not set as of Nov 11, 2026.'],
    [paid, {}, 'Qualifies when plan is pro or team. Plan is not known yet as of Nov 11, 2026.'],
    [
      { all: [paid, five] },
      { [plan]: 'free', [seats]: 2 },
      'Qualifies when plan is pro or team and seats is at least 5. Plan is free and seats is 2 as of Nov 11, 2026.',
    ],
    [
      { all: [paid, five] },
      { [plan]: 'pro', [seats]: 2 },
      'Qualifies when seats is at least 5. Seats is 2 as of Nov 11, 2026. Met already: plan is pro.',
    ],
    [
      { all: [{ any: [paid, five] }, { attribute: 'email', operator: 'is_set' }] },
      { [plan]: 'free', [seats]: 1, email: null },
      'Qualifies when (plan is pro or team or seats is at least 5) and email is set. Plan is free, seats is 1 and email is not set as of Nov 11, 2026.',
    ],
    [
      [paid, five],
      { [plan]: 'free', [seats]: 2 },
      'Qualifies when plan is pro or team, or seats is at least 5. Plan is free and seats is 2 as of Nov 11, 2026.',
    ],
    [
      { attribute: plan, operator: 'changed_to', to: ['pro'] },
      { [plan]: 'free' },
      'Qualifies when plan changes to pro. Plan is free as of Nov 11, 2026.',
    ],
    [
      { operator: 'became_user' },
      { role: 'lead' },
      'Qualifies when the contact becomes a user. The contact is a lead as of Nov 11, 2026.',
    ],
    [
      { attribute: 'tags', operator: 'contains', value: 'VIP' },
      { tags: [] },
      'Qualifies when tags contain VIP. Tags are not set as of Nov 11, 2026.',
    ],
  ];
  test.each(cases)('%j of %j', (when, facts, sentence) => {
    expect(said(when, facts)).toBe(sentence);
  });
});

test('a waiting period and an expiry have their dates', () => {
  const definition = rule(paid, { holds_for_days: 14 });
  const facts = { [plan]: 'pro' };
  const dueAt = new Date('2026-11-26T10:00:00Z');
  expect(said(paid, facts, { rules: [{ name: 'Paid', definition, dueAt }] })).toBe(
    'Qualifies on Nov 26, 2026 by rule Paid if this stays true: plan is pro.',
  );
  const expiresAt = new Date('2026-12-30T10:00:00Z');
  expect(
    said(paid, { [plan]: 'free' }, { rules: [{ name: 'Paid', definition, dueAt: null }], expiresAt }),
  ).toBe(
    'Qualifies when plan is pro or team and stays that way for 14 days. Plan is free as of Nov 11, 2026. Expires Dec 30, 2026.',
  );
});

test('without a rule it says who qualifies, and of a met rule why it did not act', () => {
  expect(said([], {})).toBe('No rule applies: a teammate qualifies it.');
  expect(said(paid, { [plan]: 'pro' })).toBe(
    'Meets rule Rule 1. It acts when the contact changes, or when an administrator applies it.',
  );
  expect(said(paid, { [plan]: 'pro' }, { reopened: true })).toBe(
    'Met rule Rule 1 before it went back to pending.',
  );
  expect(said(paid, { [plan]: 'pro' }, { explanation: 'Because it is archived' })).toBe(
    'Because it is archived.',
  );
});

test('every shorter version still names all that is missing, or counts it', () => {
  const names = Array.from({ length: 12 }, (_, at) => `custom_attributes.attribute_${at}`);
  const all = names.map((attribute): Condition => ({ attribute, operator: 'is_set' }));
  const { versions, rules } = outlook({ all }, { [names[3] ?? '']: 'there' });
  for (const version of versions) {
    const isWhole = names.every((name, at) => at === 3 || version.includes(name.slice(18)));
    expect(isWhole || /\d+ (more|conditions are missing)/.test(version), version).toBe(true);
  }
  expect(versions.at(-1)).toBe('11 conditions are missing.');
  expect(rules[0]?.conditions.map(({ met }) => met)).toEqual([...Array(11).fill(false), true]);
});

test('each operator’s words make a sentence', () => {
  const test = { attribute: plan, operator: 'is', value: 1, values: [1], to: [1] } as unknown as Test;
  for (const name of operatorNames) {
    const wanted = wantedOf({ ...test, operator: name } as Test, {});
    expect(finiteOf(wanted, false)).toMatch(/^[a-z]+s( |$)/);
  }
});

describe('what is known', () => {
  const rules = [{ definition: rule({ all: [paid, five] }) }];
  const before = { facts: { [plan]: 'free' }, at: new Date('2026-11-01T00:00:00Z') };

  test('the stored value counts, as of when it was stored unless Intercom still says the same', () => {
    expect(knownFacts(rules, before, null, now)).toEqual({ facts: { [plan]: 'free' }, factsAt: before.at });
    expect(knownFacts(rules, before, { [plan]: 'pro' }, now)).toEqual({
      facts: { [plan]: 'free', [seats]: null },
      factsAt: before.at,
    });
    expect(knownFacts(rules, before, { [plan]: 'free', [seats]: 3 }, now)).toEqual({
      facts: { [plan]: 'free', [seats]: 3 },
      factsAt: now,
    });
  });

  test('what is neither stored nor reported stays unknown', () => {
    expect(knownFacts(rules, null, { email: 'a@example.com' }, now)).toEqual({ facts: {}, factsAt: now });
  });
});
