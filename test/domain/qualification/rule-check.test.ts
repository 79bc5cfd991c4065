// Typos and rules that could never work are found by the field, with what was probably meant.
import { describe, expect, test } from 'vitest';
import { customAttribute, standardAttributes } from '../../../src/domain/contacts/attribute-catalog.ts';
import type { Condition, RuleDefinition } from '../../../src/domain/qualification/rule.ts';
import { checkRule } from '../../../src/domain/qualification/rule-check.ts';
import { withTagIds } from '../../../src/domain/qualification/rule-tags.ts';
import { ownAttributes } from '../../../src/domain/runs/write-back.ts';
import { plan, rule } from './rules.ts';

const attribute = (name: string, dataType: string, options: string[] | null = null) =>
  customAttribute({ name, dataType, options });
const known = {
  attributes: [
    attribute('plan', 'string', ['free', 'pro', 'team']),
    attribute('city', 'string'),
    attribute('seats', 'integer'),
    attribute('worth', 'float'),
    attribute('paid', 'boolean'),
    attribute('renewed_on', 'date'),
    attribute('relation', 'something new'),
    ...Object.keys(ownAttributes).map((name) => attribute(name, 'string')),
  ],
  tags: [
    { id: '71', name: 'VIP' },
    { id: '72', name: 'Referred' },
  ],
};

function problemsOf(when: Condition, more: Partial<RuleDefinition> = {}): Record<string, string> {
  const definition = withTagIds(rule(when, more), known.tags);
  return Object.fromEntries(checkRule(definition, known).map(({ path, message }) => [path, message]));
}

const custom = (name: string) => `custom_attributes.${name}`;

describe('accepted is', () => {
  const fine: Condition[] = [
    { attribute: plan, operator: 'is_one_of', values: ['Pro', 'team'] },
    { attribute: plan, operator: 'changed_to', to: ['pro'], from: ['free', null] },
    { attribute: plan, operator: 'contains', value: 'ro' },
    { attribute: custom('city'), operator: 'is', value: 'anything' },
    { attribute: custom('seats'), operator: 'at_least', value: 3 },
    { attribute: custom('seats'), operator: 'is_one_of', values: [3, 5] },
    { attribute: custom('paid'), operator: 'is', value: true },
    { attribute: custom('renewed_on'), operator: 'within_days', value: 3 },
    { attribute: custom('relation'), operator: 'more_than', value: 3 },
    { attribute: 'role', operator: 'is', value: 'user' },
    { attribute: 'signed_up_at', operator: 'after', value: '2026-01-01' },
    { attribute: 'location.country', operator: 'is_not', value: 'Norway' },
    { attribute: 'tags', operator: 'contains', value: 'vip' },
    { attribute: 'tags', operator: 'changed_to', to: ['71'] },
    { operator: 'became_user' },
  ];
  test.each(fine)('%o', (condition) => {
    expect(problemsOf(condition)).toEqual({});
  });
});

describe('refused is', () => {
  const cases: [Condition, path: string, words: string][] = [
    [{ attribute: 'plan', operator: 'is_set' }, 'when.attribute', 'did you mean "custom_attributes.plan"?'],
    [{ attribute: 'nmae', operator: 'is_set' }, 'when.attribute', 'did you mean "name"?'],
    [{ attribute: 'owner', operator: 'is_set' }, 'when.attribute', 'did you mean "owner_id"?'],
    [
      { attribute: 'custom_attributes.Plan', operator: 'is_set' },
      'when.attribute',
      '"custom_attributes.plan"',
    ],
    [{ attribute: 'signed_upat', operator: 'is_set' }, 'when.attribute', '"signed_up_at"'],
    [{ attribute: 'segment_id', operator: 'is_set' }, 'when.attribute', 'is not a contact attribute'],
    [{ attribute: custom('referral_status'), operator: 'is_set' }, 'when.attribute', 'by Referral Desk'],
    [
      { attribute: plan, operator: 'is', value: 'prp' },
      'when.value',
      '(free, pro, team); did you mean "pro"?',
    ],
    [{ attribute: plan, operator: 'is_one_of', values: ['pro', 'x'] }, 'when.values.1', 'none of the values'],
    [
      { attribute: plan, operator: 'changed_to', to: ['pro'], from: ['fre'] },
      'when.from.0',
      'did you mean "free"?',
    ],
    [{ attribute: plan, operator: 'more_than', value: 1 }, 'when.operator', 'which is a text'],
    [{ attribute: custom('seats'), operator: 'contains', value: '5' }, 'when.operator', 'which is a number'],
    [{ attribute: custom('seats'), operator: 'is', value: '5' }, 'when.value', 'write a JSON number'],
    [{ attribute: custom('paid'), operator: 'is', value: 'yes' }, 'when.value', 'write a JSON boolean'],
    [
      { attribute: custom('renewed_on'), operator: 'is', value: '2026-01-01' },
      'when.operator',
      'which is a date',
    ],
    [{ attribute: 'role', operator: 'is', value: 'customer' }, 'when.value', '(lead, user)'],
    [{ attribute: 'tags', operator: 'contains', value: 'VP' }, 'when.value', 'did you mean "VIP"?'],
    [{ attribute: 'tags', operator: 'is', value: 'VIP' }, 'when.operator', 'use one of contains'],
    [
      { attribute: 'tags', operator: 'changed_to', to: ['VIP'], from: ['x'] },
      'when.from',
      'does not apply to tags',
    ],
    [{ attribute: 'tags', operator: 'contains', value: 'referred' }, 'when.value', 'by Referral Desk'],
  ];
  test.each(cases)('%o', (condition, path, words) => {
    const problems = problemsOf(condition);
    expect(Object.keys(problems)).toEqual([path]);
    expect(problems[path]).toContain(words);
  });

  test('everything that is wrong at once, each by its path', () => {
    const unknown: Condition = { attribute: 'plan', operator: 'is_set' };
    const when = { all: [unknown, { any: [{ operator: 'became_user' as const }, unknown] }] };
    expect(Object.keys(problemsOf(when, { sale_value_from: 'worth' }))).toEqual([
      'when.all.0.attribute',
      'when.all.1.any.1.attribute',
      'sale_value_from',
    ]);
  });

  test("a sale value that is this app's own", () => {
    expect(problemsOf({ operator: 'became_user' }, { sale_value_from: custom('referral_count') })).toEqual({
      sale_value_from: 'is written by Referral Desk, so rules cannot use it',
    });
  });

  test('a sale value that is not a number', () => {
    const when: Condition = { operator: 'became_user' };
    expect(problemsOf(when, { sale_value_from: custom('worth') })).toEqual({});
    expect(problemsOf(when, { sale_value_from: plan })).toEqual({
      sale_value_from: 'is a text; a sale value has to be a number',
    });
  });
});

test('tags are kept by their ids, with their names for explanations', () => {
  const when: Condition = { any: [{ attribute: 'tags', operator: 'is_one_of', values: ['vip', 72] }] };
  // Names that came along from an earlier version are not believed.
  expect(withTagIds(rule(when, { tag_names: { 1: 'Old' } }), known.tags)).toEqual(
    rule(
      { any: [{ attribute: 'tags', operator: 'is_one_of', values: ['71', '72'] }] },
      { tag_names: { 71: 'VIP', 72: 'Referred' } },
    ),
  );
});

test('names of tags that are no longer mentioned go', () => {
  const before = rule({ operator: 'became_user' }, { tag_names: { 71: 'VIP' } });
  expect(withTagIds(before, known.tags)).toEqual(rule({ operator: 'became_user' }));
});

test('no standard attribute is named twice', () => {
  const names = standardAttributes.map((one) => one.name);
  expect(new Set(names).size).toBe(names.length);
});
