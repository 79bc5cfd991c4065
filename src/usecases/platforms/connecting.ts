// How a workspace's outside referral platform is reached, and what it sends us by itself: hints, kept until read again.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { MemberHint, Platform, Source } from '../../domain/platforms/platform.ts';
import { type PlatformName, platformName } from '../../domain/program/referral.ts';
import { Failure } from '../../failure.ts';
import type { Actor, Audit } from '../workspace/audit.ts';
import { type Drift, readProgress } from './reconcile-progress.ts';

type Stored = { baseUrl: string; token: string; hookSecret: string | null };

type Wanted = { platform: PlatformName; baseUrl: string; token: string };

export type Connected = {
  platform: PlatformName;
  baseUrl: string;
  /** The secret is told once, to whoever connects. */
  hook: { url: string; secret: string | null };
  /** What the last pass over the platform found; null before the first. */
  drift: Drift | null;
  /** Also while a pass that was asked for waits for the platform. */
  copying: boolean;
  /** What kept the latest pass from going on, or from beginning. */
  trouble: string | null;
  /** Null where it was not written down. */
  tokenSetAt: Date | null;
  hookSecretSetAt: Date | null;
};

export type ConnectingDeps<Tx> = {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  platforms: Readonly<Record<PlatformName, Platform>>;
  connections: {
    save(
      workspaceId: string,
      platform: PlatformName,
      connection: Stored,
      how: { at: Date; tx: Tx },
    ): Promise<void>;
    /** False when there is no such connection. */
    setHookSecret(
      tx: Tx,
      workspaceId: string,
      platform: PlatformName,
      to: { secret: string; at: Date },
    ): Promise<boolean>;
    find(workspaceId: string, platform: PlatformName): Promise<Stored | null>;
    progress(
      workspaceId: string,
      platform: PlatformName,
    ): Promise<{ cursor: unknown; tokenSetAt: Date | null; hookSecretSetAt: Date | null } | null>;
  };
  enqueue(
    tx: Tx,
    work:
      | { name: 'read-member'; workspaceId: string; platform: PlatformName; hint: MemberHint }
      | { name: 'reconcile'; workspaceId: string; platform: PlatformName },
  ): Promise<void>;
  startPass(place: { workspaceId: string; platform: PlatformName }, how: { repair: boolean }): Promise<void>;
  /** Work that waited for the platform continues. */
  resume(workspaceId: string): Promise<void>;
  /** Whether an address is of this machine or of a network near it, and such are not allowed. */
  leadsToPrivate(url: string): Promise<boolean>;
  audit: Pick<Audit<Tx>, 'record'>;
  now(): Date;
  publicUrl: string;
};

export type Connecting = ReturnType<typeof createConnecting>;

export function createConnecting<Tx>(deps: ConnectingDeps<Tx>) {
  const { connections } = deps;

  /** A new token for the same platform keeps the hook's secret, which the platform was told. */
  async function connect(workspaceId: string, wanted: Wanted, by: Actor): Promise<Connected> {
    const { platform, token } = wanted;
    const baseUrl = await allowed(wanted);
    const known = await connections.find(workspaceId, platform);
    const made = known?.hookSecret ? null : newSecret();
    const what = `connected ${deps.platforms[platform].name}`;
    const details = { before: known?.baseUrl ?? null, after: baseUrl };
    await deps.transaction(async (tx) => {
      const how = { at: deps.now(), tx };
      await connections.save(workspaceId, platform, { baseUrl, token, hookSecret: made }, how);
      await deps.enqueue(tx, { name: 'reconcile', workspaceId, platform });
      await deps.audit.record(workspaceId, by, what, details, tx);
    });
    await deps.resume(workspaceId);
    const connected = await connection(workspaceId, platform);
    return { ...connected, hook: { ...connected.hook, secret: made ?? known?.hookSecret ?? null } };
  }

  /** Calls the platform with what is given, or with what is stored; answers the names of its campaigns. */
  async function test(workspaceId: string, wanted: Wanted | { platform: PlatformName }): Promise<string[]> {
    const { platform } = wanted;
    const source = requireOutside(platform);
    const stored = 'token' in wanted ? wanted : await connections.find(workspaceId, platform);
    if (!stored) throw new Failure('not-found', `This workspace is not connected to ${platform}.`);
    const baseUrl = await allowed({ ...stored, platform });
    const campaigns = await source.tryOut({ baseUrl, token: stored.token });
    return campaigns.map(({ name }) => name);
  }

  /** Answers the new one, which is told this once; hooks that carry the one before are refused from then on. */
  async function renewHookSecret(workspaceId: string, platform: PlatformName, by: Actor): Promise<string> {
    const secret = newSecret();
    const { name } = deps.platforms[platform];
    await deps.transaction(async (tx) => {
      const found = await connections.setHookSecret(tx, workspaceId, platform, { secret, at: deps.now() });
      if (!found) throw new Failure('not-found', `This workspace is not connected to ${platform}.`);
      await deps.audit.record(workspaceId, by, `made a new secret for the notifications of ${name}`, {}, tx);
    });
    return secret;
  }

  async function connection(workspaceId: string, platform: PlatformName): Promise<Connected> {
    const found = await connections.find(workspaceId, platform);
    if (!found) throw new Failure('not-found', `This workspace is not connected to ${platform}.`);
    const known = await connections.progress(workspaceId, platform);
    const { pass, last, wanted, trouble } = readProgress(known?.cursor);
    const url = `${deps.publicUrl}/referrals/hooks/${encodeURIComponent(workspaceId)}/${platform}`;
    return {
      platform,
      baseUrl: found.baseUrl,
      hook: { url, secret: null },
      drift: last,
      copying: pass !== null || wanted !== null,
      trouble,
      tokenSetAt: known?.tokenSetAt ?? null,
      hookSecretSetAt: known?.hookSecretSetAt ?? null,
    };
  }

  /**
   * Begins a pass; what it finds is the connection's `drift` once it is done. While the platform is down, `trouble` says
   * so, and it begins by itself later.
   */
  async function compare(workspaceId: string, platform: PlatformName, repair: boolean): Promise<Connected> {
    requireOutside(platform);
    await connection(workspaceId, platform);
    await deps.startPass({ workspaceId, platform }, { repair }).catch((error: unknown) => {
      // The platform's refusal is none of whoever asked us.
      const refused = error instanceof Failure && error.code === 'unauthorized';
      throw refused ? new Failure('bad-upstream', error.message) : error;
    });
    return connection(workspaceId, platform);
  }

  async function list(workspaceId: string): Promise<Connected[]> {
    const outside = platformName.options.filter((name) => deps.platforms[name].source !== null);
    const all = await Promise.all(
      outside.map(async (name) => {
        const found = await connections.find(workspaceId, name);
        return found ? connection(workspaceId, name) : null;
      }),
    );
    return all.filter((one) => one !== null);
  }

  /** Durable when it resolves. Whose secret is not the connection's learns nothing of what there is. */
  async function takeHook(hook: {
    workspaceId: string;
    platform: string;
    secret: string;
    body: unknown;
  }): Promise<'kept' | 'says-nothing'> {
    const { workspaceId } = hook;
    const platform = platformName.safeParse(hook.platform).data;
    const source = platform && deps.platforms[platform].source;
    const isId = /^[\w-]{1,64}$/.test(workspaceId);
    const known = platform && source && isId ? await connections.find(workspaceId, platform) : null;
    if (!platform || !source || !known?.hookSecret || !same(known.hookSecret, hook.secret)) {
      throw new Failure('unauthorized', 'The secret of this hook is missing or wrong.');
    }
    const hint = source.readHook(hook.body);
    await deps.transaction((tx) =>
      deps.enqueue(
        tx,
        hint
          ? { name: 'read-member', workspaceId, platform, hint }
          : { name: 'reconcile', workspaceId, platform },
      ),
    );
    return hint ? 'kept' : 'says-nothing';
  }

  function requireOutside(platform: PlatformName): Source {
    const { source } = deps.platforms[platform];
    if (source !== null) return source;
    throw new Failure('invalid', 'The built-in platform needs no connection.', {
      fields: { platform: 'needs no connection' },
    });
  }

  /** The address as it is stored; rejects when the platform, or this address of it, is none to connect to. */
  async function allowed({ platform, baseUrl }: Pick<Wanted, 'platform' | 'baseUrl'>): Promise<string> {
    requireOutside(platform);
    const address = baseUrl.replace(/\/+$/, '');
    requireEncrypted(address);
    requireBare(address);
    if (!(await deps.leadsToPrivate(address))) return address;
    throw new Failure('invalid', 'The address leads to a private network.', {
      fields: { base_url: 'leads to a private network; whoever runs this app may allow that' },
    });
  }

  /** The token travels there. Plain HTTP is for an app on the developer's own machine, which is itself reached so. */
  function requireEncrypted(baseUrl: string): void {
    if (baseUrl.startsWith('https:') || deps.publicUrl.startsWith('http:')) return;
    throw new Failure('invalid', 'The address must begin with https.', {
      fields: { base_url: 'must begin with https' },
    });
  }

  /** It is shown to everybody; and what it says of a user would be sent instead of the token. */
  function requireBare(baseUrl: string): void {
    const { username, password, search, hash } = new URL(baseUrl);
    if (`${username}${password}${search}${hash}` === '') return;
    throw new Failure('invalid', 'The address is more than one.', {
      fields: { base_url: 'must have no user name, password, question mark or # in it' },
    });
  }

  return { connect, test, renewHookSecret, compare, connection, list, takeHook };
}

const newSecret = () => randomBytes(24).toString('base64url');

/** Of equal length whatever was sent, as the comparison needs it. */
function same(secret: string, given: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(secret), digest(given));
}
