// A rule's conditions and the actual values, in words for support agents.
import { isEmpty } from '../values.ts';
import { listFirst } from '../words.ts';
import type { Value } from './notification.ts';
import { attributeOf, type Look, operators, type Test } from './operators.ts';
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
  return new TestWords(test, tagNames).wanted(timeZone);
}

/** "is pro or team" for "to be pro or team", "is not free" for "not to be free". */
export function finiteOf(wanted: string, isPlural: boolean): string {
  const [, negation, verb = '', rest = ''] = /^(not )?to (\w+)(.*)$/s.exec(wanted) ?? [];
  const finite = verb === 'be' ? (isPlural ? 'are' : 'is') : isPlural ? verb : `${verb}s`;
  return `${finite}${negation === undefined ? '' : ' not'}${rest}`;
}

/** Words for one test of a rule; what depends on no contact is written once. */
export class TestWords {
  readonly about: string;
  /** For the attribute in "Needs tags to contain VIP; they are not set". */
  readonly pronoun: string;
  readonly #test: Test;
  readonly #attribute: string;
  readonly #tagNames: TagNames;
  readonly #isAboutTags: boolean;
  readonly #isAboutDate: boolean;
  #latest: { timeZone: string; wanted: string } | null = null;

  constructor(test: Test, tagNames: TagNames) {
    this.#test = test;
    this.#attribute = attributeOf(test);
    this.#tagNames = tagNames;
    this.#isAboutTags = 'attribute' in test && test.attribute === 'tags';
    this.#isAboutDate = isAboutDate(test);
    this.about = aboutOf(test);
    this.pronoun = this.#isAboutTags ? 'they' : 'it';
  }

  /** "to be pro or team" */
  wanted(timeZone: string): string {
    if (this.#latest?.timeZone === timeZone) return this.#latest.wanted;
    const show = (value: Value) => this.#shown(value, timeZone);
    const either = (values: readonly Value[]) => listFirst(values.map(show), ' or ', maxListed);
    const wanted = operators[this.#test.operator].wanted(this.#test, { show, either });
    this.#latest = { timeZone, wanted };
    return wanted;
  }

  /** "is free", or "are VIP, Newsletter" for tags. */
  standing(look: Look, timeZone: string): string {
    const { event } = operators[this.#test.operator];
    if (event) return event.standing(look.after);
    return `${this.#isAboutTags ? 'are' : 'is'} ${this.#shown(look.after, timeZone, () => look.date())}`;
  }

  /** "changed from free to pro", "was set to pro". */
  change(before: Value, after: Value, timeZone: string): string {
    const now = this.#shown(after, timeZone);
    if (isEmpty(before)) return `${this.#isAboutTags ? 'were' : 'was'} set to ${now}`;
    return `changed from ${this.#shown(before, timeZone)} to ${now}`;
  }

  #shown(value: Value, timeZone: string, dateOf = () => datedOf(value, this.#attribute, timeZone)): string {
    if (isEmpty(value)) return 'not set';
    if (Array.isArray(value))
      return listFirst(
        value.map((item) => this.#named(item)),
        ', ',
        maxListed,
      );
    const date = this.#isAboutDate ? dateOf() : null;
    if (date !== null) return dayWords(date.day);
    return typeof value === 'string' ? this.#named(value) : String(value);
  }

  #named(text: string): string {
    // A tag may be called `constructor`.
    const isNamed = this.#isAboutTags && Object.hasOwn(this.#tagNames, text);
    return cut((isNamed ? this.#tagNames[text] : undefined) ?? text);
  }
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
  return `${months[Number(iso.slice(5, 7)) - 1]} ${Number(iso.slice(8))}, ${iso.slice(0, 4)}`;
}

function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}…`;
}
