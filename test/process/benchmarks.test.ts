// The benchmarks and the chaos runs start, measure something and end, each as small as it can be made.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

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
  ['bench/rules.ts', '--rounds', '1'],
  ['bench/qualify.ts', '--seconds', '2', '--idle', '1', '--burst', '10', '--rounds', '1'],
  ['bench/console.ts', '--referrals', '300', '--times', '1'],
  ['bench/import.ts', '--rows', '50', '--scale', '100'],
  ['bench/fin.ts', '--referrals', '300', '--requests', '20'],
  ['bench/mcp.ts', '--referrals', '300', '--requests', '20'],
])('%s prints its figures', async (file, ...options) => {
  expect(await output(file, ...options)).toMatch(/limit in this run.*\n.*\d/);
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
