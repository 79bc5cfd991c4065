// Pausing, ending, archiving and duplicating a campaign: each page says what it does, and asks first.
import { z } from 'zod';
import {
  type CampaignState,
  campaignState,
  lastDay,
  type StandingChanges,
} from '../../../domain/campaigns/campaign-state.ts';
import { calendarDay, dayOf } from '../../../domain/day.ts';
import { isOutside } from '../../../domain/platforms/platform.ts';
import type { Campaign } from '../../../domain/program/program.ts';
import { countOpenInCampaign } from '../../../usecases/campaigns/campaign-counts.ts';
import { readPlannedCampaign } from '../../../usecases/campaigns/campaign-drafts.ts';
import { duplicateCampaign } from '../../../usecases/campaigns/campaign-duplicate.ts';
import { changeCampaign } from '../../../usecases/program/campaigns.ts';
import { text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, type PageContext, page, withId } from '../console.ts';
import { refusal, textField } from '../fields.ts';
import { buttonForm } from '../parts.ts';
import { count } from '../words.ts';
import { campaignPage, campaignPath } from './campaign-frame.ts';

type Open = { pending: number; unissued: number };
type Change = {
  label: string;
  /** Where it makes sense. */
  from: readonly CampaignState[];
  /** Another platform has its own way to pause and end its campaigns. */
  alsoOutside?: true;
  standing: StandingChanges;
  effects(open: Open, campaign: Pick<Campaign, 'standing'>): Html[];
  done: string;
};

const pendingGoOn = ({ pending }: Open) =>
  pending === 0
    ? html`No referral is pending.`
    : html`${counted(pending, 'pending referral', 'pending referrals')} can still qualify and earn rewards.`;
const linksSaySo = (words: string) =>
  html`No one new can join: not by share links, the join page, forms, lists or the API. Share links and the join page tell visitors that ${words}.`;

const changes = {
  pause: {
    label: 'Pause',
    from: ['active'],
    standing: { paused: true },
    effects: (open) => [
      linksSaySo('the campaign is taking a break'),
      pendingGoOn(open),
      html`You can resume it at any time. Share links stay the same.`,
    ],
    done: 'The campaign is paused.',
  },
  resume: {
    label: 'Resume',
    from: ['paused'],
    standing: { paused: false },
    effects: () => [
      html`People can join again, with the same share links and join page.`,
      html`People who tried to join during the pause are not added.`,
    ],
    done: 'People can join again.',
  },
  archive: {
    label: 'Archive',
    from: ['active', 'paused', 'ended'],
    alsoOutside: true,
    standing: { archived: true },
    effects: ({ pending, unissued }) => [
      html`Lists and forms no longer show it, and no one new can join.`,
      html`Its rules stop: ${pending === 0 ? 'no referral is pending.' : html`${counted(pending, 'pending referral stays', 'pending referrals stay')} pending, unless a teammate decides.`}`,
      html`People of the campaign keep their pages, and ${unissued === 0 ? 'no reward is left to issue.' : html`${counted(unissued, 'reward that is not issued yet stays', 'rewards that are not issued yet stay')} on the rewards list.`}`,
    ],
    done: 'The campaign is archived.',
  },
  unarchive: {
    label: 'Unarchive',
    from: ['archived'],
    alsoOutside: true,
    standing: { archived: false },
    effects: ({ pending }, { standing }) => [
      html`Lists and forms show it again, ${comesBackAs(standing)}.`,
      html`Its rules check new changes from then on. ${pending > 0 && html`To catch up on earlier changes, apply a rule to the ${counted(pending, 'pending referral', 'pending referrals')}.`}`,
    ],
    done: 'The campaign is no longer archived.',
  },
} satisfies Record<string, Change>;

type ChangeName = keyof typeof changes;
const changeNames = Object.keys(changes) as ChangeName[];

const counted = (number: number, singular: string, plural: string) =>
  html`<b>${count(number)}</b> ${number === 1 ? singular : plural}`;

function comesBackAs(standing: Campaign['standing']): string {
  return standing.pausedAt === null ? 'as it was before' : 'and is still paused';
}

const ofChange = withId.extend({ change: z.enum(changeNames) });
const lastDayGiven = z.object({
  ends_on: z.union([z.literal('').transform(() => null), calendarDay]),
});
const nameGiven = z.object({ name: text(200) });

export const campaignStatePages: ConsolePage[] = [
  page('/campaigns/:id/state/:change', {
    title: 'Campaign',
    needs: 'administrator',
    params: ofChange,
    show: askChange,
  }),
  form('/campaigns/:id/state/:change', {
    title: 'Campaign',
    needs: 'administrator',
    params: ofChange,
    async act({ ctx, workspaceId, actor, params }) {
      const { standing, done }: Change = changes[params.change];
      await changeCampaign(ctx, workspaceId, params.id, { standing }, actor);
      return { to: campaignPath(params.id), flash: done };
    },
    again: askChange,
  }),
  page('/campaigns/:id/last-day', {
    title: 'Last day',
    needs: 'administrator',
    params: withId,
    show: askLastDay,
  }),
  form('/campaigns/:id/last-day', {
    title: 'Last day',
    needs: 'administrator',
    params: withId,
    body: lastDayGiven,
    async act({ ctx, workspaceId, actor, params, body }) {
      const standing = { endsOn: body.ends_on };
      const changed = await changeCampaign(ctx, workspaceId, params.id, { standing }, actor);
      return { to: campaignPath(params.id), flash: lastDayWords(changed, ctx.now()) };
    },
    again: askLastDay,
  }),
  page('/campaigns/:id/duplicate', {
    title: 'Duplicate',
    needs: 'administrator',
    params: withId,
    show: askDuplicate,
  }),
  form('/campaigns/:id/duplicate', {
    title: 'Duplicate',
    needs: 'administrator',
    params: withId,
    body: nameGiven,
    async act({ ctx, workspaceId, actor, params, body }) {
      const { id } = await duplicateCampaign(ctx, workspaceId, params.id, body.name, actor);
      return {
        to: campaignPath(id),
        flash: 'Campaign created. Its settings and rules are a draft until you publish.',
      };
    },
    again: askDuplicate,
  }),
];

type OfCampaign = PageContext & { params: { id: string } };

async function askChange(context: PageContext & { params: z.output<typeof ofChange> }) {
  const { ctx, workspaceId, params, csrf, refused } = context;
  const planned = await readPlannedCampaign(ctx, workspaceId, params.id);
  const open = await countOpenInCampaign(ctx, workspaceId, params.id);
  const { label, effects }: Change = changes[params.change];
  const { name } = planned.campaign;
  const body = html`<section><h2>${label} ${name}?</h2>${refusal(refused)}
<ul>${effects(open, planned.campaign).map((effect) => html`<li>${effect}</li>`)}</ul>
<div class="row">${buttonForm(campaignPath(params.id, `/state/${params.change}`), csrf, `${label} campaign`, { style: 'main' })}
<a class="button" href="${campaignPath(params.id)}">Cancel</a></div></section>`;
  return campaignPage(planned, context, '', body);
}

async function askLastDay(context: OfCampaign) {
  const { ctx, workspaceId, params, csrf, refused, timeZone } = context;
  const planned = await readPlannedCampaign(ctx, workspaceId, params.id);
  const open = await countOpenInCampaign(ctx, workspaceId, params.id);
  const { name, standing } = planned.campaign;
  const today = dayOf(ctx.now(), timeZone);
  const body = html`<section><h2>When does ${name} end?</h2>${refusal(refused)}
<p>It ends after its last day, at midnight in ${timeZone}. From then on:</p>
<ul><li>${linksSaySo('the campaign has ended, and when')}</li><li>${pendingGoOn(open)}</li></ul>
<form method="post" action="${campaignPath(params.id, '/last-day')}">${csrf}
${textField({ name: 'ends_on', label: 'Last day to join', type: 'date', value: standing.endsOn ?? '', refused, hint: `Leave empty for no end. A past day, such as ${lastDay({ ...standing, endsOn: today })}, ends it immediately.` })}
<div class="row"><button class="main">Save last day</button><a class="button" href="${campaignPath(params.id)}">Cancel</a></div>
</form></section>`;
  return campaignPage(planned, context, '', body);
}

function lastDayWords({ standing }: Campaign, now: Date): string {
  if (standing.endsOn === null) return 'The campaign has no last day.';
  const day = lastDay(standing);
  return campaignState(standing, now) === 'ended'
    ? `The campaign has ended: its last day was ${day}.`
    : `The campaign ends after ${day}.`;
}

async function askDuplicate(context: OfCampaign) {
  const { ctx, workspaceId, params, csrf, refused } = context;
  const planned = await readPlannedCampaign(ctx, workspaceId, params.id);
  const { name } = planned.campaign;
  const body = html`<section><h2>Duplicate ${name}</h2>${refusal(refused)}
<ul><li>The new campaign copies the rewards, the join page text and the share link target. It gets its own join page address.</li>
<li>Its Leads, Referrers, rules and settings start as a draft. Publish to make them live.</li>
<li>It has no people yet, is active and has no last day.</li></ul>
<form method="post" action="${campaignPath(params.id, '/duplicate')}">${csrf}
${textField({ name: 'name', label: 'Name of the new campaign', value: `${name.slice(0, 190)} copy`, refused, more: html` required maxlength="200"` })}
<div class="row"><button class="main">Duplicate campaign</button><a class="button" href="${campaignPath(params.id)}">Cancel</a></div>
</form></section>`;
  return campaignPage(planned, context, '', body);
}

/** On the campaign's overview: the buttons that fit its state. */
export function stateActions(
  { id, platform, standing }: Pick<Campaign, 'id' | 'platform' | 'standing'>,
  now: Date,
) {
  const state = campaignState(standing, now);
  const fits = changeNames.filter((name) => {
    const { from, alsoOutside }: Change = changes[name];
    return from.includes(state) && (alsoOutside || !isOutside(platform));
  });
  const link = (more: string, label: string) =>
    html`<a class="button" href="${campaignPath(id, more)}">${label}</a>`;
  const ending = !isOutside(platform) && state !== 'archived';
  const endLabel = standing.endsOn === null ? 'Set the last day' : 'Change the last day';
  return html`<div class="row">
${fits.filter((name) => name !== 'archive').map((name) => link(`/state/${name}`, changes[name].label))}
${ending && link('/last-day', endLabel)}
${!isOutside(platform) && link('/duplicate', 'Duplicate')}
${fits.includes('archive') && link('/state/archive', changes.archive.label)}</div>`;
}
