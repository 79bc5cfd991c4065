// Whether a contact meets a rule, with the reasons: for each condition what was wanted and what was seen.
import type { Facts, Value } from './notice.ts';
import type { Condition, RuleDefinition, Test } from './rule.ts';
import {
  amountOf,
  contains,
  held,
  isAfter,
  isBefore,
  isEmpty,
  isEqual,
  isSame,
  isWithinDays,
  secondsOf,
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
type Look = { before: Value; after: Value; known: boolean; changed: boolean };

function judgeTest(test: Test, seen: Seen, tagNames: TagNames): Verdict {
  const look = lookAt(test.operator === 'became_user' ? 'role' : test.attribute, seen);
  const met = isMet(test, look, seen);
  return {
    about: aboutOf(test),
    pronoun: pronounOf(test),
    wanted: wantedOf(test, tagNames),
    seen: seenOf(test, look, met, tagNames),
    met,
  };
}

function lookAt(attribute: string, { before: earlier, after: later }: Seen): Look {
  const after = held(later, attribute);
  // What the earlier snapshot lacks was not empty then but unknown: a rule may be newer than the snapshot.
  if (earlier === null || !Object.hasOwn(earlier, attribute)) {
    return { before: null, after, known: false, changed: false };
  }
  const before = held(earlier, attribute);
  return { before, after, known: true, changed: !isSame(before, after) };
}

function isMet(test: Test, { before, after, changed }: Look, { becameUser, now, holding }: Seen): boolean {
  switch (test.operator) {
    case 'is':
      return isEqual(after, test.value);
    case 'is_not':
      return !isEqual(after, test.value);
    case 'is_one_of':
      return test.values.some((value) => isEqual(after, value));
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
      return typeof after === 'number' && compares[test.operator](after, test.value);
    case 'before':
    case 'after':
    case 'within_days':
      return isMetByDate(test, after, now);
    case 'changed':
      return changed || holding === true;
    case 'changed_to':
      if (holding) return test.to.some((value) => isEqual(after, value));
      return changed && isChangeTo(test, before, after);
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

type DateTest = Extract<Test, { operator: 'before' | 'after' | 'within_days' }>;

function isMetByDate(test: DateTest, value: Value, now: Date): boolean {
  const seconds = secondsOf(value);
  if (seconds === null) return false;
  if (test.operator === 'within_days') return isWithinDays(seconds, test.value, now);
  return test.operator === 'before' ? isBefore(seconds, test.value) : isAfter(seconds, test.value);
}

type ChangeTest = Extract<Test, { operator: 'changed_to' }>;

/** Of tags, one of the targets has to be a new one. */
function isChangeTo({ from, to }: ChangeTest, before: Value, after: Value): boolean {
  if (!to.some((value) => isEqual(after, value) && !isEqual(before, value))) return false;
  return (
    from === undefined || from.some((value) => (value === null ? isEmpty(before) : isEqual(before, value)))
  );
}

function seenOf(
  test: Test,
  { before, after, known, changed }: Look,
  met: boolean,
  tagNames: TagNames,
): string {
  const standing = standingOf(after, test, tagNames);
  const asksForChange = test.operator === 'changed' || test.operator === 'changed_to';
  if (test.operator === 'became_user') {
    if (met) return 'became a user';
  } else if (changed && (met || asksForChange)) {
    return changeOf(before, after, test, tagNames);
  }
  // A target that holds but is not met needs saying why: it has been so all along, as far as anybody knows.
  const isTarget =
    test.operator === 'changed' ||
    (test.operator === 'changed_to' && test.to.some((value) => isEqual(after, value))) ||
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
