// "Answer for the customer": a ready sentence to select and copy into the reply.
import type { Component } from '../components.ts';
import { text } from '../kit.ts';
import { header, muted, navigation, press } from '../parts.ts';
import { safe } from '../text.ts';
import type { Screen } from '../view.ts';
import { contactName } from '../words.ts';

const longest = 900;

export function answerForCustomer({ contact, answer, back }: Screen<'answer'>): Component[] {
  return [
    header(`Answer for ${contactName(contact)}`),
    text(safe(answer, longest, 'No answer yet.')),
    muted('Copy it into your reply. Administrators can edit the text under Settings.'),
    ...navigation(press('Done', back, 'link')),
  ];
}
