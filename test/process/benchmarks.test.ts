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
  ['bench/rules.ts'],
  ['bench/qualify.ts', '--seconds', '2', '--idle', '1'],
  ['bench/console.ts', '--referrals', '300', '--times', '1'],
  ['bench/import.ts', '--rows', '50', '--scale', '100'],
  ['bench/fin.ts', '--referrals', '300', '--requests', '20'],
  ['bench/mcp.ts', '--referrals', '300', '--requests', '20'],
])('%s prints its figures', async (file, ...options) => {
  expect(await output(file, ...options)).toMatch(/limit in this run.*\n.*\d/);
});

test.each([
  ['test/chaos/kill-database.ts', '1'],
  ['test/chaos/kill-qualification.ts', '1'],
])('%s loses nothing', async (file, kills) => {
  expect(await output(file, kills)).toContain('lost: 0');
});
