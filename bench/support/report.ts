// Prints results as uniform lines: name, value, the limit measured in the same run, their ratio, the goal.

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

export function printLines(lines: readonly Line[]): void {
  const head = ['', 'value', 'limit in this run', 'ratio', 'goal', ''];
  const rows = lines.map(({ what, value, limit, ratio, goal }) => [
    what,
    value,
    limit ?? '',
    ratio ?? '',
    goal?.words ?? '',
    goal ? (goal.met ? 'met' : 'MISSED') : '',
  ]);
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => (row[at] ?? '').length)));
  for (const row of [head, ...rows]) {
    console.log(`  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd());
  }
}
