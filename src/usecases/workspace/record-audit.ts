// The audit log: each change with its actor, in the change's transaction.
import type { Context } from '../../context.ts';
import type { Actor, AuditAction, AuditDetails, AuditSubject } from '../../domain/workspace/audit.ts';
import type { Tx } from '../../store/database.ts';
import { addAuditEntries, addAuditEntry, listAuditEntries } from '../../store/workspace/audit.ts';
import { query } from '../query.ts';

type NamedAfter<Action> = Action extends `${infer Type extends AuditSubject['type']}.${string}`
  ? Type
  : never;

/**
 * Only for changes that took effect. `subject` is the id of the thing changed, such as the campaign of
 * `campaign.change`. `auditActions` defines `details`.
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

/** One entry for each of many things that one request changed. */
export function recordAudits<Action extends AuditAction>(
  ctx: Pick<Context, 'now'>,
  tx: Tx,
  workspaceId: string,
  actor: Actor,
  action: Action,
  changes: readonly { subject: string; details: AuditDetails<Action> }[],
): Promise<void> {
  const type = action.slice(0, action.indexOf('.')) as AuditSubject['type'];
  const entries = changes.map(({ subject: id, details }) => ({
    ...{ at: ctx.now(), actor, action, subject: { type, id }, details },
  }));
  return addAuditEntries(tx, workspaceId, entries);
}

/** Newest first. */
export const listAudit = query(listAuditEntries);
