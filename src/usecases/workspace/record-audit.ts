// The audit log: every change of a workspace with its actor, written in the change's own transaction.
import type { Context } from '../../context.ts';
import type { Tx } from '../../store/database.ts';
import { createAuditStore } from '../../store/workspace/audit.ts';
import type { Actor } from './audit.ts';

/** `action` without its subject, as in "changed the role of Dana Reed". `details` holds before and after, and no secret. */
export function recordAudit(
  ctx: Pick<Context, 'database' | 'now'>,
  tx: Tx,
  workspaceId: string,
  actor: Actor,
  action: string,
  details: Record<string, unknown> = {},
): Promise<void> {
  return createAuditStore(ctx.database).add(workspaceId, { at: ctx.now(), actor, what: action, details }, tx);
}
