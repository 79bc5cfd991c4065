// A campaign's Try it page: what happens to a test person from joining to the reward, step by step.
import { byTeammate } from '../../../domain/workspace/audit.ts';
import { readPlannedCampaign } from '../../../usecases/campaigns/campaign-drafts.ts';
import {
  type RehearsalStep,
  rehearseCampaign,
  workspaceSettingsPage,
} from '../../../usecases/campaigns/rehearsal.ts';
import { html } from '../../html.ts';
import { type ConsolePage, page, withId } from '../console.ts';
import { type Badge, badge } from '../parts.ts';
import { campaignPage, campaignPath } from './campaign-frame.ts';

export const rehearsalPages: ConsolePage[] = [
  page('/campaigns/:id/try', {
    title: 'Try it',
    needs: 'viewer',
    params: withId,
    async show(context) {
      const { ctx, workspaceId, visitor, timeZone, params } = context;
      const standing = await readPlannedCampaign(ctx, workspaceId, params.id);
      const { id, platform } = standing.campaign;
      if (platform !== 'built-in') {
        const body = html`<section><h2>Try it with a test person</h2>
<p>People join this campaign on its referral platform: add a person there, as a test.</p></section>`;
        return campaignPage(standing, context, '/try', body);
      }
      const steps = await rehearseCampaign(ctx, workspaceId, id, byTeammate(visitor), timeZone);
      const body = html`<section><h2>Try it with a test person</h2>
<p>A test referrer and a test friend go through the published campaign${standing.draft !== null && ', without the unpublished changes'}.
Everything is undone at the end. No one is added, no counts change, and nothing is sent.</p>
<ol class="checks">${steps.map((each) => item(id, each))}</ol>
<p class="row"><a class="button" href="${campaignPath(id, '/try')}">Try again</a></p></section>`;
      return campaignPage(standing, context, '/try', body);
    },
  }),
];

function item(id: string, { name, state, says, page: more }: RehearsalStep) {
  return html`<li>
<div><h3>${name}</h3>${badge(...badges[state])}</div>
<div>${says.map((line) => html`<p>${line}</p>`)}<p><a href="${more === workspaceSettingsPage ? '/console/settings' : campaignPath(id, more)}">${pageNames[more] ?? 'Campaign'}</a></p></div>
</li>`;
}

const badges: Record<RehearsalStep['state'], Badge> = {
  works: ['good', 'Works'],
  nothing: ['plain', 'Nothing to do'],
  look: ['fair', 'Check this'],
};

const pageNames: Record<string, string> = {
  '': 'The campaign and its rewards',
  '/join-page': 'Join page',
  '/referrers': 'What happens when a referrer joins',
  '/leads': 'What happens when a friend joins',
  '/rules': 'Qualification rules',
  [workspaceSettingsPage]: 'Workspace settings',
};
