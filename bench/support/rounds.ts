// Measures several targets in alternating rounds, so that other load on the machine affects them equally.
import type { Load, Measured } from './processes/load.ts';
import type { Generator } from './processes/processes.ts';
import { median, note } from './report.ts';

export type Target = {
  url: string;
  load: Load;
  /** Runs after each round; may throw when the stored result does not match the responses. */
  after?: (measured: Measured) => Promise<void>;
};

/** Each number is the median of the rounds; times are in milliseconds. */
export type Result = Pick<Measured, 'requestsPerSecond' | 'p50' | 'p99'>;

/** One result per target. Throws when a response was wrong. */
export async function measureInTurn<Name extends string>(
  generator: Generator,
  targets: Record<Name, Target>,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Record<Name, Result>> {
  const names = Object.keys(targets) as Name[];
  const measure = async (name: Name, forSeconds: number) => {
    const { url, load, after } = targets[name];
    const result = await generator.run({ url, load, seconds: forSeconds });
    if (result.wrong > 0) throw new Error(`${name}: ${result.wrong} wrong answers of ${result.answers}`);
    await after?.(result);
    return result;
  };
  // Warm up: the first seconds are compilation and empty caches.
  for (const name of names) await measure(name, Math.min(seconds, 4));
  const measured = new Map(names.map((name): [Name, Measured[]] => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    const lines: string[] = [];
    for (const name of names) {
      const result = await measure(name, seconds);
      measured.get(name)?.push(result);
      const { requestsPerSecond, p50, p99 } = result;
      lines.push(`${name} ${requestsPerSecond.toFixed(0)}/s p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} ms`);
    }
    note(`  round ${round}   ${lines.join('   |   ')}`);
  }
  return Object.fromEntries(names.map((name) => [name, medians(measured.get(name) ?? [])])) as Record<
    Name,
    Result
  >;
}

function medians(results: Measured[]): Result {
  return {
    requestsPerSecond: median(results.map((result) => result.requestsPerSecond)),
    p50: median(results.map((result) => result.p50)),
    p99: median(results.map((result) => result.p99)),
  };
}
