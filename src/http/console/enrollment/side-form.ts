// The form of one side of a campaign: action, mapping and duplicates, and what its setup still needs.

import { actionWords } from '../../../domain/campaigns/plan-difference.ts';
import { duplicatePolicies } from '../../../domain/contacts/contact-draft.ts';
import {
  type EnrollmentSide,
  missingAttributes,
  type Setup,
  type SideName,
} from '../../../domain/enrollment/enrollment.ts';
import type { MappingChoices } from '../../../usecases/campaigns/attribute-choices.ts';
import { type Html, html } from '../../html.ts';
import type { FormErrors, PageContext } from '../console.ts';
import { ownWritesNote } from '../effect-words.ts';
import { forAdministrators, radioField, refusal, selectField, textField } from '../fields.ts';
import { badge, buttonForm } from '../parts.ts';
import type { DrawnSide } from './campaign-side.ts';
import { mappingFields } from './mapping-form.ts';

type Place = PageContext & { path: string };

/** Empty when the setup is complete. */
export function setupSection({
  setup,
  side,
  choices,
  path,
  csrf,
  isAdministrator,
}: Place & { setup: Setup; side: EnrollmentSide; choices: MappingChoices }): Html | null {
  if (setup.complete) return null;
  const missing = choices.trouble === null ? missingAttributes(side, choices.attributes) : [];
  const names = missing.map(({ name }) => name).join(', ');
  return html`<section class="required"><h2>${badge('fair', 'Setup required')}</h2>
<p>Until setup is complete, nothing is sent to Intercom, and people who join wait.</p>
<ul>${setup.missing.map((step) => html`<li>${step}</li>`)}</ul>
${side.action !== 'nothing' && side.mapping.length === 0 && html`<p>The form below starts with the email. Add fields, save the draft, and publish.</p>`}
${missing.length > 0 && isAdministrator && buttonForm(`${path}/missing`, csrf, `Create in Intercom: ${names}`)}
</section>`;
}

export function sideForm(
  context: Place & { side: SideName; drawn: DrawnSide; choices: MappingChoices },
): Html {
  const { side, drawn, choices, refused, path, csrf, isAdministrator } = context;
  const fields = html`${actionField(side, drawn, refused)}
${side === 'leads' && emailField(drawn, refused)}
${mappingFields(drawn.rows, choices, refused)}
${duplicateFields(drawn, refused)}
<p class="quiet">${ownWritesNote}</p>
<button class="main" name="do" value="save">Save draft</button>`;
  return html`<section>
${choices.trouble !== null && html`<p class="notice fair">${choices.trouble}</p>`}
${refusal(refused)}
<form method="post" action="${path}" id="side">${csrf}
${isAdministrator && html`<button class="first" name="do" value="save" tabindex="-1" aria-hidden="true">Save</button>`}
${forAdministrators(context, fields)}</form></section>`;
}

function actionField(side: SideName, { action }: DrawnSide, refused: FormErrors | null): Html {
  const who = side === 'leads' ? 'lead' : 'referrer';
  return html`${radioField({
    name: 'action',
    legend: `When ${who} joins campaign`,
    value: action,
    refused,
    options: [
      {
        value: 'nothing',
        label: actionWords.nothing,
        hint: 'No contact is created. Rules still apply to existing contacts.',
      },
      {
        value: 'create-lead',
        label: html`${actionWords['create-lead']} ${badge('good', 'Safer choice')}`,
        hint:
          'For people who are interested but not signed up or verified yet. When in doubt, choose this: a lead can ' +
          'become a user at any time, but a user can never become a lead again.',
      },
      {
        value: 'create-user',
        label: actionWords['create-user'],
        hint: 'For people who are identified by then: signed up, logged in, or confirmed as customers.',
      },
    ],
  })}`;
}

function emailField({ email }: DrawnSide, refused: FormErrors | null): Html {
  return selectField({
    name: 'email',
    label: 'Email',
    value: email,
    refused,
    options: [
      ['required', 'Required (without an email, the person is reported as failed)'],
      ['optional', 'Optional (a lead is created without an email)'],
    ],
  });
}

function duplicateFields(side: DrawnSide, refused: FormErrors | null): Html {
  return html`${radioField({
    name: 'duplicates',
    legend: 'How to handle duplicate users',
    help: 'duplicates',
    value: side.duplicates,
    refused,
    options: Object.entries(duplicatePolicies).map(([value, { choice, hint }]) => ({
      value,
      label: choice,
      hint,
    })),
  })}
<div class="grid">${selectField({
    name: 'lead_where_user_wanted',
    label: 'If a matching lead exists and a user is needed',
    value: side.lead_where_user_wanted,
    refused,
    options: [
      ['convert', 'Convert the lead to a user (cannot be undone)'],
      ['keep', 'Keep it a lead'],
    ],
  })}${selectField({
    name: 'archived',
    label: 'If the contact is archived',
    value: side.archived,
    refused,
    options: [
      ['report', 'Report it without changes'],
      ['unarchive', 'Unarchive it'],
    ],
  })}</div>`;
}

/** For a field that Intercom does not have yet. */
export function attributeSection({ refused, path, csrf, isAdministrator }: Place): Html | null {
  if (!isAdministrator) return null;
  return html`<section><details${refused !== null && html` open`}><summary>Create an attribute in Intercom</summary>
<p class="hint">For values without an Intercom field. Save your changes first.</p>
${refusal(refused)}
<form method="post" action="${path}/attribute" class="filters">${csrf}
${textField({ name: 'name', scope: 'attribute', label: 'Name', refused, more: html` required maxlength="190"` })}
${selectField({
  name: 'kind',
  label: 'Type',
  refused,
  options: [
    ['string', 'Text'],
    ['integer', 'Whole number'],
    ['float', 'Number'],
    ['boolean', 'True or false'],
    ['date', 'Date'],
  ],
})}
<button>Create attribute</button></form></details></section>`;
}
