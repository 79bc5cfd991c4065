// The tables of enrollment: outcomes for participants, and reviews for a teammate to decide.
import { sql } from 'drizzle-orm';
import {
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { z } from 'zod';
import { contactDraft, foundBy } from '../../domain/contacts/contact-draft.ts';
import type { EnrollmentState, SideName } from '../../domain/enrollment/enrollment.ts';
import { reviewDecision } from '../../domain/enrollment/enrollment.ts';
import type { DoubtHint } from '../../domain/program/doubt.ts';
import type { ReferralActor } from '../../domain/program/program.ts';
import { references } from '../owned.ts';
import { parsedJson } from '../parsed-json.ts';
import { campaigns, moment, people, referrals, referrers, workspace } from '../schema.ts';

/** One per side that a person joined on: a referral or a referrer. */
export const enrollments = pgTable(
  'enrollments',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    side: text('side').$type<SideName>().notNull(),
    campaignId: uuid('campaign_id').notNull(),
    personId: uuid('person_id').notNull(),
    /** Exactly one of these two, by the side. */
    referralId: uuid('referral_id'),
    referrerId: uuid('referrer_id'),
    state: text('state').$type<EnrollmentState>().notNull(),
    /** How often it was planned; each round is a run of its own. */
    round: integer('round').notNull().default(0),
    contactId: text('contact_id'),
    /** The outcome or what it waits for, in words. */
    outcome: text('outcome'),
    createdAt: moment('created_at').notNull(),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    unique('enrollments_in_workspace').on(table.workspaceId, table.id),
    unique('enrollments_once_a_referral').on(table.workspaceId, table.referralId),
    unique('enrollments_once_a_referrer').on(table.workspaceId, table.referrerId),
    index('enrollments_newest').on(table.workspaceId, table.createdAt, table.id),
    index('enrollments_of_person').on(table.workspaceId, table.personId),
    index('enrollments_waiting')
      .on(table.workspaceId, table.campaignId, table.side)
      .where(sql`state = 'setup-required'`),
    references(table, table.campaignId, campaigns).onDelete('cascade'),
    references(table, table.personId, people).onDelete('cascade'),
    references(table, table.referralId, referrals).onDelete('cascade'),
    references(table, table.referrerId, referrers).onDelete('cascade'),
    check(
      'enrollments_of_one_side',
      sql`(side = 'leads' and referral_id is not null and referrer_id is null)
        or (side = 'referrers' and referrer_id is not null and referral_id is null)`,
    ),
    check(
      'enrollments_state',
      sql`state in ('setup-required', 'planned', 'done', 'skipped', 'review', 'failed')`,
    ),
  ],
);

export const reviewCandidateList = z.array(
  z.object({
    id: z.string(),
    role: z.enum(['lead', 'user']),
    name: z.string().nullable(),
    email: z.string().nullable(),
    externalId: z.string().nullable(),
    // Reviews of older versions lack these two.
    phone: z.string().nullable().default(null),
    createdAt: z.coerce.date().nullable().default(null),
    lastActiveAt: z.coerce.date().nullable(),
    archived: z.boolean(),
    by: foundBy,
  }),
);

export const reviews = pgTable(
  'reviews',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    /** Of a possible duplicate; of a doubtful referral; or of a reported missing one. */
    enrollmentId: uuid('enrollment_id'),
    referralId: uuid('referral_id'),
    reporterId: uuid('reporter_id'),
    /** Of a missing referral: where it belongs, and what the reporter said. */
    campaignId: uuid('campaign_id'),
    friendEmail: text('friend_email'),
    said: text('said'),
    /** Of a doubtful referral: when it was asked, then when it was decided. */
    hints: jsonb('hints').$type<DoubtHint[]>(),
    why: text('why').notNull(),
    /** Null for a referral. */
    draft: parsedJson('draft', contactDraft),
    /** As Intercom returned them when the review was opened. */
    candidates: parsedJson('candidates', reviewCandidateList).notNull(),
    decision: parsedJson('decision', reviewDecision),
    decidedBy: jsonb('decided_by').$type<{ kind: ReferralActor['kind']; name: string | null }>(),
    askedAt: moment('asked_at').notNull(),
    decidedAt: moment('decided_at'),
  },
  (table) => [
    unique('reviews_in_workspace').on(table.workspaceId, table.id),
    uniqueIndex('reviews_one_open').on(table.workspaceId, table.enrollmentId).where(sql`decided_at is null`),
    uniqueIndex('reviews_one_open_a_referral')
      .on(table.workspaceId, table.referralId)
      .where(sql`decided_at is null and referral_id is not null`),
    index('reviews_of_referral').on(table.workspaceId, table.referralId).where(sql`referral_id is not null`),
    index('reviews_newest').on(table.workspaceId, table.askedAt, table.id),
    references(table, table.enrollmentId, enrollments).onDelete('cascade'),
    references(table, table.referralId, referrals).onDelete('cascade'),
    references(table, table.reporterId, people).onDelete('cascade'),
    references(table, table.campaignId, campaigns).onDelete('cascade'),
    index('reviews_of_reporter').on(table.workspaceId, table.reporterId).where(sql`reporter_id is not null`),
    check(
      'reviews_of_one_kind',
      sql`enrollment_id is not null and draft is not null and referral_id is null and reporter_id is null
        or referral_id is not null and hints is not null and enrollment_id is null and reporter_id is null
        or reporter_id is not null and campaign_id is not null and enrollment_id is null and referral_id is null`,
    ),
  ],
);

/** Contacts with an open review on their card; deleted once decided. */
export const reviewCandidates = pgTable(
  'review_candidates',
  {
    workspaceId: workspace(),
    contactId: text('contact_id').notNull(),
    reviewId: uuid('review_id').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.contactId, table.reviewId] }),
    index('review_candidates_of').on(table.workspaceId, table.reviewId),
    references(table, table.reviewId, reviews).onDelete('cascade'),
  ],
);
