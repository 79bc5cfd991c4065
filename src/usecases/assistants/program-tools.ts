// Tools that read the program: people, referrals, campaigns.
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { told } from '../../domain/assistants/told.ts';
import { campaignState, campaignStates } from '../../domain/campaigns/campaign-state.ts';
import type { Campaign } from '../../domain/program/program.ts';
import { platformName, referralStatus } from '../../domain/program/referral.ts';
import { rewardStatus } from '../../domain/rewards/reward.ts';
import { readPersonPage } from '../../store/people/person-page.ts';
import { countCampaigns } from '../../store/program/campaigns.ts';
import { findPeople, type ListedPerson } from '../people/people-search.ts';
import { browseReferrals, countListedReferrals, type ListedReferral } from '../people/program-lists.ts';
import { listCampaigns, readCampaign } from '../program/campaigns.ts';
import { listReferralHistory, readReferral } from '../program/referrals.ts';
import { type ToolCall, ToolRefusal, tool } from './tool.ts';
import {
  anyId,
  bare,
  cursorOf,
  type FoundKind,
  friend,
  idOf,
  link,
  moment,
  named,
  pageInput,
  pageOutput,
  pageUrl,
  placeIn,
  placeOf,
  positionOf,
  prefixed,
  referralShape,
  toldReferral,
} from './tool-shapes.ts';

const text = z.string().nullable();
const historyShown = 25;
const foundAtMost = 10;

export const search = tool({
  name: 'search',
  title: 'Search people and campaigns',
  description:
    'Finds people of the referral program by name, email or id, and campaigns by name. Returns IDs for fetch.',
  input: { query: z.string().min(1).max(200).describe('A name, email or ID, or the start of one.') },
  output: {
    results: z.array(z.strictObject({ id: z.string(), title: z.string(), url: link })),
    total: z.int(),
  },
  async run({ ctx, caller: { workspaceId } }, { query }) {
    const [{ people, count }, campaigns] = await Promise.all([
      findPeople(ctx, workspaceId, query, {}, 0),
      listCampaigns(ctx, workspaceId, {}, { limit: 100, after: null }),
    ]);
    const words = query.toLowerCase();
    const named = campaigns.items.filter(({ name }) => name.toLowerCase().includes(words));
    const found = [
      ...people.slice(0, foundAtMost).map((person) => hit(ctx, 'person', person.id, titleOf(person))),
      ...named.slice(0, foundAtMost).map(({ id, name }) => hit(ctx, 'campaign', id, `Campaign ${name}`)),
    ];
    return { results: found, total: count + named.length };
  },
});

function hit(ctx: Context, kind: FoundKind, id: string, title: string) {
  const path = kind === 'campaign' ? `/campaigns/${id}` : `/people/${id}`;
  return { id: prefixed(kind, id), title, url: pageUrl(ctx, path) };
}

function titleOf({ name, email, referred, refersIn }: ListedPerson): string {
  const parts = [
    ...referred.slice(0, 3).map(({ campaign, status }) => `referred in ${campaign}: ${status}`),
    ...refersIn.slice(0, 3).map((campaign) => `refers in ${campaign}`),
  ];
  return `${name ?? email ?? 'No name'}${parts.length > 0 ? ` (${parts.join('; ')})` : ''}`;
}

export const fetchRecord = tool({
  name: 'fetch',
  title: 'Fetch a record',
  description: 'Returns a person, referral or campaign that search found, as JSON in the field text.',
  input: { id: anyId },
  output: {
    id: z.string(),
    title: z.string(),
    text: z.string(),
    url: link,
    metadata: z.strictObject({ kind: z.enum(['person', 'referral', 'campaign']) }),
  },
  async run(call, { id }) {
    const kind = id.slice(0, id.indexOf('_')) as FoundKind;
    const { title, record, path } = await records[kind](call, bare(id));
    const url = pageUrl(call.ctx, path);
    return { id: prefixed(kind, bare(id)), title, text: textOf(call, record), url, metadata: { kind } };
  },
});

/** Told already, field by field: a text as a whole could not be. */
function textOf({ ctx }: ToolCall, record: object): string {
  return JSON.stringify(told(record, ctx.config.publicUrl));
}

type Shown = { title: string; record: Record<string, unknown>; path: string };

const records: Record<FoundKind, (call: ToolCall, id: string) => Promise<Shown>> = {
  async referral({ ctx, caller: { workspaceId } }, id) {
    const referral = await readReferral(ctx, workspaceId, id);
    const record = toldReferral(ctx, referral);
    return { title: `Referral in ${referral.campaign.name}`, record, path: `/people/${referral.person.id}` };
  },
  async campaign({ ctx, caller: { workspaceId } }, id) {
    const campaign = await readCampaign(ctx, workspaceId, id);
    return { title: campaign.name, record: toldCampaign(ctx, campaign), path: `/campaigns/${id}` };
  },
  async person({ ctx, caller: { workspaceId } }, id) {
    const page = await readPersonPage(ctx.database.db, workspaceId, id);
    if (page === null) throw new ToolRefusal('not_found', 'Person not found. Search again.');
    const { person, referrals, referrers } = page;
    const record = {
      person: { id, name: person.name, email: person.email, contact_id: person.contactId },
      referrals: referrals.slice(0, foundAtMost).map((referral) => ({
        referral_id: referral.id,
        campaign: referral.campaign.name,
        status: referral.status,
        status_at: referral.statusAt,
        blocked: referral.blocked,
        referrer: referral.referrer && { name: referral.referrer.name, email: referral.referrer.email },
      })),
      referrals_total: referrals.length,
      refers_in: referrers.slice(0, foundAtMost).map(({ campaign, counts, joinedAt }) => ({
        campaign: campaign.name,
        joined_at: joinedAt,
        ...counts,
      })),
    };
    return { title: person.name ?? person.email ?? 'No name', record, path: `/people/${id}` };
  },
};

export const getReferral = tool({
  name: 'get_referral',
  title: 'Get a referral',
  description: 'Returns one referral with its latest history: what happened, when, and by which actor.',
  input: { referral_id: idOf('referral') },
  output: {
    ...referralShape,
    history: z.array(
      z.strictObject({
        at: moment,
        what: z.string(),
        from: text,
        to: text,
        by: z.strictObject({ kind: z.string(), name: text }),
        reason: text,
      }),
    ),
    has_older_history: z.boolean(),
  },
  async run({ ctx, caller: { workspaceId } }, { referral_id }) {
    const id = bare(referral_id);
    const referral = await readReferral(ctx, workspaceId, id);
    const page = { limit: historyShown, after: null };
    const { items, next } = await listReferralHistory(ctx, workspaceId, id, page);
    const history = items.map(({ at, what, from, to, actor, reason }) => ({
      ...{ at: at.toISOString(), what, from, to, reason },
      by: { kind: actor.kind, name: actor.name },
    }));
    return { ...toldReferral(ctx, referral), history, has_older_history: next !== null };
  },
});

export const listReferrals = tool({
  name: 'list_referrals',
  title: 'List referrals',
  description: 'Lists referrals, newest first, filtered by campaign, status, reward status and join date.',
  input: {
    campaign_id: idOf('campaign').optional(),
    status: referralStatus.optional(),
    reward_status: rewardStatus.optional(),
    joined_since: z.iso.datetime().optional(),
    joined_before: z.iso.datetime().optional(),
    ...pageInput,
  },
  output: pageOutput(
    z.strictObject({
      referral_id: z.string(),
      status: referralStatus,
      status_at: moment,
      campaign: named,
      friend,
      referrer: z.strictObject({ id: z.string(), name: text, email: text }).nullable(),
      reward_status: rewardStatus,
      joined_at: moment,
      platform: platformName,
      url: link,
    }),
  ),
  async run({ ctx, caller: { workspaceId } }, { limit, cursor, ...asked }) {
    const { campaign_id, status, reward_status, joined_since, joined_before } = asked;
    const joined =
      joined_since === undefined && joined_before === undefined
        ? undefined
        : {
            from: joined_since === undefined ? undefined : new Date(joined_since),
            until: joined_before === undefined ? undefined : new Date(joined_before),
          };
    const campaignId = campaign_id === undefined ? undefined : bare(campaign_id);
    const filter = { campaignId, status, rewardStatus: reward_status, joined };
    const page = { limit, after: placeIn(cursor), descending: true };
    const [{ items, next }, counts] = await Promise.all([
      browseReferrals(ctx, workspaceId, filter, 'joinedAt', page),
      countListedReferrals(ctx, workspaceId, filter),
    ]);
    return {
      items: items.map((referral) => listed(ctx, referral)),
      showing: items.length,
      total: Object.values(counts).reduce((sum, count) => sum + count, 0),
      next_cursor: cursorOf(next),
    };
  },
});

function listed(ctx: Context, { id, person, giver, campaign, ...referral }: ListedReferral) {
  return {
    referral_id: id,
    status: referral.status,
    status_at: referral.statusAt.toISOString(),
    campaign: { id: campaign.id, name: campaign.name },
    friend: { id: person.id, name: person.name, email: person.email, contact_id: person.contactId },
    referrer: giver && { id: giver.id, name: giver.name, email: giver.email },
    reward_status: referral.rewardStatus,
    joined_at: referral.joinedAt.toISOString(),
    platform: campaign.platform,
    url: pageUrl(ctx, `/people/${person.id}`),
  };
}

const terms = z
  .strictObject({
    label: z.string(),
    amount: text,
    currency: text,
    limit_per_person: z.int().nullable(),
  })
  .nullable();

export const listCampaignsTool = tool({
  name: 'list_campaigns',
  title: 'List campaigns',
  description: 'Lists campaigns, newest first, with state and rewards.',
  input: {
    archived: z.boolean().optional().describe('Filter by archived or not.'),
    ...pageInput,
  },
  output: pageOutput(
    z.strictObject({
      campaign_id: z.string(),
      name: z.string(),
      state: z.enum(campaignStates),
      ends_on: text,
      platform: platformName,
      rewards: z.strictObject({ referrer: terms, friend: terms }),
      created_at: moment,
      join_page: z.boolean().describe('Whether people can join on its join page now.'),
      url: link,
    }),
  ),
  async run({ ctx, caller: { workspaceId } }, { limit, cursor, archived }) {
    const page = { limit, after: positionOf(placeIn(cursor)) };
    const [{ items, next }, total] = await Promise.all([
      listCampaigns(ctx, workspaceId, { archived }, page),
      countCampaigns(ctx.database.db, workspaceId, { archived }),
    ]);
    return {
      items: items.map((campaign) => toldCampaign(ctx, campaign)),
      ...{ showing: items.length, total, next_cursor: cursorOf(placeOf(next)) },
    };
  },
});

function toldCampaign(ctx: Context, { id, name, standing, platform, rewards, ...campaign }: Campaign) {
  const state = campaignState(standing, ctx.now());
  return {
    ...{ campaign_id: id, name, state, ends_on: standing.endsOn, platform, rewards },
    created_at: campaign.createdAt.toISOString(),
    join_page: state === 'active' && campaign.joinPage.open && platform === 'built-in',
    url: pageUrl(ctx, `/campaigns/${id}`),
  };
}
