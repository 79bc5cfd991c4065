// A range of days that Home and lists look at: a preset, or any two days; and the range of equal length before it.
import { dayMs } from '../time-units.ts';

export const rangePresets = ['7', '30', '90', 'month', 'last-month'] as const;
export type RangePreset = (typeof rangePresets)[number];

/** Days of the workspace, as `2026-11-22`; both are part of the range. */
export type DayRange = { from: string; until: string };
/** `until` is not part of it. */
export type MomentRange = { from: Date; until: Date };

export const defaultPreset: RangePreset = '30';
/** About ten years: what is longer has no use, and a chart of its own for every day. */
const mostDays = 3_660;

export function presetRange(preset: RangePreset, today: string): DayRange {
  const month = `${today.slice(0, 8)}01`;
  if (preset === 'month') return { from: month, until: today };
  if (preset === 'last-month') {
    const until = shifted(month, -1);
    return { from: `${until.slice(0, 8)}01`, until };
  }
  return { from: shifted(today, 1 - Number(preset)), until: today };
}

/** From the fields of a form, of which any may be missing. Days in the wrong order are turned round. */
export function chosenRange(
  given: { range?: RangePreset | undefined; from?: string | undefined; until?: string | undefined },
  today: string,
): DayRange & { preset: RangePreset | null } {
  const preset = given.range ?? defaultPreset;
  const usual = presetRange(preset, today);
  const { from = usual.from, until = usual.until } = given;
  if (from === usual.from && until === usual.until) return { ...usual, preset };
  const [first, last] = from <= until ? [from, until] : [until, from];
  const earliest = shifted(last, 1 - mostDays);
  return { from: first < earliest ? earliest : first, until: last, preset: null };
}

export function rangeBefore({ from, until }: DayRange): DayRange {
  return { from: shifted(from, -lengthOf({ from, until })), until: shifted(from, -1) };
}

export const lengthOf = ({ from, until }: DayRange): number =>
  Math.round((Date.parse(until) - Date.parse(from)) / dayMs) + 1;

export const daysOf = (range: DayRange): string[] =>
  Array.from({ length: lengthOf(range) }, (_, at) => shifted(range.from, at));

function shifted(day: string, days: number): string {
  return new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10);
}
