// What an act would do, in the words of the page that asks before it is done.
import { z } from 'zod';
import type { Effect, Effort } from '../../usecases/rehearse.ts';
import { type Html, html } from '../html.ts';
import { sumsText } from './rewards/reward-words.ts';
import { count } from './words.ts';

/** "12", or "At least 12" when time ran out before all were looked at. */
export function atLeast(number: number, { isAll }: Pick<Effect, 'isAll'>): Html {
  return html`${!isAll && 'At least '}<b>${count(number)}</b>`;
}

/** Shown where a teammate starts work that writes to contacts. */
export const ownWritesNote = 'Rules ignore what Referral Desk itself writes to Intercom.';

export const wordFor = (number: number, singular: string, plural: string) =>
  number === 1 ? singular : plural;

/** One line for each thing that follows, and a line for what does not. `verb`: "qualify now". */
export function effectLines(effect: Effect, { verb = 'now' }: { verb?: string } = {}): Html[] {
  const { qualified, disqualified, asked, due, sent } = effect;
  const hasStatus = qualified + disqualified + asked > 0;
  return [
    ...(qualified > 0 || !hasStatus
      ? [
          html`${atLeast(qualified, effect)} ${wordFor(qualified, 'referral qualifies', 'referrals qualify')} ${verb}.`,
        ]
      : []),
    ...(disqualified > 0
      ? [
          html`${atLeast(disqualified, effect)} ${wordFor(disqualified, 'referral is', 'referrals are')} disqualified ${verb}.`,
        ]
      : []),
    ...(asked > 0
      ? [
          html`Sent to the referral platform: ${atLeast(asked, effect)} ${wordFor(asked, 'referral', 'referrals')}.`,
        ]
      : []),
    html`Rewards that become due: ${!effect.isAll && 'at least '}<b>${due.length === 0 ? 'none' : sumsText(due)}</b>.`,
    html`Written to Intercom: ${sent === 0 && effect.isAll ? html`<b>nothing</b>` : html`${!effect.isAll && 'at least '}<b>${count(sent)}</b> ${wordFor(sent, 'contact', 'contacts')}`}.`,
  ];
}

export const bullets = (lines: readonly Html[]): Html =>
  html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;

/** In the address of a page: "all" for those who cannot or do not want to wait for the script. */
export const effortQuery = { count: z.literal('all').optional() };
export const effortOf = ({ count: chosen }: { count?: 'all' | undefined }): Effort =>
  chosen === 'all' ? 'count' : 'glance';

/**
 * What is said of an effect. After a glance, the script fetches the whole count and puts it in its place; without it, a link
 * does. `to` is the page's own address with `count=all`.
 */
export function effectPart(
  effect: Effect,
  all: number,
  { effort, to }: { effort: Effort; to: string },
  said: Html,
): Html {
  const isUnderWay = !effect.isAll && effort === 'glance';
  return html`<div id="effect"${isUnderWay && html` data-fill="${to}"`}>${said}${isUnderWay ? html`<p class="quiet" role="status">Counted so far: the first ${count(effect.looked)} of ${count(all)}. <a href="${to}">Count the rest</a></p>` : cutOff(effect, all)}</div>`;
}

/** Empty unless time ran out. */
export const cutOff = ({ isAll, looked }: Effect, all: number): Html | null =>
  isAll
    ? null
    : html`<p class="quiet">Based on the first ${count(looked)} of ${count(all)}. Counting all takes too long.</p>`;
