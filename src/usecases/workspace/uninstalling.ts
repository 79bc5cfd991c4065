// A workspace has removed the app: its token is destroyed, its work stops, and after a while all that it had is erased.

import type { Region } from '../../domain/region.ts';
import { byIntercom } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import type { Audit } from './audit.ts';

type Deps<Tx> = {
  installations: {
    find(workspaceId: string): Promise<{ region: Region } | null>;
    tokenOf(workspaceId: string): Promise<string | null>;
    /**
     * Takes the token, ends the sessions, pauses what would be told to Intercom. False when there was nothing to end:
     * with `begunAt`, also where a grant was given since then.
     */
    uninstall(
      workspaceId: string,
      at: Date,
      begunAt: Date | null,
      alongside: (tx: Tx) => Promise<void>,
    ): Promise<boolean>;
    uninstalledBefore(at: Date): Promise<string[]>;
    /** With everything of the workspace; false when it was installed again meanwhile. */
    erase(workspaceId: string, uninstalledBefore: Date): Promise<boolean>;
  };
  /** Whether Intercom answers `/me` with 401. Rejects with a Failure when it cannot be asked. */
  isRevoked(token: string, region: Region): Promise<boolean>;
  audit: Audit<Tx>;
  now(): Date;
  sleep(milliseconds: number): Promise<void>;
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
};

export type Uninstalling = ReturnType<typeof createUninstalling>;

/** A workspace that comes back within this time finds everything as it was. */
const daysKept = 30;
const keptMs = daysKept * 24 * 60 * 60_000;
/** Anybody may claim it as often as they like: of one workspace Intercom is asked this often at most. */
const askedEveryMs = 500;

export function createUninstalling<Tx>(deps: Deps<Tx>) {
  const { installations, audit, now, log } = deps;

  async function end(workspaceId: string, begunAt: Date | null): Promise<void> {
    const ended = await installations.uninstall(workspaceId, now(), begunAt, (tx) =>
      audit.record(workspaceId, byIntercom, 'uninstalled the app', {}, tx),
    );
    if (ended) log.info({ workspaceId }, 'uninstalled');
  }

  async function look(workspaceId: string): Promise<void> {
    const begunAt = now();
    const [known, token] = await Promise.all([
      installations.find(workspaceId),
      installations.tokenOf(workspaceId),
    ]);
    if (!known || token === null) return;
    if (!(await deps.isRevoked(token, known.region)))
      throw new Failure('unauthorized', 'Intercom says that the app is installed.');
    await end(workspaceId, begunAt);
  }

  const lookNowAndThen = nowAndThen(look, askedEveryMs, deps.sleep);

  return {
    /** Told by Intercom, with its signature. A workspace that is not known, or told of twice, is nothing to do. */
    told: (workspaceId: string): Promise<void> => end(workspaceId, null),

    /**
     * Told by anybody: believed only when Intercom no longer takes the token. Throws `unauthorized` while it does. Where
     * there is no token any more nobody can be asked, and nothing is done.
     */
    claimed: (workspaceId: string): Promise<void> => lookNowAndThen(workspaceId),

    /** The job of every day. */
    async tick(): Promise<void> {
      const before = new Date(now().getTime() - keptMs);
      for (const workspaceId of await installations.uninstalledBefore(before)) {
        if (await installations.erase(workspaceId, before)) log.info({ workspaceId }, 'erased');
      }
    },
  };
}

/** For each key one call in so much time: whoever comes before one has begun shares it. */
function nowAndThen(
  call: (key: string) => Promise<void>,
  everyMs: number,
  sleep: (milliseconds: number) => Promise<void>,
): (key: string) => Promise<void> {
  const upcoming = new Map<string, Promise<void>>();
  const resting = new Map<string, Promise<void>>();

  async function next(key: string): Promise<void> {
    await resting.get(key);
    // Whoever comes from here on may know more than this call finds out.
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
