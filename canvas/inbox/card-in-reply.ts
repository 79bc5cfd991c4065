// After "Send referral card" and "Invite to the program": the card waits in the reply, and the teammate sends it.
import type { Component } from '../components.ts';
import { text } from '../kit.ts';
import { done, muted, navigation } from '../parts.ts';
import type { Screen } from '../view.ts';
import { contactName } from '../words.ts';

export function cardInReply({ contact, isInvitation }: Screen<'card-in-reply'>): Component[] {
  const name = contactName(contact);
  return [
    text(
      `✅ ${isInvitation ? 'The invitation' : 'The referral card'} is in your reply to ${name}. Send it when you are ready.`,
    ),
    muted(
      isInvitation
        ? 'It shows what the program offers. Users who are logged in join with one press.'
        : 'It shows their own link, progress and rewards, once they are logged in.',
    ),
    ...navigation(done),
  ];
}
