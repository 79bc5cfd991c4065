// Plans a first enrollment, or another after one without result.
import type { Context } from '../../context.ts';
import type { Tx } from '../../store/database.ts';
import { lockEnrollment, type Participant } from '../../store/enrollment/enrollments.ts';
import { lockEnrollmentOf, type Unenrolled } from '../../store/repair/campaign-participants.ts';
import { planEnrollment, replanEnrollment } from '../enrollment/plan-enrollment.ts';

export async function enrollAgain(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  { participant, enrollmentId }: Unenrolled,
): Promise<void> {
  const earlier = enrollmentId === null ? null : await lockEnrollment(tx, workspaceId, enrollmentId);
  if (earlier) await replanEnrollment(ctx, tx, workspaceId, earlier);
  else await planEnrollment(ctx, tx, workspaceId, participant);
}

/** Skips those under way or waiting for a teammate, which end by themselves. */
export async function enrollUnlessUnderWay(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  participant: Participant,
): Promise<void> {
  const known = await lockEnrollmentOf(tx, workspaceId, participant);
  if (known && !['done', 'skipped', 'failed'].includes(known.state)) return;
  await enrollAgain(ctx, tx, workspaceId, { participant, enrollmentId: known?.id ?? null });
}
