// "Map your fields": the rows of a mapping as fields of a form, read, changed by its buttons, and drawn.

import { extraPrefix, type Row, sources, standardTargets } from '../../../domain/enrollment/mapping.ts';
import { sourceLabel, targetLabel } from '../../../domain/enrollment/mapping-words.ts';
import { tidy } from '../../../domain/identity.ts';
import type { MappingChoices } from '../../../usecases/campaigns/attribute-choices.ts';
import { type Html, html } from '../../html.ts';
import { type FormErrors, type FormValues, textIn } from '../console.ts';
import { optionsOf } from '../fields.ts';
import { helpLink } from '../help/help-topics.ts';

/** `extra` is a field that only the referral platform knows; a mapping treats it like any other. */
type RowKind = Row['type'] | 'extra';
export type FormRow = { kind: RowKind; from: string; to: string };

const maxRows = 100;
const kinds: readonly RowKind[] = ['field', 'fixed', 'template', 'extra'];

const kindNamed = (name: string | undefined) => kinds.find((kind) => kind === name);

/** Stops at the first incomplete row. */
export function readMappingRows(given: FormValues): FormRow[] {
  const rows: FormRow[] = [];
  for (let at = 0; at < maxRows; at += 1) {
    const text = (name: string) => textIn(given, `row.${at}.${name}`) ?? '';
    const kind = kindNamed(text('type'));
    if (kind === undefined) break;
    rows.push({ kind, from: tidy(text('from')), to: text('to') });
  }
  return rows;
}

/** `button` is add:KIND or remove:PLACE. */
export function editedRows(rows: FormRow[], button: string): FormRow[] {
  const [what, which] = button.split(':');
  const kind = kindNamed(which);
  if (what === 'add' && kind !== undefined) return [...rows, { kind, from: '', to: '' }].slice(0, maxRows);
  if (what === 'remove') return rows.filter((_, at) => at !== Number(which));
  return rows;
}

export function rowGiven({ kind, from, to }: FormRow): { type: Row['type']; from: unknown; to: string } {
  if (kind === 'extra') return { type: 'field', from: `${extraPrefix}${from}`, to };
  return { type: kind, from: kind === 'fixed' ? asValue(from) : from, to };
}

/** Only when it reads back exactly as written: "007" stays text. */
function asValue(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  const number = Number(text);
  // A number that would lose digits stays a text.
  const isExact = String(number) === text && (Number.isSafeInteger(number) || !Number.isInteger(number));
  return isExact ? number : text;
}

export function rowOf({ type, from, to }: Row): FormRow {
  const name = String(from);
  if (type === 'field' && name.startsWith(extraPrefix))
    return { kind: 'extra', from: name.slice(extraPrefix.length), to };
  return { kind: type, from: name, to };
}

const kindWords: Record<RowKind, { label: string; add: string; from: string }> = {
  field: { label: 'Dynamic value', add: 'Add a field', from: 'From' },
  fixed: { label: 'Fixed value', add: 'Add a fixed value', from: 'Fixed value' },
  template: { label: 'Template', add: 'Add a template', from: 'Template text' },
  extra: { label: 'Custom field', add: 'Add a custom field', from: 'Field name' },
};

/** The buttons belong to the surrounding form, and are named `do`. */
export function mappingFields(
  rows: readonly FormRow[],
  choices: MappingChoices,
  refused: FormErrors | null,
): Html {
  return html`<fieldset class="mapping" id="mapping"><legend>Map your fields</legend>
<p class="hint">Choose which details go to which Intercom field. Email is required. ${helpLink('mapping')}</p>
${rows.map((row, at) => rowFields(row, at, choices, refused))}
<div class="row">${kinds.map(
    (kind) =>
      html`<button name="do" value="add:${kind}" id="add-${kind}" data-redraw>${kindWords[kind].add}</button>`,
  )}</div>
</fieldset>`;
}

function rowFields(row: FormRow, at: number, choices: MappingChoices, refused: FormErrors | null): Html {
  const words = kindWords[row.kind];
  const field = (name: 'from' | 'to', label: string, control: Html) => {
    const problem = refused?.fields[`row.${at}.${name}`];
    return html`<div class="field"><label for="row-${at}-${name}">${label}</label>${control}
${problem !== undefined && html`<p class="why" id="row-${at}-${name}-why">${problem}</p>`}</div>`;
  };
  return html`<div class="mapped" role="group" aria-label="Row ${at + 1}: ${words.label}">
<input type="hidden" name="row.${at}.type" value="${row.kind}">
<div class="field"><span class="label">Data type</span><span class="kind">${words.label}</span></div>
${field('from', words.from, fromControl(row, at, refused))}
${field('to', 'To (Intercom)', toSelect(row, at, choices, refused))}
<button name="do" value="remove:${at}" class="plain" data-redraw aria-label="Remove row ${at + 1}">Remove</button>
</div>`;
}

const invalid = (refused: FormErrors | null, at: number, name: string) =>
  refused?.fields[`row.${at}.${name}`] !== undefined &&
  html` aria-invalid="true" aria-describedby="row-${at}-${name}-why"`;

function fromControl({ kind, from }: FormRow, at: number, refused: FormErrors | null): Html {
  const attributes = html`id="row-${at}-from" name="row.${at}.from"${invalid(refused, at, 'from')}`;
  if (kind !== 'field') {
    const example = kind === 'template' ? html` placeholder="Referred by {referrer.name}"` : null;
    return html`<input ${attributes} value="${from}" maxlength="1000"${example}>`;
  }
  const groups = Map.groupBy(
    Object.keys(sources),
    (name) => sourceGroups[name.split('.')[0] ?? ''] ?? 'Their own share link',
  );
  return html`<select ${attributes}><option value="">Choose…</option>${[...groups].map(
    ([label, names]) =>
      html`<optgroup label="${label}">${optionsOf(labeled(names, sourceLabel), from)}</optgroup>`,
  )}</select>`;
}

const labeled = (names: readonly string[], labelOf: (name: string) => string) =>
  names.map((name) => [name, labelOf(name)] as const);

const sourceGroups: Readonly<Record<string, string>> = {
  person: 'Who joins',
  referrer: 'Who referred them',
  referral: 'The referral',
  campaign: 'The campaign',
  reward: 'The reward',
};

function toSelect(
  { to }: FormRow,
  at: number,
  { attributes }: MappingChoices,
  refused: FormErrors | null,
): Html {
  const own = attributes.map(({ name }) => `custom_attributes.${name}`);
  const gone = to !== '' && !own.includes(to) && !Object.hasOwn(standardTargets, to);
  return html`<select id="row-${at}-to" name="row.${at}.to"${invalid(refused, at, 'to')}><option value="">Choose…</option>
${gone && optionsOf([[to, `${targetLabel(to)} (not in Intercom)`]], to)}
<optgroup label="Of every contact">${optionsOf(labeled(Object.keys(standardTargets), targetLabel), to)}</optgroup>
${own.length > 0 && html`<optgroup label="Your attributes">${optionsOf(labeled(own, targetLabel), to)}</optgroup>`}</select>`;
}
