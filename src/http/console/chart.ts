// A chart of two counts a day, drawn without a script: bars, and a table with the same numbers.
import type { DayCounts } from '../../usecases/people/funnel.ts';
import { type Html, html } from '../html.ts';
import { table } from './parts.ts';
import { count, shortDay } from './words.ts';

const width = 720;
const height = 190;
const ground = 160;
const left = 34;
const right = 18;

/** More days than this are drawn in groups. */
const mostBars = 92;

/** `all` is oldest first; `when` begins the sentence that says the same: "In the last 30 days". The style sheet has the colors. */
export function dayChart(all: readonly DayCounts[], when: string): Html {
  const size = all.length <= mostBars ? 1 : all.length <= 7 * mostBars ? 7 : 28;
  const days = grouped(all, size);
  const joined = sum(days, (day) => day.joined);
  const qualified = sum(days, (day) => day.qualified);
  const alternative = `${when} ${count(joined)} joined and ${count(qualified)} qualified.`;
  return html`<figure class="chart">
<figcaption>${alternative} <span class="key joined">Joined</span> <span class="key qualified">Qualified</span></figcaption>
<div class="scroll from-end" tabindex="0">${bars(days)}</div>
<details><summary>View as table</summary>${dayTable(days, size)}</details>
</figure>`;
}

/** Named by their first day. The last group may be shorter. */
function grouped(days: readonly DayCounts[], size: number): DayCounts[] {
  return days.flatMap((day, at) => {
    if (at % size > 0) return [];
    const group = days.slice(at, at + size);
    const joined = sum(group, (each) => each.joined);
    return [{ day: day.day, joined, qualified: sum(group, (each) => each.qualified) }];
  });
}

function bars(days: readonly DayCounts[]): Html {
  const max = roundedUp(Math.max(1, ...days.flatMap((day) => [day.joined, day.qualified])));
  const step = (width - left - right) / Math.max(1, days.length);
  const tall = (value: number) => (value / max) * (ground - 12);
  const bar = (name: string, at: number, value: number) =>
    value > 0 &&
    html`<rect class="${name}" x="${at.toFixed(1)}" y="${(ground - tall(value)).toFixed(1)}" width="${(step * 0.4).toFixed(1)}" height="${tall(value).toFixed(1)}" rx="1.5"/>`;
  const columns = days.map((day, n) => {
    const x = left + n * step;
    return html`<g><title>${shortDay(day.day)}: ${day.joined} joined, ${day.qualified} qualified</title>
<rect class="hit" x="${x.toFixed(1)}" y="0" width="${step.toFixed(1)}" height="${ground}"/>
${bar('joined', x + step * 0.08, day.joined)}${bar('qualified', x + step * 0.5, day.qualified)}</g>`;
  });
  const labels = days.map((day, n) =>
    (days.length - 1 - n) % 7 === 0
      ? html`<text x="${(left + (n + 0.5) * step).toFixed(1)}" y="${ground + 18}" text-anchor="middle">${shortDay(day.day)}</text>`
      : null,
  );
  const lines = [max, max / 2].map((value) => {
    const y = (ground - tall(value)).toFixed(1);
    return html`<line x1="${left}" x2="${width}" y1="${y}" y2="${y}"/><text x="${left - 6}" y="${Number(y) + 4}" text-anchor="end">${count(value)}</text>`;
  });
  return html`<svg viewBox="0 0 ${width} ${height}" aria-hidden="true" focusable="false">
${lines}${columns}<line class="ground" x1="${left}" x2="${width}" y1="${ground}" y2="${ground}"/>${labels}
</svg>`;
}

function dayTable(days: readonly DayCounts[], size: number): Html {
  const rows = days
    .toReversed()
    .map(
      (day) =>
        html`<th scope="row">${shortDay(day.day)}</th><td class="number">${count(day.joined)}</td><td class="number">${count(day.qualified)}</td>`,
    );
  const numbers = ['Joined', 'Qualified'].map((name) => html`<span class="number">${name}</span>`);
  const each = size === 1 ? 'day' : `${size} days`;
  return table([size === 1 ? 'Day' : 'From', ...numbers], rows, `Referrals by ${each}, newest first`);
}

/** Rounds up to a number with a whole half: 2, 4, 10, 20, 40, 100, … */
function roundedUp(value: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(value));
  const fits = [2, 4, 10].find((times) => times * magnitude >= value) ?? 10;
  return fits * magnitude;
}

const sum = (days: readonly DayCounts[], countOf: (day: DayCounts) => number) =>
  days.reduce((total, day) => total + countOf(day), 0);
