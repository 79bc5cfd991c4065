// The fields that say who a person is, and which campaign they join, in the forms that add people.
import { z } from 'zod';
import type { Context } from '../../../context.ts';
import { allows } from '../../../domain/campaigns/campaign-state.ts';
import { tidy } from '../../../domain/identity.ts';
import { isOutside } from '../../../domain/platforms/platform.ts';
import type { Campaign, Identity } from '../../../domain/program/program.ts';
import { Failure } from '../../../failure.ts';
import { email, externalId, text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import type { FormErrors } from '../console.ts';
import { selectField, textField } from '../fields.ts';
import { campaignOptions, empty, everyCampaign } from '../lists.ts';

/** An empty field is one that was left out. */
const orNull = (schema: z.ZodType<string, string>) =>
  z
    .string()
    .default('')
    .transform((given) => (tidy(given) === '' ? null : given))
    .pipe(schema.nullable());

export const personShape = {
  campaign: z.guid('Choose a campaign.'),
  email: orNull(email),
  name: orNull(text(200)),
  external_id: orNull(externalId),
};

/** For the transform of a form with `personShape`. */
export function identityIn(
  { email, name, external_id: externalId }: Record<'email' | 'name' | 'external_id', string | null>,
  context: z.RefinementCtx,
): Identity {
  if (email === null && externalId === null)
    context.addIssue({ code: 'custom', path: ['email'], message: 'Enter an email or an external ID.' });
  return { email, externalId, name };
}

export function personFields(refused: FormErrors | null): Html {
  return html`${textField({ name: 'email', label: 'Email', refused, hint: 'An email or an external ID is required.', more: html` maxlength="254" autocomplete="off" inputmode="email"` })}
${textField({ name: 'name', label: 'Name (optional)', refused, more: html` maxlength="200" autocomplete="off"` })}
${textField({ name: 'external_id', label: 'External ID (optional)', hint: 'Your own ID of this person.', refused, more: html` maxlength="255" autocomplete="off"` })}`;
}

export function campaignField(
  campaigns: readonly Campaign[],
  value: string,
  refused: FormErrors | null,
): Html {
  return selectField({
    ...{ name: 'campaign', label: 'Campaign', value, refused },
    options: campaignOptions(campaigns),
  });
}

/** People join other platforms' campaigns there, and no campaign that is paused or has ended. */
export async function joinableCampaigns(ctx: Context, workspaceId: string): Promise<Campaign[]> {
  return (await everyCampaign(ctx, workspaceId)).filter(
    ({ platform, standing }) => !isOutside(platform) && allows(standing, 'join', ctx.now()),
  );
}

export const noCampaign = empty(
  html`No campaign of the built-in program yet. <a href="/console/campaigns/new">Create a campaign</a>`,
);

const fieldNames: Record<string, string> = {
  'person.email': 'email',
  'person.external_id': 'external_id',
  campaign_id: 'campaign',
  code: 'referrer',
  referrer_id: 'referrer',
};

/** The use cases name fields as the API does. */
export async function withFormFields<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (!(error instanceof Failure) || error.fields === undefined) throw error;
    const fields = Object.entries(error.fields).map(([name, why]) => [fieldNames[name] ?? name, why]);
    throw new Failure(error.code, 'Nothing was added. Fix the field below.', {
      cause: error,
      fields: Object.fromEntries(fields),
    });
  });
}
