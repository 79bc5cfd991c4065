// Plans how a new participant of a campaign becomes an Intercom contact.
import type { Context } from '../../context.ts';
import { allows } from '../../domain/campaigns/campaign-state.ts';
import { type EnrollmentSide, type Setup, setupOf } from '../../domain/enrollment/enrollment.ts';
import { customName } from '../../domain/enrollment/mapping.ts';
import { subjectInIntercom, type Work } from '../../domain/runs/run.ts';
import { attemptsFor } from '../../domain/workspace/settings.ts';
import type { Tx } from '../../store/database.ts';
import {
  type Enrollment,
  findParticipant,
  insertEnrollment,
  listWaitingSides,
  lockWaitingEnrollments,
  type Participant,
  updateEnrollment,
  type WaitingSide,
} from '../../store/enrollment/enrollments.ts';
import { findCampaign } from '../../store/program/campaigns.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { planRun } from '../runs/plan-run.ts';

export type EnrollWork = Extract<Work, { kind: 'enroll' }>;

const batchSize = 100;
export const doesNothing = 'The campaign does nothing in Intercom when people join.';

/** Only another platform can still add people to such a campaign. A backfill enrolls them once it is unarchived. */
const whileArchived = {
  state: 'skipped' as const,
  outcome: 'The campaign was archived when the person joined.',
};

/** Call it in the transaction in which the person joins. */
export async function planEnrollment(ctx: Context, tx: Tx, workspaceId: string, participant: Participant) {
  const known = await findParticipant(tx, workspaceId, participant);
  if (!known) return;
  const { campaignId, personId, settings, standing } = known;
  const side = settings.enrollment[participant.side];
  const at = ctx.now();
  const enrollment: Enrollment = {
    ...{ id: ctx.newId(), side: participant.side, participantId: participant.id, campaignId, personId },
    ...(allows(standing, 'enroll', at) ? initialState(side, setupOf(side, null)) : whileArchived),
    ...{ round: 0, contactId: null, createdAt: at, changedAt: at },
  };
  if (!(await insertEnrollment(tx, workspaceId, enrollment))) return;
  if (enrollment.state === 'planned') await planRound(ctx, tx, workspaceId, enrollment, null);
}

/** Starts another round, whatever the outcome of the last. */
export async function replanEnrollment(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  enrollment: Enrollment,
  decision: EnrollWork['decision'] = null,
): Promise<void> {
  const round = enrollment.round + 1;
  const to = { state: 'planned' as const, round, outcome: null, changedAt: ctx.now() };
  await updateEnrollment(tx, workspaceId, enrollment.id, to);
  await planRound(ctx, tx, workspaceId, { ...enrollment, round }, decision);
}

async function planRound(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  { id, side, participantId, personId, round }: Enrollment,
  decision: EnrollWork['decision'],
): Promise<void> {
  const participant = await findParticipant(tx, workspaceId, { side, id: participantId });
  const settings = await readSettings(tx, workspaceId);
  await planRun(ctx, tx, {
    workspaceId,
    subject: subjectInIntercom(personId),
    referralId: side === 'leads' ? participantId : null,
    deduplicationKey: enrollmentKey({ side, participantId, round }),
    work: { kind: 'enroll', enrollmentId: id, decision },
    cause: side === 'leads' ? 'joined as a referred person' : 'joined as a referrer',
    maxAttempts: attemptsFor('enroll', settings, participant?.settings ?? null),
  });
}

/** Each round is a run of its own. */
export const enrollmentKey = ({
  side,
  participantId,
  round,
}: Pick<Enrollment, 'side' | 'participantId' | 'round'>) => `enroll:${side}:${participantId}:${round}`;

export function enqueueWaitingEnrollments(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  campaignId: string,
): Promise<void> {
  return ctx.queue.enqueue(tx, { name: 'plan-enrollments', workspaceId, campaignId });
}

/** For a setup that is now complete. Rejects when Intercom cannot be reached. */
export async function planWaitingEnrollments(ctx: Context, workspaceId: string, campaignId: string) {
  await planSide(ctx, { workspaceId, campaignId, side: 'leads' });
  await planSide(ctx, { workspaceId, campaignId, side: 'referrers' });
}

/** Every minute: for attributes created in Intercom itself, and lost jobs. */
export async function planAllWaitingEnrollments(ctx: Context): Promise<void> {
  for (const side of await listWaitingSides(ctx.database.db)) {
    await planSide(ctx, side).catch((error: unknown) =>
      ctx.log.warn({ err: error, ...side }, 'enrollments that wait for the setup could not be planned'),
    );
  }
}

async function planSide(ctx: Context, waiting: WaitingSide): Promise<void> {
  const { workspaceId, campaignId, side } = waiting;
  const campaign = await findCampaign(ctx.database.db, workspaceId, campaignId);
  if (!campaign || !allows(campaign.standing, 'enroll', ctx.now())) return;
  const settings = campaign.settings.enrollment[side];
  // Known without asking Intercom, where missing attributes may exist by now.
  if (!setupOf(settings, null).complete) return;
  ctx.intercom.background.attributes.forget(workspaceId);
  if (!setupOf(settings, await attributesFor(ctx, workspaceId, settings)).complete) return;
  const skipped = { state: 'skipped' as const, outcome: doesNothing, changedAt: ctx.now() };
  for (let left = true; left; ) {
    left = await ctx.database.transaction(async (tx) => {
      const enrollments = await lockWaitingEnrollments(tx, waiting, batchSize);
      for (const enrollment of enrollments) {
        if (settings.action === 'nothing') await updateEnrollment(tx, workspaceId, enrollment.id, skipped);
        else await replanEnrollment(ctx, tx, workspaceId, enrollment);
      }
      return enrollments.length > 0;
    });
  }
}

/** Asks Intercom only when the mapping names a custom attribute. */
export async function attributesFor(ctx: Context, workspaceId: string, side: EnrollmentSide) {
  const names = side.mapping.flatMap((row) => customName(row.to) ?? []);
  return names.length > 0 ? ctx.intercom.background.attributes.of(workspaceId, names) : [];
}

function initialState(side: EnrollmentSide, setup: Setup): Pick<Enrollment, 'state' | 'outcome'> {
  if (side.action === 'nothing') return { state: 'skipped', outcome: doesNothing };
  if (setup.complete) return { state: 'planned', outcome: null };
  return { state: 'setup-required', outcome: setup.missing.join(' ') };
}
