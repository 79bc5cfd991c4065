// A rule's conditions and what was seen, in words for support agents.
import { isEmpty } from '../values.ts';
import type { Value } from './notice.ts';
import type { Test } from './rule.ts';
import { datedOf } from './rule-values.ts';

export type TagNames = Readonly<Record<string, string>>;

const longest = 60;
const mostListed = 6;
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** "plan" for custom_attributes.plan; standard ones keep Intercom's name. */
export function aboutOf(test: Test): string {
  if (test.operator === 'became_user') return 'the contact';
  return test.attribute.replace(/^custom_attributes\./, '');
}

/** "to be pro or team", as it follows "Needs plan". */
export function wantedOf(test: Test, tagNames: TagNames, timeZone = 'UTC'): string {
  const show = (value: Value) => shown(value, test, tagNames, timeZone);
  switch (test.operator) {
    case 'is':
      return `to be ${show(test.value)}`;
    case 'is_not':
      return `not to be ${show(test.value)}`;
    case 'is_one_of':
      return `to be ${either(test.values.map(show))}`;
    case 'contains':
      return `to contain ${show(test.value)}`;
    case 'is_set':
      return 'to be set';
    case 'is_not_set':
      return 'not to be set';
    case 'more_than':
    case 'less_than':
    case 'at_least':
    case 'at_most':
      return `to be ${test.operator.replace('_', ' ')} ${test.value}`;
    case 'before':
    case 'after':
      return `to be ${test.operator} ${show(test.value)}`;
    case 'within_days':
      return `to be within the last ${test.value === 1 ? 'day' : `${test.value} days`}`;
    case 'changed':
      return 'to change';
    case 'changed_to': {
      const from = test.from === undefined ? '' : `from ${either(test.from.map(show))} `;
      return `to change ${from}to ${either(test.to.map(show))}`;
    }
    case 'became_user':
      return 'to become a user';
  }
}

/** "is free", or "are VIP, Newsletter" for tags. */
export function standingOf(value: Value, test: Test, tagNames: TagNames, timeZone = 'UTC'): string {
  if (test.operator === 'became_user') return isEmpty(value) ? 'is of unknown role' : `is a ${value}`;
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

/** What "it" stands for in "Needs tags to contain VIP; they are not set". */
export function pronounOf(test: Test): string {
  return isAboutTags(test) ? 'they' : 'it';
}

function isAboutTags(test: Test): boolean {
  return test.operator !== 'became_user' && test.attribute === 'tags';
}

function shown(value: Value, test: Test, tagNames: TagNames, timeZone: string): string {
  if (isEmpty(value)) return 'not set';
  const nameOf = (text: string) => cut((isAboutTags(test) ? tagNames[text] : undefined) ?? text);
  if (Array.isArray(value)) return listed(value.map(nameOf), ', ');
  const dated = isAboutDate(test) ? datedOf(value, test.attribute, timeZone) : null;
  if (dated !== null) return dayWords(dated.day);
  return typeof value === 'string' ? nameOf(value) : String(value);
}

/** The operator tells; for those that suit any type, the names that Intercom and most companies give to dates. */
function isAboutDate(test: Test): test is Exclude<Test, { operator: 'became_user' }> {
  if (test.operator === 'before' || test.operator === 'after' || test.operator === 'within_days') return true;
  return test.operator === 'changed' && /(_at|_date)$/.test(test.attribute);
}

/** "Nov 12, 2026" for 2026-11-12. By hand, since Intl would take longer than the rest of an evaluation. */
function dayWords(iso: string): string {
  const [year, month, day] = iso.split('-').map(Number);
  return `${months[(month ?? 1) - 1]} ${day}, ${year}`;
}

function either(values: readonly string[]): string {
  return listed(values, ' or ');
}

function listed(values: readonly string[], between: string): string {
  const more = values.length - mostListed;
  if (more <= 0) return values.join(between);
  return `${values.slice(0, mostListed).join(between)}${between}${more} more`;
}

function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}…`;
}
