// /api/v1/reviews: possible duplicates, doubtful referrals and missing ones for a teammate to decide.
import { z } from 'zod';
import { foundBy } from '../../../domain/contacts/contact-draft.ts';
import { reviewDecision, reviewKinds, sideName } from '../../../domain/enrollment/enrollment.ts';
import { hintCodes } from '../../../domain/program/doubt.ts';
import { identifiedActors, unidentifiedActors } from '../../../domain/program/program.ts';
import { decideReview, listReviews, type Review, readReview } from '../../../usecases/enrollment/reviews.ts';
import { resource } from '../resource.ts';
import { list, type Route, read, write } from '../route.ts';
import { moment, named, paged } from '../schemas.ts';
import { draft, draftSource } from './mapping-shapes.ts';

const decisionGiven = reviewDecision.register(named, {
  id: 'ReviewDecision',
  description:
    'Possible duplicate: choose the matching contact, and whether to update it, fill its empty fields or only link it. ' +
    'If none matches, choose create or skip. Doubtful referral: qualify it anyway, or disqualify it. Missing referral: ' +
    'add it for the reported email, or skip.',
  examples: [
    { use: '66f1c0de8a7b9c0012345678', how: 'fill' },
    { create: true },
    { skip: true },
    { qualify: true },
    { disqualify: true },
    { add: true },
  ],
});

const candidate = z.strictObject({
  contact_id: z.string(),
  role: z.enum(['lead', 'user']),
  name: z.string().nullable(),
  email: z.string().nullable(),
  external_id: z.string().nullable(),
  phone: z.string().nullable(),
  created_at: moment.nullable(),
  last_active_at: moment.nullable(),
  archived: z.boolean(),
  found_by: foundBy,
});

const namedPerson = z.strictObject({
  id: z.guid(),
  email: z.string().nullable(),
  name: z.string().nullable(),
});

const ofNoKind = {
  ...{ enrollmentId: null, side: null, referralId: null, referrer: null, hints: [] },
  ...{ friendEmail: null, said: null },
};

function contactIn(review: Review) {
  if (review.kind !== 'duplicate') return { contact: null, candidates: [] };
  const candidates = review.candidates.map(({ id, by, ...candidate }) => ({
    ...{ ...candidate, contactId: id, foundBy: by },
  }));
  return { contact: draftSource(review.draft), candidates };
}

const review = resource('Review', {
  fields: {
    id: z.guid(),
    kind: z.enum(reviewKinds),
    enrollment_id: z.guid().nullable().describe('For a possible duplicate.'),
    side: sideName.nullable().describe('For a possible duplicate.'),
    referral_id: z.guid().nullable().describe('For a doubtful referral.'),
    referrer: namedPerson.nullable().describe('For a doubtful referral.'),
    hints: z.array(z.enum(hintCodes)).describe('For a doubtful referral: what the two share.'),
    friend_email: z.string().nullable().describe('For a missing referral, as it was reported.'),
    said: z.string().nullable().describe('For a missing referral: what the customer told Fin.'),
    campaign: z.strictObject({ id: z.guid(), name: z.string() }),
    person: namedPerson.describe('For a missing referral: who reported it.'),
    why: z.string(),
    contact: draft.nullable().describe('For a possible duplicate: the wanted role.'),
    candidates: z.array(candidate).describe('As they were in Intercom when the review was created.'),
    asked_at: moment,
    decision: decisionGiven.nullable(),
    decided_by: z
      .strictObject({
        kind: z.enum([...identifiedActors, ...unidentifiedActors]),
        name: z.string().nullable(),
      })
      .nullable(),
    decided_at: moment.nullable(),
  },
  sourceOf: (review: Review) => ({ ...ofNoKind, ...review, ...contactIn(review) }),
  example: {
    id: '4f1d2a90-5a2e-4b7c-9d2e-0c1f6a7b8c21',
    kind: 'duplicate',
    enrollment_id: '0f6c2f0a-2f5f-4b0e-9a51-6a0c5f1f7e01',
    side: 'leads',
    referral_id: null,
    referrer: null,
    hints: [],
    friend_email: null,
    said: null,
    campaign: { id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10', name: 'Spring' },
    person: {
      id: '2f0f2a7c-5f0e-4c55-9d4d-0d7a1f3f3f21',
      email: 'dana@example.com',
      name: 'Dana Reed',
    },
    why: 'Possible duplicate: one contact was found',
    contact: { role: 'lead', email: 'dana@example.com', custom_attributes: {}, tags: [] },
    candidates: [
      {
        contact_id: '66f1c0de8a7b9c0012345678',
        role: 'user',
        name: 'Dana Reed',
        email: 'dana@example.com',
        external_id: 'user-817',
        phone: '+4915112345678',
        created_at: '2025-11-20T09:00:00.000Z',
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
});

export const reviewRoutes: Route[] = [
  list('/reviews', {
    operation: 'listReviews',
    summary: 'List possible duplicates, doubtful referrals and missing referrals',
    query: {
      state: z.enum(['open', 'decided']).optional(),
      campaign_id: z.guid().optional(),
      ...paged,
    },
    items: review,
    name: 'ReviewList',
    statuses: { 200: 'A page of reviews' },
    find({ ctx, workspaceId, filter: { state, campaignId }, page }) {
      const open = state && state === 'open';
      return listReviews(ctx, workspaceId, { open, campaignId }, page);
    },
  }),
  read('/reviews/:id', {
    operation: 'readReview',
    summary: 'Get a review',
    answer: review,
    statuses: { 200: 'The review' },
    find: ({ ctx, workspaceId, id }) => readReview(ctx, workspaceId, id),
  }),
  write('/reviews/:id/decide', {
    operation: 'decideReview',
    summary: 'Decide a review',
    body: decisionGiven,
    answer: review,
    statuses: { 200: 'The decided review. The same decision again changes nothing' },
    act: ({ ctx, workspaceId, id, body, actor }) => decideReview(ctx, workspaceId, id, body, actor),
  }),
];
