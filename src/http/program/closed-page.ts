// What a visitor of a share link or join page reads while the campaign is closed.
import { type CampaignStanding, campaignState, lastDay } from '../../domain/campaigns/campaign-state.ts';
import { type Html, html } from '../html.ts';
import type { Page } from '../page.ts';

type Closed = { name: string; standing: CampaignStanding; url?: string | null };

/** `url` is a page of the company's own, to go on to. Also for a join page that was closed by itself. */
export function closedPage({ name, standing, url = null }: Closed, now: Date): Page {
  const { status, title, words } = closedWords({ name, standing }, now);
  return {
    status,
    title,
    body: html`<p>${words}</p>
${url !== null && html`<p class="next"><a href="${url}">Continue to ${new URL(url).host}</a></p>`}`,
  };
}

/** A pause ends: browsers and search engines may ask again. */
function closedWords({ name, standing }: Closed, now: Date): { status: number; title: string; words: Html } {
  switch (campaignState(standing, now)) {
    case 'paused':
      return {
        status: 409,
        title: `${name} is taking a break`,
        words: html`You cannot join right now. Please keep this link and try again later.`,
      };
    case 'ended':
      return {
        status: 410,
        title: `${name} has ended`,
        words: html`The last day to join was ${lastDay(standing)}. If you joined before, your referrals and rewards still count.`,
      };
    case 'active':
      return {
        status: 410,
        title: `${name} is closed`,
        words: html`You can no longer join here. Existing share links stay valid.`,
      };
    case 'archived':
      return {
        status: 410,
        title: `${name} is closed`,
        words: html`You can no longer join. If you joined before, your referrals and rewards still count.`,
      };
  }
}
