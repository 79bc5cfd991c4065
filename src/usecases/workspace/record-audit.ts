// The audit log: every change of a workspace with its actor, written in the change's own transaction.
import type { Context } from '../../context.ts';
import type { Actor, AuditAction, AuditDetails, AuditSubject } from '../../domain/workspace/audit.ts';
import type { Tx } from '../../store/database.ts';
import { addAuditEntry, listAuditEntries } from '../../store/workspace/audit.ts';
import { query } from '../query.ts';

type NamedAfter<Action> = Action extends `${infer Type extends AuditSubject['type']}.${string}`
  ? Type
  : never;

/**
 * Do not call it for an action that changes nothing or is refused. `subject`: the id of what the action is named after, such
 * as the campaign of `campaign.change`. See `auditActions` for the allowed `details`.
 */
export function recordAudit<Action extends AuditAction>(
  ctx: Pick<Context, 'now'>,
  tx: Tx,
  workspaceId: string,
  actor: Actor,
  action: Action,
  subject: AuditSubject | null | ([NamedAfter<Action>] extends [never] ? null : string),
  details: AuditDetails<Action>,
): Promise<void> {
  const type = action.slice(0, action.indexOf('.')) as AuditSubject['type'];
  const about = typeof subject === 'string' ? { type, id: subject } : (subject as AuditSubject | null);
  return addAuditEntry(tx, workspaceId, { at: ctx.now(), actor, action, subject: about, details });
}

/** Newest first; of the cursor, only the id counts. */
export const listAudit = query(listAuditEntries);
