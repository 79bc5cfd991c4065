// How long one caller waits who asks one thing after the other, as a conversation does.
import { below, type Line, median } from './report.ts';

/** In milliseconds. */
export type Waits = { p50: number; p99: number };

/** Throws when an answer is wrong. The first requests only warm up. */
export async function measureWaits(requests: number, ask: (at: number) => Promise<boolean>): Promise<Waits> {
  const waits: number[] = [];
  const warm = Math.min(50, requests);
  for (let at = 0; at < warm + requests; at += 1) {
    const began = performance.now();
    if (!(await ask(at))) throw new Error('An answer was wrong.');
    if (at >= warm) waits.push(performance.now() - began);
  }
  waits.sort((left, right) => left - right);
  return { p50: median(waits), p99: waits[Math.floor(waits.length * 0.99)] ?? Number.NaN };
}

/** Beside the waits of a request that does nothing else; goals are in milliseconds. */
export function waitLines(what: string, waits: Waits, bare: Waits, goals: Waits): Line[] {
  return (['p50', 'p99'] as const).map((share) => ({
    what: `${what}, ${share} wait`,
    value: `${waits[share].toFixed(1)} ms`,
    limit: `${bare[share].toFixed(1)} ms`,
    ratio: (waits[share] / bare[share]).toFixed(2),
    goal: below(goals[share], waits[share], ' ms'),
  }));
}
