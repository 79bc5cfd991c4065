// Asks commands for their usage as a plain process runs them, and prints what each of them wrote. One process for all,
// because each would load most of the app again.
import { format } from 'node:util';

const [executable = '', , ...commands] = process.argv;
const written: Record<string, { stdout: string; stderr: string }> = {};
for (const name of commands) {
  const command = { stdout: '', stderr: '' };
  console.log = (...texts) => {
    command.stdout += `${format(...texts)}\n`;
  };
  console.error = (...texts) => {
    command.stderr += `${format(...texts)}\n`;
  };
  process.argv = [executable, name, '--help'];
  await import(new URL(`../../../src/commands/${name}`, import.meta.url).href);
  written[name] = command;
}
process.stdout.write(JSON.stringify(written));
