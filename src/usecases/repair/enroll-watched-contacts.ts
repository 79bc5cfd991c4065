// New Intercom contacts become referrers where an ongoing backfill asks for their kind.
import type { Context } from '../../context.ts';
import type { SeenContact } from '../../domain/qualification/notice.ts';
import type { Tx } from '../../store/database.ts';

export function enrollWatchedContacts(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  contacts: readonly SeenContact[],
): Promise<void> {
  return ctx.legacy.contactsJoining.joinWatching(tx, workspaceId, contacts);
}
