// `npm run bench`: all benchmarks one after the other, or those that are named.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { checkRatios, type Ratio, ratiosIn } from './support/recorded.ts';

const benchmarks = {
  card: 'response time of the card, program size, start time and memory',
  statements: 'SQL statements for each notification, qualification, card and imported row',
  accept: 'deliveries accepted per second',
  pace: 'deliveries handled while others are accepted, and how long a quiet workspace waits',
  flood: 'a backlog of 100,000 deliveries: how fast it drains, and what waits meanwhile',
  rules: 'rules evaluated per second',
  qualify: 'time from a delivery to the qualification on the platform',
  'dry-run': 'time of a dry run over 100,000 referrals and 30 days',
  writes: "Intercom's rate limit used while it is told of qualifications",
  console: 'response time of every console page',
  import: 'contacts imported per second',
  fin: 'response time of the questions of Fin',
  mcp: 'response time of the tools for AI assistants',
};
const names = Object.keys(benchmarks);
/** Their ratios depend on nothing but the code. */
const steady = ['statements', 'rules'] as const;

const usage = `Usage: npm run bench [-- NAME ... [--json]]    runs all benchmarks, or the named ones:
${Object.entries(benchmarks)
  .map(([name, about]) => `  ${name.padEnd(11)}${about}`)
  .join('\n')}
       npm run bench -- --check                compares ratios of a short run with those in bench/recorded.json
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
if (options.includes('--check')) {
  const flaws = checkRatios(steady.flatMap((name) => ratiosOf(name)));
  for (const flaw of flaws) console.error(flaw);
  process.exit(flaws.length > 0 ? 1 : 0);
}
// Each runs to its end by itself, even where another has failed.
for (const name of given.length > 0 ? given : names) {
  const { status } = spawnSync(process.execPath, [fileOf(name), ...options], { stdio: 'inherit' });
  if (status === 130 || status === null) process.exit(130);
  if (status !== 0) process.exitCode = 1;
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(`${name}.ts`, import.meta.url));
}

function ratiosOf(name: (typeof steady)[number]): Ratio[] {
  const { stdout } = spawnSync(process.execPath, [fileOf(name), '--json', '--rounds=1'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return ratiosIn(stdout);
}
