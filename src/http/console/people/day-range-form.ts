// Choosing a range of days: presets as links, any two days and a campaign in a form; all in the address.
import { z } from 'zod';
import { calendarDay, dayOf } from '../../../domain/day.ts';
import {
  chosenRange,
  type DayRange,
  defaultPreset,
  lengthOf,
  type RangePreset,
  rangePresets,
} from '../../../domain/people/day-range.ts';
import type { Campaign } from '../../../domain/program/program.ts';
import { counted } from '../../../domain/words.ts';
import { type Html, html } from '../../html.ts';
import { selectField, textField } from '../fields.ts';
import { address, campaignOptions } from '../lists.ts';
import { tabs } from '../parts.ts';
import { dayWords } from '../words.ts';

export const rangeQuery = {
  range: z.enum(rangePresets).optional(),
  from: calendarDay.optional(),
  until: calendarDay.optional(),
  campaign: z.guid().optional(),
};

export type ChosenRange = ReturnType<typeof chosenRange>;
type Given = { [Name in 'range' | 'from' | 'until']?: z.output<(typeof rangeQuery)[Name]> };

export const readRange = (given: Given, now: Date, timeZone: string): ChosenRange =>
  chosenRange(given, dayOf(now, timeZone));

const presetWords: Record<RangePreset, string> = {
  '7': 'Last 7 days',
  '30': 'Last 30 days',
  '90': 'Last 90 days',
  month: 'This month',
  'last-month': 'Last month',
};

/** Without what is usual. */
export function rangeAddress({ preset, from, until }: ChosenRange): Record<string, string | undefined> {
  return preset === null ? { from, until } : { range: preset === defaultPreset ? undefined : preset };
}

/** "In the last 30 days", "From Nov 3, 2026 to Nov 9, 2026". */
export function rangeWords({ preset, from, until }: ChosenRange): string {
  if (preset === null)
    return from === until ? `On ${dayWords(from)}` : `From ${dayWords(from)} to ${dayWords(until)}`;
  const words = presetWords[preset].toLowerCase();
  return words.startsWith('last ') && preset !== 'last-month' ? `In the ${words}` : capitalized(words);
}

export const beforeWords = (range: DayRange): string =>
  `the ${counted(lengthOf(range), 'day', 'days')} before`;

const capitalized = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

/** `more` stays in the address. */
export function rangeForm(
  path: string,
  chosen: ChosenRange,
  campaign: string | undefined,
  campaigns: readonly Campaign[],
  more: Record<string, string | undefined> = {},
): Html {
  const links = rangePresets.map((preset) => ({
    label: presetWords[preset],
    href: address(path, { ...more, campaign, range: preset === defaultPreset ? undefined : preset }),
    isCurrent: chosen.preset === preset,
  }));
  const kept = { ...more, range: chosen.preset ?? undefined };
  const hidden = Object.entries(kept).map(
    ([name, value]) => value !== undefined && html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`${tabs('Days', links)}
<form class="filters" action="/console${path === '/' ? '' : path}">${hidden}
${textField({ name: 'from', label: 'From', type: 'date', value: chosen.from })}
${textField({ name: 'until', label: 'Until', type: 'date', value: chosen.until })}
${selectField({
  ...{ name: 'campaign', label: 'Campaign', value: campaign ?? '' },
  options: [['', 'All campaigns'], ...campaignOptions(campaigns)],
})}
<div class="row"><button>Show</button></div>
</form>`;
}
