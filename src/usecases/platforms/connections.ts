// Connections to outside referral platforms, and their hooks: hints that make us read again.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context } from '../../context.ts';
import { isOutside, type OutsidePlatform, platforms } from '../../domain/platforms/platform.ts';
import { type PlatformName, platformName } from '../../domain/program/referral.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import {
  findConnection,
  findCopyProgress,
  updateHookSecret,
  upsertConnection,
} from '../../store/platforms/connections.ts';
import { resumeRuns } from '../runs/outages.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { startReconcile } from './reconcile.ts';
import { type Drift, readProgress } from './reconcile-progress.ts';

type Credentials = { platform: PlatformName; baseUrl: string; token: string };

export type ConnectionStatus = {
  platform: PlatformName;
  baseUrl: string;
  /** The secret is returned only here. */
  hook: { url: string; secret: string | null };
  /** Of the last pass; null before the first. */
  drift: Drift | null;
  /** Also while a requested pass waits for the platform. */
  copying: boolean;
  /** What stopped the last pass, or kept it from starting. */
  trouble: string | null;
  /** Null when unknown. */
  tokenSetAt: Date | null;
  hookSecretSetAt: Date | null;
};

/** A new token for the same platform keeps the hook secret. */
export async function connectPlatform(
  ctx: Context,
  workspaceId: string,
  credentials: Credentials,
  actor: Actor,
): Promise<ConnectionStatus> {
  const { platform, token } = credentials;
  const key = { workspaceId, platform };
  const baseUrl = await allowedAddress(ctx, credentials);
  const known = await findConnection(ctx.database.db, ctx.secrets, key);
  const hookSecret = known?.hookSecret ? null : newSecret();
  const { name } = platforms[platform];
  const details = { name, before: known?.baseUrl ?? null, after: baseUrl };
  await ctx.database.transaction(async (tx) => {
    await upsertConnection(tx, ctx.secrets, key, { baseUrl, token, hookSecret }, ctx.now());
    await ctx.queue.enqueue(tx, { name: 'reconcile', workspaceId, platform });
    await recordAudit(ctx, tx, workspaceId, actor, 'connection.connect', platform, details);
  });
  await resumeRuns(ctx, workspaceId, 'platform');
  const connected = await readConnection(ctx, workspaceId, platform);
  return { ...connected, hook: { ...connected.hook, secret: hookSecret ?? known?.hookSecret ?? null } };
}

/** Uses the given credentials, or the stored ones. Returns the platform's campaign names. */
export async function testConnection(
  ctx: Context,
  workspaceId: string,
  credentials: Credentials | { platform: PlatformName },
): Promise<string[]> {
  const { platform } = credentials;
  const outside = requireOutside(ctx, platform);
  const connection =
    'token' in credentials
      ? credentials
      : await findConnection(ctx.database.db, ctx.secrets, { workspaceId, platform });
  if (!connection) throw notConnected(platform);
  const baseUrl = await allowedAddress(ctx, { ...connection, platform });
  const campaigns = await outside.testConnection({ baseUrl, token: connection.token });
  return campaigns.map(({ name }) => name);
}

/** Returns the new secret, only this once; hooks with the old one are refused from now on. */
export async function renewHookSecret(
  ctx: Context,
  workspaceId: string,
  platform: PlatformName,
  actor: Actor,
): Promise<string> {
  const secret = newSecret();
  await ctx.database.transaction(async (tx) => {
    const key = { workspaceId, platform };
    if (!(await updateHookSecret(tx, ctx.secrets, key, secret, ctx.now()))) throw notConnected(platform);
    const { name } = platforms[platform];
    await recordAudit(ctx, tx, workspaceId, actor, 'connection.change_secret', platform, { name });
  });
  return secret;
}

export async function readConnection(
  ctx: Context,
  workspaceId: string,
  platform: PlatformName,
): Promise<ConnectionStatus> {
  const connection = await findStatus(ctx, workspaceId, platform);
  if (!connection) throw notConnected(platform);
  return connection;
}

async function findStatus(
  ctx: Context,
  workspaceId: string,
  platform: PlatformName,
): Promise<ConnectionStatus | null> {
  const key = { workspaceId, platform };
  const connection = await findConnection(ctx.database.db, ctx.secrets, key);
  if (!connection) return null;
  const known = await findCopyProgress(ctx.database.db, key);
  const { pass, last, wanted, trouble } = readProgress(known?.cursor);
  const url = `${ctx.config.publicUrl}/referrals/hooks/${encodeURIComponent(workspaceId)}/${platform}`;
  return {
    platform,
    baseUrl: connection.baseUrl,
    hook: { url, secret: null },
    drift: last,
    copying: pass !== null || wanted !== null,
    trouble,
    tokenSetAt: known?.tokenSetAt ?? null,
    hookSecretSetAt: known?.hookSecretSetAt ?? null,
  };
}

/**
 * Starts a pass, which reports its result as the connection's `drift`. While the platform is down, sets
 * `trouble` and starts later.
 */
export async function compareConnection(
  ctx: Context,
  workspaceId: string,
  platform: PlatformName,
  { repair }: { repair: boolean },
  actor: Actor,
): Promise<ConnectionStatus> {
  requireOutside(ctx, platform);
  await readConnection(ctx, workspaceId, platform);
  await startReconcile(ctx, { workspaceId, platform }, { repair }, actor).catch((error: unknown) => {
    // The platform's 401 must not become ours.
    const refused = error instanceof Failure && error.code === 'unauthorized';
    throw refused ? new Failure('bad-upstream', error.message) : error;
  });
  return readConnection(ctx, workspaceId, platform);
}

export async function listConnections(ctx: Context, workspaceId: string): Promise<ConnectionStatus[]> {
  const outside = platformName.options.filter(isOutside);
  const statuses = await Promise.all(outside.map((name) => findStatus(ctx, workspaceId, name)));
  return statuses.filter((status) => status !== null);
}

/** Durable when it resolves. All rejections look the same, so that strangers learn nothing. */
export async function receivePlatformHook(
  ctx: Context,
  hook: { workspaceId: string; platform: string; secret: string; body: unknown },
): Promise<'kept' | 'says-nothing'> {
  const { workspaceId } = hook;
  const platform = platformName.safeParse(hook.platform).data;
  const outside = platform && isOutside(platform) ? ctx.platforms[platform] : null;
  const isId = /^[\w-]{1,64}$/.test(workspaceId);
  const known =
    platform && outside && isId
      ? await findConnection(ctx.database.db, ctx.secrets, { workspaceId, platform })
      : null;
  if (!platform || !outside || !known?.hookSecret || !isSameSecret(known.hookSecret, hook.secret)) {
    throw new Failure('unauthorized', 'The webhook secret is missing or wrong.');
  }
  const hint = outside.parseHook(hook.body);
  await ctx.database.transaction((tx) =>
    ctx.queue.enqueue(
      tx,
      hint
        ? { name: 'copy-person', workspaceId, platform, hint }
        : { name: 'reconcile', workspaceId, platform },
    ),
  );
  return hint ? 'kept' : 'says-nothing';
}

function notConnected(platform: PlatformName): Failure {
  return new Failure('not-found', `This workspace is not connected to ${platform}.`);
}

function requireOutside(ctx: Context, platform: PlatformName): OutsidePlatform {
  if (isOutside(platform)) return ctx.platforms[platform];
  throw new Failure('invalid', 'The built-in platform needs no connection.', {
    fields: { platform: 'needs no connection' },
  });
}

/** Returns the address as stored; rejects for a platform or address that is not allowed. */
async function allowedAddress(
  ctx: Context,
  { platform, baseUrl }: Pick<Credentials, 'platform' | 'baseUrl'>,
): Promise<string> {
  requireOutside(ctx, platform);
  const address = baseUrl.replace(/\/+$/, '');
  requireEncrypted(ctx, address);
  requireBare(address);
  if (!(await ctx.outboundGuard.isPrivateAddress(address))) return address;
  throw new Failure('invalid', 'The address leads to a private network.', {
    fields: { base_url: 'leads to a private network, which the operator of this app must allow' },
  });
}

/** The token is sent there. Plain HTTP is only for an app on the developer's own machine. */
function requireEncrypted(ctx: Context, baseUrl: string): void {
  if (baseUrl.startsWith('https:') || ctx.config.publicUrl.startsWith('http:')) return;
  throw new Failure('invalid', 'The address must begin with https.', {
    fields: { base_url: 'must begin with https' },
  });
}

/** All teammates see the address, and a user name in it would replace the token. */
function requireBare(baseUrl: string): void {
  const { username, password, search, hash } = new URL(baseUrl);
  if (`${username}${password}${search}${hash}` === '') return;
  throw new Failure('invalid', 'The address must not have extra parts.', {
    fields: { base_url: 'must not contain a user name, password, question mark or #' },
  });
}

const newSecret = () => randomBytes(24).toString('base64url');

/** Digests, since timingSafeEqual needs equal lengths. */
function isSameSecret(secret: string, given: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(secret), digest(given));
}
