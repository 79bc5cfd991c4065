// The fields of a rule's conditions: nested groups, and for each condition the inputs that suit its attribute's type.
import type { Attribute, AttributeType } from '../../../domain/contacts/attribute-catalog.ts';
import {
  type Operator,
  type OperatorName,
  operators,
  operatorsFor,
} from '../../../domain/qualification/operators.ts';
import type { RuleChoices } from '../../../usecases/campaigns/attribute-choices.ts';
import { type Content, type Html, html } from '../../html.ts';
import { idOf, optionsOf } from '../fields.ts';
import type { Problems } from './rule-definition.ts';
import {
  deepest,
  eventOperators,
  type FormGroup,
  type FormItem,
  type FormTest,
  isGroup,
} from './rule-form.ts';

type Drawn = { choices: RuleChoices; problems: Problems };

/** Words with their own capitalization. */
const spelt: Record<string, string> = { id: 'ID', ios: 'iOS', os: 'OS', sdk: 'SDK', utm: 'UTM' };

/** "Signed up at" for signed_up_at, "iOS version" for ios_version: Intercom's names are for machines. */
export function attributeLabel(name: string): string {
  if (name.startsWith('custom_attributes.')) return name.slice('custom_attributes.'.length);
  const [first = '', ...others] = name.replace(/^location\./, '').split('_');
  const begun = spelt[first] ?? first.charAt(0).toUpperCase() + first.slice(1);
  return [begun, ...others.map((word) => spelt[word] ?? word)].join(' ');
}

const matches = [
  ['all', 'all of these'],
  ['any', 'any of these'],
] as const;

/** The outermost group cannot be removed. */
export function groupFields(group: FormGroup, path: string, drawn: Drawn, depth = 1): Html {
  const name = `${path}.match`;
  const button = (what: string, label: string) =>
    html`<button name="do" value="${what}:${path}" id="${idOf({ name: `${what}-${path}` })}" data-redraw>${label}</button>`;
  return html`<fieldset class="conditions">
<legend>${depth === 1 ? 'When' : 'Group of conditions'}</legend>
<div class="row"><label for="${idOf({ name })}">Match</label>
<select id="${idOf({ name })}" name="${name}" class="short"${invalid(drawn, name)}>${optionsOf(matches, group.match)}</select>
${depth > 1 && button('remove', 'Remove group')}</div>${why(drawn, name)}
${group.items.map((item, at) => itemFields(item, `${path}.${at}`, drawn, depth))}
<div class="row">${button('add', 'Add a condition')}${depth < deepest && button('group', 'Add a group')}</div>
</fieldset>`;
}

function itemFields(item: FormItem, path: string, drawn: Drawn, depth: number): Html {
  if (isGroup(item)) return groupFields(item, path, drawn, depth + 1);
  const attribute = drawn.choices.attributes.find(({ name }) => name === item.attribute);
  const type = attribute?.type ?? 'other';
  const named = item.attribute !== '' && !isEvent(item.attribute);
  const names = operatorsFor(type);
  const operator = names.find((name) => name === item.operator);
  return html`<div class="condition">
${around(drawn, `${path}.attribute`, 'Attribute', attributeSelect(item, path, drawn))}
${named && around(drawn, `${path}.operator`, 'Condition', operatorSelect(names, operator, type, path, drawn))}
${named && operator !== undefined && valueFields(item, operator, type, attribute ?? null, path, drawn)}
<div class="row"><noscript><button name="do" value="redraw">Show conditions</button></noscript>
<button name="do" value="remove:${path}" class="plain" data-redraw aria-label="${removeLabel(item.attribute)}">Remove</button></div>
</div>`;
}

/** Starts with the text on the button, so that voice control finds it. */
const removeLabel = (attribute: string) =>
  attribute === '' ? 'Remove the empty condition' : `Remove the condition ${conditionLabel(attribute)}`;

const conditionLabel = (attribute: string) => {
  const event = eventOperators.find((name) => name === attribute);
  return event === undefined ? attributeLabel(attribute) : (operators[event].event?.choice ?? event);
};

const isEvent = (attribute: string) => eventOperators.some((name) => name === attribute);

function attributeSelect(item: FormTest, path: string, drawn: Drawn): Html {
  const name = `${path}.attribute`;
  const { attributes } = drawn.choices;
  const isOwnOf = (attribute: Attribute) => attribute.name.startsWith('custom_attributes.');
  const known = isEvent(item.attribute) || attributes.some((attribute) => attribute.name === item.attribute);
  const option = (value: string, label: string) => optionsOf([[value, label]], item.attribute);
  const group = (label: string, all: readonly Attribute[]) =>
    all.length > 0 &&
    html`<optgroup label="${label}">${all.map(({ name }) => option(name, attributeLabel(name)))}</optgroup>`;
  return html`<select id="${idOf({ name })}" name="${name}" data-redraw${invalid(drawn, name)}>
${option('', 'Choose…')}
${!known && item.attribute !== '' && option(item.attribute, `${attributeLabel(item.attribute)} (not in Intercom)`)}
${group('Your attributes', attributes.filter(isOwnOf))}
<optgroup label="What happens">${eventOperators.map((name) => option(name, operators[name].event?.choice ?? name))}</optgroup>
${group(
  'Of every contact',
  attributes.filter((attribute) => !isOwnOf(attribute)),
)}
</select>`;
}

function operatorSelect(
  names: readonly OperatorName[],
  chosen: OperatorName | undefined,
  type: AttributeType,
  path: string,
  drawn: Drawn,
): Html {
  const name = `${path}.operator`;
  const options = names.map((value) => {
    const { label, tagsLabel } = operators[value];
    return [value, type === 'tags' ? (tagsLabel ?? label) : label] as const;
  });
  return html`<select id="${idOf({ name })}" name="${name}" data-redraw${invalid(drawn, name)}>
${chosen === undefined && html`<option value="">Choose…</option>`}${optionsOf(options, chosen)}</select>`;
}

function valueFields(
  item: FormTest,
  operatorName: OperatorName,
  type: AttributeType,
  attribute: Attribute | null,
  path: string,
  drawn: Drawn,
): Html | null {
  const operator = operators[operatorName];
  const kind = operator.input.values;
  if (kind === 'none') return null;
  const offered = offeredOf(type, attribute, drawn.choices);
  const name = `${path}.value`;
  const from = `${path}.from`;
  const value = kind === 'many' ? manyField : oneField;
  return html`${value({ name, label: kind === 'many' ? 'Any of' : 'Value', chosen: item.values, offered, type: inputType(operator, type, item), drawn })}
${
  'from' in operator.operand &&
  type !== 'tags' &&
  html`<details${(item.from.length > 0 || item.fromEmpty) && html` open`}><summary>Only from certain values</summary>
${manyField({ name: from, label: 'From any of', chosen: item.from, offered, type: 'text', drawn })}
<div class="field tick"><input type="checkbox" id="${idOf({ name: `${from}_empty` })}" name="${from}_empty"${item.fromEmpty && html` checked`}>
<label for="${idOf({ name: `${from}_empty` })}">or from nothing</label></div></details>`
}`;
}

/** Pairs of value and label. */
type Offered = readonly (readonly [string, string])[];

/** The allowed values; null when any value is allowed. */
function offeredOf(type: AttributeType, attribute: Attribute | null, { tags }: RuleChoices): Offered | null {
  if (type === 'tags') return tags.map(({ id, name }) => [id, name] as const);
  const values = type === 'yes-no' ? ['true', 'false'] : attribute?.options;
  return values?.map((value) => [value, value] as const) ?? null;
}

function inputType(
  { input }: Operator,
  type: AttributeType,
  { values }: FormTest,
): 'number' | 'date' | 'text' {
  if (input.type === 'number' || type === 'number') return 'number';
  if (input.type !== 'date') return 'text';
  // Keeps a time that the API set to the minute.
  return values[0] === undefined || /^\d{4}-\d\d-\d\d$/.test(values[0]) ? 'date' : 'text';
}

type Values = {
  name: string;
  label: string;
  chosen: readonly string[];
  offered: Offered | null;
  type: 'number' | 'date' | 'text';
  drawn: Drawn;
};

function oneField({ name, label, chosen, offered, type, drawn }: Values): Html {
  const [value = ''] = chosen;
  const attributes = html`id="${idOf({ name })}" name="${name}"`;
  const control =
    offered === null
      ? html`<input ${attributes} type="${type}"${type === 'number' && html` step="any"`} value="${value}"${invalid(drawn, name)}>`
      : html`<select ${attributes}${invalid(drawn, name)}>${value === '' && html`<option value="">Choose…</option>`}${optionsOf(withGone(offered, chosen), value)}</select>`;
  return around(drawn, name, label, control);
}

function manyField({ name, label, chosen, offered, drawn }: Values): Html {
  if (offered === null) {
    const lines = html`<textarea id="${idOf({ name })}" name="${name}" rows="3"${invalid(drawn, name)}>${chosen.join('\n')}</textarea>`;
    return around(drawn, name, html`${label} <span class="quiet">(one per line)</span>`, lines);
  }
  const boxes = withGone(offered, chosen).map(
    ([value, words], at) => html`<div class="tick">
<input type="checkbox" id="${idOf({ name: `${name}-${at}` })}" name="${name}" value="${value}"${chosen.includes(value) && html` checked`}>
<label for="${idOf({ name: `${name}-${at}` })}">${words}</label></div>`,
  );
  return html`<fieldset class="boxes"><legend>${label}</legend>${boxes}${why(drawn, name)}</fieldset>`;
}

/** Keeps showing an attribute that the rule names after Intercom has dropped it. */
function withGone(offered: Offered, chosen: readonly string[]): Offered {
  const gone = chosen.filter((value) => !offered.some(([known]) => known === value));
  return [...offered, ...gone.map((value) => [value, `${value} (not in Intercom)`] as const)];
}

function around(drawn: Drawn, name: string, label: Content, control: Html): Html {
  return html`<div class="field"><label for="${idOf({ name })}">${label}</label>
${control}${why(drawn, name)}</div>`;
}

function why({ problems }: Drawn, name: string): Html | null {
  const problem = Object.hasOwn(problems, name) ? problems[name] : undefined;
  return problem === undefined ? null : html`<p class="why" id="${idOf({ name })}-why">${problem}</p>`;
}

function invalid({ problems }: Drawn, name: string): Html | null {
  return Object.hasOwn(problems, name)
    ? html` aria-invalid="true" aria-describedby="${idOf({ name })}-why"`
    : null;
}
