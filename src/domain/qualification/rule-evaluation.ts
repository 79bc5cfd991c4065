// Whether a contact meets a rule, with the reasons: for each condition what was wanted and what was seen.
import { standardAttributes } from '../contacts/attribute-catalog.ts';
import { type ComparedAs, isEmpty, numberOf, sameValue } from '../values.ts';
import type { Facts, Value } from './notice.ts';
import type { Condition, RuleDefinition, Test } from './rule.ts';
import {
  amountOf,
  contains,
  datedOf,
  held,
  isAfter,
  isBefore,
  isEqual,
  isWithinDays,
} from './rule-values.ts';
import { aboutOf, changeOf, pronounOf, standingOf, type TagNames, wantedOf } from './rule-words.ts';

/** `before` is null when the contact is seen for the first time: then nothing can have changed. */
export type Seen = {
  before: Facts | null;
  after: Facts;
  becameUser: boolean;
  now: Date;
  /** While a hold runs, a change that was met counts as met for as long as its target still holds. */
  holding?: boolean | undefined;
  /** Of the workspace, whose days count; UTC unless told. */
  timeZone?: string | undefined;
};

/** Reads as "plan to be pro" and "plan is free". */
export type Reason = { wanted: string; seen: string; met: boolean };

/** The conditions as the rule nests them, judged; the words of a single one join to a sentence after `about`. */
export type Verdict =
  | { about: string; pronoun: string; wanted: string; seen: string; met: boolean }
  | { joined: 'all' | 'any'; of: Verdict[]; met: boolean };

export type Evaluation = {
  met: boolean;
  /** One for each condition, in the rule's order. */
  reasons: Reason[];
  saleValue: number | null;
  verdict: Verdict;
};

const noNames: TagNames = {};

/** Never throws, whatever the facts hold: what does not suit a condition does not meet it. */
export function evaluate(rule: RuleDefinition, seen: Seen): Evaluation {
  const verdict = judge(rule.when, seen, rule.tag_names ?? noNames);
  const reasons: Reason[] = [];
  collect(verdict, reasons);
  const saleValue =
    rule.sale_value_from === undefined ? null : amountOf(held(seen.after, rule.sale_value_from));
  return { met: verdict.met, reasons, saleValue, verdict };
}

function judge(condition: Condition, seen: Seen, tagNames: TagNames): Verdict {
  if ('all' in condition) {
    const of = condition.all.map((one) => judge(one, seen, tagNames));
    return { joined: 'all', of, met: of.every((one) => one.met) };
  }
  if ('any' in condition) {
    const of = condition.any.map((one) => judge(one, seen, tagNames));
    return { joined: 'any', of, met: of.some((one) => one.met) };
  }
  return judgeTest(condition, seen, tagNames);
}

/** What one attribute holds; `known` when an earlier snapshot had it, even if it was empty there. */
type Look = { before: Value; after: Value; known: boolean; changed: boolean; as: ComparedAs };

function judgeTest(test: Test, seen: Seen, tagNames: TagNames): Verdict {
  const look = lookAt(test, seen);
  const met = isMet(test, look, seen);
  return {
    about: aboutOf(test),
    pronoun: pronounOf(test),
    wanted: wantedOf(test, tagNames, seen.timeZone),
    seen: seenOf(test, look, met, { tagNames, timeZone: seen.timeZone }),
    met,
  };
}

function lookAt(test: Test, { before: earlier, after: later }: Seen): Look {
  const attribute = test.operator === 'became_user' ? 'role' : test.attribute;
  const as = comparedAs(test);
  const after = held(later, attribute);
  // What the earlier snapshot lacks was not empty then but unknown: a rule may be newer than the snapshot.
  if (earlier === null || !Object.hasOwn(earlier, attribute)) {
    return { before: null, after, known: false, changed: false, as };
  }
  const before = held(earlier, attribute);
  return { before, after, known: true, changed: !sameValue(as, before, after), as };
}

function isMet(test: Test, { before, after, changed, as }: Look, seen: Seen): boolean {
  const { becameUser, holding } = seen;
  switch (test.operator) {
    case 'is':
      return isEqual(after, test.value, as);
    case 'is_not':
      return !isEqual(after, test.value, as);
    case 'is_one_of':
      return test.values.some((value) => isEqual(after, value, as));
    case 'contains':
      return contains(after, test.value);
    case 'is_set':
      return !isEmpty(after);
    case 'is_not_set':
      return isEmpty(after);
    case 'more_than':
    case 'less_than':
    case 'at_least':
    case 'at_most':
      return isMetByNumber(test, numberOf(after));
    case 'before':
    case 'after':
    case 'within_days':
      return isMetByDate(test, after, seen);
    case 'changed':
      return changed || holding === true;
    case 'changed_to':
      if (holding) return test.to.some((value) => isEqual(after, value, as));
      return changed && isChangeTo(test, before, after, as);
    case 'became_user':
      if (holding) return after === 'user';
      return becameUser || (changed && before === 'lead' && after === 'user');
  }
}

const compares = {
  more_than: (value: number, limit: number) => value > limit,
  less_than: (value: number, limit: number) => value < limit,
  at_least: (value: number, limit: number) => value >= limit,
  at_most: (value: number, limit: number) => value <= limit,
};

type NumberTest = Extract<Test, { operator: keyof typeof compares }>;

function isMetByNumber(test: NumberTest, value: number | null): boolean {
  return value !== null && compares[test.operator](value, test.value);
}

type DateTest = Extract<Test, { operator: 'before' | 'after' | 'within_days' }>;

function isMetByDate(test: DateTest, value: Value, { now, timeZone = 'UTC' }: Seen): boolean {
  const dated = datedOf(value, test.attribute, timeZone);
  if (dated === null) return false;
  if (test.operator === 'within_days') return isWithinDays(dated, test.value, now, timeZone);
  const compare = test.operator === 'before' ? isBefore : isAfter;
  return compare(dated, test.value, timeZone);
}

const typesOfStandard = new Map<string, ComparedAs>([
  ...standardAttributes.map((one) => [one.name, one.type] as const),
  ['email', 'email'],
  ['phone', 'phone'],
]);

/** By the attribute's type; where that is not known here, what the rule compares it with tells, which its check holds against it. */
function comparedAs(test: Test): ComparedAs {
  if (test.operator === 'became_user') return 'text';
  const known = typesOfStandard.get(test.attribute);
  if (known !== undefined) return known;
  const [given] =
    'value' in test
      ? [test.value]
      : 'values' in test
        ? test.values
        : test.operator === 'changed_to'
          ? test.to
          : [];
  if (typeof given === 'number') return 'number';
  if (typeof given === 'boolean') return 'yes-no';
  return given === undefined ? 'other' : 'text';
}

type ChangeTest = Extract<Test, { operator: 'changed_to' }>;

/** Of tags, one of the targets has to be a new one. */
function isChangeTo({ from, to }: ChangeTest, before: Value, after: Value, as: ComparedAs): boolean {
  if (!to.some((value) => isEqual(after, value, as) && !isEqual(before, value, as))) return false;
  return (
    from === undefined ||
    from.some((value) => (value === null ? isEmpty(before) : isEqual(before, value, as)))
  );
}

function seenOf(
  test: Test,
  { before, after, known, changed, as }: Look,
  met: boolean,
  { tagNames, timeZone }: { tagNames: TagNames; timeZone: string | undefined },
): string {
  const standing = standingOf(after, test, tagNames, timeZone);
  const asksForChange = test.operator === 'changed' || test.operator === 'changed_to';
  if (test.operator === 'became_user') {
    if (met) return 'became a user';
  } else if (changed && (met || asksForChange)) {
    return changeOf(before, after, test, tagNames, timeZone);
  }
  // A target that holds but is not met needs saying why: it has been so all along, as far as anybody knows.
  const isTarget =
    test.operator === 'changed' ||
    (test.operator === 'changed_to' && test.to.some((value) => isEqual(after, value, as))) ||
    (test.operator === 'became_user' && after === 'user');
  if (met || !isTarget) return standing;
  return known ? `${standing}, unchanged` : `${standing}, seen for the first time`;
}

function collect(verdict: Verdict, into: Reason[]): void {
  if ('joined' in verdict) {
    for (const one of verdict.of) collect(one, into);
    return;
  }
  const { about, wanted, seen, met } = verdict;
  into.push({ wanted: `${about} ${wanted}`, seen: `${about} ${seen}`, met });
}
