// Doubtful referrals that are held: asked for review once they would qualify, and what a decision leaves behind.
import type { Context } from '../../context.ts';
import type { DoubtDecision } from '../../domain/enrollment/enrollment.ts';
import type { ReferralActor } from '../../domain/program/program.ts';
import type { QualificationBlock } from '../../domain/program/qualification-block.ts';
import type { ReferralStatus } from '../../domain/program/referral.ts';
import type { Tx } from '../../store/database.ts';
import { askAboutDoubt, closeDoubt, closeDoubts } from '../../store/enrollment/reviews.ts';
import { findQualification } from '../../store/program/qualification-block.ts';

/** For whatever would qualify a referral and meets its block. The referral must be locked; asks once. */
export async function askIfDoubtful(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  referralId: string,
  block: QualificationBlock | null,
): Promise<void> {
  if (block?.code !== 'doubtful') return;
  const { hints } = await findQualification(tx, workspaceId, referralId);
  await askAboutDoubt(tx, workspaceId, { id: ctx.newId(), referralId, hints, at: ctx.now() });
}

/**
 * The same hints keep it from qualifying no more. Also without an open review: who qualifies by hand has seen the hints.
 * The referral must be locked.
 */
export async function allowDoubt(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  referralId: string,
  { kind, name }: ReferralActor,
): Promise<void> {
  const { hints } = await findQualification(tx, workspaceId, referralId);
  if (hints.length === 0) return;
  const at = ctx.now();
  const decided = { decision: { qualify: true as const }, by: { kind, name }, at, hints };
  await askAboutDoubt(tx, workspaceId, { id: ctx.newId(), referralId, hints, at });
  await closeDoubt(tx, workspaceId, referralId, decided);
}

/** With every change of a status: nothing is left to decide. */
export async function settleDoubt(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  referralId: string,
  { status, actor: { kind, name } }: { status: ReferralStatus; actor: ReferralActor },
): Promise<void> {
  const decision: DoubtDecision = status === 'disqualified' ? { disqualify: true } : { skip: true };
  await closeDoubts(tx, [{ workspaceId, referralId, decision, by: { kind, name }, at: ctx.now() }]);
}
