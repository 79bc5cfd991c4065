// The audit log: every change of a workspace with its actor, written in the change's own transaction.
import type { Context } from '../../context.ts';
import type { Actor, AuditAction, AuditDetails, AuditSubject } from '../../domain/workspace/audit.ts';
import type { Tx } from '../../store/database.ts';
import { addAuditEntry, listAuditEntries } from '../../store/workspace/audit.ts';
import { query } from '../query.ts';

/** Do not call it for an action that changes nothing or is refused. See `auditActions` for the allowed `details`. */
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

/** Newest first; of the cursor, only the id counts. */
export const listAudit = query(listAuditEntries);
