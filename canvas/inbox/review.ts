// A possible duplicate: both records side by side, then whether this contact is the person who joined a campaign.
import { programWords, type ReviewRecord } from '../../src/domain/enrollment/review-record.ts';
import { inputIds } from '../action.ts';
import type { Component } from '../components.ts';
import { day } from '../dates.ts';
import { dataTable, divider, dropdown, option, text } from '../kit.ts';
import { cancel, header, muted, navigation, press, tight } from '../parts.ts';
import { lengths, safe } from '../text.ts';
import type { ReviewAnswer, Screen } from '../view.ts';
import { contactName, count } from '../words.ts';

/** In graphemes, on a first canvas. */
const fits = { name: 20, email: 30, campaign: 16 } as const;
const maxProgram = 3;
const maxOthers = 3;

const later = press('Later', { do: 'home' }, 'link');

export function review(screen: Screen<'review'>): Component[] {
  const { id: reviewId, person, campaign, side, others } = screen.review;
  const known = safe(person.email, fits.email, nameIn(person, fits.name));
  const joined = `${known} joined ${safe(campaign, fits.campaign)} ${side === 'leads' ? 'by referral' : 'to refer'}.`;
  return [
    header(`Is this ${nameIn(person, fits.name)}?`),
    text(joined),
    ...(others > 0 ? [muted(`${count(others, 'other contact')} may also be that person.`)] : []),
    press('Compare and decide', { do: 'compare-review', reviewId }),
    ...navigation(later),
  ];
}

/** What one record is to the other, as options of a dropdown. */
const uses = {
  fill: 'Fill its empty fields',
  update: 'Overwrite its fields',
  link: 'Change nothing, only link',
} as const;

export function compareReview(screen: Screen<'compare-review'>): Component[] {
  const { review: asked, joined, contact, others, clock } = screen;
  const { id: reviewId, person, campaign } = asked;
  const { timeZone } = clock;
  const rest = others.length - maxOthers;
  return [
    header(`Is this ${nameIn(person, lengths.short)}?`),
    ...record(`Joined ${safe(campaign, lengths.short)}`, joined, timeZone),
    ...record('This contact', contact, timeZone),
    ...(others.length > 0
      ? [
          tight(`${count(others.length, 'other contact')} may be that person, too:`),
          ...others
            .slice(0, maxOthers)
            .map(({ name, email, role }) =>
              tight(`• ${contactName({ name, email }, 'No name')}, ${role ?? 'contact'}`, 'muted'),
            ),
          ...(rest > 0 ? [tight(`${rest} more`, 'muted')] : []),
        ]
      : []),
    dropdown({
      id: inputIds.use,
      label: 'If it is the same person',
      value: 'fill',
      options: Object.entries(uses).map(([id, label]) => option(id, label)),
    }),
    press('Same person', { do: 'same-person', reviewId }),
    divider(),
    press('Different person', { do: 'other-person', reviewId }),
    ...navigation(later),
  ];
}

const consequences: Record<Screen<'confirm-review'>['answer'], string> = {
  update: 'Details from joining replace existing values of this contact. The former values are lost.',
  create: 'A new contact is created in Intercom. This one stays as it is.',
};

/** The two that cannot be undone. */
export function confirmReview({ review: asked, contact, answer }: Screen<'confirm-review'>): Component[] {
  const { id: reviewId, person } = asked;
  const answered = (given: ReviewAnswer) => ({ do: 'answer-review', reviewId, answer: given }) as const;
  const isSame = answer === 'update';
  return [
    header(
      isSame
        ? `Overwrite ${contactName(contact)}?`
        : `${contactName(contact)} is not ${nameIn(person, lengths.short)}?`,
    ),
    text(consequences[answer]),
    text('**This cannot be undone.**'),
    ...(isSame
      ? [press('Overwrite this contact', answered('update'), 'primary')]
      : [
          press('Create a new contact', answered('create'), 'primary'),
          press('Don’t create a contact', answered('skip')),
        ]),
    ...navigation(cancel),
  ];
}

const nameIn = ({ name, email }: { name: string | null; email: string | null }, max: number) =>
  safe(name, max, safe(email, max, 'this person'));

function record(title: string, shown: ReviewRecord, timeZone: string): Component[] {
  const words = programWords(shown);
  const rest = words.length - maxProgram;
  const row = (name: string, value: string | null, otherwise = 'none'): [string, string] => [
    name,
    safe(value, lengths.name, otherwise),
  ];
  const at = (moment: Date | null) => (moment === null ? 'unknown' : day(moment, timeZone));
  return [
    tight(`**${title}**`),
    dataTable([
      row('Name', shown.name),
      row('Email', shown.email),
      row('Phone', shown.phone),
      row('External ID', shown.externalId),
      [shown.contactId === null ? 'Joined' : 'Created', at(shown.createdAt)],
      ...(shown.contactId === null ? [] : ([['Last seen', at(shown.lastSeenAt)]] as [string, string][])),
    ]),
    ...(words.length === 0 ? [tight('No referral.', 'muted')] : []),
    ...words.slice(0, maxProgram).map((line) => tight(safe(line, lengths.notice, ''), 'muted')),
    ...(rest > 0 ? [tight(`${rest} more`, 'muted')] : []),
  ];
}
