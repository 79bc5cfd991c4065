// Prints results as uniform lines: name, ratio to the limit measured in the same run, the goal, value and limit.

export type Line = { what: string; value: string; limit?: string; ratio?: string; goal?: Goal };
export type Goal = { words: string; met: boolean };

/** For an even count, the upper of the two middle values. */
export function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

export function atLeast(percent: number, ratio: number): Goal {
  return { words: `>= ${percent} %`, met: ratio * 100 >= percent };
}

export function below(limit: number, value: number, unit: string): Goal {
  return { words: `< ${limit}${unit}`, met: value < limit };
}

export function atMost(times: number, ratio: number): Goal {
  return { words: `<= ${times}`, met: ratio <= times };
}

export const ms = (value: number) => `${value.toFixed(1)} ms`;
export const percent = (ratio: number) => `${(ratio * 100).toFixed(1)} %`;
/** Null where the machine does not tell. */
export const megabytes = (value: number | null) =>
  value === null ? 'unknown here' : `${value.toFixed(0)} MB`;

/** Beside the results, so that these alone are in the output. */
export const note = (text: string) => console.error(text);

/** `json`: one JSON text for the whole part. */
export function printLines(lines: readonly Line[], { json = false } = {}): void {
  if (json) {
    console.log(
      JSON.stringify(lines.map(({ goal, ...line }) => ({ ...line, goal: goal?.words, met: goal?.met }))),
    );
    return;
  }
  // A ratio says the same on every machine.
  const head = ['', 'ratio', 'goal', '', 'value', 'limit in this run'];
  const rows = lines.map(({ what, value, limit, ratio, goal }) => [
    what,
    ratio ?? '',
    goal?.words ?? '',
    goal ? (goal.met ? 'met' : 'MISSED') : '',
    value,
    limit ?? '',
  ]);
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => (row[at] ?? '').length)));
  for (const row of [head, ...rows]) {
    console.log(`  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd());
  }
}
