// Dismissing a failure: the field for the reason, and the form beside a failed run or delivery.
import { z } from 'zod';
import { text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { textField } from '../fields.ts';
import { buttonForm } from '../parts.ts';

export const reasonGiven = text(500)
  .or(z.literal(''))
  .transform((reason) => reason || null)
  .default(null);

export const reasonField = textField({
  ...{ name: 'reason', label: 'Reason (optional)', hint: 'Shown on the run.' },
  more: html` maxlength="500"`,
});

export function dismissForm(action: string, csrf: Html, label: string): Html {
  return html`<details><summary>Nothing to fix?</summary>
<p class="hint">Home and alerts stop counting a dismissed failure. It can still be retried.</p>
${buttonForm(action, csrf, label, { more: reasonField })}</details>`;
}
