// The audit log: every change of a workspace with its actor, written in the change's own transaction.
import type { Context } from '../../context.ts';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import type {
  Actor,
  AuditAction,
  AuditDetails,
  AuditEntry,
  AuditSubject,
} from '../../domain/workspace/audit.ts';
import type { Tx } from '../../store/database.ts';
import { type AuditFilter, addAuditEntry, listAuditEntries } from '../../store/workspace/audit.ts';

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
export function listAudit(
  ctx: Context,
  workspaceId: string,
  filter: AuditFilter,
  page: PageRequest,
): Promise<Page<AuditEntry>> {
  return listAuditEntries(ctx.database.db, workspaceId, filter, page);
}
