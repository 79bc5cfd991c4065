// The result of converting a lead: done, in progress, or impossible with what to do instead.
import type { Component } from '../components.ts';
import { dataTable, text } from '../kit.ts';
import { done, header, muted, navigation, openIfWeb, press, refresh } from '../parts.ts';
import { lengths, safe } from '../text.ts';
import type { CannotConvert, CardContact, Screen } from '../view.ts';
import { contactName } from '../words.ts';

export function converting(contact: CardContact): Component[] {
  return [
    header('Conversion in progress'),
    text(
      `Intercom has not yet confirmed that ${contactName(contact)} is a user. It continues in the background.`,
    ),
    ...navigation(refresh),
  ];
}

export function converted(shown: Screen<'converted'>): Component[] {
  const { referrals, referrers } = shown.carried;
  const rows: [string, string][] = [];
  if (shown.externalId !== null) rows.push(['External ID', safe(shown.externalId, lengths.name, 'none')]);
  if (shown.kept.length > 0) rows.push(['Kept from the lead', safe(shown.kept.join(', '), lengths.name, '')]);
  if (referrals > 0) rows.push(['Referrals kept', String(referrals)]);
  if (referrers > 0) rows.push(['Share links kept', String(referrers)]);
  return [
    text(`✅ ${contactName(shown.contact, 'This contact')} ${success[shown.how]}`),
    ...(rows.length > 0 ? [dataTable(rows)] : []),
    ...navigation(...openIfWeb('Open the user', shown.contactUrl), done),
  ];
}

export function cannotConvert(contact: CardContact, reason: CannotConvert): Component[] {
  return [
    header(`${contactName(contact, 'This contact')} cannot be converted`),
    ...reasonLines(reason),
    ...(reason.because === 'refused' ? [press('Try again', { do: 'start-conversion' })] : []),
    ...(reason.because === 'gone' ? navigation(refresh) : navigation(done)),
  ];
}

const success: Record<Screen<'converted'>['how'], string> = {
  'role-change': 'is now a user',
  merge: 'was merged into the existing user',
  'already-a-user': 'is already a user',
};

function reasonLines(reason: CannotConvert): Component[] {
  switch (reason.because) {
    case 'external-channel':
      return [
        muted(
          `Intercom cannot merge leads from ${safe(reason.channel, 40, 'an outside channel')}. Nothing was changed.`,
        ),
        text('Continue in that channel, or ask the person to write from the Messenger while signed in.'),
      ];
    case 'refused':
      return [
        muted(`Intercom refused: ${safe(reason.message, lengths.value, 'no reason given')}`),
        text('Nothing was changed. Correct the contact in Intercom, then try again.'),
      ];
    case 'not-a-lead':
      return [muted('Only a lead can become a user, and this contact is not a lead. Nothing was changed.')];
    case 'gone':
      return [
        muted('The contact was deleted, or merged into another one. Nothing was changed.'),
        text('Open the person’s latest conversation, or refresh.'),
      ];
  }
}
