// A rule's conditions and the actual values, in words for support agents.
import { isEmpty } from '../values.ts';
import { listFirst } from '../words.ts';
import type { Value } from './notification.ts';
import { attributeOf, operators, type Test } from './operators.ts';
import { datedOf } from './rule-values.ts';

export type TagNames = Readonly<Record<string, string>>;

const longest = 60;
const maxListed = 6;
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** "plan" for custom_attributes.plan; standard attributes keep Intercom's name. */
export function aboutOf(test: Test): string {
  return 'attribute' in test ? test.attribute.replace(/^custom_attributes\./, '') : 'the contact';
}

/** "to be pro or team", as it follows "Needs plan". */
export function wantedOf(test: Test, tagNames: TagNames, timeZone = 'UTC'): string {
  const show = (value: Value) => shown(value, test, tagNames, timeZone);
  return operators[test.operator].wanted(test, {
    show,
    either: (values) => listFirst(values.map(show), ' or ', maxListed),
  });
}

const finiteVerbs: Record<string, [one: string, several: string]> = {
  be: ['is', 'are'],
  contain: ['contains', 'contain'],
  change: ['changes', 'change'],
  become: ['becomes', 'become'],
};

/** "is pro or team" for "to be pro or team", "is not free" for "not to be free". */
export function finiteOf(wanted: string, isPlural: boolean): string {
  const [, negation, verb = '', rest = ''] = /^(not )?to (\w+)(.*)$/s.exec(wanted) ?? [];
  const [one, several] = finiteVerbs[verb] ?? [verb, verb];
  return `${isPlural ? several : one}${negation === undefined ? '' : ' not'}${rest}`;
}

/** "is free", or "are VIP, Newsletter" for tags. */
export function standingOf(value: Value, test: Test, tagNames: TagNames, timeZone = 'UTC'): string {
  const { event } = operators[test.operator];
  if (event) return event.standing(value);
  return `${isAboutTags(test) ? 'are' : 'is'} ${shown(value, test, tagNames, timeZone)}`;
}

/** "changed from free to pro", "was set to pro". */
export function changeOf(
  before: Value,
  after: Value,
  test: Test,
  tagNames: TagNames,
  timeZone = 'UTC',
): string {
  const show = (value: Value) => shown(value, test, tagNames, timeZone);
  if (isEmpty(before)) return `${isAboutTags(test) ? 'were' : 'was'} set to ${show(after)}`;
  return `changed from ${show(before)} to ${show(after)}`;
}

/** The pronoun for the attribute in "Needs tags to contain VIP; they are not set". */
export function pronounOf(test: Test): string {
  return isAboutTags(test) ? 'they' : 'it';
}

function isAboutTags(test: Test): boolean {
  return 'attribute' in test && test.attribute === 'tags';
}

function shown(value: Value, test: Test, tagNames: TagNames, timeZone: string): string {
  if (isEmpty(value)) return 'not set';
  // A tag may be called `constructor`.
  const isNamed = (text: string) => isAboutTags(test) && Object.hasOwn(tagNames, text);
  const nameOf = (text: string) => cut((isNamed(text) ? tagNames[text] : undefined) ?? text);
  if (Array.isArray(value)) return listFirst(value.map(nameOf), ', ', maxListed);
  const date = isAboutDate(test) ? datedOf(value, attributeOf(test), timeZone) : null;
  if (date !== null) return dayWords(date.day);
  return typeof value === 'string' ? nameOf(value) : String(value);
}

/** The operator decides; for one that suits any type, the names that Intercom and most companies give to dates. */
function isAboutDate(test: Test): boolean {
  const { fits } = operators[test.operator];
  return fits.every((type) => type === 'date')
    ? fits.length > 0
    : test.operator === 'changed' && /(_at|_date)$/.test(test.attribute);
}

/** "Nov 12, 2026" for 2026-11-12. By hand, because Intl would take longer than the rest of an evaluation. */
function dayWords(iso: string): string {
  const [year, month, day] = iso.split('-').map(Number);
  return `${months[(month ?? 1) - 1]} ${day}, ${year}`;
}

function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}…`;
}
