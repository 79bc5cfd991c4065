// Converting a lead, before anything changes: which way it will go, and what each way keeps and loses.
import type { FieldOutcome } from '../../src/domain/card/conversion.ts';
import { choiceInput, leadOption, type MergeChoice } from '../../src/domain/card/merge-choice.ts';
import { encodeAction, inputIds } from '../action.ts';
import type { Component, Input } from '../components.ts';
import { day } from '../dates.ts';
import { dataTable, dropdown, input, item, list, option, submit, text } from '../kit.ts';
import { cancel, header, muted, navigation, noticeLine, press } from '../parts.ts';
import { asTyped, lengths, safe } from '../text.ts';
import type { MergeSide, Screen } from '../view.ts';
import { contactName, count } from '../words.ts';

const maxUsers = 10;
const maxFields = 15;

export function previewRoleChange(shown: Screen<'preview-role-change'>): Component[] {
  const { email, externalId } = shown.form;
  return [
    header(`Convert ${contactName(shown.contact)} to a user`),
    ...noticeLine(shown.notice),
    text(
      'The contact becomes a user and stays the same contact: conversations, notes, tags and attributes stay.',
    ),
    ...(shown.referrals > 0
      ? [text(`${count(shown.referrals, 'referral')} ${shown.referrals === 1 ? 'stays' : 'stay'} with them.`)]
      : []),
    ...(email.shown ? field(inputIds.email, 'Email', 'name@example.com', email) : []),
    ...field(inputIds.externalId, 'External ID (optional)', 'the id in your own system', externalId),
    text('**This cannot be undone.**'),
    press('Confirm', { do: 'confirm-role-change', nonce: shown.nonce }, 'primary'),
    ...navigation(cancel),
  ];
}

export function previewMerge(shown: Screen<'preview-merge'>): Component[] {
  const { lead, user, fields, clock } = shown;
  return [
    header(`Merge ${contactName(lead)} into an existing user`),
    ...noticeLine(shown.notice),
    ...(shown.sharesIdentifier
      ? []
      : [
          text('They share neither email nor phone. Make sure they are the same person.', {
            style: 'error',
          }),
        ]),
    ...side('Lead (deleted)', lead, clock.timeZone),
    ...side('User (kept)', user, clock.timeZone),
    ...outcomes('Kept from the user', fields, 'kept', (entry) => entry.user),
    ...outcomes('Filled in from the lead', fields, 'filled', (entry) => entry.lead),
    ...outcomes(
      'Discarded from the lead',
      fields,
      'discarded',
      (entry) => `${entry.lead}, user has ${entry.user}`,
    ),
    ...choiceFields(shown.choices),
    ...(shown.moves.length > 0
      ? [text(`Moves to the user: ${safe(shown.moves.join(', '), 255, 'nothing')}.`)]
      : []),
    text('**This cannot be undone.**'),
    press(
      'Merge into existing user',
      {
        do: 'confirm-merge',
        userId: user.id,
        nonce: shown.nonce,
        warned: shown.sharesIdentifier ? 'no' : 'yes',
      },
      'primary',
    ),
    ...navigation(cancel),
  ];
}

/** The user's value is the first, as Intercom keeps it. */
function choiceFields(choices: readonly MergeChoice[]): Component[] {
  if (choices.length === 0) return [];
  return [
    text('**A rule looks at these values. Choose which to keep:**', { bottom_margin: 'none' }),
    ...choices.map((choice) =>
      dropdown({
        id: choiceInput(choice.name),
        label: safe(choice.name, 40, 'attribute'),
        value: 'user',
        options: [
          option('user', `${safe(choice.user, lengths.name, 'empty')} (user)`),
          option(leadOption(choice), `${safe(choice.lead, lengths.name, 'empty')} (lead)`),
        ],
      }),
    ),
  ];
}

export function chooseUser({ lead, users, notice }: Screen<'choose-user'>): Component[] {
  const rest = users.length - maxUsers;
  return [
    header(`Merge ${contactName(lead)} into an existing user`),
    ...noticeLine(notice),
    ...(users.length > 0
      ? [
          text('Several users match. Choose one to see what a merge would do.'),
          list(users.slice(0, maxUsers).map(userItem)),
        ]
      : [muted('No matching user.')]),
    ...(rest > 0 ? [muted(`${rest} more. Save an email on the lead that only one of them has.`)] : []),
    ...navigation(cancel),
  ];
}

export function archivedMatch({ user, email }: Screen<'archived-match'>): Component[] {
  return [
    header('The matching user is archived'),
    text(
      `${contactName(user, 'This contact')} has ${email === null ? 'the same external ID' : safe(email, 80, 'the same email')} and is archived.`,
    ),
    text('Unarchive this user to preview the merge.'),
    press('Unarchive and preview merge', { do: 'unarchive', userId: user.id }),
    ...navigation(cancel),
  ];
}

function userItem(user: MergeSide) {
  return item({
    id: encodeAction({ do: 'preview-merge', userId: user.id }),
    title: safe(user.name, 40),
    subtitle: safe(user.email, 60, 'no email'),
    tertiary_text: safe(user.externalId, 40, 'no external ID'),
    action: submit,
  });
}

/** Shows the problem directly above its field, which is drawn as failed and keeps the typed value. */
function field(
  id: string,
  label: string,
  placeholder: string,
  { value, problem }: { value: string; problem: string | null },
): Component[] {
  const saveState: Input['save_state'] = problem === null ? 'unsaved' : 'failed';
  return [
    ...(problem === null
      ? []
      : [text(safe(problem, lengths.value, 'Enter another value.'), { style: 'error' })]),
    input({ id, label, placeholder, value: asTyped(value), save_state: saveState }),
  ];
}

function side(title: string, record: MergeSide, timeZone: string): Component[] {
  return [
    text(`**${title}**`, { bottom_margin: 'none' }),
    dataTable([
      ['Name', safe(record.name)],
      ['Email', safe(record.email, lengths.name, 'none')],
      ['External ID', safe(record.externalId, lengths.name, 'none')],
      ['Created', record.createdAt === null ? 'unknown date' : day(record.createdAt, timeZone)],
    ]),
  ];
}

function outcomes(
  title: string,
  fields: readonly FieldOutcome[],
  outcome: FieldOutcome['outcome'],
  valueIn: (field: FieldOutcome) => string | null,
): Component[] {
  const matching = fields.filter((entry) => entry.outcome === outcome);
  if (matching.length === 0) return [];
  const rest = matching.length - maxFields;
  return [
    text(`**${title}**`, { bottom_margin: 'none' }),
    dataTable(
      matching
        .slice(0, maxFields)
        .map((entry) => [safe(entry.field, 40, 'field'), safe(valueIn(entry), lengths.name, 'empty')]),
    ),
    ...(rest > 0 ? [muted(`${count(rest, 'more field')}.`)] : []),
  ];
}
