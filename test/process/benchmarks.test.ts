// The benchmarks and the chaos runs start, measure something and end, each as small as it can be made.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { checkRatios } from '../../bench/support/recorded.ts';

const run = promisify(execFile);

/** None of the goals can be met like this, so only that figures are printed is looked at. */
async function output(file: string, ...options: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [file, ...options], { maxBuffer: 10 * 1024 * 1024 }).catch(
    (error: { stdout?: string; stderr?: string }) => {
      if (/error/i.test(error.stderr ?? '')) throw error;
      return { stdout: error.stdout ?? '' };
    },
  );
  return stdout;
}

test.each([
  [
    'bench/card.ts',
    '--seconds',
    '0.5',
    '--rounds',
    '1',
    '--referrals',
    '300',
    '--small',
    '100',
    '--large',
    '500',
  ],
  ['bench/accept.ts', '--seconds', '0.5', '--rounds', '1'],
  ['bench/pace.ts', '--seconds', '0.5', '--rounds', '1', '--workspaces', '1'],
  ['bench/qualify.ts', '--seconds', '2', '--idle', '1', '--burst', '10', '--rounds', '1'],
  ['bench/console.ts', '--referrals', '300', '--times', '1'],
  ['bench/import.ts', '--rows', '50', '--scale', '100'],
  ['bench/fin.ts', '--referrals', '300', '--requests', '20'],
  ['bench/mcp.ts', '--referrals', '300', '--requests', '20'],
])('%s prints its figures', async (file, ...options) => {
  expect(await output(file, ...options)).toMatch(/limit in this run.*\n.*\d/);
});

test('no ratio that is the same on every machine is far worse than recorded', async () => {
  // Rejects, with what it printed, when one is.
  const { stdout } = await run(process.execPath, ['bench/main.ts', '--check']);
  expect(stdout).toMatch(/recorded +limit\n.*\d {2}a notification/);
});

test('a ratio that is far worse, or was not measured, is told', () => {
  const flaws = checkRatios([
    { what: 'a card', ratio: 3 },
    { what: 'an imported row', ratio: 1 },
    { what: 'five conditions, not met', ratio: 1 },
  ]);
  expect(flaws).toContain('a card: 3 is far worse than the recorded 1.');
  expect(flaws).toContain('a write to Intercom was not measured.');
  expect(flaws.join()).toContain('five conditions, not met: 1 is far worse');
  expect(flaws.join()).not.toContain('an imported row');
});

// Of the storm, which takes longer, test/qualification/kill-qualification.test.ts is a short form.
test('chaos loses nothing', async () => {
  expect(await output('test/chaos/main.ts', '--kills', '0', '--inserts', '1')).toContain('lost: 0');
});

test('the fuzzer sends what it was told to', async () => {
  expect(await output('test/fuzz/main.ts', '--inputs', '50', '--seed', '1')).toMatch(
    /inputs: 50,\n.*routes: \d/,
  );
});
