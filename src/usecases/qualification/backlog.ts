// How many deliveries wait, how fast they are handled, and when all will be handled.
import type { Context } from '../../context.ts';
import { type Backlog, readBacklog } from '../../store/qualification/deliveries.ts';

export type { Backlog };

type BacklogContext = { database: Pick<Context['database'], 'preparedDb'> } & Pick<Context, 'now' | 'timing'>;

/** The backlog of all workspaces when `workspaceId` is null. Null when nothing waits. */
export function backlogOf(
  { database, now, timing }: BacklogContext,
  workspaceId: string | null,
): Promise<Backlog | null> {
  const at = now();
  const deletionsUntil = new Date(at.getTime() - timing.deletionSettlesMs);
  return readBacklog(database.preparedDb, { workspaceId, deletionsUntil, now: at });
}

/** Null while none are handled. */
export function secondsLeft({ waiting, perSecond }: Backlog): number | null {
  return perSecond === null ? null : Math.ceil(waiting / perSecond);
}
