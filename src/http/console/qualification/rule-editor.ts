// The form of one rule: its name, its conditions, what it does and when.

import type { RuleChoices } from '../../../usecases/campaigns/attribute-choices.ts';
import { type Html, html } from '../../html.ts';
import type { FormErrors, PageContext } from '../console.ts';
import { forAdministrators, radioField, refusal, selectField, textField, tickField } from '../fields.ts';
import { helpLink } from '../help/help-topics.ts';
import { byFields } from './rule-definition.ts';
import { attributeLabel, groupFields } from './rule-fields.ts';
import type { RuleForm } from './rule-form.ts';

type Drawn = PageContext & { given: RuleForm; choices: RuleChoices; action: string };

/** All buttons belong to one form and are named `do`, so that it works without a script. */
export function ruleEditor(context: Drawn): Html {
  const { csrf, given, choices, action, isAdministrator } = context;
  const problems = byFields(context.refused?.fields ?? {});
  // `given` has the submitted values.
  const refused = context.refused && { ...context.refused, values: {}, fields: problems };
  const fields = html`${textField({ name: 'name', label: 'Name', hint: 'Agents see this name on the card.', value: given.name, refused, more: html` maxlength="100"` })}
${groupFields(given.when, 'when', { choices, problems })}
<p class="hint">${helpLink('conditions')}</p>
${radioField({
  name: 'outcome',
  legend: 'Then',
  value: given.outcome,
  options: [
    { value: 'qualify', label: 'Qualify the referral', hint: 'Applies to pending referrals.' },
    {
      value: 'disqualify',
      label: 'Disqualify the referral',
      hint: 'Applies to pending and qualified referrals.',
    },
  ],
  refused,
})}
<details${(given.holdsForDays !== '' || given.saleValueFrom !== '' || refused !== null) && html` open`}><summary>Advanced: waiting period and sale value</summary>
${textField({ name: 'holds_for_days', label: 'Waiting period (days)', type: 'number', hint: 'The conditions must stay met this long. Leave empty to act immediately.', help: 'holding', value: given.holdsForDays, refused, more: html` min="1" max="365"` })}
${saleValueField(given, choices, refused)}</details>
${enabledField(given)}
<div class="row"><button class="main" name="do" value="save">Save draft</button>
<button name="do" value="try">Save draft and try</button></div>`;
  return html`<section><h2>${given.name === '' ? 'New rule' : given.name}</h2>
${choices.trouble !== null && html`<p class="notice fair">${choices.trouble}</p>`}
${refusal(refused)}
<form method="post" action="${action}" id="rule">${csrf}
${isAdministrator && html`<button class="first" name="do" value="save" tabindex="-1" aria-hidden="true">Save</button>`}
${forAdministrators(context, fields)}</form></section>`;
}

function saleValueField(
  { saleValueFrom }: RuleForm,
  { attributes }: RuleChoices,
  refused: FormErrors | null,
): Html {
  const numbers = attributes.filter(({ type }) => type === 'number').map(({ name }) => name);
  const all = saleValueFrom === '' || numbers.includes(saleValueFrom) ? numbers : [saleValueFrom, ...numbers];
  return selectField({
    name: 'sale_value_from',
    label: 'Sale value from',
    hint: 'A number attribute of the contact, for rewards that are a share of the sale.',
    value: saleValueFrom,
    refused,
    options: [['', 'None'], ...all.map((name) => [name, attributeLabel(name)] as const)],
  });
}

/** Submitted values win, also after a refusal: an unchecked box sends nothing. */
function enabledField({ enabled }: RuleForm): Html {
  return tickField({ name: 'enabled', label: 'The rule is on', value: enabled });
}
