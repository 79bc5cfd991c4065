// Campaigns: the list, creating one, and the overview of each.
import { z } from 'zod';
import { allows, campaignState, lastDay } from '../../../domain/campaigns/campaign-state.ts';
import { actionWords } from '../../../domain/campaigns/plan-difference.ts';
import { setupOf } from '../../../domain/enrollment/enrollment.ts';
import { isOutside, type PlatformName, platforms } from '../../../domain/platforms/platform.ts';
import type { Campaign } from '../../../domain/program/program.ts';
import {
  listCampaignVersions,
  listDrafts,
  type PlannedCampaign,
  readPlannedCampaign,
} from '../../../usecases/campaigns/campaign-drafts.ts';
import { readNextSteps } from '../../../usecases/campaigns/next-steps.ts';
import { readSetups, type Setups } from '../../../usecases/enrollment/enrollment-setup.ts';
import { changeCampaign, createCampaign, listCampaigns } from '../../../usecases/program/campaigns.ts';
import { listRules } from '../../../usecases/qualification/rules.ts';
import { cursorOf, paged, text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, type FormErrors, form, type PageContext, page, withId } from '../console.ts';
import { forAdministrators, refusal, textField } from '../fields.ts';
import { address, pageAt, tableOr } from '../lists.ts';
import { badge, stepList, tabs } from '../parts.ts';
import { addLinks } from '../people/add-people.ts';
import { promisedFields, promisedIn, rewardFields, termsText } from '../rewards/reward-fields.ts';
import { date } from '../words.ts';
import { campaignPage, campaignPath, stateBadge } from './campaign-frame.ts';
import { stateActions } from './campaign-states.ts';

const perPage = 50;

const about = z
  .object({
    name: text(200),
    destination_url: z.union([
      z.literal('').transform(() => null),
      z
        .url({
          protocol: /^https?$/,
          error: 'must be a complete address that begins with https:// or http://',
        })
        .max(2000),
    ]),
    ...promisedFields,
  })
  .transform(({ name, destination_url, ...fields }, context) => ({
    name,
    destinationUrl: destination_url,
    ...promisedIn(fields, context),
  }));

const platformLabel = (name: PlatformName) => (isOutside(name) ? platforms[name].name : 'Built in');

export const campaignPages: ConsolePage[] = [
  page('/campaigns', {
    title: 'Campaigns',
    nav: 'Campaigns',
    needs: 'viewer',
    query: z.object({ archived: z.literal('yes').optional(), after: paged.cursor }),
    async show({ ctx, workspaceId, timeZone, isAdministrator, query }) {
      const archived = query.archived !== undefined;
      const [campaigns, drafted] = await Promise.all([
        listCampaigns(ctx, workspaceId, { archived }, pageAt(query.after, perPage)),
        listDrafts(ctx, workspaceId),
      ]);
      const rows = campaigns.items.map((campaign) =>
        row(campaign, drafted.includes(campaign.id), timeZone, ctx.now()),
      );
      return html`${tabs('Campaigns', [
        { href: '/console/campaigns', label: 'Current', isCurrent: !archived },
        { href: '/console/campaigns?archived=yes', label: 'Archived', isCurrent: archived },
      ])}
<section>
<div class="row apart"><h2>${archived ? 'Archived campaigns' : 'All campaigns'}</h2>
${isAdministrator && html`<a class="button main" href="/console/campaigns/new">New campaign</a>`}</div>
${tableOr(archived ? html`No archived campaigns.` : noCampaign, ['Campaign', 'Platform', 'When a lead joins', 'When a referrer joins', 'State'], rows)}
${campaigns.next !== null && html`<p><a href="${address('/campaigns', { archived: query.archived, after: cursorOf(campaigns.next) })}">More</a></p>`}
</section>`;
    },
  }),
  page('/campaigns/new', { title: 'New campaign', needs: 'administrator', show: newCampaign }),
  form('/campaigns/new', {
    title: 'New campaign',
    needs: 'administrator',
    body: about,
    async act({ ctx, workspaceId, actor, body }) {
      const { id } = await createCampaign(ctx, workspaceId, body, actor);
      return {
        to: campaignPath(id, '/leads'),
        flash: 'Campaign created. Next: choose what happens when a lead joins.',
      };
    },
    again: newCampaign,
  }),
  page('/campaigns/:id', { title: 'Campaign', needs: 'viewer', params: withId, show: overview }),
  form('/campaigns/:id', {
    title: 'Campaign',
    needs: 'administrator',
    params: withId,
    body: about,
    async act({ ctx, workspaceId, actor, params, body }) {
      await changeCampaign(ctx, workspaceId, params.id, body, actor);
      return { to: campaignPath(params.id), flash: 'Saved. Changes are live.' };
    },
    again: overview,
  }),
];

const noCampaign = html`No campaigns yet. Create one, or <a href="/console/connect">connect a referral platform</a> 
to copy its campaigns.`;

function row(
  { id, name, platform, settings, standing, createdAt }: Campaign,
  hasDraft: boolean,
  timeZone: string,
  now: Date,
): Html {
  const { leads, referrers } = settings.enrollment;
  // Without Intercom, which the list of campaigns must not wait for.
  const isReady = setupOf(leads, null).complete && setupOf(referrers, null).complete;
  return html`<th scope="row"><a href="${campaignPath(id)}">${name}</a> ${stateBadge(standing, now)}<br><span class="quiet">since ${date(createdAt, timeZone)}${standing.endsOn !== null && html`, ${campaignState(standing, now) === 'ended' ? 'last day' : 'ends after'} ${lastDay(standing)}`}</span></th>
<td>${platformLabel(platform)}</td><td>${actionWords[leads.action]}</td><td>${actionWords[referrers.action]}</td>
<td>${isReady ? badge('good', 'Ready') : badge('fair', 'Setup required')} ${hasDraft && badge('fair', 'Unpublished changes')}</td>`;
}

async function newCampaign({ csrf, refused }: PageContext): Promise<Html> {
  return html`<section><p class="quiet">Creates a campaign of the built-in program. Campaigns of another platform are created
there and copied here.</p>
${refusal(refused)}
<form method="post" action="/console/campaigns/new">${csrf}${aboutFields(null, refused)}
<button class="main">Create campaign</button></form></section>`;
}

function aboutFields(campaign: PlannedCampaign['campaign'] | null, refused: FormErrors | null): Html {
  return html`${textField({ name: 'name', label: 'Name', hint: 'Teammates see it on the card.', value: campaign?.name ?? null, refused, more: html` required maxlength="200"` })}
${textField({ name: 'destination_url', label: 'Share link target', type: 'url', hint: 'Your own page, with the referrer’s code added as “ref”. Leave empty to use the join page.', value: campaign?.destinationUrl ?? null, refused, more: html` maxlength="2000" placeholder="https://"` })}
${rewardFields(campaign, refused)}`;
}

async function overview(context: PageContext & { params: { id: string } }) {
  const { ctx, workspaceId, timeZone, params } = context;
  const { id } = params;
  const standing = await readPlannedCampaign(ctx, workspaceId, id);
  const { campaign, live, version } = standing;
  const [setups, planned, [latest], kept, steps] = await Promise.all([
    readSetups(ctx, workspaceId, { settings: live.settings }),
    readSetups(ctx, workspaceId, standing.plan),
    listCampaignVersions(ctx, workspaceId, id),
    listRules(ctx, workspaceId, { campaignId: id }, pageAt(undefined, 100)),
    readNextSteps(ctx, workspaceId, campaign),
  ]);
  const canJoin = campaign.platform === 'built-in' && allows(campaign.standing, 'join', ctx.now());
  const on = kept.items.filter((rule) => rule.enabled);
  const isGoing = latest !== undefined && allows(campaign.standing, 'join', ctx.now());
  const body = html`${isGoing && steps.length > 0 && html`<section id="what-next"><h2>What next</h2>${stepList(steps)}</section>`}
<div class="grid two">
${sideCard(standing, { setups, planned }, 'leads')}${sideCard(standing, { setups, planned }, 'referrers')}
<section><h2>Qualification rules</h2><p>${
    on.length === 0
      ? html`${badge('plain', 'None')} Referrals qualify by hand, through the API or on the platform.`
      : html`${badge('good', on.length === 1 ? '1 rule' : `${on.length} rules`)} ${on.map((rule) => rule.name).join(', ')}`
  }</p><p><a href="${campaignPath(id, '/rules')}">View rules</a></p></section>
<section><h2>In effect</h2><p>${
    latest === undefined
      ? 'Nothing published yet.'
      : html`Version ${version}, since ${date(latest.at, timeZone)}`
  }</p><p><a href="${campaignPath(id, '/versions')}">Earlier versions</a></p></section>
</div>
${canJoin && context.isAdministrator && html`<section><h2>Add people</h2>${addLinks(id)}</section>`}
<section><h2>About the campaign</h2>
${campaign.platform === 'built-in' ? aboutForm(standing, context) : aboutList(standing)}
</section>
${
  context.isAdministrator &&
  html`<section><h2>Pause, end or archive</h2>
<p class="quiet">You see the effect before you confirm.</p>${stateActions(campaign, ctx.now())}</section>`
}`;
  return campaignPage(standing, context, '', body);
}

/** A complete draft takes effect once it is published: until then it is not `Setup required`. */
function sideCard(
  { campaign, live }: PlannedCampaign,
  { setups, planned }: { setups: Setups; planned: Setups },
  side: 'leads' | 'referrers',
): Html {
  const { action } = live.settings.enrollment[side];
  const { complete, missing } = setups[side];
  const isDrafted = !complete && planned[side].complete;
  return html`<section><h2>When a ${side === 'leads' ? 'lead' : 'referrer'} joins</h2>
<p>${complete ? badge(action === 'nothing' ? 'plain' : 'good', action === 'nothing' ? 'Nothing' : 'Ready') : badge('fair', isDrafted ? 'Ready to publish' : 'Setup required')}
${actionWords[action]}</p>
${isDrafted && html`<p>The setup is complete in the draft. <a href="${campaignPath(campaign.id, '/publish')}">Review and publish</a></p>`}
${!complete && !isDrafted && html`<ul>${missing.map((step) => html`<li>${step}</li>`)}</ul>`}
<p><a href="${campaignPath(campaign.id, `/${side}`)}">${complete ? 'View settings' : 'Set up'}</a></p></section>`;
}

function aboutForm({ campaign }: PlannedCampaign, context: PageContext): Html {
  const { csrf, refused } = context;
  return html`<p class="quiet">Name, link and rewards go live on save. Everything else goes live when you publish.</p>
${refusal(refused)}
<form method="post" action="${campaignPath(campaign.id)}">${csrf}
${forAdministrators(context, html`${aboutFields(campaign, refused)}<button class="main">Save</button>`)}</form>`;
}

function aboutList({ campaign }: PlannedCampaign): Html {
  return html`<p class="quiet">Kept on ${platformLabel(campaign.platform)}; change it there.</p>
<dl><dt>Share link target</dt><dd>${campaign.destinationUrl}</dd>
<dt>Reward for the referrer</dt><dd>${termsText(campaign.rewards.referrer)}</dd>
<dt>Reward for the friend</dt><dd>${termsText(campaign.rewards.friend)}</dd></dl>`;
}
