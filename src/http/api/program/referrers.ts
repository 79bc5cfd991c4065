// /api/v1/referrers
import { z } from 'zod';
import { platformName } from '../../../domain/program/referral.ts';
import {
  addReferrer,
  type CountedReferrer,
  listReferrers,
  readReferrer,
} from '../../../usecases/program/referrers.ts';
import { shareLinkOf } from '../../../usecases/program/share-links.ts';
import { camelFields, resource } from '../resource.ts';
import { list, Reply, type Route, read, write } from '../route.ts';
import { count, emailFilter, extraGiven, moment, named, paged, person, personGiven } from '../schemas.ts';

const referrerGiven = z
  .strictObject({ campaign_id: z.guid(), person: personGiven, extra: extraGiven.optional() })
  .transform(camelFields)
  .register(named, {
    id: 'ReferrerGiven',
    examples: [
      {
        campaign_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10',
        person: { email: 'sam@example.com', name: 'Sam Okafor' },
      },
    ],
  });

const referrer = resource('Referrer', {
  fields: {
    id: z.guid(),
    campaign: z.strictObject({ id: z.guid(), name: z.string() }),
    person,
    code: z.string(),
    link: z.string().describe('The share link for friends.'),
    counts: z.strictObject({ clicks: count, referred: count, pending: count, qualified: count }),
    joined_at: moment,
    platform: platformName,
  },
  sourceOf: (referrer: CountedReferrer, { ctx }) => ({
    ...referrer,
    link: shareLinkOf(ctx, referrer),
    platform: referrer.campaign.platform,
  }),
  example: {
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
});

export const referrerRoutes: Route[] = [
  list('/referrers', {
    operation: 'listReferrers',
    summary: 'List referrers',
    query: { campaign_id: z.guid().optional(), email: emailFilter.optional(), ...paged },
    items: referrer,
    name: 'ReferrerList',
    statuses: { 200: 'A page of referrers' },
    find: ({ ctx, workspaceId, filter, page }) => listReferrers(ctx, workspaceId, filter, page),
  }),
  write('/referrers', {
    operation: 'createReferrer',
    summary: 'Add a referrer. Repeating it returns the existing referrer',
    body: referrerGiven,
    answer: referrer,
    statuses: { 200: 'The existing referrer', 201: 'The new referrer' },
    async act({ ctx, workspaceId, body, actor }) {
      const { referrer, created } = await addReferrer(ctx, workspaceId, body, actor);
      return new Reply(created ? 201 : 200, referrer);
    },
  }),
  read('/referrers/:id', {
    operation: 'readReferrer',
    summary: 'Get a referrer',
    answer: referrer,
    statuses: { 200: 'The referrer' },
    find: ({ ctx, workspaceId, id }) => readReferrer(ctx, workspaceId, id),
  }),
];
