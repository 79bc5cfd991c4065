// Starts reading again what may have been missed: after an outage, a lost grant, or downtime.
import type { Context } from '../../context.ts';
import type { Pause } from '../../domain/runs/run.ts';
import type { Tx } from '../../store/database.ts';
import {
  addRecovery,
  lastDeliveryBefore,
  lastHeartbeat,
  noteHeartbeat,
} from '../../store/repair/recoveries.ts';
import { findInstallation, listWorkspaceIds } from '../../store/workspace/installations.ts';
import { enqueuePages } from '../page-work.ts';

/** Intercom retries a notification once, after a minute; later ones are lost. */
const maxAwayMs = 150_000;
/** The last notification is rarely older. */
const maxBackMs = 30 * 86_400_000;
/** For clock skew. */
const marginMs = 5 * 60_000;

/** In the transaction that ends the outage. Outside platforms are copied on their own schedule. */
export async function recoverAfterOutage(
  ctx: Context,
  tx: Tx,
  { workspaceId, service, since }: { workspaceId: string; service: Pause; since: Date },
): Promise<void> {
  if (service === 'platform') return;
  const what = service === 'token' ? "Intercom refused the app's token" : 'Intercom could not be reached';
  await begin(ctx, tx, workspaceId, `${what} from ${since.toISOString()} on`, since);
}

/** In the transaction of the new grant; access was lost at `since`. */
export function recoverAfterReturn(ctx: Context, tx: Tx, workspaceId: string, since: Date): Promise<void> {
  return begin(ctx, tx, workspaceId, `The app had no access from ${since.toISOString()} on`, since);
}

/** Call it first: recovers if no process ran for long enough to miss something. */
export async function recoverAfterStop(ctx: Context): Promise<void> {
  const last = await lastHeartbeat(ctx.database.db);
  if (last !== null && ctx.now().getTime() - last.getTime() > maxAwayMs) {
    const cause = `The app did not run from ${last.toISOString()} on`;
    for (const workspaceId of await installedWorkspaces(ctx)) {
      await ctx.database.transaction((tx) => begin(ctx, tx, workspaceId, cause, last));
    }
  }
  await saveHeartbeat(ctx);
}

/** Every minute. */
export function saveHeartbeat(ctx: Context): Promise<void> {
  return noteHeartbeat(ctx.database.db, ctx.now());
}

async function installedWorkspaces({ database: { db } }: Context): Promise<string[]> {
  const found = await Promise.all((await listWorkspaceIds(db)).map((id) => findInstallation(db, id)));
  return found.flatMap((installation) =>
    installation?.status === 'active' ? [installation.workspaceId] : [],
  );
}

/** From the last notification before `outSince`. */
async function begin(ctx: Context, tx: Tx, workspaceId: string, cause: string, outSince: Date) {
  const last = await lastDeliveryBefore(tx, workspaceId, outSince);
  const earliest = ctx.now().getTime() - maxBackMs;
  const since = new Date(Math.max((last ?? outSince).getTime() - marginMs, earliest));
  const key = { workspaceId, id: ctx.newId() };
  const isNew = await addRecovery(tx, {
    ...key,
    cause,
    since,
    state: 'running',
    seen: 0,
    missed: 0,
    startedAt: ctx.now(),
  });
  if (isNew) await enqueuePages(ctx, tx, 'recovery', key);
}
