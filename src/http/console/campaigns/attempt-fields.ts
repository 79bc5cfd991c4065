// How often failing work is tried, for each kind of it: of the workspace, or of one campaign.
import { z } from 'zod';
import type { AttemptKind } from '../../../domain/workspace/settings.ts';
import { type Html, html } from '../../html.ts';
import type { Refused } from '../console.ts';
import { selectField } from '../fields.ts';

const kindWords: readonly (readonly [AttemptKind, string])[] = [
  ['change-status', 'Changing the status on the referral platform'],
  ['enroll', 'Making a contact of whoever joins'],
  ['write-back', 'Writing the referral attributes'],
  ['tag', 'Putting the tag on the contact'],
  ['event', 'Tracking the event'],
  ['note', 'Leaving a note'],
  ['contact', 'Contacts asked for by the API or a batch'],
];

const times = z
  .union([z.literal(''), z.coerce.number().int().min(1).max(5)], 'must be 1 to 5')
  .transform((given) => (given === '' ? null : given));

/** For a body: a number for each kind, or null for none of its own. */
export const attemptsShape = {
  'attempts.change-status': times,
  'attempts.enroll': times,
  'attempts.write-back': times,
  'attempts.tag': times,
  'attempts.event': times,
  'attempts.note': times,
  'attempts.contact': times,
};

type Given = Record<keyof typeof attemptsShape, number | null>;

/** As the settings name them. */
export function attemptsIn(given: Given): Record<AttemptKind, number | null> {
  return {
    'change-status': given['attempts.change-status'],
    enroll: given['attempts.enroll'],
    'write-back': given['attempts.write-back'],
    tag: given['attempts.tag'],
    event: given['attempts.event'],
    note: given['attempts.note'],
    contact: given['attempts.contact'],
  };
}

/** `otherwise` is what an empty one means. */
export function attemptFields(
  attempts: Partial<Record<AttemptKind, number | undefined>>,
  otherwise: string,
  refused: Refused | null,
): Html {
  return html`<div class="grid">${kindWords.map(([kind, label]) =>
    selectField({
      name: `attempts.${kind}`,
      label,
      value: attempts[kind]?.toString() ?? '',
      refused,
      options: [['', otherwise], ...['1', '2', '3', '4', '5'].map((one) => [one, one] as const)],
    }),
  )}</div>`;
}
