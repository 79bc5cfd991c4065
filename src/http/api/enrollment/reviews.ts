// /api/v1/reviews: possible duplicates that a person decides
import { z } from 'zod';
import { reviewDecision, sideName } from '../../../domain/enrollment/enrollment.ts';
import {
  decideReview,
  listReviews,
  type Review,
  type ReviewCandidate,
  readReview,
} from '../../../usecases/enrollment/reviews.ts';
import { byToken, emptyQuery, type Route, read, write } from '../route.ts';
import { listJson, listOf, moment, named, paged, pageRequest } from '../schemas.ts';
import { draft, draftJson } from './mapping-shapes.ts';

const decisionGiven = reviewDecision.register(named, {
  id: 'ReviewDecision',
  description:
    'The contact that it is, with what is to be done to it (update, fill its empty fields, or only link it); or create, ' +
    'for it is none of them; or skip.',
  examples: [{ use: '66f1c0de8a7b9c0012345678', how: 'fill' }, { create: true }, { skip: true }],
});

const candidate = z.strictObject({
  contact_id: z.string(),
  role: z.enum(['lead', 'user']),
  name: z.string().nullable(),
  email: z.string().nullable(),
  external_id: z.string().nullable(),
  last_active_at: moment.nullable(),
  archived: z.boolean(),
  found_by: z.enum(['link', 'external-id', 'email', 'conflict']),
});

const review = z
  .strictObject({
    id: z.guid(),
    enrollment_id: z.guid(),
    side: sideName,
    campaign: z.strictObject({ id: z.guid(), name: z.string() }),
    person: z.strictObject({ id: z.guid(), email: z.string().nullable(), name: z.string().nullable() }),
    why: z.string(),
    contact: draft.describe('What the contact is to be.'),
    candidates: z.array(candidate).describe('As Intercom had them when it was asked.'),
    asked_at: moment,
    decision: decisionGiven.nullable(),
    decided_by: z.strictObject({ kind: z.enum(['teammate', 'api']), name: z.string().nullable() }).nullable(),
    decided_at: moment.nullable(),
  })
  .register(named, {
    id: 'Review',
    examples: [
      {
        id: '4f1d2a90-5a2e-4b7c-9d2e-0c1f6a7b8c21',
        enrollment_id: '0f6c2f0a-2f5f-4b0e-9a51-6a0c5f1f7e01',
        side: 'leads',
        campaign: { id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10', name: 'Spring' },
        person: {
          id: '2f0f2a7c-5f0e-4c55-9d4d-0d7a1f3f3f21',
          email: 'dana@example.com',
          name: 'Dana Reed',
        },
        why: 'A person has to say who it is: one contact was found',
        contact: { role: 'lead', email: 'dana@example.com', custom_attributes: {}, tags: [] },
        candidates: [
          {
            contact_id: '66f1c0de8a7b9c0012345678',
            role: 'user',
            name: 'Dana Reed',
            email: 'dana@example.com',
            external_id: 'user-817',
            last_active_at: '2026-03-01T10:00:00.000Z',
            archived: false,
            found_by: 'email',
          },
        ],
        asked_at: '2026-03-05T08:30:02.000Z',
        decision: null,
        decided_by: null,
        decided_at: null,
      },
    ],
  });

function candidateJson(one: ReviewCandidate): z.input<typeof candidate> {
  return {
    contact_id: one.id,
    role: one.role,
    name: one.name,
    email: one.email,
    external_id: one.externalId,
    last_active_at: one.lastActiveAt?.toISOString() ?? null,
    archived: one.archived,
    found_by: one.by,
  };
}

function reviewJson(one: Review): z.input<typeof review> {
  const { id, side, campaign, person, why, decision } = one;
  return {
    ...{ id, side, campaign, person, why, decision },
    enrollment_id: one.enrollmentId,
    contact: draftJson(one.draft),
    candidates: one.candidates.map(candidateJson),
    asked_at: one.askedAt.toISOString(),
    decided_by: one.decidedBy,
    decided_at: one.decidedAt?.toISOString() ?? null,
  };
}

export const reviewRoutes: Route[] = [
  read({
    path: '/reviews',
    operation: 'listReviews',
    summary: 'Possible duplicates that a person decides',
    query: z.strictObject({
      state: z.enum(['open', 'decided']).optional(),
      campaign_id: z.guid().optional(),
      ...paged,
    }),
    answer: listOf(review, 'ReviewList'),
    statuses: { 200: 'A page of reviews' },
    async handler({ ctx }, { caller, query }) {
      const open = query.state === undefined ? undefined : query.state === 'open';
      const filter = { open, campaignId: query.campaign_id };
      return listJson(await listReviews(ctx, caller.workspaceId, filter, pageRequest(query)), reviewJson);
    },
  }),
  read({
    path: '/reviews/:id',
    operation: 'readReview',
    summary: 'One possible duplicate',
    query: emptyQuery,
    answer: review,
    statuses: { 200: 'The review' },
    handler: async ({ ctx }, { caller, id }) => reviewJson(await readReview(ctx, caller.workspaceId, id)),
  }),
  write({
    path: '/reviews/:id/decide',
    operation: 'decideReview',
    summary: 'Say which contact it is, or that it is none of them; once',
    body: decisionGiven,
    answer: review,
    statuses: { 200: 'The review as it was decided; saying the same again changes nothing' },
    async handler({ ctx }, { caller, id, body }) {
      return {
        status: 200,
        body: reviewJson(await decideReview(ctx, caller.workspaceId, id, body, byToken(caller))),
      };
    },
  }),
];
