// The audit entries of changes to referrals.
import type { Context } from '../../context.ts';
import type { ReferralActor } from '../../domain/program/program.ts';
import type { AuditAction, AuditDetails } from '../../domain/workspace/audit.ts';
import type { Tx } from '../../store/database.ts';
import { recordAudit } from '../workspace/record-audit.ts';

/** What platforms, friends and time change is in the referral's history alone. */
export async function recordReferralAudit<Action extends AuditAction>(
  ctx: Pick<Context, 'now'>,
  tx: Tx,
  workspaceId: string,
  actor: ReferralActor,
  action: Action,
  referralId: string,
  details: AuditDetails<Action>,
): Promise<void> {
  if (actor.id === null) return;
  const subject = { type: 'referral' as const, id: referralId };
  await recordAudit(ctx, tx, workspaceId, actor, action, subject, details);
}
