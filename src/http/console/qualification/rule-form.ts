// A rule as form fields, named by place: when.match, when.0.attribute, when.1.match, when.1.0.attribute …

import type { PlannedRule } from '../../../domain/campaigns/campaign-plan.ts';
import { tidy } from '../../../domain/identity.ts';
import { operatorNames, operators, valuesIn } from '../../../domain/qualification/operators.ts';
import type { Condition } from '../../../domain/qualification/rule.ts';
import { type FormValues, textIn } from '../console.ts';

/** `fromEmpty`: a change from an empty value counts, too. */
export type FormTest = {
  attribute: string;
  operator: string;
  values: string[];
  from: string[];
  fromEmpty: boolean;
};
export type FormGroup = { match: 'all' | 'any'; items: FormItem[] };
export type FormItem = FormTest | FormGroup;
export type RuleForm = {
  name: string;
  outcome: string;
  holdsForDays: string;
  saleValueFrom: string;
  enabled: boolean;
  when: FormGroup;
};

/** Operators about the contact itself, which the form offers among the attributes. */
export const eventOperators = operatorNames.filter((name) => operators[name].event !== null);
export const deepest = 3;
const maxItems = 20;

const emptyTest: FormTest = { attribute: '', operator: '', values: [], from: [], fromEmpty: false };

export const emptyRule: RuleForm = {
  name: '',
  outcome: 'qualify',
  holdsForDays: '',
  saleValueFrom: '',
  enabled: true,
  when: { match: 'all', items: [emptyTest] },
};

export const isGroup = (item: FormItem): item is FormGroup => 'items' in item;

export function readRuleForm(values: FormValues): RuleForm {
  return {
    name: textOf(values, 'name'),
    outcome: textOf(values, 'outcome'),
    holdsForDays: textOf(values, 'holds_for_days'),
    saleValueFrom: textOf(values, 'sale_value_from'),
    enabled: Object.hasOwn(values, 'enabled'),
    when: readGroup(values, 'when', 1),
  };
}

function readGroup(values: FormValues, path: string, depth: number): FormGroup {
  const items: FormItem[] = [];
  for (let at = 0; at < maxItems; at += 1) {
    const itemPath = `${path}.${at}`;
    if (depth < deepest && Object.hasOwn(values, `${itemPath}.match`))
      items.push(readGroup(values, itemPath, depth + 1));
    else if (Object.hasOwn(values, `${itemPath}.attribute`)) items.push(readTest(values, itemPath));
    else break;
  }
  return { match: textOf(values, `${path}.match`) === 'any' ? 'any' : 'all', items };
}

function readTest(values: FormValues, path: string): FormTest {
  return {
    attribute: textOf(values, `${path}.attribute`),
    operator: textOf(values, `${path}.operator`),
    values: linesOf(values, `${path}.value`),
    from: linesOf(values, `${path}.from`),
    fromEmpty: Object.hasOwn(values, `${path}.from_empty`),
  };
}

const textOf = (values: FormValues, name: string) => tidy(textIn(values, name) ?? '');

/** From checked boxes, or from a text with one value per line. */
function linesOf(values: FormValues, name: string): string[] {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  const lines = [value ?? []].flat().flatMap((text) => text.split(/\r?\n/));
  return lines.map(tidy).filter((line) => line !== '');
}

/** A button of the form: `add`, `group` or `remove`, each with its place. */
export function edited(form: RuleForm, button: string): RuleForm {
  const [what, path = ''] = button.split(':');
  const place = path.split('.').slice(1).map(Number);
  if (what === 'add') return { ...form, when: inGroup(form.when, place, (items) => [...items, emptyTest]) };
  if (what === 'group') {
    const added: FormGroup = { match: form.when.match === 'all' ? 'any' : 'all', items: [emptyTest] };
    return { ...form, when: inGroup(form.when, place, (items) => [...items, added]) };
  }
  if (what === 'remove') {
    const last = place.pop();
    return { ...form, when: inGroup(form.when, place, (items) => items.filter((_, at) => at !== last)) };
  }
  return form;
}

function inGroup(group: FormGroup, place: number[], change: (items: FormItem[]) => FormItem[]): FormGroup {
  const [at, ...further] = place;
  if (at === undefined) return { ...group, items: change(group.items).slice(0, maxItems) };
  const items = group.items.map((item, index) =>
    index === at && isGroup(item) ? inGroup(item, further, change) : item,
  );
  return { ...group, items };
}

export function formOf({ name, definition, enabled }: Omit<PlannedRule, 'id'>): RuleForm {
  const when = itemOf(definition.when);
  return {
    name,
    outcome: definition.then,
    holdsForDays: definition.holds_for_days?.toString() ?? '',
    saleValueFrom: definition.sale_value_from ?? '',
    enabled,
    when: isGroup(when) ? when : { match: 'all', items: [when] },
  };
}

function itemOf(condition: Condition): FormItem {
  if ('all' in condition) return { match: 'all', items: condition.all.map(itemOf) };
  if ('any' in condition) return { match: 'any', items: condition.any.map(itemOf) };
  if (!('attribute' in condition)) return { ...emptyTest, attribute: condition.operator };
  const { attribute, operator } = condition;
  const values = valuesIn(condition);
  const textsOf = (selected: typeof values) => selected.map(({ value }) => String(value));
  return {
    attribute,
    operator,
    values: textsOf(values.filter(({ path }) => !path.startsWith('from.'))),
    from: textsOf(values.filter(({ path }) => path.startsWith('from.'))),
    fromEmpty: 'from' in condition && condition.from?.includes(null) === true,
  };
}
