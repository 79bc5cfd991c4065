// Radio buttons with an explanation for each choice, for when a select is not clear enough.
import { type Content, type Html, html } from '../html.ts';
import type { Refused } from './console.ts';

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
  refused?: Refused | null | undefined;
}): Html {
  const back = refused?.given[name];
  const chosen = typeof back === 'string' ? back : value;
  const problem = refused?.fields[name];
  return html`<fieldset class="radios"${problem !== undefined && html` aria-describedby="f-${name}-why"`}><legend>${legend}</legend>
${problem !== undefined && html`<p class="why" id="f-${name}-why">${problem}</p>`}
${options.map(
  (one) => html`<div class="tick">
<input type="radio" id="f-${name}-${one.value}" name="${name}" value="${one.value}"${one.value === chosen && html` checked`}${one.hint !== undefined && html` aria-describedby="f-${name}-${one.value}-hint"`}>
<label for="f-${name}-${one.value}">${one.label}</label>
${one.hint !== undefined && html`<p class="hint" id="f-${name}-${one.value}-hint">${one.hint}</p>`}
</div>`,
)}
</fieldset>`;
}
