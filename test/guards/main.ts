// `npm run guards`: takes each guard away in a copy of the tree, and shows which test goes red. None may survive.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runCommand } from '../../src/commands/support/command.ts';
import { edited, root } from './edited.ts';
import { type Guard, guards } from './guards.ts';

const usage = `Usage: npm run guards -- [--only WORDS]
  removes one guard after the other in a copy of the repository, and checks that its test fails
  --only WORDS   only guards with these words in their name or test`;

/** What a copy does without, or shares. */
const left = new Set(['node_modules', '.git', 'data']);

await runCommand({ usage, options: { only: { type: 'string' } } }, ({ only = '' }) =>
  run(guards.filter(({ name, test }) => `${name} ${test}`.includes(only))),
);

function run(chosen: Guard[]): void {
  const copy = copyOfTree();
  const survivors: string[] = [];
  try {
    for (const guard of chosen) {
      const red = redTest(copy, guard);
      if (red === null) survivors.push(guard.name);
      console.log(`${red === null ? 'SURVIVED' : 'red     '}  ${guard.name}: ${red ?? guard.test}`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  console.log(`${chosen.length - survivors.length} of ${chosen.length} guards are proven by a test`);
  if (survivors.length > 0) process.exitCode = 1;
}

function copyOfTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'referral-desk-guards-'));
  // PostgreSQL may have to run as another user than root, who must be able to pass.
  chmodSync(copy, 0o755);
  cpSync(root, copy, { recursive: true, filter: (path) => !left.has(relative(root, path)) });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** The first test that failed without the guard; null when all passed. */
function redTest(copy: string, guard: Guard): string | null {
  const file = join(copy, guard.file);
  const before = readFileSync(file, 'utf8');
  const report = join(copy, 'report.json');
  writeFileSync(file, edited(guard, copy));
  try {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [
        join(copy, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--bail=1',
        '--reporter=json',
        `--outputFile=${report}`,
        guard.test,
      ],
      { cwd: copy, encoding: 'utf8', maxBuffer: 2 ** 28 },
    );
    if (status === 0) return null;
    const failed = failedTestIn(report);
    // A file that fails before its tests says nothing about the guard.
    if (failed === undefined) throw new Error(`${guard.test} could not run: ${stderr || stdout}`);
    return failed;
  } finally {
    writeFileSync(file, before);
  }
}

type Report = { testResults: { assertionResults: { status: string; fullName: string }[] }[] };

function failedTestIn(file: string): string | undefined {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const all = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  return all.find(({ status }) => status === 'failed')?.fullName;
}
