// Whether Intercom checks who its end users are, which decides what they may see of themselves.
import type { Context } from '../../context.ts';
import type { Region } from '../../domain/region.ts';
import { Failure } from '../../failure.ts';
import {
  findAccessToken,
  findInstallation,
  listActiveInstallations,
  saveIdentityVerification,
} from '../../store/workspace/installations.ts';

/** Every few minutes. What Intercom does not answer stays as it was. */
export async function refreshIdentityVerification(ctx: Context): Promise<void> {
  for (const { workspaceId, region } of await listActiveInstallations(ctx.database.db)) {
    try {
      await ask(ctx, workspaceId, region);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      ctx.log.warn({ err: error, workspaceId }, 'could not check whether end users are verified');
    }
  }
}

/** For a teammate who has just changed it. Rejects with `unauthorized` or `bad-upstream` when Intercom does not say. */
export async function checkIdentityVerification(ctx: Context, workspaceId: string): Promise<boolean> {
  const known = await findInstallation(ctx.database.db, workspaceId);
  if (known === null) throw new Failure('not-found', 'The app is not installed.');
  return ask(ctx, workspaceId, known.region);
}

async function ask(ctx: Context, workspaceId: string, region: Region): Promise<boolean> {
  const { db } = ctx.database;
  const token = await findAccessToken(db, ctx.secrets, workspaceId);
  if (token === null)
    throw new Failure('unauthorized', 'No Intercom access token for this workspace: install the app again');
  const grantor = await ctx.intercomAccess.identify(token, region);
  if (grantor.workspaceId !== workspaceId)
    throw new Failure('bad-upstream', 'Intercom named another workspace.');
  const isOn = grantor.identityVerification;
  if (await saveIdentityVerification(db, workspaceId, isOn))
    ctx.log.info({ workspaceId, isOn }, 'identity verification has changed');
  return isOn;
}
