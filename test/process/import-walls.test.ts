// Who may import group: each wall of biome.json refuses what it stands against, by whichever path or kind of import.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const inProject = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const forbidden: [folder: string, line: string][] = [
  ['src/domain', "import { x } from '../usecases/inbox.ts';"],
  ['src/domain', "import 'pg-boss';"],
  ['src/domain', "import 'fs';"],
  ['canvas/fixtures', "import type { x } from '../../src/usecases/inbox.ts';"],
  ['canvas', "import 'node:fs';"],
  ['src/usecases', "import 'express';"],
  ['src/usecases', "import 'drizzle-orm/node-postgres';"],
  ['src/usecases/deep', "import { x } from '../../../canvas/render.ts';"],
  ['src/usecases', "import { x } from '../config.ts';"],
  ['src/usecases', "import { x } from '../referrals/another/platform.ts';"],
  ['src/intercom/deep', "import { x } from '../../store/database.ts';"],
  ['src/intercom', "import type { x } from '../usecases/card/inbox.ts';"],
  ['src/referrals', "import { x } from '../store/database.ts';"],
  ['src/referrals/referral-factory', "import { x } from '../../store/database.ts';"],
  ['src/referrals/built-in', "import { x } from '../../http/server.ts';"],
  ['src/store', "export { x } from '../jobs/queue.ts';"],
  ['src/store/card', "import type { x } from '../../usecases/card/inbox.ts';"],
  ['src/jobs', "export const x = () => import('../store/database.ts');"],
  ['src/http/api', "import type { x } from '../../store/schema.ts';"],
  ['src/http', "import { x } from '../intercom/client.ts';"],
  ['src/http', "import { x } from '../app.ts';"],
  ['src', "import { x } from '../../sandbox/world.ts';"],
];
const allowed: [folder: string, line: string][] = [
  ['src/usecases/runs', "import type { x } from '../../store/database.ts';"],
  ['src/usecases', "import { x } from '../../canvas/view.ts';"],
  ['src/referrals/built-in', "import { x } from '../../store/database.ts';"],
  ['src/http/api', "import { x } from '../../usecases/inbox.ts';"],
  ['src', "import { x } from './store/database.ts';"],
];

const root = mkdtempSync(join(tmpdir(), 'import-walls-'));
const pathOf = ([folder, line]: [string, string]) =>
  `${folder}/new-${[...forbidden, ...allowed].findIndex((one) => one[0] === folder && one[1] === line)}.ts`;
let said = '';

/** One run of the linter, under the project's rules, over a file for each line. */
beforeAll(() => {
  copyFileSync(inProject('biome.json'), join(root, 'biome.json'));
  for (const one of [...forbidden, ...allowed]) {
    const path = join(root, pathOf(one));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${one[1]}\n`);
  }
  const biome = inProject('node_modules/@biomejs/biome/bin/biome');
  const rule = ['--only=style/noRestrictedImports', '--vcs-enabled=false', '--max-diagnostics=none'];
  const run = spawnSync(process.execPath, [biome, 'lint', ...rule], { cwd: root, encoding: 'utf8' });
  said = run.stdout + run.stderr;
});
afterAll(() => rmSync(root, { recursive: true }));

test.each(forbidden)('%s may not say: %s', (folder, line) => {
  expect(said).toContain(`${pathOf([folder, line])}:1:`);
});

test.each(allowed)('%s may say: %s', (folder, line) => {
  expect(said).toContain('noRestrictedImports');
  expect(said).not.toContain(`${pathOf([folder, line])}:1:`);
});
