// What the pages of one campaign have in common: its tabs, and what of it is not published yet.
import { mayDo, type Role } from '../../domain/teammate.ts';
import { Failure } from '../../failure.ts';
import type { Standing } from '../../usecases/publishing-edges.ts';
import { type Html, html } from '../html.ts';
import type { Asked } from './console.ts';
import { badge, type Tab, tabs } from './parts.ts';
import { dateTime } from './words.ts';

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

/** A page of the campaign, under the tab `here`. `title` is for one that a tab leads on to. */
export function campaignPage(
  { campaign, draft }: Pick<Standing, 'campaign' | 'draft'>,
  { visitor }: Pick<Asked, 'visitor'>,
  here: string,
  body: Html,
): { title: string; body: Html } {
  const all: Tab[] = pages.map(([more, label]) => ({ href: campaignPath(campaign.id, more), label }));
  return {
    title: campaign.name,
    body: html`${tabs(`Campaign ${campaign.name}`, all, campaignPath(campaign.id, here), visitor.role)}
${
  draft !== null &&
  html`<div class="notice fair row apart"><span>${badge('fair', 'Unpublished changes')}
${draft.differences.length === 1 ? 'One change' : `${draft.differences.length} changes`}, last by ${draft.changedBy}
on ${dateTime(draft.changedAt, visitor.timeZone)}. Nothing of it is in effect yet.</span>
<a class="button" href="${campaignPath(campaign.id, '/publish')}">Review and publish</a></div>`
}
${body}`,
  };
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
