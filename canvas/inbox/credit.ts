// Credit by hand: the form that adds an unknown contact as a referral, and the question before that is undone.
import { inputIds } from '../action.ts';
import type { Component } from '../components.ts';
import { dropdown, input, option, text } from '../kit.ts';
import { cancel, header, muted, navigation, press } from '../parts.ts';
import { asTyped, lengths, safe } from '../text.ts';
import type { Screen } from '../view.ts';
import { contactName } from '../words.ts';

export function addReferral(shown: Screen<'add-referral'>): Component[] {
  const { contact, form, nonce } = shown;
  return [
    header(`Add ${contactName(contact)} as a referral`),
    text('The referral starts as pending. Rules and teammates can qualify it.'),
    ...problemLine(form.referrer.problem),
    input({
      id: inputIds.referrer,
      label: 'Referrer',
      placeholder: 'email, code or name',
      value: asTyped(form.referrer.value),
      save_state: form.referrer.problem === null ? 'unsaved' : 'failed',
    }),
    ...whichReferrer(shown),
    ...problemLine(form.campaign.problem),
    ...campaignField(shown),
    input({
      id: inputIds.reason,
      label: 'Reason (optional)',
      placeholder: 'such as: came by phone',
      value: asTyped(form.reason),
    }),
    press('Add as referral', { do: 'confirm-credit', nonce }, 'primary'),
    ...navigation(cancel),
  ];
}

export function confirmUndoCredit({ contact, referral }: Screen<'confirm-undo-credit'>): Component[] {
  return [
    header('Undo this credit?'),
    text(
      `The referral of ${contactName(contact)} in ${safe(referral.campaign)} is removed with its history.`,
    ),
    muted('The audit log keeps who added and undid it. The tag “Referred” stays on the contact in Intercom.'),
    press('Undo credit', { do: 'confirm-undo-credit', referralId: referral.id }, 'primary'),
    ...navigation(cancel),
  ];
}

function problemLine(problem: string | null): Component[] {
  return problem === null
    ? []
    : [text(safe(problem, lengths.value, 'Enter another value.'), { style: 'error' })];
}

/** A dropdown has at least two options. */
function campaignField({ campaigns, form }: Screen<'add-referral'>): Component[] {
  const [only] = campaigns;
  if (campaigns.length < 2) return only === undefined ? [] : [text(`Campaign: ${safe(only.name)}`)];
  return [
    dropdown({
      id: inputIds.campaign,
      label: 'Campaign',
      value: form.campaign.value,
      options: campaigns.map(({ id, name }) => option(id, safe(name))),
    }),
  ];
}

function whichReferrer({ choices }: Screen<'add-referral'>): Component[] {
  const [first] = choices;
  if (first === undefined || choices.length < 2) return [];
  return [
    dropdown({
      id: inputIds.choice,
      label: 'Which referrer?',
      value: first.id,
      options: choices.map(({ id, label }) => option(id, safe(label, lengths.name, 'No name'))),
    }),
  ];
}
