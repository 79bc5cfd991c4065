// Every command: how it is used, and how it says that it is used wrongly.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runCommandHere } from '../support/process/command.ts';

const files = readdirSync('src/commands').filter((name) => name.endsWith('.ts'));
const commands = files.filter((file) =>
  readFileSync(`src/commands/${file}`, 'utf8').startsWith(`// \`npm run ${file.replace('.ts', '')}\``),
);

const run = (script: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, [script, ...args], { env: { PATH: '' } });

describe('a command', () => {
  const written = z.record(z.string(), z.object({ stdout: z.string(), stderr: z.string() }));
  let usages: z.output<typeof written>;
  beforeAll(async () => {
    usages = written.parse(
      JSON.parse((await run('test/support/process/usage-process.ts', ...commands)).stdout),
    );
  });

  it.each(commands)('%s answers --help with its usage', (file) => {
    const usage = expect.stringMatching(new RegExp(`^Usage:\\s+npm run ${file.replace('.ts', '')}`));
    expect(usages[file]).toEqual({ stdout: usage, stderr: '' });
  });

  it.each([
    ['src/main.ts', 'npm start'],
    ['sandbox/demo.ts', 'npm run demo'],
    ['sandbox/main.ts', 'npm run sandbox'],
    ['bench/main.ts', 'npm run bench'],
    ['test/chaos/main.ts', 'npm run chaos'],
    ['test/fuzz/main.ts', 'npm run fuzz'],
    ['test/guards/main.ts', 'npm run guards'],
  ])('%s answers --help, and refuses what it does not know', async (file, command) => {
    const [help, refused] = await Promise.allSettled([run(file, '--help'), run(file, 'helpp')]);
    expect(help).toMatchObject({
      value: { stdout: expect.stringContaining(`Usage: ${command}`), stderr: '' },
    });
    expect(refused).toMatchObject({
      reason: {
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^(Unknown|Unexpected) \w+ .helpp.\..*\nUsage: /),
      },
    });
  });

  it('refuses an option that it does not know, with its usage', async () => {
    const stderr = expect.stringMatching(/^Unknown option '--helpp'.*\nUsage:/);
    const refused = run('src/commands/api-token.ts', '--helpp');
    await expect(refused).rejects.toMatchObject({ code: 1, stdout: '', stderr });
  });

  it.each([
    ['import', 'missing.csv'],
    ['rules', 'dry-run', '--campaign', 'Spring', '--file', 'missing.csv'],
  ])('%s says in one line that its file is missing', async (name, ...args) => {
    const stderr = 'missing.csv cannot be read. Check the path and its permissions.\n';
    const ran = await runCommandHere(name, [...args, '--workspace', 'w'], { PATH: '' });
    expect(ran).toMatchObject({ code: 1, stderr });
  });
});
