// Whether a contact meets a rule, with the reasons: the wanted and the actual value for each condition.
import { standardAttributes } from '../contacts/attribute-catalog.ts';
import { type ComparedAs, sameValue } from '../values.ts';
import type { Facts, Value } from './notification.ts';
import { attributeOf, type Look, operators, type Test, valuesIn } from './operators.ts';
import type { Condition, RuleDefinition } from './rule.ts';
import { amountOf, type Dated, datedOf, held } from './rule-values.ts';
import { type TagNames, TestWords } from './rule-words.ts';

/** `before` is null at the first snapshot of a contact: nothing can have changed yet. */
export type Seen = {
  before: Facts | null;
  after: Facts;
  becameUser: boolean;
  now: Date;
  /** While a hold runs, a met change stays met for as long as its target holds. */
  holding?: boolean | undefined;
  /** The workspace's time zone, for days; UTC by default. */
  timeZone?: string | undefined;
};

/** Reads as "plan to be pro" and "plan is free". */
export type Reason = { wanted: string; seen: string; met: boolean };

/** Nested like the rule's conditions; a test's words complete a sentence after `about`. */
export type ConditionResult =
  | { about: string; pronoun: string; wanted: string; seen: string; met: boolean }
  | { joined: 'all' | 'any'; results: ConditionResult[]; met: boolean };

export type Evaluation = {
  met: boolean;
  reasons: Reason[];
  saleValue: number | null;
  result: ConditionResult;
};

const noNames: TagNames = {};

type Compiled = { matches(seen: Seen): boolean; explain(seen: Seen): ConditionResult };

const compiled = new WeakMap<RuleDefinition, Compiled>();

/** A definition is never changed afterwards. */
function compiledOf(rule: RuleDefinition): Compiled {
  const known = compiled.get(rule);
  if (known) return known;
  const made = compile(rule, rule.when);
  compiled.set(rule, made);
  return made;
}

/** As `evaluate(rule, seen).met`, without the words: most contacts do not meet a rule, and no one asks why. */
export function meets(rule: RuleDefinition, seen: Seen): boolean {
  return compiledOf(rule).matches(seen);
}

/** Never throws: a value that does not suit a condition does not meet it. */
export function evaluate(rule: RuleDefinition, seen: Seen): Evaluation {
  const result = compiledOf(rule).explain(seen);
  const reasons: Reason[] = [];
  collect(result, reasons);
  const saleValue =
    rule.sale_value_from === undefined ? null : amountOf(held(seen.after, rule.sale_value_from));
  return { met: result.met, reasons, saleValue, result };
}

function compile(rule: RuleDefinition, condition: Condition): Compiled {
  if ('all' in condition) {
    const inner = condition.all.map((each) => compile(rule, each));
    return {
      matches: (seen) => inner.every((each) => each.matches(seen)),
      explain(seen) {
        const results = inner.map((each) => each.explain(seen));
        return { joined: 'all', results, met: results.every(({ met }) => met) };
      },
    };
  }
  if ('any' in condition) {
    const inner = condition.any.map((each) => compile(rule, each));
    return {
      matches: (seen) => inner.some((each) => each.matches(seen)),
      explain(seen) {
        const results = inner.map((each) => each.explain(seen));
        return { joined: 'any', results, met: results.some(({ met }) => met) };
      },
    };
  }
  return compileTest(rule, condition);
}

function compileTest(rule: RuleDefinition, test: Test): Compiled {
  const attribute = attributeOf(test);
  const as = comparedAs(rule, test);
  const words = new TestWords(test, rule.tag_names ?? noNames);
  const { about, pronoun } = words;
  return {
    matches: (seen) => isMet(test, lookAt(attribute, as, seen), seen),
    explain(seen) {
      const { timeZone = 'UTC' } = seen;
      const look = lookAt(attribute, as, seen);
      const met = isMet(test, look, seen);
      const wanted = words.wanted(timeZone);
      return { about, pronoun, wanted, seen: seenOf(test, look, met, words, timeZone), met };
    },
  };
}

function lookAt(
  attribute: string,
  as: ComparedAs,
  { before: earlier, after: later, timeZone = 'UTC' }: Seen,
): Look {
  const after = held(later, attribute);
  // An attribute missing in the earlier snapshot was unknown then, not empty: a rule may be newer than the snapshot.
  const known = earlier !== null && Object.hasOwn(earlier, attribute);
  const before = known ? held(earlier, attribute) : null;
  return new AttributeLook(before, after, known, as, attribute, timeZone);
}

/** Values that only some operators need are computed on demand. */
class AttributeLook implements Look {
  readonly before: Value;
  readonly after: Value;
  readonly known: boolean;
  readonly as: ComparedAs;
  readonly #attribute: string;
  readonly #timeZone: string;
  #date: { dated: Dated | null } | null = null;

  constructor(
    before: Value,
    after: Value,
    known: boolean,
    as: ComparedAs,
    attribute: string,
    timeZone: string,
  ) {
    this.before = before;
    this.after = after;
    this.known = known;
    this.as = as;
    this.#attribute = attribute;
    this.#timeZone = timeZone;
  }

  get changed(): boolean {
    return this.known && !sameValue(this.as, this.before, this.after);
  }

  date(): Dated | null {
    this.#date ??= { dated: datedOf(this.after, this.#attribute, this.#timeZone) };
    return this.#date.dated;
  }
}

const standardTypes = new Map<string, ComparedAs>([
  ...standardAttributes.map(({ name, type }) => [name, type] as const),
  ['email', 'email'],
  ['phone', 'phone'],
]);

/** By the attribute's type; if it is unknown, by the rule's values, which were checked against it. */
function comparedAs({ attribute_types: types = {} }: RuleDefinition, test: Test): ComparedAs {
  if (operators[test.operator].event) return 'text';
  const attribute = attributeOf(test);
  const known =
    standardTypes.get(attribute) ?? (Object.hasOwn(types, attribute) ? types[attribute] : undefined);
  if (known !== undefined && known !== 'other') return known;
  const [first] = valuesIn(test);
  if (first === undefined) return 'other';
  if (typeof first.value === 'number') return 'number';
  return typeof first.value === 'boolean' ? 'yes-no' : 'text';
}

function isMet(test: Test, look: Look, { becameUser, now, holding, timeZone = 'UTC' }: Seen): boolean {
  const operator = operators[test.operator];
  if (holding && operator.isTarget) return operator.isTarget(test, look);
  return operator.isMet(test, look, { becameUser, now, timeZone });
}

function seenOf(test: Test, look: Look, met: boolean, words: TestWords, timeZone: string): string {
  const { before, after, known } = look;
  const { event, isTarget } = operators[test.operator];
  if (event) {
    if (met) return event.happened;
  } else if ((met || isTarget) && look.changed) {
    return words.change(before, after, timeZone);
  }
  const standing = words.standing(look, timeZone);
  // A target that holds without being met needs a reason: as far as is known, it held all along.
  if (met || !isTarget?.(test, look)) return standing;
  return known ? `${standing}, unchanged` : `${standing}, seen for the first time`;
}

function collect(result: ConditionResult, into: Reason[]): void {
  if ('joined' in result) {
    for (const inner of result.results) collect(inner, into);
    return;
  }
  const { about, wanted, seen, met } = result;
  into.push({ wanted: `${about} ${wanted}`, seen: `${about} ${seen}`, met });
}
