// /api/v1/referrers
import { z } from 'zod';
import type { Context } from '../../../context.ts';
import { platformName } from '../../../domain/program/referral.ts';
import {
  addReferrer,
  type CountedReferrer,
  listReferrers,
  readReferrer,
} from '../../../usecases/program/referrers.ts';
import { shareLinkOf } from '../../../usecases/program/share-links.ts';
import { byToken, emptyQuery, type Route, read, write } from '../route.ts';
import {
  emailFilter,
  extraGiven,
  listJson,
  listOf,
  moment,
  named,
  paged,
  pageRequest,
  person,
  personGiven,
  personJson,
} from '../schemas.ts';

const referrerGiven = z
  .strictObject({ campaign_id: z.guid(), person: personGiven, extra: extraGiven.optional() })
  .transform((given) => ({ campaignId: given.campaign_id, person: given.person, extra: given.extra }))
  .register(named, {
    id: 'ReferrerGiven',
    examples: [
      {
        campaign_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10',
        person: { email: 'sam@example.com', name: 'Sam Okafor' },
      },
    ],
  });

const count = z.int().min(0);

const referrer = z
  .strictObject({
    id: z.guid(),
    campaign: z.strictObject({ id: z.guid(), name: z.string() }),
    person,
    code: z.string(),
    link: z.string().describe('The share link to give to friends.'),
    counts: z.strictObject({ clicks: count, referred: count, pending: count, qualified: count }),
    joined_at: moment,
    platform: platformName,
  })
  .register(named, {
    id: 'Referrer',
    examples: [
      {
        id: 'c3c8a3c6-8c53-4b6e-9d5a-0f4f8f6f2b11',
        campaign: { id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10', name: 'Spring' },
        person: {
          id: '0b8f4b0e-93a1-4a3f-8f0a-7a5f6f1c2d33',
          email: 'sam@example.com',
          name: 'Sam Okafor',
          external_id: null,
        },
        code: 'k7m2pxr4tq',
        link: 'https://referrals.example.com/r/k7m2pxr4tq',
        counts: { clicks: 12, referred: 3, pending: 1, qualified: 2 },
        joined_at: '2026-03-02T10:15:00.000Z',
        platform: 'built-in',
      },
    ],
  });

const referrerJson =
  (ctx: Context) =>
  (one: CountedReferrer): z.input<typeof referrer> => ({
    id: one.id,
    campaign: { id: one.campaign.id, name: one.campaign.name },
    person: personJson(one.person),
    code: one.code,
    link: shareLinkOf(ctx, one),
    counts: one.counts,
    joined_at: one.joinedAt.toISOString(),
    platform: one.campaign.platform,
  });

export const referrerRoutes: Route[] = [
  read({
    path: '/referrers',
    operation: 'listReferrers',
    summary: 'The referrers of the workspace',
    query: z.strictObject({ campaign_id: z.guid().optional(), email: emailFilter.optional(), ...paged }),
    answer: listOf(referrer, 'ReferrerList'),
    statuses: { 200: 'A page of referrers' },
    async handler({ ctx }, { caller, query }) {
      const filter = { campaignId: query.campaign_id, email: query.email };
      const page = await listReferrers(ctx, caller.workspaceId, filter, pageRequest(query));
      return listJson(page, referrerJson(ctx));
    },
  }),
  write({
    path: '/referrers',
    operation: 'createReferrer',
    summary: 'Let a person join a campaign as a referrer; joining again gives the referrer that there is',
    body: referrerGiven,
    answer: referrer,
    statuses: { 200: 'The referrer that there was already', 201: 'The new referrer' },
    async handler({ ctx }, { caller, body }) {
      const { referrer, created } = await addReferrer(ctx, caller.workspaceId, body, byToken(caller));
      return { status: created ? 201 : 200, body: referrerJson(ctx)(referrer) };
    },
  }),
  read({
    path: '/referrers/:id',
    operation: 'readReferrer',
    summary: 'One referrer',
    query: emptyQuery,
    answer: referrer,
    statuses: { 200: 'The referrer' },
    handler: async ({ ctx }, { caller, id }) =>
      referrerJson(ctx)(await readReferrer(ctx, caller.workspaceId, id)),
  }),
];
