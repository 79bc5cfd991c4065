// Form fields for how often failing work is tried, by kind: of the workspace, or of one campaign.
import { z } from 'zod';
import { type WorkKind, workKindNames, workKinds } from '../../../domain/runs/run.ts';
import { type Html, html } from '../../html.ts';
import type { FormErrors } from '../console.ts';
import { selectField } from '../fields.ts';

const times = z
  .union([z.literal(''), z.coerce.number().int().min(1).max(5)], 'must be 1 to 5')
  .prefault('')
  .transform((given) => (given === '' ? null : given));

export const attemptOptions = ['1', '2', '3', '4', '5'].map((times) => [times, times] as const);

type FieldName = `attempts.${WorkKind}`;

/** Null means that the kind has no number of its own. */
export const attemptsShape = Object.fromEntries(
  workKindNames.map((kind) => [`attempts.${kind}`, times]),
) as Record<FieldName, typeof times>;

export function attemptsIn(body: Record<FieldName, number | null>): Record<WorkKind, number | null> {
  const attempts = workKindNames.map((kind) => [kind, body[`attempts.${kind}`]] as const);
  return Object.fromEntries(attempts) as Record<WorkKind, number | null>;
}

/** Alerts, the reward webhook and the platform's own rewards belong to the workspace. */
const ofWorkspace: readonly WorkKind[] = ['alert', 'issue-reward', 'platform-reward'];
export const kindsOfCampaigns = workKindNames.filter((kind) => !ofWorkspace.includes(kind));

/** `otherwise` is what an empty field means. */
export function attemptFields(
  attempts: Partial<Record<WorkKind, number | undefined>>,
  otherwise: string,
  refused: FormErrors | null,
  kinds: readonly WorkKind[] = workKindNames,
): Html {
  return html`<div class="grid">${kinds.map((kind) =>
    selectField({
      name: `attempts.${kind}`,
      label: workKinds[kind].settingLabel,
      value: attempts[kind]?.toString() ?? '',
      refused,
      options: [['', otherwise], ...attemptOptions],
    }),
  )}</div>`;
}
