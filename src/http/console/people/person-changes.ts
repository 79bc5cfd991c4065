// Status changes and conversion from a person's page: confirmed first, then done as on the card.
import { z } from 'zod';
import { decodeAction } from '../../../../canvas/action.ts';
import type { InboxView } from '../../../../canvas/view.ts';
import { doubtWords } from '../../../domain/program/doubt.ts';
import { Failure } from '../../../failure.ts';
import { askChange, confirmPersonChange, convertPerson } from '../../../usecases/people/person-actions.ts';
import { type TeammateChange, teammateChanges } from '../../../usecases/program/teammate-change.ts';
import { type Html, html } from '../../html.ts';
import { canvasForm, pressedField } from '../canvas-form.ts';
import { type ConsolePage, form, type PageBody, type PageContext, page, withId } from '../console.ts';
import { refusal, textField } from '../fields.ts';
import { nameOf, statusBadge } from '../program/referral-words.ts';

export const changeLabels: Record<TeammateChange, string> = {
  qualify: 'Qualify',
  disqualify: 'Disqualify',
  reopen: 'Back to pending',
};

/** Labels of the button that makes the change. */
const confirmLabels: Record<TeammateChange, string> = {
  qualify: 'Qualify referral',
  disqualify: 'Disqualify referral',
  reopen: 'Set back to pending',
};

const explained: Record<TeammateChange, string> = {
  qualify: 'The referral counts, and its reward becomes due.',
  disqualify: 'The referral does not count. Rewards that are not issued yet are canceled.',
  reopen:
    'The referral is pending again, and rules can qualify it. Rewards that are not issued yet are canceled.',
};

const done: Record<TeammateChange, string> = {
  qualify: 'Qualified.',
  disqualify: 'Disqualified.',
  reopen: 'Back to pending.',
};

const ofReferral = z.object({
  id: z.guid(),
  referralId: z.guid(),
  change: z.enum(teammateChanges),
});
type OfReferral = z.output<typeof ofReferral>;

const changePath = '/people/:id/referrals/:referralId/:change';
const changing = { title: 'Change a referral', needs: 'administrator', params: ofReferral } as const;
const convertPath = '/people/:id/convert';
const converting = { title: 'Convert to user', needs: 'administrator', params: withId } as const;

export const personChangePages: ConsolePage[] = [
  page(changePath, { ...changing, show: changePage }),
  form(changePath, {
    ...changing,
    body: z.object({ nonce: z.guid(), reason: z.string().max(1_000).default('') }),
    async act({ ctx, visitor, params, body }) {
      const { id, referralId, change } = params;
      const result = await confirmPersonChange(ctx, visitor, id, referralId, { change, ...body });
      const to = `/console/people/${id}`;
      switch (result.outcome) {
        case 'done':
          return { to, flash: done[change] };
        case 'under-way':
          return {
            to,
            flash: 'In progress. The change shows here when it is done; the run log has the details.',
          };
        case 'refused':
          throw new Failure('conflict', result.why);
        case 'reason-missing':
          throw new Failure('invalid', 'Enter a reason.', {
            fields: { reason: 'Enter a reason. It is kept in the history.' },
          });
      }
    },
    again: changePage,
  }),
  page(convertPath, {
    ...converting,
    async show({ ctx, visitor, csrf, params }) {
      const view = await convertPerson(ctx, visitor, params.id, { do: 'start-conversion' }, {});
      return conversionPage(view, params.id, csrf);
    },
  }),
  form(convertPath, {
    ...converting,
    body: z.record(z.string().max(50), z.string().max(1_000)),
    async act({ ctx, visitor, csrf, params, body }) {
      const { [pressedField]: pressed = '', ...inputs } = body;
      const view = await convertPerson(ctx, visitor, params.id, decodeAction(pressed), inputs);
      return view === null ? { to: `/console/people/${params.id}` } : conversionPage(view, params.id, csrf);
    },
  }),
];

async function changePage({
  ctx,
  visitor,
  csrf,
  params,
  refused,
}: PageContext & { params: OfReferral }): Promise<PageBody> {
  const { change } = params;
  const question = await askChange(ctx, visitor, params.id, params.referralId, change);
  const { person, referral, nonce, unsupportedBy } = question;
  const label = changeLabels[change];
  const doubt = change === 'qualify' ? doubtWords(referral.hints) : null;
  const back = `/console/people/${person.id}`;
  const body =
    question.refused !== null && refused === null
      ? html`<section><p class="notice bad">${question.refused}</p><p><a href="${back}">Back to the person</a></p></section>`
      : html`<section>
${refusal(refused)}
<p><bdi>${nameOf(person)}</bdi> in ${referral.campaign.name} is ${statusBadge(referral.status)}</p>
<p>${explained[change]}</p>
${doubt !== null && html`<p class="notice">${doubt}. Qualify it only if it should still count. The same hints do not hold it again.</p>`}
${unsupportedBy !== null && html`<p class="notice">${unsupportedBy} cannot store this, so it is kept in Referral Desk only.</p>`}
<form method="post" action="${back}/referrals/${referral.id}/${change}">${csrf}
<input type="hidden" name="nonce" value="${nonce}">
${textField({
  name: 'reason',
  label: change === 'disqualify' ? 'Reason' : 'Reason (optional)',
  hint: 'Kept in the history, and shown on the card.',
  refused,
  more: html` maxlength="255"${change === 'disqualify' && html` required`}`,
})}
<div class="row"><button class="main">${confirmLabels[change]}</button><a href="${back}">Cancel</a></div>
</form>
</section>`;
  return { title: `${label}: ${nameOf(person)}`, body };
}

/** The back button leads to the person, like every button that is not part of the conversion. */
function conversionPage(view: InboxView | null, personId: string, csrf: Html): Html {
  return html`<section>${view && canvasForm(view, `/console/people/${personId}/convert`, csrf)}</section>`;
}
