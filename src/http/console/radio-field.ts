// Radio buttons with an explanation for each choice, for when a select is not clear enough.
import { type Content, type Html, html } from '../html.ts';
import type { FormErrors } from './console.ts';

type Option = { value: string; label: Content; hint?: Content };

/** Radio buttons in their own fieldset. */
export function radioField({
  name,
  legend,
  options,
  value,
  refused,
}: {
  name: string;
  legend: string;
  options: readonly Option[];
  value: string;
  refused?: FormErrors | null | undefined;
}): Html {
  const submitted = refused?.values[name];
  const chosen = typeof submitted === 'string' ? submitted : value;
  const problem = refused?.fields[name];
  return html`<fieldset class="radios"${problem !== undefined && html` aria-describedby="f-${name}-why"`}><legend>${legend}</legend>
${problem !== undefined && html`<p class="why" id="f-${name}-why">${problem}</p>`}
${options.map(
  (choice) => html`<div class="tick">
<input type="radio" id="f-${name}-${choice.value}" name="${name}" value="${choice.value}"${choice.value === chosen && html` checked`}${choice.hint !== undefined && html` aria-describedby="f-${name}-${choice.value}-hint"`}>
<label for="f-${name}-${choice.value}">${choice.label}</label>
${choice.hint !== undefined && html`<p class="hint" id="f-${name}-${choice.value}-hint">${choice.hint}</p>`}
</div>`,
)}
</fieldset>`;
}
