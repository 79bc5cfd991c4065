// Console sessions: start at sign-in, end by expiry, sign-out, or the teammate's removal.
import { createHash, randomBytes } from 'node:crypto';
import type { Context } from '../../context.ts';
import type { Region } from '../../domain/region.ts';
import { dayMs, hourMs } from '../../domain/time-units.ts';
import { byTeammate } from '../../domain/workspace/audit.ts';
import type { Identity, Role } from '../../domain/workspace/teammate.ts';
import {
  addSession,
  deleteSessions,
  findSession,
  type Session,
  sessionsOf,
  setSessionSeen,
} from '../../store/workspace/sessions.ts';
import { recordAudit } from './record-audit.ts';
import { isStillTeammate } from './teammates.ts';

export type Visitor = {
  /** Does not reveal the cookie's secret. */
  sessionId: string;
  workspaceId: string;
  workspaceName: string;
  region: Region;
  timeZone: string;
  teammate: Identity;
  role: Role;
};

/** When unused, and at most. */
const maxIdleMs = 12 * hourMs;
const maxAgeMs = 7 * dayMs;
/** How long Intercom's last confirmation of a teammate holds. */
const checkEveryMs = hourMs;

/** Always a new secret, against session fixation. */
export async function startSession(
  ctx: Context,
  workspaceId: string,
  teammate: Identity,
  browser: string,
): Promise<string> {
  const secret = randomBytes(32).toString('base64url');
  const at = ctx.now();
  await ctx.database.transaction(async (tx) => {
    await addSession(tx, {
      ...{ id: hash(secret), workspaceId, teammateId: teammate.id, createdAt: at, lastSeenAt: at },
      expiresAt: new Date(at.getTime() + maxAgeMs),
      browser: nameOf(browser),
    });
    await recordAudit(ctx, tx, workspaceId, byTeammate({ teammate }), 'session.start', null, {
      browser: nameOf(browser),
    });
  });
  return secret;
}

/** Null when expired or unknown, or when Intercom no longer knows the teammate. */
export async function findVisitor(ctx: Context, secret: string): Promise<Visitor | null> {
  const id = hash(secret);
  const found = await findSession(ctx.database.db, id, valid(ctx));
  if (!found) return null;
  const { session, teammate, installation } = found;
  const { workspaceId, lastSeenAt } = session;
  const { teammateId, name, email, role } = teammate;
  if (teammate.checkedAt < before(ctx, checkEveryMs)) {
    if (!(await isStillTeammate(ctx, workspaceId, teammateId))) return null;
  }
  if (lastSeenAt < before(ctx, 60_000)) await setSessionSeen(ctx.database.db, id, ctx.now());
  return {
    ...{ sessionId: id, workspaceId, workspaceName: installation.name },
    ...{ region: installation.region, timeZone: installation.timeZone },
    ...{ teammate: { id: teammateId, name, email }, role },
  };
}

export function listSessions(
  ctx: Context,
  { workspaceId, teammate }: Pick<Visitor, 'workspaceId' | 'teammate'>,
): Promise<Session[]> {
  return sessionsOf(ctx.database.db, workspaceId, teammate.id, valid(ctx));
}

export function endSession(ctx: Context, visitor: Visitor, id: string): Promise<boolean> {
  const { workspaceId, teammate } = visitor;
  return ctx.database.transaction(async (tx) => {
    const ended = await deleteSessions(tx, workspaceId, teammate.id, id);
    if (ended === 0) return false;
    await recordAudit(ctx, tx, workspaceId, byTeammate(visitor), 'session.end', null, {});
    return true;
  });
}

/** Not audited. */
export async function signOut({ database }: Context, visitor: Visitor): Promise<void> {
  await deleteSessions(database.db, visitor.workspaceId, visitor.teammate.id, visitor.sessionId);
}

export async function endAllSessions(ctx: Context, visitor: Visitor): Promise<void> {
  const { workspaceId, teammate } = visitor;
  await ctx.database.transaction(async (tx) => {
    const count = await deleteSessions(tx, workspaceId, teammate.id, 'all');
    if (count > 0)
      await recordAudit(ctx, tx, workspaceId, byTeammate(visitor), 'session.end_all', null, { count });
  });
}

const before = ({ now }: Pick<Context, 'now'>, ms: number) => new Date(now().getTime() - ms);
const valid = (ctx: Context) => ({ now: ctx.now(), seenSince: before(ctx, maxIdleMs) });

function hash(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** "Firefox on Windows", to tell one's own browsers apart. */
function nameOf(userAgent: string): string {
  const browsers = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'];
  const shown: Record<string, string> = { Edg: 'Edge', OPR: 'Opera' };
  const systems = ['iPhone', 'iPad', 'Android', 'Windows', 'Mac OS', 'Linux'];
  const browser = browsers.find((name) => userAgent.includes(`${name}/`));
  const system = systems.find((name) => userAgent.includes(name));
  const name = browser === undefined ? 'A browser' : (shown[browser] ?? browser);
  return system === undefined ? name : `${name} on ${system === 'Mac OS' ? 'macOS' : system}`;
}
