// Whether a workspace has the app, for rules.
import type { Context } from '../../context.ts';
import { Failure } from '../../failure.ts';
import { findAccessToken, findInstallation } from '../../store/workspace/installations.ts';

export type InstalledContext = Pick<Context, 'database' | 'secrets'>;

/** Null when the app is not installed. */
export async function activeTimeZone(ctx: InstalledContext, workspaceId: string): Promise<string | null> {
  const installation = await findInstallation(ctx.database.db, workspaceId);
  return installation?.status === 'active' ? installation.timeZone : null;
}

/** UTC for a workspace without an installation. */
export async function timeZoneOf(ctx: Pick<Context, 'database'>, workspaceId: string): Promise<string> {
  return (await findInstallation(ctx.database.db, workspaceId))?.timeZone ?? 'UTC';
}

/** Rejects with `conflict` without a token. */
export async function requireInstalled(
  ctx: InstalledContext,
  workspaceId: string,
  message = 'The app is not installed in this workspace.',
): Promise<void> {
  if ((await findAccessToken(ctx.database.db, ctx.secrets, workspaceId)) === null)
    throw new Failure('conflict', message);
}
