// A possible duplicate: a teammate decides with one press whether this contact is the person who joined a campaign.
import type { Component } from '../components.ts';
import { text } from '../kit.ts';
import { header, muted, navigation, press } from '../parts.ts';
import { safe } from '../text.ts';
import type { ReviewAnswer, Screen } from '../view.ts';
import { count } from '../words.ts';

const labels: Record<ReviewAnswer, string> = {
  update: 'Yes: update this contact',
  fill: 'Yes: fill its empty fields',
  link: 'Yes: only link it',
  create: 'No: create a new contact',
  skip: 'Leave it',
};
const answers = Object.keys(labels) as ReviewAnswer[];

/** In graphemes; leaves room for five buttons on a first canvas. */
const fits = { name: 20, email: 30, campaign: 16 } as const;

export function review(screen: Screen<'review'>): Component[] {
  const { id: reviewId, person, campaign, side, others } = screen.review;
  const personName = safe(person.name, fits.name, safe(person.email, fits.name, 'this person'));
  const known = safe(person.email, fits.email, personName);
  const joined = `${known} joined ${safe(campaign, fits.campaign)} ${side === 'leads' ? 'by referral' : 'to refer'}.`;
  return [
    header(`Is this ${personName}?`),
    text(joined),
    ...(others > 0 ? [muted(`${count(others, 'other contact')} may be that person, too.`)] : []),
    ...answers.map((answer) => press(labels[answer], { do: 'answer-review', reviewId, answer })),
    ...navigation(press('Later', { do: 'home' }, 'link')),
  ];
}
