// "Why no credit?" on a person's page: codes that counted and that did not, with their clicks, and what it takes.
import {
  type CreditCase,
  clickWords,
  nameOf,
  type UncountedUse,
} from '../../../domain/program/credit-case.ts';
import { uncountedWords } from '../../../domain/program/uncounted-join.ts';
import { capital } from '../../../domain/words.ts';
import { type Html, html } from '../../html.ts';
import { table } from '../parts.ts';
import { count, date } from '../words.ts';

export function creditSection(cases: readonly CreditCase[], timeZone: string): Html | null {
  const [first] = cases;
  if (first === undefined) return null;
  return html`<section id="credit"><h2>Why no credit?</h2>
${cases.map(
  ({ verdict, needs }) => html`<p><bdi>${verdict}</bdi></p>
<ul>${needs.map((need) => html`<li><bdi>${need}</bdi></li>`)}</ul>`,
)}
${codes(cases, timeZone)}
</section>`;
}

/** Joins that did not count are the person's, and so the same in every case. */
function codes(cases: readonly CreditCase[], timeZone: string): Html {
  const counted = cases.flatMap(({ referral }) =>
    referral?.code ? [{ ...referral, used: referral.code }] : [],
  );
  const rows = [
    ...counted.map(
      ({ campaign, joinedAt, used }) => html`<td>${date(joinedAt, timeZone)}</td>
<td><code>${used.code}</code> <bdi>${nameOf(used.referrer)}</bdi></td>
<td>${campaign}</td><td>1</td><td>Counted</td><td>${used.clicks && clickWords(used.clicks)}</td>`,
    ),
    ...(cases[0]?.uncounted ?? []).map((use) => uncounted(use, timeZone)),
  ];
  if (rows.length === 0) return html`<p class="quiet">No code was used.</p>`;
  const columns = ['Last used', 'Code', 'Campaign', 'Uses', 'Outcome', 'Link clicks'];
  return html`${table(columns, rows, 'Codes used')}
<p class="hint">Clicks are counted for each code and day, not for each person.</p>`;
}

function uncounted(use: UncountedUse, timeZone: string): Html {
  const { at, code, referrer, campaign, times, why, clicks } = use;
  return html`<td>${date(at, timeZone)}</td>
<td>${code === '' ? 'No code' : html`<code>${code}</code>`} <bdi>${referrer && nameOf(referrer)}</bdi></td>
<td>${campaign ?? '—'}</td><td>${count(times)}</td>
<td>${capital(uncountedWords[why])}</td><td>${clicks && clickWords(clicks)}</td>`;
}
