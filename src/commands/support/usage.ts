// `--help` of the commands that take no other arguments.

/** Prints the usage and ends for `--help`. Any other argument ends the command with an error. */
export function takeNoArguments(usage: string): void {
  const [given] = process.argv.slice(2);
  if (given === undefined) return;
  if (given === '--help') {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  process.stderr.write(`Unknown argument ${JSON.stringify(given)}.\n${usage}\n`);
  process.exit(1);
}
