// One filter of a search: which operators a field's type takes, and what they mean.
import type { Contact, World } from '../../world.ts';
import { invalid } from '../refusal.ts';
import type { Filter, Operator } from './search-body.ts';
import { type FieldType, type FieldValue, fieldReader, typeOf } from './search-field.ts';

type Test = (contact: Contact) => boolean;
type Scalar = string | number | boolean | null;

const operators: Record<FieldType, Operator[]> = {
  string: ['=', '!=', 'IN', 'NIN', '~', '!~', '^', '$'],
  boolean: ['=', '!=', 'IN', 'NIN'],
  integer: ['=', '!=', 'IN', 'NIN', '<', '<=', '>', '>='],
  date: ['=', '<', '>'],
  tag: ['=', '!='],
};

/** The filter as a test; throws the 400 for a field, operator or value that Intercom does not take. */
export function filterTest(world: World, filter: Filter): Test {
  const { field, operator, value } = filter;
  const type = typeOf(world, field);
  if (!operators[type].includes(operator)) {
    throw invalid(`The operator ${operator} is not supported for ${field}`, 'operator');
  }
  const wanted = wantedValues(type, filter);
  const read = fieldReader(world, field);
  if (type === 'date') return dateTest(world.workspace.timezone, read, operator, wanted[0] ?? null);
  if (Array.isArray(value) !== (operator === 'IN' || operator === 'NIN')) {
    throw invalid(`The operators IN and NIN take arrays of values, the others a single one`, 'value');
  }
  const test = plainTest(operator, wanted);
  return (contact) => {
    const held = read(contact);
    // A tag or segment matches when one of them does, and fails to match when none does.
    if (!Array.isArray(held)) return test(folded(held));
    return isNegative(operator)
      ? held.every((item) => test(folded(item)))
      : held.some((item) => test(folded(item)));
  };
}

function wantedValues(type: FieldType, { field, value }: Filter): Scalar[] {
  const scalars: Scalar[] = Array.isArray(value) ? value : [value];
  return scalars.map((item) => {
    if (item === null) return null;
    const fits =
      type === 'string' || type === 'tag'
        ? typeof item === 'string'
        : type === 'boolean'
          ? typeof item === 'boolean' || item === 'true' || item === 'false'
          : isNumeric(item);
    if (!fits) throw invalid(`${field} cannot be compared with ${JSON.stringify(item)}`, 'value');
    if (type === 'boolean') return item === true || item === 'true';
    return type === 'integer' || type === 'date' ? Number(item) : folded(item);
  });
}

/** Intercom's own examples send numbers as strings too. */
function isNumeric(value: Scalar): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value));
}

/** Whether upper and lower case differ in a search is not documented; emails must not, so nothing does. */
function folded(value: Scalar): Scalar {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

function isNegative(operator: Operator): boolean {
  return operator === '!=' || operator === 'NIN' || operator === '!~';
}

function plainTest(operator: Operator, wanted: Scalar[]): (held: Scalar) => boolean {
  const first = wanted[0] ?? null;
  const text = String(first ?? '');
  const within = (held: Scalar, test: (held: string) => boolean) => typeof held === 'string' && test(held);
  const number = (held: Scalar, test: (held: number, than: number) => boolean) =>
    typeof held === 'number' && typeof first === 'number' && test(held, first);
  switch (operator) {
    case '=':
    case 'IN':
      return (held) => wanted.includes(held);
    case '!=':
    case 'NIN':
      return (held) => !wanted.includes(held);
    case '~':
      return (held) => within(held, (item) => item.includes(text));
    case '!~':
      return (held) => !within(held, (item) => item.includes(text));
    case '^':
      return (held) => within(held, (item) => item.startsWith(text));
    case '$':
      return (held) => within(held, (item) => item.endsWith(text));
    case '<':
      return (held) => number(held, (number, limit) => number < limit);
    case '<=':
      return (held) => number(held, (number, limit) => number <= limit);
    case '>':
      return (held) => number(held, (number, limit) => number > limit);
    case '>=':
      return (held) => number(held, (number, limit) => number >= limit);
  }
}

/** Dates are compared by the calendar day that they fall on in the workspace's own timezone. */
function dateTest(
  timeZone: string,
  read: (contact: Contact) => FieldValue,
  operator: Operator,
  wanted: Scalar,
): Test {
  if (typeof wanted !== 'number') throw invalid('A date is compared with a Unix timestamp', 'value');
  // en-CA writes a day as 2026-03-04, which sorts as text.
  const format = new Intl.DateTimeFormat('en-CA', { timeZone });
  // Formatting is slow, and no timezone's day starts off the quarter of an hour.
  const days = new Map<number, string>();
  const dayOf = (seconds: number) => {
    const quarter = Math.floor(seconds / 900);
    const day = days.get(quarter) ?? format.format(quarter * 900_000);
    days.set(quarter, day);
    return day;
  };
  const day = dayOf(wanted);
  return (contact) => {
    const held = read(contact);
    if (typeof held !== 'number') return false;
    const heldDay = dayOf(held);
    return operator === '=' ? heldDay === day : operator === '<' ? heldDay < day : heldDay > day;
  };
}
