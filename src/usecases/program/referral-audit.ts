// Audit entries of referral changes.
import type { Context } from '../../context.ts';
import type { ReferralActor } from '../../domain/program/program.ts';
import type { AuditAction, AuditDetails } from '../../domain/workspace/audit.ts';
import type { Tx } from '../../store/database.ts';
import { recordAudit } from '../workspace/record-audit.ts';

/** Changes by platforms, friends and time are only in the referral's history. */
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
