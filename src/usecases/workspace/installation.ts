// Installation: a teammate grants access to a workspace on Intercom's consent page.
import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { Region } from '../../domain/region.ts';
import { byTeammate } from '../../domain/workspace/audit.ts';
import type { Grantor } from '../../domain/workspace/installation.ts';
import { saveMissingScopes } from '../../store/workspace/installation-checks.ts';
import { findInstallation, saveInstallation } from '../../store/workspace/installations.ts';
import { resumePausedImports } from '../imports/work-import.ts';
import { rewriteHoldDays } from '../qualification/holds-and-expiry.ts';
import { recoverAfterReturn } from '../repair/begin-recovery.ts';
import { resumeRuns } from '../runs/outages.ts';
import {
  beginConsent,
  type Callback,
  type CallbackRefusal,
  claimConsent,
  readConsent,
  refusalOf,
} from './consent.ts';
import { recordAudit } from './record-audit.ts';
import { signInInstaller } from './sign-in.ts';
import { admitInstaller } from './teammates.ts';

/** Where it started, and where the outcome is shown. */
export type Origin = 'app-store' | 'here';

export type Installed = {
  outcome: 'installed';
  origin: Origin;
  workspaceName: string;
  inboxUrl: string;
  /** Permissions not granted, named as in the Developer Hub. */
  missingScopes: string[];
  /** For the console; null for a teammate without access. */
  session: string | null;
};
export type InstallOutcome = Installed | { outcome: CallbackRefusal; origin: Origin };

const carried = z.object({ origin: z.enum(['app-store', 'here']) });

export function beginInstallation(ctx: Context, region: Region, knownNonce: string | null, origin: Origin) {
  return beginConsent(ctx, 'install', region, knownNonce, { origin });
}

/** For a callback without a code, such as a denied consent. */
export function installationOrigin(ctx: Context, callback: Pick<Callback, 'state' | 'nonce'>): Origin {
  const read = readConsent(ctx, 'install', carried, callback);
  return read.refused ? 'here' : read.more.origin;
}

export async function completeInstallation(ctx: Context, callback: Callback): Promise<InstallOutcome> {
  const read = readConsent(ctx, 'install', carried, callback);
  if (read.refused) return { outcome: read.refused, origin: 'here' };
  const { origin } = read.more;
  try {
    // Before the code is used up.
    if (!(await claimConsent(ctx, 'install', read.jti))) return { outcome: 'already-used', origin };
    return { ...(await install(ctx, callback, read.region)), origin };
  } catch (error) {
    const outcome = refusalOf(error);
    ctx.log.warn({ err: error, outcome }, 'an installation was not completed');
    return { outcome, origin };
  }
}

async function install(
  ctx: Context,
  { code, browser }: Callback,
  askedRegion: Region,
): Promise<Omit<Installed, 'origin'>> {
  const token = await ctx.intercomAccess.exchangeCode(code);
  const grantor = await ctx.intercomAccess.identify(token, askedRegion);
  await saveGrant(ctx, grantor, token);
  const { workspaceId, workspaceName, region } = grantor;
  ctx.log.info({ workspaceId, region, teammate: grantor.teammate.id }, 'installed');
  // The app is installed now, even if the rest fails.
  const attempt = <T>(rest: Promise<T>, otherwise: T) =>
    rest.catch((error: unknown) => {
      ctx.log.warn({ err: error, workspaceId }, 'an installation did not finish cleanly');
      return otherwise;
    });
  const missingScopes = await attempt(checkScopes(ctx, grantor, token), []);
  const session = await attempt(signInInstaller(ctx, grantor, browser), null);
  const inboxUrl = ctx.hosts.inbox(region, workspaceId);
  return { outcome: 'installed', workspaceName, inboxUrl, missingScopes, session };
}

/** Also wakes work that waits for the token. */
async function saveGrant(ctx: Context, grantor: Grantor, token: string): Promise<void> {
  const { workspaceId, teammate } = grantor;
  const before = await findInstallation(ctx.database.db, workspaceId);
  await ctx.database.transaction(async (tx) => {
    await saveInstallation(tx, ctx.secrets, { ...grantor, token, at: ctx.now() });
    await admitInstaller(ctx, tx, workspaceId, teammate);
    await recordAudit(ctx, tx, workspaceId, byTeammate(grantor), 'installation.install', null, {});
    if (before && before.timeZone !== grantor.timeZone)
      await rewriteHoldDays(tx, workspaceId, { from: before.timeZone, to: grantor.timeZone });
    if (before && before.status !== 'active') await recoverAfterReturn(ctx, tx, workspaceId, before.statusAt);
  });
  await resumeRuns(ctx, workspaceId, 'token');
  await resumePausedImports(ctx, workspaceId);
  // Not awaited: the first write creates missing attributes too.
  ctx.intercom.background.writeBack.ensureAttributes(workspaceId).catch((error: unknown) => {
    ctx.log.warn({ err: error, workspaceId }, 'the data attributes could not be created yet');
  });
}

async function checkScopes(ctx: Context, { workspaceId, region }: Grantor, token: string): Promise<string[]> {
  const missing = await ctx.intercomAccess.missingScopes(region, token);
  if (missing.length > 0) ctx.log.warn({ workspaceId, missing }, 'Intercom did not grant these scopes');
  await saveMissingScopes(ctx.database.db, workspaceId, missing);
  return missing;
}
