// The sentences that agents read: what is missing, or what it was that counted.
import { describe, expect, test } from 'vitest';
import type { Facts } from '../../../src/domain/qualification/notification.ts';
import type { Condition } from '../../../src/domain/qualification/rule.ts';
import { explainMet, explainPending } from '../../../src/domain/qualification/rule-explanation.ts';
import { plan, seeing } from './rules.ts';

const on = 'Nov 12, 2026';
const paid: Condition = { attribute: plan, operator: 'is_one_of', values: ['pro', 'team'] };
const seats: Condition = { attribute: 'custom_attributes.seats', operator: 'at_least', value: 5 };

describe('while pending', () => {
  const cases: [Condition, after: Facts, before: Facts | null, explanation: string][] = [
    [paid, { [plan]: 'free' }, null, 'Needs plan to be pro or team; it is free'],
    [paid, {}, null, 'Needs plan to be pro or team; it is not set'],
    [
      { all: [paid, seats] },
      { [plan]: 'pro', 'custom_attributes.seats': 2 },
      null,
      'Needs seats to be at least 5; it is 2',
    ],
    [
      { all: [paid, seats] },
      { [plan]: 'free' },
      null,
      'Needs plan to be pro or team, and seats to be at least 5; plan is free, seats is not set',
    ],
    [
      { all: [{ any: [paid, seats] }, { attribute: 'email', operator: 'is_set' }] },
      { [plan]: 'free' },
      null,
      'Needs (plan to be pro or team, or seats to be at least 5), and email to be set; plan is free, seats is not set, email is not set',
    ],
    [
      { attribute: plan, operator: 'changed_to', to: ['pro'], from: ['free', null] },
      { [plan]: 'pro' },
      { [plan]: 'trial' },
      'Needs plan to change from free or not set to pro; it changed from trial to pro',
    ],
    [
      { attribute: plan, operator: 'changed_to', to: ['pro'] },
      { [plan]: 'pro' },
      { [plan]: 'pro' },
      'Needs plan to change to pro; it is pro, unchanged',
    ],
    [
      { attribute: plan, operator: 'changed' },
      { [plan]: 'pro' },
      null,
      'Needs plan to change; it is pro, seen for the first time',
    ],
    [{ operator: 'became_user' }, { role: 'lead' }, null, 'Needs the contact to become a user; it is a lead'],
    [
      { attribute: 'signed_up_at', operator: 'after', value: '2026-10-01' },
      { signed_up_at: Date.parse('2026-09-30T23:00:00Z') / 1000 },
      null,
      'Needs signed_up_at to be after Oct 1, 2026; it is Sep 30, 2026',
    ],
    [
      { attribute: 'last_seen_at', operator: 'within_days', value: 30 },
      { last_seen_at: '2026-01-05T08:00:00Z' },
      null,
      'Needs last_seen_at to be within the last 30 days; it is Jan 5, 2026',
    ],
    [
      { attribute: plan, operator: 'is_not', value: 'free' },
      { [plan]: 'Free' },
      null,
      'Needs plan not to be free; it is Free',
    ],
    [
      { attribute: plan, operator: 'is_not_set' },
      { [plan]: 'pro' },
      null,
      'Needs plan not to be set; it is pro',
    ],
    [
      { attribute: 'name', operator: 'contains', value: 'Ltd' },
      { name: 'Ann' },
      null,
      'Needs name to contain Ltd; it is Ann',
    ],
  ];
  test.each(cases)('%o on %o after %o', (condition, after, before, explanation) => {
    expect(explainPending(seeing(condition, after, before), on)).toBe(`${explanation} (${on})`);
  });

  test('tags go by their names', () => {
    const vip: Condition = { attribute: 'tags', operator: 'contains', value: '71' };
    const tagNames = { 71: 'VIP', 72: 'Trade show' };
    const judged = seeing(vip, { tags: ['72', '99'] }, null, { tagNames });
    expect(explainPending(judged, on)).toBe(`Needs tags to contain VIP; they are Trade show, 99 (${on})`);
    // A plan may be called like the id of a tag.
    const plan71 = seeing({ attribute: plan, operator: 'is', value: '71' }, { [plan]: '72' }, null, {
      tagNames,
    });
    expect(explainPending(plan71, on)).toBe(`Needs plan to be 71; it is 72 (${on})`);
  });

  test('neither many conditions nor long values make it longer than a card can bear', () => {
    const all = Array.from({ length: 20 }, (_, at): Condition => {
      const values = Array.from({ length: 30 }, (_, one) => `${one}-`.repeat(60));
      return { attribute: `custom_attributes.a${at}`, operator: 'is_one_of', values };
    });
    const after = Object.fromEntries(
      all.map((_, at) => [`custom_attributes.a${at}`, `a${'🌱'.repeat(100)}`]),
    );
    const said = explainPending(seeing({ all }, after), on);
    expect(said.length).toBeLessThan(2_500);
    expect(said.isWellFormed()).toBe(true);
    expect(said).toContain('and 16 more; ');
  });
});

describe('once met', () => {
  const cases: [Condition, after: Facts, before: Facts | null, explanation: string][] = [
    [paid, { [plan]: 'pro' }, { [plan]: 'free' }, 'plan changed from free to pro'],
    [paid, { [plan]: 'pro' }, null, 'plan is pro'],
    [paid, { [plan]: 'pro' }, { [plan]: null }, 'plan was set to pro'],
    [{ attribute: plan, operator: 'is_not_set' }, {}, { [plan]: 'pro' }, 'plan changed from pro to not set'],
    [{ any: [paid, seats] }, { [plan]: 'free', 'custom_attributes.seats': 5 }, null, 'seats is 5'],
    [
      { all: [paid, { operator: 'became_user' }] },
      { [plan]: 'pro', role: 'user' },
      { [plan]: 'pro', role: 'lead' },
      'plan is pro, the contact became a user',
    ],
  ];
  test.each(cases)('%o on %o after %o', (condition, after, before, explanation) => {
    const judged = seeing(condition, after, before);
    expect(explainMet('Paid plan', judged, on, 'qualify')).toBe(
      `Qualified by rule Paid plan on ${on}: ${explanation}`,
    );
  });

  test('a rule that disqualifies says so', () => {
    const judged = seeing({ attribute: plan, operator: 'is', value: 'free' }, { [plan]: 'free' });
    expect(explainMet('Back to free', judged, on, 'disqualify')).toBe(
      `Disqualified by rule Back to free on ${on}: plan is free`,
    );
  });
});
