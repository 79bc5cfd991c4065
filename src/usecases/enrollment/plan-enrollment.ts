// Plans how a new participant of a campaign becomes an Intercom contact.
import type { Context } from '../../context.ts';
import type { Tx } from '../../store/database.ts';
import type { Enrollment, JoinedMember } from './enrollment-edges.ts';

/** In the transaction in which the person joins. */
export function planEnrollment(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  member: JoinedMember,
): Promise<void> {
  return ctx.legacy.enrollment.plan(tx, workspaceId, member);
}

/** A further round of an enrollment that exists already. */
export function replanEnrollment(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  enrollment: Enrollment,
): Promise<unknown> {
  return ctx.legacy.enrollment.planAgain(tx, workspaceId, enrollment);
}

/** Enqueues the job that plans the enrollments waiting for a campaign's setup. */
export function enqueueWaitingEnrollments(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  campaignId: string,
): Promise<void> {
  return ctx.queue.enqueue(tx, { name: 'plan-enrollments', workspaceId, campaignId });
}
