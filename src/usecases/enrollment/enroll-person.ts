// The run that finds or creates a participant's Intercom contact, and records the outcome.
import type { Context } from '../../context.ts';
import { type OnDuplicate, usePolicies } from '../../domain/contacts/contact-draft.ts';
import {
  type EnrollmentSide,
  needsEmail,
  type ReviewDecision,
  roleOf,
  setupOf,
} from '../../domain/enrollment/enrollment.ts';
import {
  enrollmentFactsOf,
  type ParticipantProfile,
  sideOf,
} from '../../domain/enrollment/enrollment-facts.ts';
import { contactDraftOf, type FilledRow, fill } from '../../domain/enrollment/filled-mapping.ts';
import type { Postponed, Run, RunResult } from '../../domain/runs/run.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import {
  type Enrollment,
  findEnrollment,
  linkPersonToContact,
  updateEnrollment,
} from '../../store/enrollment/enrollments.ts';
import { findParticipantProfile } from '../../store/enrollment/participant-profiles.ts';
import { insertReview } from '../../store/enrollment/reviews.ts';
import { findOrCreateContact } from '../contacts/find-or-create.ts';
import type { UpsertResult } from '../contacts/upsert.ts';
import { shareLinkOf } from '../program/share-links.ts';
import { timeZoneOf } from '../qualification/installed.ts';
import { planShareWriteBack, planWriteBack } from '../runs/plan-write-back.ts';
import { troubleOf } from '../trouble.ts';
import { attributesFor, doesNothing, type EnrollWork, enrollmentKey } from './plan-enrollment.ts';

export async function enrollPerson(
  ctx: Context,
  run: Run<EnrollWork>,
  markAttempted: () => Promise<void>,
): Promise<RunResult<Tx> | Postponed> {
  const { workspaceId, work } = run;
  const { db } = ctx.database;
  const enrollment = await findEnrollment(db, workspaceId, work.enrollmentId);
  const profile =
    enrollment &&
    (await findParticipantProfile(db, workspaceId, enrollment, (referrer) => shareLinkOf(ctx, referrer)));
  // The participant is gone.
  if (!profile) return {};
  if (run.deduplicationKey !== enrollmentKey(enrollment))
    return { canceled: 'The person was enrolled again later. That run decides' };
  const side = sideOf(profile);
  const end = (to: Pick<Enrollment, 'state' | 'outcome'>): RunResult<Tx> => ({
    record: (tx) => updateEnrollment(tx, workspaceId, enrollment.id, { ...to, changedAt: ctx.now() }),
  });
  if (side.action === 'nothing') return end({ state: 'skipped', outcome: doesNothing });
  const attributes = await attributesFor(ctx, workspaceId, side);
  const { complete, missing } = setupOf(side, attributes);
  // A contact may have been created, and only this run can find it.
  if (!complete && run.attemptedAt !== null) throw new Failure('conflict', missing.join(' '));
  if (!complete) return end({ state: 'setup-required', outcome: missing.join(' ') });
  const timeZone = await timeZoneOf(ctx, workspaceId);
  const filled = fill(side.mapping, enrollmentFactsOf(profile), attributes, roleOf(side), { timeZone });
  const draft = contactDraftOf(roleOf(side), filled);
  if (needsEmail(side) && draft.email === undefined) {
    const why = `No email to send: ${whyNoEmail(filled)}.`;
    return { ...end({ state: 'failed', outcome: why }), refused: why };
  }
  const options = {
    linkedId: used(work.decision) ?? profile.person.contactId,
    personId: profile.person.id,
    idempotencyKey: run.id,
    attemptedAt: run.attemptedAt,
    excludedIds: work.decision !== null && 'create' in work.decision ? work.decision.excludedIds : [],
    markAttempted,
  };
  const policy = onDuplicate(side, work.decision);
  const upserted = await findOrCreateContact(ctx, 'background', workspaceId, draft, policy, options).catch(
    (error: unknown) => refusedSetup(ctx, workspaceId, side, error),
  );
  if ('missing' in upserted) return end({ state: 'setup-required', outcome: upserted.missing });
  if ('waitUntil' in upserted) return upserted;
  const { request, answer } = upserted.exchange;
  return {
    exchange: { request: { asked: request, ...leftOut(filled) }, answer },
    ...(upserted.outcome === 'refused' ? { refused: upserted.why } : {}),
    record: (tx) => settle(ctx, tx, workspaceId, { enrollment, profile, draft, upserted, filled }),
  };
}

/** An attribute may have been deleted since the list was read; what else was refused is refused. */
async function refusedSetup(ctx: Context, workspaceId: string, side: EnrollmentSide, error: unknown) {
  if (!(error instanceof Failure)) throw error;
  ctx.intercom.background.attributes.forget(workspaceId);
  const { isFinal, notDone } = troubleOf(error);
  if (!isFinal || !notDone) throw error;
  const { complete, missing } = setupOf(side, await attributesFor(ctx, workspaceId, side));
  if (complete) throw error;
  return { missing: missing.join(' ') };
}

type Result = {
  enrollment: Enrollment;
  profile: ParticipantProfile;
  draft: ReturnType<typeof contactDraftOf>;
  upserted: UpsertResult;
  filled: readonly FilledRow[];
};

/** Commits with the end of the run: the outcome, the link, and the next writes. */
async function settle(ctx: Context, tx: Tx, workspaceId: string, result: Result): Promise<void> {
  const { enrollment, profile, draft, upserted, filled } = result;
  const { outcome, contactId, why, candidates = [] } = upserted;
  const to = { contactId, outcome: [`${why}.`, ...partly(filled)].join(' '), changedAt: ctx.now() };
  const change = (state: Enrollment['state']) =>
    updateEnrollment(tx, workspaceId, enrollment.id, { ...to, state });
  if (outcome === 'refused') return change('failed');
  if (outcome === 'review') {
    await change('review');
    const review = { id: ctx.newId(), enrollmentId: enrollment.id, why, draft, candidates };
    return insertReview(tx, workspaceId, { ...review, askedAt: ctx.now() });
  }
  await change('done');
  if (contactId === null) return;
  const from = profile.person.contactId;
  const referrals = await linkPersonToContact(tx, workspaceId, profile.person.id, { id: contactId, from });
  // Read now, so that its next change counts as one. After a write, Intercom notifies us.
  if (outcome === 'linked') await ctx.queue.enqueue(tx, { name: 'read-contact', workspaceId, contactId });
  // Linking alone must not write to the contact.
  if (referrals === null || outcome === 'linked') return;
  for (const id of referrals) await planWriteBack(ctx, tx, workspaceId, id);
  if (enrollment.side === 'leads') return;
  const { campaign, person } = profile;
  const share = { referrerId: enrollment.participantId, personId: person.id, contactId, campaign };
  await planShareWriteBack(ctx, tx, workspaceId, share);
}

type RunDecision = Exclude<ReviewDecision, { skip: true }> | null;

function onDuplicate(side: EnrollmentSide, decision: RunDecision): OnDuplicate {
  const { lead_where_user_wanted, archived } = side;
  const policy = decision !== null && 'use' in decision ? usePolicies[decision.how] : side.duplicates;
  return { policy, lead_where_user_wanted, archived };
}

function used(decision: RunDecision): string | null {
  return decision !== null && 'use' in decision ? decision.use : null;
}

function whyNoEmail(filled: readonly FilledRow[]): string {
  return filled.find(({ row }) => row.to === 'email')?.why ?? 'no row maps to email';
}

/** For the run log: values that were not sent as intended, and why. */
function leftOut(filled: readonly FilledRow[]): { left_out?: Record<string, string> } {
  const odd = filled.flatMap(({ row, why }): [string, string][] => (why === null ? [] : [[row.to, why]]));
  return odd.length === 0 ? {} : { left_out: Object.fromEntries(odd) };
}

function partly(filled: readonly FilledRow[]): string[] {
  const odd = filled.filter(({ why }) => why !== null);
  if (odd.length === 0) return [];
  return [`Partly sent: ${odd.map(({ row, why }) => `${row.to}: ${why}`).join('; ')}.`];
}
