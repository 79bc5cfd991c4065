// What the pages of one campaign have in common: its tabs, and what of it is not published yet.
import { mayDo, type Role } from '../../../domain/workspace/teammate.ts';
import { Failure } from '../../../failure.ts';
import type { PlannedCampaign } from '../../../usecases/campaigns/campaign-drafts.ts';
import { type Html, html } from '../../html.ts';
import type { PageContext } from '../console.ts';
import { type Tab, tabs } from '../tabs.ts';
import { dateTime } from '../words.ts';

/** The address of a campaign's page; `more` is what follows, such as "/leads". */
export const campaignPath = (id: string, more = '') => `/console/campaigns/${id}${more}`;

const pages: readonly (readonly [string, string])[] = [
  ['', 'Overview'],
  ['/leads', 'Leads'],
  ['/referrers', 'Referrers'],
  ['/rules', 'Qualification rules'],
  ['/settings', 'Settings'],
  ['/versions', 'Versions'],
];

/** A page of the campaign, under the tab `here`. */
export function campaignPage(
  { campaign, draft }: Pick<PlannedCampaign, 'campaign' | 'draft'>,
  { visitor }: Pick<PageContext, 'visitor'>,
  here: string,
  body: Html,
): { title: string; body: Html } {
  const all: Tab[] = pages.map(([more, label]) => ({ href: campaignPath(campaign.id, more), label }));
  return {
    title: campaign.name,
    body: html`${tabs(`Campaign ${campaign.name}`, all, campaignPath(campaign.id, here), visitor.role)}
${draft !== null && unpublished(campaign.id, draft, visitor.timeZone, here)}
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

/** A form's fields, out of use for those who may only look. */
export function forAdministrators(role: Role, fields: Html): Html {
  if (mayDo(role, 'administrator')) return fields;
  return html`<p class="quiet">You can look at this; an administrator can change it.</p>
<fieldset class="bare" disabled>${fields}</fieldset>`;
}

/** Where nobody can be asked, the form comes back with what was given, rather than a page without it. */
export async function keepingTheForm<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    const away =
      error instanceof Failure && ['unavailable', 'rate-limited', 'bad-upstream'].includes(error.code);
    throw away ? new Failure('conflict', error.message, { cause: error }) : error;
  });
}
