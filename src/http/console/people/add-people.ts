// Adding one person by a form: as a referrer, or as a referral of one.
import { z } from 'zod';
import type { Referrer } from '../../../domain/program/program.ts';
import { Failure } from '../../../failure.ts';
import { findReferrersNamed, mostReferrers } from '../../../usecases/people/referrer-choice.ts';
import { addReferral } from '../../../usecases/program/referrals.ts';
import { addReferrer } from '../../../usecases/program/referrers.ts';
import { text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, type PageContext, page, textIn } from '../console.ts';
import { radioField, refusal, textField } from '../fields.ts';
import { address } from '../lists.ts';
import { nameOf } from '../program/referral-words.ts';
import {
  campaignField,
  identityIn,
  joinableCampaigns,
  noCampaign,
  personFields,
  personShape,
  withFormFields,
} from './person-fields.ts';

const inCampaign = z.object({ campaign: z.guid().optional() });
type Shown = PageContext & { query?: z.output<typeof inCampaign> };

const optionalText = (most: number) =>
  z
    .string()
    .default('')
    .transform((given) => (given.trim() === '' ? null : given))
    .pipe(text(most).nullable());

const referrerGiven = z
  .object(personShape)
  .transform(({ campaign, ...person }, context) => ({ campaign, person: identityIn(person, context) }));

const referralGiven = z
  .object({
    ...personShape,
    referrer: optionalText(254),
    referrer_id: z.guid().optional(),
    reason: optionalText(500),
  })
  .transform(({ campaign, referrer, referrer_id, reason, ...person }, context) => ({
    ...{ campaign, referrer, referrerId: referrer_id, reason },
    person: identityIn(person, context),
  }));

const addingReferrer = { title: 'Add a referrer', needs: 'administrator' } as const;
const addingReferral = { title: 'Add a referral', needs: 'administrator' } as const;

export const addPeoplePages: ConsolePage[] = [
  page('/people/referrers/new', { ...addingReferrer, query: inCampaign, show: referrerForm }),
  form('/people/referrers', {
    ...addingReferrer,
    body: referrerGiven,
    async act({ ctx, workspaceId, actor, body: { campaign, person } }) {
      const request = { campaignId: campaign, person };
      const { referrer, created } = await withFormFields(addReferrer(ctx, workspaceId, request, actor));
      const name = nameOf(referrer.person);
      const flash = created
        ? `${name} is now a referrer in ${referrer.campaign.name}.`
        : `${name} is already a referrer in ${referrer.campaign.name}.`;
      return { to: `/console/people/${referrer.person.id}`, flash };
    },
    again: referrerForm,
  }),
  page('/people/referrals/new', { ...addingReferral, query: inCampaign, show: referralForm }),
  form('/people/referrals', {
    ...addingReferral,
    body: referralGiven,
    async act({ ctx, workspaceId, actor, body }) {
      const { campaign, person, reason, ...named } = body;
      const referrer = await chosenReferrer(ctx, workspaceId, campaign, named);
      const request = {
        campaignId: campaign,
        referrerId: referrer?.id,
        person,
        reason,
        source: 'manual' as const,
      };
      const { referral, created } = await withFormFields(addReferral(ctx, workspaceId, request, actor));
      const by = referral.referrer === null ? '' : `, referred by ${nameOf(referral.referrer.person)}`;
      const isOther = (referral.referrer?.id ?? null) !== (referrer?.id ?? null);
      const credit = isOther ? ' The first referral keeps the credit.' : '';
      const name = nameOf(referral.person);
      const flash = created
        ? `${name} is now a referral in ${referral.campaign.name}${by}.`
        : `${name} is already a referral in ${referral.campaign.name}${by}.${credit}`;
      return { to: `/console/people/${referral.person.id}`, flash };
    },
    again: referralForm,
  }),
];

/** With the campaign chosen already, if there is one. */
export function addLinks(campaign?: string): Html {
  return html`<div class="row"><a class="button main" href="${address('/people/referrers/new', { campaign })}">Add a referrer</a>
<a class="button" href="${address('/people/referrals/new', { campaign })}">Add a referral</a>
<a class="button" href="${address('/people/imports/new', { campaign })}">Import people</a>
<a class="button" href="${address('/people/imports/new', { campaign, purpose: 'qualify' })}">Qualify from a list</a></div>`;
}

async function referrerForm({ ctx, workspaceId, csrf, refused, query }: Shown): Promise<Html> {
  const campaigns = await joinableCampaigns(ctx, workspaceId);
  if (campaigns.length === 0) return noCampaign;
  return html`<section>
${refusal(refused)}
<p>A referrer gets a share link for the campaign. If the campaign creates contacts for referrers, that happens now.</p>
<form method="post" action="/console/people/referrers">${csrf}
${campaignField(campaigns, query?.campaign ?? '', refused)}
${personFields(refused)}
<div class="row"><button class="main">Add referrer</button><a href="/console/people">Cancel</a></div>
</form></section>`;
}

async function referralForm(context: Shown): Promise<Html> {
  const { ctx, workspaceId, csrf, refused, query } = context;
  const campaigns = await joinableCampaigns(ctx, workspaceId);
  if (campaigns.length === 0) return noCampaign;
  return html`<section>
${refusal(refused)}
<p>A friend who was referred. The referral starts as pending.</p>
<form method="post" action="/console/people/referrals">${csrf}
${campaignField(campaigns, query?.campaign ?? '', refused)}
<fieldset><legend>Friend</legend>${personFields(refused)}</fieldset>
${textField({ name: 'referrer', label: 'Referrer (optional)', hint: 'Email, code or name of a referrer in this campaign.', refused, more: html` maxlength="254" autocomplete="off"` })}
${await referrerChoices(context)}
${textField({ name: 'reason', label: 'Reason (optional)', hint: 'Kept in the history of the referral.', refused, more: html` maxlength="500"` })}
<div class="row"><button class="main">Add referral</button><a href="/console/people">Cancel</a></div>
</form></section>`;
}

type Named = { referrer: string | null; referrerId: string | undefined };

/** Rejects with `invalid` when the text matches no referrer, or several and none was chosen. */
async function chosenReferrer(
  ctx: PageContext['ctx'],
  workspaceId: string,
  campaignId: string,
  { referrer: name, referrerId }: Named,
): Promise<Referrer | null> {
  if (name === null) return null;
  const found = await findReferrersNamed(ctx, workspaceId, campaignId, name);
  const [only] = found;
  const chosen = found.length === 1 ? only : found.find(({ id }) => id === referrerId);
  if (chosen) return chosen;
  const why = only
    ? 'Several referrers match. Choose one below.'
    : 'No referrer of this campaign has this email, code or name.';
  throw new Failure('invalid', why, { fields: { referrer: why } });
}

/** Shown once the text that was submitted means several. */
async function referrerChoices({ ctx, workspaceId, refused }: Shown): Promise<Html | null> {
  const [campaign, name] = refused
    ? ['campaign', 'referrer'].map((field) => textIn(refused.values, field))
    : [];
  if (!campaign || !name?.trim() || !z.guid().safeParse(campaign).success) return null;
  const found = await findReferrersNamed(ctx, workspaceId, campaign, name);
  if (found.length < 2) return null;
  const options = found.slice(0, mostReferrers).map(({ id, person, code }) => ({
    ...{ value: id, label: html`<bdi>${nameOf(person)}</bdi>` },
    hint: html`${person.name !== null && person.email !== null && html`${person.email}, `}code ${code}`,
  }));
  return html`${radioField({ name: 'referrer_id', legend: 'Which referrer?', value: '', refused, options })}
${found.length > mostReferrers && html`<p class="hint">More than ${mostReferrers} match. If it is not listed, enter the email or the code.</p>`}`;
}
