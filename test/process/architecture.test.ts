// ARCHITECTURE.md is where a change begins: the files that its table names exist.
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const inProject = (path: string) => new URL(`../../${path}`, import.meta.url);

test('every file and folder of "Where to change what" exists', () => {
  const [, table = ''] = readFileSync(inProject('ARCHITECTURE.md'), 'utf8').split(
    '\n## Where to change what\n',
  );
  const paths = [...table.matchAll(/`([\w.-]+\/[\w./-]*|[\w-]+\.(?:md|json))[^`]*`/g)].map(
    ([, path = '']) => path,
  );
  expect(paths.length).toBeGreaterThan(40);
  expect(paths.filter((path) => !existsSync(inProject(path)))).toEqual([]);
});
