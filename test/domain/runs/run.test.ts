// How long a run waits for its next attempt, and which outside service it needs.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { backoffMs, serviceOf, workKindNames } from '../../../src/domain/runs/run.ts';

test('each wait is twice the one before, a fifth shorter or longer by chance', () => {
  expect([1, 2, 3, 4].map((failed) => backoffMs(failed, () => 0.5))).toEqual([2_000, 4_000, 8_000, 16_000]);
  expect(backoffMs(1, () => 0)).toBe(1_600);
  expect(backoffMs(1, () => 1)).toBe(2_400);
});

test('only a change on an outside platform needs the platform; everything else needs Intercom', () => {
  expect(serviceOf({ kind: 'change-status', platform: 'referral-factory' })).toBe('platform');
  expect(serviceOf({ kind: 'change-status', platform: 'built-in' })).toBeNull();
  expect(serviceOf({ kind: 'write-back', platform: 'referral-factory' })).toBe('intercom');
});

test('docs/operating.md says what each kind of run does', () => {
  const handbook = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8');
  const [, runs = ''] = handbook.split('\n## Runs\n');
  const [table = ''] = runs.split('\n## ');
  expect(workKindNames.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
});
