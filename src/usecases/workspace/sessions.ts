// Browsers that are signed in to the console: begun at sign-in, ended by time, by the teammate, or with the teammate.
import { createHash, randomBytes } from 'node:crypto';
import type { Region } from '../../domain/region.ts';
import type { Identity, Role } from '../../domain/workspace/teammate.ts';

/** Who is signed in, and where. */
export type Visitor = {
  /** Of the session; what the browser holds cannot be made from it. */
  sessionId: string;
  workspaceId: string;
  workspaceName: string;
  region: Region;
  timeZone: string;
  teammate: Identity;
  role: Role;
};

export type Session = {
  id: string;
  workspaceId: string;
  teammateId: string;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
  browser: string;
};

export type SessionStore = {
  /** Also forgets those that are over. */
  add(session: Session): Promise<void>;
  /** Of a teammate who may still come in, in a workspace that has the app. */
  find(id: string, at: { now: Date; seenSince: Date }): Promise<FoundSession | null>;
  setSeen(id: string, at: Date): Promise<void>;
  list(workspaceId: string, teammateId: string, seenSince: Date, now: Date): Promise<Session[]>;
  /** False when the teammate has no such session. */
  end(workspaceId: string, teammateId: string, id: string): Promise<boolean>;
  endAll(workspaceId: string, teammateId: string): Promise<void>;
};
export type FoundSession = { visitor: Visitor; lastSeenAt: Date; checkedAt: Date };

type Deps = {
  store: SessionStore;
  teammates: { stillThere(workspaceId: string, teammateId: string): Promise<boolean> };
  now(): Date;
};

const hour = 60 * 60_000;
/** Of a session that nobody uses, and of any. */
const idleMs = 12 * hour;
const longestMs = 7 * 24 * hour;
/** How long what Intercom said of a teammate is believed. */
const believedMs = hour;

export type Sessions = ReturnType<typeof createSessions>;

export function createSessions({ store, teammates, now }: Deps) {
  const before = (ms: number) => new Date(now().getTime() - ms);

  return {
    /** The secret that the browser is to hold, new each time: one that it held before is never taken up. */
    async start(workspaceId: string, teammateId: string, browser: string): Promise<string> {
      const secret = randomBytes(32).toString('base64url');
      const at = now();
      await store.add({
        ...{ id: hash(secret), workspaceId, teammateId, createdAt: at, lastSeenAt: at },
        expiresAt: new Date(at.getTime() + longestMs),
        browser: nameOf(browser),
      });
      return secret;
    },

    /** Null for a session that is over or never was, and once Intercom no longer knows the teammate. */
    async find(secret: string): Promise<Visitor | null> {
      const id = hash(secret);
      const found = await store.find(id, { now: now(), seenSince: before(idleMs) });
      if (!found) return null;
      const { visitor, lastSeenAt, checkedAt } = found;
      if (checkedAt < before(believedMs)) {
        const there = await teammates.stillThere(visitor.workspaceId, visitor.teammate.id);
        if (!there) return null;
      }
      if (lastSeenAt < before(60_000)) await store.setSeen(id, now());
      return visitor;
    },

    list: (workspaceId: string, teammateId: string) =>
      store.list(workspaceId, teammateId, before(idleMs), now()),
    end: store.end,
    endAll: store.endAll,
  };
}

function hash(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Enough to tell one's own browsers apart: "Firefox on Windows". */
function nameOf(userAgent: string): string {
  const browsers = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'];
  const shown: Record<string, string> = { Edg: 'Edge', OPR: 'Opera' };
  const systems = ['iPhone', 'iPad', 'Android', 'Windows', 'Mac OS', 'Linux'];
  const browser = browsers.find((name) => userAgent.includes(`${name}/`));
  const system = systems.find((name) => userAgent.includes(name));
  const name = browser === undefined ? 'A browser' : (shown[browser] ?? browser);
  return system === undefined ? name : `${name} on ${system === 'Mac OS' ? 'macOS' : system}`;
}
