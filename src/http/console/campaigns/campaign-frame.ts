// What the pages of one campaign share: the tabs, and the notice of unpublished changes.
import {
  type CampaignStanding,
  type CampaignState,
  campaignState,
  lastDay,
} from '../../../domain/campaigns/campaign-state.ts';
import type { PlannedCampaign } from '../../../usecases/campaigns/campaign-drafts.ts';
import { type Html, html } from '../../html.ts';
import type { PageContext } from '../console.ts';
import { type Badge, badge, tabs } from '../parts.ts';
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
  ['/try', 'Try it'],
];

export function campaignPage(
  { campaign, draft }: Pick<PlannedCampaign, 'campaign' | 'draft'>,
  { ctx, timeZone }: Pick<PageContext, 'ctx' | 'timeZone'>,
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
${standingNotice(campaign.standing, timeZone, ctx.now())}
${draft !== null && unpublished(id, draft, timeZone, here)}
${body}`,
  };
}

/** A campaign that ends is said to before it does, and any state but active. */
function standingNotice(standing: CampaignStanding, timeZone: string, now: Date): Html | null {
  const { pausedAt, archivedAt, endsOn } = standing;
  switch (campaignState(standing, now)) {
    case 'active':
      return endsOn === null ? null : html`<p class="notice">Ends after <b>${lastDay(standing)}</b>.</p>`;
    case 'paused':
      return html`<p class="notice fair"><b>Paused</b>${pausedAt !== null && html` since ${dateTime(pausedAt, timeZone)}`}: no one can join.
People who joined before can still qualify.${endsOn !== null && html` Ends after ${lastDay(standing)}.`}</p>`;
    case 'ended':
      return html`<p class="notice fair"><b>Ended.</b> Its last day was ${lastDay(standing)}. People who joined before can still qualify.</p>`;
    case 'archived':
      return html`<p class="notice fair"><b>Archived</b>${archivedAt !== null && html` since ${dateTime(archivedAt, timeZone)}`}: no one can join, and
its rules decide nothing.</p>`;
  }
}

/** Nothing for an active campaign. */
export function stateBadge(standing: CampaignStanding, now: Date): Html | null {
  const state = campaignState(standing, now);
  return state === 'active' ? null : badge(...stateBadges[state]);
}

const stateBadges: Record<Exclude<CampaignState, 'active'>, Badge> = {
  paused: ['fair', 'Paused'],
  ended: ['plain', 'Ended'],
  archived: ['plain', 'Archived'],
};

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
