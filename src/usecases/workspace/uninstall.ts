// Uninstalling: deletes the token, stops work, and later erases all data.
import type { Context } from '../../context.ts';
import { dayMs } from '../../domain/time-units.ts';
import { byIntercom } from '../../domain/workspace/audit.ts';
import { retention } from '../../domain/workspace/retention.ts';
import { Failure } from '../../failure.ts';
import { findAccessToken, findInstallation } from '../../store/workspace/installations.ts';
import { eraseWorkspace, listUninstalledBefore, markUninstalled } from '../../store/workspace/uninstall.ts';
import { recordAudit } from './record-audit.ts';

/** Anyone can claim an uninstall, so Intercom is asked at most this often per workspace. */
const askedEveryMs = 500;

/** For Intercom's signed request. Ignores unknown or uninstalled workspaces. */
export function uninstall(ctx: Context, workspaceId: string): Promise<void> {
  return end(ctx, workspaceId, null);
}

/**
 * For an unsigned request: believed only if Intercom refuses the token, else throws `unauthorized`. Does
 * nothing without a token.
 */
export function createUninstallClaims(ctx: Context): (workspaceId: string) => Promise<void> {
  return throttle((workspaceId) => uninstallIfRevoked(ctx, workspaceId), askedEveryMs, ctx.sleep);
}

/** Hourly. A workspace that returns earlier finds everything as it was. */
export async function eraseUninstalled(ctx: Context): Promise<void> {
  const { database, now, log } = ctx;
  const before = new Date(now().getTime() - retention.uninstalledWorkspaces.days * dayMs);
  for (const workspaceId of await listUninstalledBefore(database.db, before)) {
    if (await database.transaction((tx) => eraseWorkspace(tx, workspaceId, before)))
      log.info({ workspaceId }, 'erased');
  }
}

async function end(ctx: Context, workspaceId: string, begunAt: Date | null): Promise<void> {
  const ended = await ctx.database.transaction(async (tx) => {
    if (!(await markUninstalled(tx, workspaceId, ctx.now(), begunAt))) return false;
    await recordAudit(ctx, tx, workspaceId, byIntercom, 'installation.uninstall', null, {});
    return true;
  });
  if (ended) ctx.log.info({ workspaceId }, 'uninstalled');
}

async function uninstallIfRevoked(ctx: Context, workspaceId: string): Promise<void> {
  const begunAt = ctx.now();
  const { db } = ctx.database;
  const [known, token] = await Promise.all([
    findInstallation(db, workspaceId),
    findAccessToken(db, ctx.secrets, workspaceId),
  ]);
  if (!known || token === null) return;
  if (!(await ctx.intercomAccess.isRevoked(token, known.region)))
    throw new Failure('unauthorized', 'The app is still installed in Intercom.');
  await end(ctx, workspaceId, begunAt);
}

/** One call per key and period, shared by all callers before it starts. */
function throttle(
  call: (key: string) => Promise<void>,
  everyMs: number,
  sleep: (milliseconds: number) => Promise<void>,
): (key: string) => Promise<void> {
  const upcoming = new Map<string, Promise<void>>();
  const resting = new Map<string, Promise<void>>();

  async function next(key: string): Promise<void> {
    await resting.get(key);
    // Later callers may know more than this call.
    upcoming.delete(key);
    const rested = sleep(everyMs).then(() => void resting.delete(key));
    resting.set(key, rested);
    await call(key);
  }

  return (key) => {
    const shared = upcoming.get(key) ?? next(key);
    upcoming.set(key, shared);
    return shared;
  };
}
