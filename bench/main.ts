// `npm run bench`: all benchmarks one after the other, or those that are named.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const benchmarks = {
  card: 'response time of the card, program size, start time and memory',
  accept: 'deliveries accepted per second',
  pace: 'deliveries handled while others are accepted, and how long a quiet workspace waits',
  rules: 'rules evaluated per second',
  qualify: 'time from a delivery to the qualification on the platform',
  console: 'response time of every console page',
  import: 'contacts imported per second',
  fin: 'response time of the questions of Fin',
  mcp: 'response time of the tools for AI assistants',
};
const names = Object.keys(benchmarks);

const usage = `Usage: npm run bench [-- NAME ... [--json]]   runs all benchmarks, or the named ones:
${Object.entries(benchmarks)
  .map(([name, about]) => `  ${name.padEnd(9)}${about}`)
  .join('\n')}
Rates are printed with a ratio to a limit measured in the same run. Run nothing else on the machine.`;

const given = process.argv.slice(2).filter((each) => !each.startsWith('-'));
const options = process.argv.slice(2).filter((each) => each.startsWith('-'));
if (options.includes('--help')) {
  console.log(usage);
  process.exit(0);
}
const unknown = given.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`Unknown benchmark ${JSON.stringify(unknown)}.\n${usage}`);
  process.exit(1);
}
// Each runs to its end by itself, even where another has failed.
for (const name of given.length > 0 ? given : names) {
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const { status } = spawnSync(process.execPath, [file, ...options], { stdio: 'inherit' });
  if (status === 130 || status === null) process.exit(130);
  if (status !== 0) process.exitCode = 1;
}
