// What the pages of one campaign share: the tabs, and the notice of unpublished changes.
import { Failure } from '../../../failure.ts';
import type { PlannedCampaign } from '../../../usecases/campaigns/campaign-drafts.ts';
import { troubleOf } from '../../../usecases/trouble.ts';
import { type Html, html } from '../../html.ts';
import type { PageContext } from '../console.ts';
import { tabs } from '../parts.ts';
import { dateTime } from '../words.ts';

/** `more` is the rest of the path, such as "/leads". */
export const campaignPath = (id: string, more = '') => `/console/campaigns/${id}${more}`;

const pages: readonly (readonly [string, string])[] = [
  ['', 'Overview'],
  ['/leads', 'Leads'],
  ['/referrers', 'Referrers'],
  ['/rules', 'Qualification rules'],
  ['/join-page', 'Join page'],
  ['/settings', 'Settings'],
  ['/versions', 'Versions'],
];

export function campaignPage(
  { campaign, draft }: Pick<PlannedCampaign, 'campaign' | 'draft'>,
  { timeZone }: Pick<PageContext, 'timeZone'>,
  here: string,
  body: Html,
): { title: string; body: Html } {
  const { id, name } = campaign;
  const links = pages.map(([more, label]) => ({
    href: campaignPath(id, more),
    label,
    isCurrent: more === here,
  }));
  return {
    title: name,
    body: html`${tabs(`Campaign ${name}`, links)}
${draft !== null && unpublished(id, draft, timeZone, here)}
${body}`,
  };
}

function unpublished(
  id: string,
  { differences, changedBy, changedAt }: NonNullable<PlannedCampaign['draft']>,
  timeZone: string,
  here: string,
): Html {
  const how =
    differences.length === 1 ? 'One unpublished change' : `${differences.length} unpublished changes`;
  return html`<div class="notice fair banner"><p><b>${how}</b>, not in effect yet. Last changed by ${changedBy},
${dateTime(changedAt, timeZone)}.</p>
${here !== '/publish' && html`<a class="button" href="${campaignPath(id, '/publish')}">Review and publish</a>`}</div>`;
}

/** Disables a form's fields for viewers. */
export function forAdministrators(
  { isAdministrator }: Pick<PageContext, 'isAdministrator'>,
  fields: Html,
): Html {
  if (isAdministrator) return fields;
  return html`<p class="quiet">You can look at this; an administrator can change it.</p>
<fieldset class="bare" disabled>${fields}</fieldset>`;
}

/** When another service does not answer, or refuses, the form comes back as submitted instead of an error page. */
export async function asFormError<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    const { of, exchange } = troubleOf(error);
    const away =
      error instanceof Failure && (of !== 'work' || exchange !== undefined || error.code === 'bad-upstream');
    throw away ? new Failure('conflict', error.message, { cause: error }) : error;
  });
}
