// Every command: how it is used, and how it says that it is used wrongly.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const commands = readdirSync('src/commands').filter((file) =>
  readFileSync(`src/commands/${file}`, 'utf8').startsWith(`// \`npm run ${file.replace('.ts', '')}\``),
);

const run = (file: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, [`src/commands/${file}`, ...args], { env: { PATH: '' } });

describe('a command', () => {
  it.each(commands)('%s answers --help with its usage', async (file) => {
    const { stdout, stderr } = await run(file, '--help');
    expect(stdout).toMatch(new RegExp(`^Usage:\\s+npm run ${file.replace('.ts', '')}`));
    expect(stderr).toBe('');
  });

  it('refuses an option that it does not know, with its usage', async () => {
    const stderr = expect.stringMatching(/^Unknown option '--helpp'.*\nUsage:/);
    await expect(run('api-token.ts', '--helpp')).rejects.toMatchObject({ code: 1, stdout: '', stderr });
  });

  it.each([
    ['import.ts', 'missing.csv'],
    ['rules.ts', 'dry-run', '--campaign', 'Spring', '--file', 'missing.csv'],
  ])('%s says in one line that its file is missing', async (file, ...args) => {
    const stderr = 'There is no file missing.csv that can be read.\n';
    await expect(run(file, ...args, '--workspace', 'w')).rejects.toMatchObject({ code: 1, stderr });
  });
});
