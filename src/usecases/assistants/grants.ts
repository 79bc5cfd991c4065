// The list of what teammates granted to AI assistants, and its end by hand.
import type { Context } from '../../context.ts';
import { byTeammate } from '../../domain/workspace/audit.ts';
import { mayDo } from '../../domain/workspace/teammate.ts';
import { endGrants, grantsOf, type ListedGrant } from '../../store/assistants/grants.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import type { Visitor } from '../workspace/sessions.ts';

export type { ListedGrant };

type Who = Pick<Visitor, 'workspaceId' | 'teammate' | 'role'>;

/** A viewer sees their own; an administrator, everyone's. */
const ofWhom = ({ teammate, role }: Who) => (mayDo(role, 'administrator') ? null : teammate.id);

export function listGrants(ctx: Context, visitor: Who): Promise<ListedGrant[]> {
  return grantsOf(ctx.database.db, visitor.workspaceId, ofWhom(visitor), ctx.now());
}

/** False when it is not one of those that `listGrants` shows. */
export function revokeGrant(ctx: Context, visitor: Who, id: string): Promise<boolean> {
  const { workspaceId } = visitor;
  const teammateId = ofWhom(visitor);
  const which = { workspaceId, id, ...(teammateId === null ? {} : { teammateId }) };
  return ctx.database.transaction(async (tx) => {
    const [ended] = await endGrants(tx, which, ctx.now());
    if (!ended) return false;
    const details = { name: ended.clientName };
    await recordAudit(ctx, tx, workspaceId, byTeammate(visitor), 'assistant.disconnect', id, details);
    return true;
  });
}
