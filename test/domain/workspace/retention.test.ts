// What is kept for how long is said in one place, and the handbook says the same.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { retention } from '../../../src/domain/workspace/retention.ts';

test.each(Object.values(retention))('docs/operating.md says for how long it is kept: $label', (kept) => {
  const handbook = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8');
  expect(handbook).toContain(`| ${kept.label} | ${kept.days} days | ${kept.afterwards} |`);
});
