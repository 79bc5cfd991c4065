// "Why no credit?": what is known of clicks, joins, codes, the match and the rules, and what would have to be so.
import {
  type CreditCase,
  clickWords,
  nameOf,
  type RuleLook,
  type UncountedUse,
  uncountedLine,
} from '../../src/domain/program/credit-case.ts';
import { counted } from '../../src/domain/words.ts';
import type { Component } from '../components.ts';
import { day, moment } from '../dates.ts';
import { text } from '../kit.ts';
import { header, muted, navigation, press, tight } from '../parts.ts';
import { lengths, safe } from '../text.ts';
import type { Screen } from '../view.ts';
import { count, matchedByWords } from '../words.ts';

const maxCodes = 5;
const maxRules = 5;
const maxReasons = 6;
/** In graphemes, of a sentence with several names in it. */
const longLine = 240;

export function noCredit({ asked, clock, canAdd, back }: Screen<'no-credit'>): Component[] {
  const { timeZone } = clock;
  return [
    header('Why no credit?'),
    text(safe(asked.verdict, longLine, 'Nothing is known.')),
    ...section(
      'What it takes',
      asked.needs.map((need) => tight(`• ${safe(need, longLine, '')}`)),
    ),
    ...section('Clicks, joins and codes', codeLines(asked, timeZone)),
    ...section('Match with Intercom', matchLines(asked)),
    ...section('Rules', asked.referral === null ? [] : ruleLines(asked.referral.rules, timeZone)),
    muted(`As of ${moment(clock.asOf, timeZone)}.`),
    ...(canAdd ? [press('Add as referral', { do: 'ask-credit' })] : []),
    ...navigation(press('Done', back, 'link')),
  ];
}

/** The last line keeps its distance from the next header. */
function section(title: string, lines: Component[]): Component[] {
  const last = lines.at(-1);
  if (last?.type !== 'text') return [];
  return [header(title), ...lines.slice(0, -1), text(last.text, { style: last.style ?? 'paragraph' })];
}

function codeLines({ referral, refersIn, uncounted }: CreditCase, timeZone: string): Component[] {
  const first = referral?.code ?? null;
  const rest = uncounted.length - maxCodes;
  const joins = refersIn
    .slice(0, maxCodes)
    .map(({ campaign, joinedAt }) =>
      tight(`Joined ${safe(campaign)} as a referrer on ${day(joinedAt, timeZone)}.`),
    );
  const lines = [
    ...(referral === null
      ? []
      : [
          tight(
            `✓ Joined ${safe(referral.campaign)} on ${day(referral.joinedAt, timeZone)}${first === null ? ' without a code' : ` with code ${code(first.code)} of ${safe(nameOf(first.referrer), lengths.short)}`}.`,
          ),
          ...(first?.clicks ? [tight(`Link: ${clickWords(first.clicks)}.`, 'muted')] : []),
        ]),
    ...joins,
    ...uncounted.slice(0, maxCodes).flatMap((use) => uncountedLines(use, timeZone)),
    ...(rest > 0 ? [tight(`${count(rest, 'earlier entry', 'earlier entries')} not shown.`, 'muted')] : []),
  ];
  if (lines.length === 0) return [tight('No click, no join and no code.')];
  return [...lines, muted('Clicks are counted for each code and day, not for each person.')];
}

function uncountedLines(use: UncountedUse, timeZone: string): Component[] {
  const { campaign, referrer, times, at, clicks } = use;
  const where = campaign === null ? '' : ` in ${safe(campaign)}`;
  const by = use.code === '' ? 'no code' : `code ${code(use.code)}`;
  const ofReferrer = referrer === null ? '' : ` of ${safe(nameOf(referrer), lengths.short)}`;
  const often = times === 1 ? '' : `, ${counted(times, 'time', 'times')},`;
  return [
    tight(`✗ ${day(at, timeZone)}: ${by}${ofReferrer}${where}${often} ${uncountedLine(use)}.`),
    ...(clicks === null ? [] : [tight(`Link: ${clickWords(clicks)}.`, 'muted')]),
  ];
}

const code = (words: string) => safe(words, 24, 'without letters');

function matchLines({ match: { by, email, externalId } }: CreditCase): Component[] {
  const keys = [
    ...(externalId === null ? [] : [`external ID ${safe(externalId, 40)}`]),
    ...(email === null ? [] : [`email ${safe(email, 60)}`]),
  ];
  const looked =
    keys.length === 0 ? 'Neither email nor external ID is known.' : `Looked for ${keys.join(' and ')}.`;
  if (by === null)
    return [
      tight(`No match. ${looked}`),
      muted('A match needs the email or external ID with which the person joined.'),
    ];
  return [tight(`${matchedByWords(by, email)}.`), ...(by === 'link' ? [] : [muted(looked)])];
}

const outcomes: Record<NonNullable<RuleLook['last']>['outcome'], string> = {
  met: 'met',
  holding: 'met, waiting',
  blocked: 'met, but blocked',
  'not-met': 'not met',
  stopped: 'no longer met',
};

function ruleLines(rules: readonly RuleLook[], timeZone: string): Component[] {
  if (rules.length === 0) return [tight('No rule looks at this campaign.')];
  const rest = rules.length - maxRules;
  return [
    ...rules.slice(0, maxRules).flatMap((rule) => ruleLook(rule, timeZone)),
    ...(rest > 0 ? [muted(`${count(rest, 'more rule')}.`)] : []),
  ];
}

function ruleLook({ name, effect, last }: RuleLook, timeZone: string): Component[] {
  const said =
    last === null ? 'has not decided yet' : `${outcomes[last.outcome]} on ${day(last.at, timeZone)}`;
  const reasons = (last?.reasons ?? []).toSorted((one, other) => Number(one.met) - Number(other.met));
  const rest = reasons.length - maxReasons;
  return [
    tight(`**${safe(name, lengths.short, 'Rule')}** ${effect}: ${said}.`),
    ...reasons
      .slice(0, maxReasons)
      .map(({ wanted, seen, met }) =>
        tight(
          `${met ? '✓' : '✗'} ${safe(wanted, lengths.name, 'a condition')} (${safe(seen, lengths.name, 'unknown')})`,
          'muted',
        ),
      ),
    ...(rest > 0 ? [tight(`${count(rest, 'more condition')}.`, 'muted')] : []),
  ];
}
