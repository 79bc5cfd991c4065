// Compares ratios with those recorded in bench/recorded.json. Times are never compared: they depend on the machine.
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export type Ratio = { what: string; ratio: number };

const recordedRatios = z.array(
  z.strictObject({
    what: z.string(),
    ratio: z.number(),
    /** What a change for the worse would do to it. */
    worse: z.enum(['higher', 'lower']),
  }),
);
type Recorded = z.infer<typeof recordedRatios>[number];

/** Counts of statements vary a little with how requests happen to share them. */
const mostTimes = 1.5;
const mostMore = 0.1;
/** A comparison of speeds varies more. */
const leastShare = 1 / 3;

const lines = z.array(z.object({ what: z.string(), ratio: z.string().optional() }));

/** Of what a part of the benchmark printed with `--json`. */
export function ratiosIn(json: string): Ratio[] {
  return lines
    .parse(JSON.parse(json))
    .flatMap(({ what, ratio }) => (ratio === undefined ? [] : [{ what, ratio: Number.parseFloat(ratio) }]));
}

const limitOf = ({ ratio, worse }: Recorded) =>
  worse === 'higher' ? ratio * mostTimes + mostMore : ratio * leastShare;

/** Prints a table. Returns a sentence for each ratio that is far worse, or missing. */
export function checkRatios(
  measured: readonly Ratio[],
  file = new URL('../recorded.json', import.meta.url),
): string[] {
  const all = recordedRatios.parse(JSON.parse(readFileSync(file, 'utf8')));
  const found = new Map(measured.map(({ what, ratio }) => [what, ratio]));
  console.log(`  ${'measured'.padStart(8)}  recorded     limit`);
  return all.flatMap((recorded) => {
    const { what, worse } = recorded;
    const limit = limitOf(recorded);
    const ratio = found.get(what) ?? Number.NaN;
    const cells = [ratio, recorded.ratio, limit].map((value) => value.toFixed(2).padStart(8));
    console.log(`  ${cells.join('  ')}  ${what}`);
    if (Number.isNaN(ratio)) return [`${what} was not measured.`];
    if (worse === 'higher' ? ratio <= limit : ratio >= limit) return [];
    return [`${what}: ${ratio} is far worse than the recorded ${recorded.ratio}.`];
  });
}
