// The list of guards fits the code, so that `npm run guards` can take each of them away.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { edited, root } from '../guards/edited.ts';
import { guards } from '../guards/guards.ts';

test.each(guards.map((guard) => [guard.name, guard] as const))('fits the code: %s', (_name, guard) => {
  expect(edited(guard)).not.toBe('');
  expect(existsSync(join(root, guard.test)), guard.test).toBe(true);
});

test('names each guard once', () => {
  expect(new Set(guards.map(({ name }) => name)).size).toBe(guards.length);
});
