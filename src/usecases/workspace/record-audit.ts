// The audit log: every change of a workspace with its actor, written in the change's own transaction.
import type { Context } from '../../context.ts';
import type { Actor, AuditAction, AuditDetails, AuditSubject } from '../../domain/workspace/audit.ts';
import type { Tx } from '../../store/database.ts';
import { addAuditEntry } from '../../store/workspace/audit.ts';

/** An action that leaves nothing changed, or is refused, must not get here. See `auditActions` for what `details` may hold. */
export function recordAudit<Action extends AuditAction>(
  ctx: Pick<Context, 'now'>,
  tx: Tx,
  workspaceId: string,
  actor: Actor,
  action: Action,
  subject: AuditSubject | null,
  details: AuditDetails<Action>,
): Promise<void> {
  return addAuditEntry(tx, workspaceId, { at: ctx.now(), actor, action, subject, details });
}
