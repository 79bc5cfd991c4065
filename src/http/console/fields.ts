// Fields of the console's forms: each with its label, hint and error, linked for screen readers.
import { z } from 'zod';
import { isEncryptedOrLocal } from '../../domain/web-address.ts';
import { type Content, type Html, html, ownHtml, textOf } from '../html.ts';
import type { FormErrors, PageContext } from './console.ts';
import { type HelpTopic, helpLink } from './help/help-topics.ts';

/** Where messages are sent to. */
export const receivingAddress = z
  .url({ protocol: /^https?$/, error: 'must be a complete address that begins with https://' })
  .max(2_000)
  .refine(isEncryptedOrLocal, 'must begin with https://');

type Field = {
  name: string;
  /** Where another form of the page has a field of this name. */
  scope?: string;
  label: string;
  hint?: Content;
  /** A link into the documents, behind the hint. */
  help?: HelpTopic;
  value?: string | null;
  refused?: FormErrors | null;
};

/** `more` is further attributes of the input: html` required maxlength="80"`. */
export function textField(field: Field & { type?: string; more?: Html }): Html {
  const { type = 'text', more } = field;
  const value = type === 'password' ? '' : valueToShow(field);
  return around(
    field,
    html`<input id="${idOf(field)}" name="${field.name}" type="${type}" value="${value}"${describedBy(field)}${more}>`,
  );
}

/** For several lines; `more` as of `textField`. */
export function textAreaField(field: Field & { rows: number; more?: Html }): Html {
  return around(
    field,
    html`<textarea id="${idOf(field)}" name="${field.name}" rows="${field.rows}"${describedBy(field)}${field.more}>\n${valueToShow(field)}</textarea>`,
  );
}

export function selectField(field: Field & { options: readonly (readonly [string, string])[] }): Html {
  const options = optionsOf(field.options, valueToShow(field));
  return around(
    field,
    html`<select id="${idOf(field)}" name="${field.name}"${describedBy(field)}>${options}</select>`,
  );
}

export function optionsOf(options: readonly (readonly [string, string])[], chosen: string | undefined): Html {
  return html`${options.map(
    ([value, label]) =>
      html`<option value="${value}"${value === chosen && html` selected`}>${label}</option>`,
  )}`;
}

type Choice = { value: string; label: Content; hint?: Content };

export function radioField(
  field: Noted & { legend: string; options: readonly Choice[]; value: string },
): Html {
  const { name, legend, options } = field;
  const id = idOf(field);
  const chosen = valueToShow(field);
  const why = problem(field);
  return html`<fieldset class="radios" id="${id}"${why !== undefined && html` aria-describedby="${id}-why"`}><legend>${legend}</legend>
${field.help && html`<p class="hint">${helpLink(field.help)}</p>`}
${why !== undefined && html`<p class="why" id="${id}-why">${why}</p>`}
${options.map(
  ({ value, label, hint }) => html`<div class="tick">
<input type="radio" id="${id}-${value}" name="${name}" value="${value}"${value === chosen && html` checked`}${hint !== undefined && html` aria-describedby="${id}-${value}-hint"`}>
<label for="${id}-${value}">${label}</label>
${hint !== undefined && html`<p class="hint" id="${id}-${value}-hint">${hint}</p>`}
</div>`,
)}
</fieldset>`;
}

/** A checkbox; its field is sent only when it is checked. */
export function tickField(field: Omit<Field, 'value'> & { value?: boolean }): Html {
  const on = field.refused ? field.name in field.refused.values : field.value === true;
  return html`<div class="field tick">
<input type="checkbox" id="${idOf(field)}" name="${field.name}"${on && html` checked`}${describedBy(field)}>
<label for="${idOf(field)}">${field.label}</label>${notes(field)}
</div>`;
}

/** What is wrong with a form; `withProblems` adds the fields. */
export function refusal(refused: FormErrors | null | undefined): Html | null {
  return refused
    ? html`<div class="notice bad" role="alert"><p>${refused.message}</p>${problemList}</div>`
    : null;
}

const problemList = html`<ul class="problems"></ul>`;

/**
 * The page of a refused form, complete: what is wrong is named on top with a link to each refused field, and the first of
 * them has the focus. Decided here for all forms.
 */
export function withProblems(page: Html, refused: FormErrors): Html {
  const text = textOf(page);
  const problems = Object.entries(refused.fields).map(([name, why]) => {
    const id = idOfNamed(text, name);
    const label = (id === null ? null : labelOf(text, id)) ?? nameInWords(name);
    return html`<li>${id === null ? label : html`<a href="#${id}">${label}</a>`}: ${why}</li>`;
  });
  const list = problems.length > 0 ? textOf(html`<ul>${problems}</ul>`) : '';
  const whole = text.includes(textOf(problemList)) ? text : `${textOf(html`${refusal(refused)}`)}${text}`;
  return ownHtml(
    whole
      .replace(textOf(problemList), () => list)
      .replace('aria-invalid="true"', 'aria-invalid="true" autofocus'),
  );
}

/** Of the field that is refused, where two forms have one of this name. */
function idOfNamed(page: string, name: string): string | null {
  const named = [...page.matchAll(/<(?:input|select|textarea|fieldset)\b[^>]*>/g)].filter(
    ([tag]) => tag.includes(` name="${name}"`) || tag.includes(` id="${idOf({ name })}"`),
  );
  const [tag] = named.find(([each]) => each.includes('aria-invalid')) ?? named[0] ?? [];
  return tag === undefined ? null : (/\sid="([^"]+)"/.exec(tag)?.[1] ?? null);
}

function labelOf(page: string, id: string): Html | null {
  const label = page.split(`<label for="${id}">`)[1]?.split('</label>')[0];
  return label === undefined ? null : ownHtml(label.replaceAll(/<[^<>]*>/g, ''));
}

/** "Daily cap" for daily_cap, "Row 2, to" for row.1.to. */
function nameInWords(name: string): string {
  const words = name
    .split('.')
    .map((part) => (/^\d+$/.test(part) ? String(Number(part) + 1) : part.replaceAll('_', ' ')))
    .join(', ')
    .replace(/, (?=\d)/, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function around(field: Field, input: Html): Html {
  return html`<div class="field">
<label for="${idOf(field)}">${field.label}</label>
${input}${notes(field)}
</div>`;
}

type Noted = Pick<Field, 'name' | 'scope' | 'hint' | 'help' | 'refused'>;

export const idOf = ({ name, scope }: Pick<Noted, 'name' | 'scope'>) =>
  `f-${scope === undefined ? '' : `${scope}-`}${name.replace(/[^\w-]/g, '-')}`;
const problem = ({ name, refused }: Noted) => refused?.fields[name];

function describedBy(field: Noted): Html {
  const ids = [
    field.hint || field.help ? `${idOf(field)}-hint` : null,
    problem(field) ? `${idOf(field)}-why` : null,
  ];
  const named = ids.filter((id) => id !== null).join(' ');
  return html`${named !== '' && html` aria-describedby="${named}"`}${problem(field) !== undefined && html` aria-invalid="true"`}`;
}

function notes(field: Noted): Html {
  const why = problem(field);
  return html`${why !== undefined && html`<p class="why" id="${idOf(field)}-why">${why}</p>`}
${(field.hint || field.help) && html`<p class="hint" id="${idOf(field)}-hint">${field.hint} ${field.help && helpLink(field.help)}</p>`}`;
}

function valueToShow({ name, value, refused }: Omit<Field, 'label'>): string {
  const submitted = refused?.values[name];
  return (typeof submitted === 'string' ? submitted : null) ?? value ?? '';
}

/** Disables a form's fields for viewers. */
export function forAdministrators(
  { isAdministrator }: Pick<PageContext, 'isAdministrator'>,
  fields: Html,
): Html {
  if (isAdministrator) return fields;
  return html`<p class="quiet">Read-only. An administrator can change this.</p>
<fieldset class="bare" disabled>${fields}</fieldset>`;
}
