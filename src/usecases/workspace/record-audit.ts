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

/** Newest first; the place to go on after is read by its id. */
export function listAudit(
  ctx: Context,
  workspaceId: string,
  filter: AuditFilter,
  page: PageRequest,
): Promise<Page<AuditEntry>> {
  return listAuditEntries(ctx.database.db, workspaceId, filter, page);
}
