// What is a rule and what is none, with the field that is wrong.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { operatorNames } from '../../../src/domain/qualification/operators.ts';
import { ruleDefinition } from '../../../src/domain/qualification/rule.ts';
import { refusedFields } from '../../../src/http/api/refused-fields.ts';

const leaf = { attribute: 'role', operator: 'is', value: 'user' };
const parse = (when: unknown, more: object = {}) =>
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
  ruleDefinition.safeParse({ when, then: 'qualify', ...more });

function refused(when: unknown, more: object = {}): string[] {
  const read = parse(when, more);
  return read.success ? [] : Object.keys(refusedFields(read.error.issues));
}

const nested = (levels: number): unknown => (levels === 0 ? leaf : { all: [nested(levels - 1)] });

test('groups nest three levels deep and no deeper', () => {
  expect(parse(nested(3)).success).toBe(true);
  expect(refused(nested(4))).toEqual(['when.all.0.all.0.all.0.operator']);
});

test('a thousand levels are refused like four', () => {
  expect(refused(nested(1_000))).toEqual(['when.all.0.all.0.all.0.operator']);
});

test('a group has one to twenty conditions', () => {
  expect(parse({ any: Array(20).fill(leaf) }).success).toBe(true);
  expect(refused({ any: Array(21).fill(leaf) })).toEqual(['when.any']);
  expect(refused({ all: [] })).toEqual(['when.all']);
});

describe('what is wrong is named by its path:', () => {
  test.each([
    ['an operator that there is none of', { ...leaf, operator: 'equals' }, ['when.operator']],
    ['a group by another name', { and: [leaf] }, ['when.operator']],
    [
      'a value of the wrong type',
      { all: [leaf, { attribute: 'x', operator: 'more_than', value: '5' }] },
      ['when.all.1.value'],
    ],
    [
      'a value inside an inner group',
      { all: [{ any: [{ ...leaf, value: [] }] }] },
      ['when.all.0.any.0.value'],
    ],
    [
      'a date that is none',
      { attribute: 'created_at', operator: 'before', value: '12.11.2026' },
      ['when.value'],
    ],
    [
      'a day that is none',
      { attribute: 'created_at', operator: 'before', value: '2026-02-30' },
      ['when.value'],
    ],
    ['a field too many', { ...leaf, unless: true }, ['when.unless']],
    ['no attribute', { operator: 'is_set' }, ['when.attribute']],
    ['no targets', { attribute: 'x', operator: 'changed_to', to: [] }, ['when.to']],
    ['text that no database stores', { ...leaf, value: 'a\u0000b' }, ['when.value']],
    [
      'infinitely many days',
      { attribute: 'created_at', operator: 'within_days', value: Infinity },
      ['when.value'],
    ],
    ['no condition', undefined, ['when']],
  ])('%s', (_what, when, fields) => {
    expect(refused(when)).toEqual(fields);
  });

  test.each([
    ['then', 'reward'],
    ['holds_for_days', 0],
    ['holds_for_days', 1.5],
    ['holds_for_days', 366],
    ['sale_value_from', ''],
    ['else', 'nothing'],
  ])('%s: %j', (field, value) => {
    expect(refused(leaf, { [field]: value })).toEqual([field]);
  });
});

test('the documentation has an example of each operator', () => {
  const documentation = readFileSync(new URL('../../../docs/rules.md', import.meta.url), 'utf8');
  const [, table = ''] = documentation.split('## Write a condition');
  expect(
    operatorNames.filter((name) => !table.includes(`\`${name}\``) && !table.includes(`"${name}"`)),
  ).toEqual([]);
});
