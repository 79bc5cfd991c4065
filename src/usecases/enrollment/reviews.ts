// A teammate's decision on a review: which contact a possible duplicate is, or whether a doubtful referral counts.
import type { Context } from '../../context.ts';
import { isSameJson } from '../../domain/campaigns/campaign-plan.ts';
import {
  doubtAnswer,
  duplicateDecision,
  missingDecision,
  type ReviewDecision,
} from '../../domain/enrollment/enrollment.ts';
import type { ReviewRecord } from '../../domain/enrollment/review-record.ts';
import { readEmail } from '../../domain/identity.ts';
import type { ReferralActor } from '../../domain/program/program.ts';
import { momentOf } from '../../domain/time.ts';
import { capital } from '../../domain/words.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { attemptsFor } from '../../domain/workspace/settings.ts';
import { Failure, refusedRequest } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { lockEnrollment, updateEnrollment } from '../../store/enrollment/enrollments.ts';
import {
  closeDoubt,
  closeReview,
  type DoubtReview,
  type DuplicateReview,
  findReview,
  lockReview,
  type MissingReview,
  type Review,
  type ReviewCandidate,
  reviewedPeople,
  reviewPage,
} from '../../store/enrollment/reviews.ts';
import { findCampaign } from '../../store/program/campaigns.ts';
import { lockTrackedReferral } from '../../store/program/referral-status.ts';
import { findReferrerOfPerson } from '../../store/program/referrers.ts';
import { campaignSettingsOf, readSettings } from '../../store/workspace/settings.ts';
import { found, refuseField } from '../found.ts';
import { refuseOutside } from '../program/campaigns.ts';
import { requestStatusChange, statusRun, tryToDecide } from '../program/change-status.ts';
import { joinAsReferral } from '../program/referrals.ts';
import { query, required } from '../query.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { type EnrollWork, replanEnrollment } from './plan-enrollment.ts';

export type {
  DoubtReview,
  DuplicateReview,
  MissingReview,
  Review,
  ReviewCandidate,
} from '../../store/enrollment/reviews.ts';

/** Rejects with a Failure `not-found`. */
export const readReview = required(findReview, 'review');

export const listReviews = query(reviewPage);

/** Of a possible duplicate, who joined and then each candidate; of a doubtful referral, the friend and the referrer. */
export async function readReviewRecords(
  ctx: Context,
  workspaceId: string,
  review: Review,
): Promise<ReviewRecord[]> {
  const { db } = ctx.database;
  const { person } = review;
  if (review.kind === 'doubtful_referral') {
    const ids = [person.id, ...(review.referrer ? [review.referrer.id] : [])];
    const known = await reviewedPeople(db, workspaceId, { personIds: ids, contactIds: [] });
    return ids.flatMap((id) => known.filter((each) => each.id === id).map(recordOf));
  }
  // What was told of a missing referral names no record.
  if (review.kind === 'missing_referral') return [];
  const { draft, candidates } = review;
  const contactIds = candidates.map(({ id }) => id);
  const known = await reviewedPeople(db, workspaceId, { personIds: [person.id], contactIds });
  const own = known.find(({ id }) => id === person.id);
  const joined: ReviewRecord = {
    ...(own ? recordOf(own) : nothingKnown),
    ...{ contactId: null, role: null, createdAt: review.askedAt, lastSeenAt: null },
    ...{ name: draft.name ?? person.name, email: draft.email ?? person.email },
    ...{ phone: draft.phone ?? null, externalId: draft.externalId ?? own?.externalId ?? null },
  };
  return [joined, ...candidates.map((candidate) => candidateRecord(candidate, known))];
}

type Reviewed = Awaited<ReturnType<typeof reviewedPeople>>[number];

const nothingKnown: ReviewRecord = {
  ...{ contactId: null, personId: null, name: null, email: null, phone: null, externalId: null },
  ...{ role: null, createdAt: null, lastSeenAt: null, referrals: [], refersIn: [] },
};

function recordOf({ id, facts, ...person }: Reviewed): ReviewRecord {
  const { phone = null, last_seen_at: seen = null } = facts ?? {};
  return {
    ...person,
    personId: id,
    phone: typeof phone === 'string' ? phone : null,
    lastSeenAt: momentOf(seen),
  };
}

function candidateRecord(candidate: ReviewCandidate, known: readonly Reviewed[]): ReviewRecord {
  const { id, role, name, email, phone, externalId, createdAt, lastActiveAt } = candidate;
  const linked = known.filter(({ contactId }) => contactId === id);
  return {
    ...{ contactId: id, personId: linked[0]?.id ?? null, role, name, email, phone, externalId },
    ...{ createdAt, lastSeenAt: lastActiveAt },
    referrals: linked.flatMap(({ referrals }) => referrals),
    refersIn: linked.flatMap(({ refersIn }) => refersIn),
  };
}

/**
 * Repeating a decision changes nothing. Rejects with `not-found`, `invalid` for a contact that is not a
 * candidate, `conflict` when decided otherwise. `friendEmail` replaces the one that was reported as missing.
 */
export async function decideReview(
  ctx: Context,
  workspaceId: string,
  id: string,
  decision: ReviewDecision,
  actor: Actor,
  { friendEmail = null }: { friendEmail?: string | null } = {},
): Promise<Review> {
  await ctx.database.transaction(async (tx) => {
    const asked = found(await findReview(tx, workspaceId, id), 'review');
    // Before its review, as everything that changes a referral does.
    if (asked.kind === 'doubtful_referral') await lockTrackedReferral(tx, workspaceId, asked.referralId);
    const review = found(await lockReview(tx, workspaceId, id), 'review');
    if (review.decision) return refuseOther(review, decision);
    if (review.kind === 'doubtful_referral')
      return decideDoubt(ctx, tx, workspaceId, review, decision, actor);
    if (review.kind === 'missing_referral')
      return decideMissing(
        ctx,
        tx,
        workspaceId,
        { ...review, friendEmail: friendEmail ?? review.friendEmail },
        decision,
        actor,
      );
    const runDecision = decisionFor(review, decision);
    const by = { kind: actor.kind === 'api' ? ('api' as const) : ('teammate' as const), name: actor.name };
    await closeReview(tx, workspaceId, id, { decision, by, at: ctx.now() });
    await recordAudit(ctx, tx, workspaceId, actor, 'review.decide', id, { decision });
    const enrollment = await lockEnrollment(tx, workspaceId, review.enrollmentId);
    if (enrollment?.state !== 'review') return;
    if (runDecision) return replanEnrollment(ctx, tx, workspaceId, enrollment, runDecision);
    const outcome = `${actor.name} decided to create no contact.`;
    const to = { state: 'skipped' as const, outcome, changedAt: ctx.now() };
    await updateEnrollment(tx, workspaceId, enrollment.id, to);
  });
  return readReview(ctx, workspaceId, id);
}

/** Null when the decision needs no further work. */
function decisionFor({ candidates }: DuplicateReview, given: ReviewDecision): EnrollWork['decision'] {
  const ids = candidates.map((candidate) => candidate.id);
  const decision = fitting(duplicateDecision, given);
  if ('skip' in decision) return null;
  if ('create' in decision) return { create: true, excludedIds: ids };
  if (ids.includes(decision.use)) return decision;
  throw refusedRequest({ use: `must be one of the candidates: ${ids.join(', ')}` });
}

function refuseOther({ decision, decidedBy }: Review, wanted: ReviewDecision): void {
  if (sameAs(decision, wanted)) return;
  throw new Failure('conflict', `${decidedBy?.name ?? 'A teammate'} has already decided this.`);
}

/** Decisions are small and flat, and their keys in one order. */
const sameAs = (one: ReviewDecision | null, other: ReviewDecision) => isSameJson(one, other);

/** Rejects with `invalid` what decides the other kind of review. */
function fitting<T>(kind: { safeParse(given: unknown): { data?: T } }, given: ReviewDecision): T {
  const { data } = kind.safeParse(given);
  if (data !== undefined) return data;
  throw new Failure('invalid', 'This decision does not fit this kind of review.');
}

async function decideDoubt(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  review: DoubtReview,
  given: ReviewDecision,
  actor: Actor,
): Promise<void> {
  const decision = fitting(doubtAnswer, given);
  const { id, referralId, hints, person } = review;
  const by: ReferralActor =
    actor.kind === 'teammate' || actor.kind === 'api' ? actor : { kind: 'app', id: null, name: actor.name };
  const at = ctx.now();
  await closeDoubt(tx, workspaceId, referralId, {
    decision,
    by: { kind: by.kind, name: by.name },
    at,
    hints,
  });
  await recordAudit(ctx, tx, workspaceId, actor, 'review.decide', id, { decision });
  const change = 'qualify' in decision ? 'qualify' : 'disqualify';
  // What else is in the way refuses the decision, too.
  const referral = found(await lockTrackedReferral(tx, workspaceId, referralId), 'referral');
  const { refused } = tryToDecide(referral, change, at);
  if (refused !== null) throw new Failure('conflict', `${capital(refused)}.`);
  const settings = await readSettings(tx, workspaceId);
  const ofCampaign = await campaignSettingsOf(tx, workspaceId, referralId);
  const maxAttempts = attemptsFor('change-status', settings, ofCampaign);
  const work = { change, reason: `Decided in a review: ${review.why}`, actor: by } as const;
  const run = { deduplicationKey: `review:${id}`, cause: `${actor.name} decided a review`, maxAttempts };
  const changed = { workspaceId, referralId, personId: person.id, contactId: null };
  await requestStatusChange(ctx, tx, statusRun(changed, work, run));
}

/** An added referral is as one that a teammate adds by hand: the reporter gets the credit. */
async function decideMissing(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  { id, person, campaign: { id: campaignId }, friendEmail }: MissingReview,
  given: ReviewDecision,
  actor: Actor,
): Promise<void> {
  const decision = fitting(missingDecision, given);
  const by = { kind: actor.kind === 'api' ? ('api' as const) : ('teammate' as const), name: actor.name };
  await closeReview(tx, workspaceId, id, { decision, by, at: ctx.now() });
  await recordAudit(ctx, tx, workspaceId, actor, 'review.decide', id, { decision });
  if (!('add' in decision)) return;
  const email = readEmail(friendEmail ?? '');
  if ('problem' in email) refuseField('friend_email', 'Enter the friend’s email.');
  const campaign = found(await findCampaign(tx, workspaceId, campaignId), 'campaign');
  refuseOutside(campaign);
  const referrer = await findReferrerOfPerson(tx, workspaceId, campaignId, person.id);
  if (!referrer)
    throw new Failure(
      'conflict',
      'This person has no share link in the campaign. Add them as a referrer first.',
    );
  const recordedActor =
    actor.kind === 'teammate' || actor.kind === 'api'
      ? actor
      : { kind: 'app' as const, id: null, name: actor.name };
  const joining = {
    ...{ campaign, referrer, source: 'manual' as const, reason: 'Reported as missing by the referrer' },
    person: { email: email.value, externalId: null, name: null },
  };
  const joined = await joinAsReferral(ctx, tx, workspaceId, joining, recordedActor);
  if (!joined.created) throw new Failure('conflict', 'This friend has a referral in the campaign already.');
}
