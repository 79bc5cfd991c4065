// Console access: admission, roles, removal. At least one administrator always remains.
import type { Context } from '../../context.ts';
import { type Actor, byApp } from '../../domain/workspace/audit.ts';
import { type Identity, type Member, type Role, whomToAsk } from '../../domain/workspace/teammate.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { findInstallation } from '../../store/workspace/installations.ts';
import {
  findTeammate,
  lockAdministrators,
  markTeammateRemoved,
  saveTeammate,
  teammatesOf,
  updateTeammate,
} from '../../store/workspace/teammates.ts';
import { found } from '../found.ts';
import { query } from '../query.ts';
import { recordAudit } from './record-audit.ts';

/** "Ask Dana Moreno or Priya Raman." */
export async function administratorsToAsk(ctx: Context, workspaceId: string): Promise<string> {
  return whomToAsk(await teammatesOf(ctx.database.db, workspaceId));
}

/** In the installation's transaction. The first teammate becomes administrator. */
export async function admitInstaller(ctx: Context, tx: Tx, workspaceId: string, teammate: Identity) {
  await join(ctx, tx, workspaceId, teammate, true);
}

/** For a teammate identified by Intercom; null when removed. */
export async function admitTeammate(
  ctx: Context,
  workspaceId: string,
  teammate: Identity,
): Promise<Member | null> {
  const installation = await findInstallation(ctx.database.db, workspaceId);
  const installs = installation?.installedBy.id === teammate.id;
  const member = await ctx.database.transaction((tx) => join(ctx, tx, workspaceId, teammate, installs));
  return member.removedAt === null ? member : null;
}

/** Promotes the installer when there is no administrator; a reinstall promotes no other teammate. */
async function join(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  { id, name, email }: Identity,
  installs: boolean,
): Promise<Member> {
  const administrators = await lockAdministrators(tx, workspaceId);
  const role = installs && administrators.length === 0 ? 'administrator' : 'viewer';
  const before = await findTeammate(tx, workspaceId, id);
  const member = await saveTeammate(tx, workspaceId, { id, name, email, role, at: ctx.now() });
  const raised = role === 'administrator';
  if (raised && before !== null) await updateTeammate(tx, workspaceId, id, { role, removedAt: null });
  if (before === null || raised)
    await recordAudit(ctx, tx, workspaceId, byApp, 'teammate.admit', id, { name, role });
  return member;
}

/** False, after removal, when Intercom no longer knows the teammate. True when Intercom does not respond. */
export async function isStillTeammate(
  ctx: Context,
  workspaceId: string,
  teammateId: string,
): Promise<boolean> {
  const ids = await idsInIntercom(ctx, workspaceId);
  if (ids === null) return true;
  await updateTeammate(ctx.database.db, workspaceId, teammateId, { checkedAt: ctx.now() });
  if (ids.includes(teammateId)) return true;
  await ctx.database.transaction(async (tx) => {
    const member = await findTeammate(tx, workspaceId, teammateId);
    if (member === null || member.removedAt !== null) return;
    await markTeammateRemoved(tx, workspaceId, teammateId, ctx.now());
    const { name } = member;
    await recordAudit(ctx, tx, workspaceId, byApp, 'teammate.leave', teammateId, { name });
  });
  return false;
}

async function idsInIntercom(ctx: Context, workspaceId: string): Promise<string[] | null> {
  try {
    return await ctx.intercomAccess.teammateIds(workspaceId);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    ctx.log.warn({ err: error, workspaceId }, 'teammates could not be read from Intercom');
    return null;
  }
}

export const listTeammates = query(teammatesOf);

/** Throws `not-found`, or `conflict` when no administrator would remain. */
export function changeRole(
  ctx: Context,
  workspaceId: string,
  actor: Actor,
  teammateId: string,
  role: Role,
): Promise<void> {
  return change(ctx, workspaceId, teammateId, async (tx, { name, role: before }) => {
    if (before === role) return;
    await updateTeammate(tx, workspaceId, teammateId, { role });
    const details = { name, before, after: role };
    await recordAudit(ctx, tx, workspaceId, actor, 'teammate.change_role', teammateId, details);
  });
}

/** Ends their sessions. Throws as `changeRole`. */
export function removeTeammate(
  ctx: Context,
  workspaceId: string,
  actor: Actor,
  teammateId: string,
): Promise<void> {
  return change(ctx, workspaceId, teammateId, async (tx, { name, removedAt }) => {
    if (removedAt !== null) return;
    await markTeammateRemoved(tx, workspaceId, teammateId, ctx.now());
    await recordAudit(ctx, tx, workspaceId, actor, 'teammate.remove', teammateId, { name });
  });
}

/** As a viewer. */
export function restoreTeammate(
  ctx: Context,
  workspaceId: string,
  actor: Actor,
  teammateId: string,
): Promise<void> {
  return change(ctx, workspaceId, teammateId, async (tx, { name, removedAt }) => {
    if (removedAt === null) return;
    await updateTeammate(tx, workspaceId, teammateId, { role: 'viewer', removedAt: null });
    await recordAudit(ctx, tx, workspaceId, actor, 'teammate.restore', teammateId, { name });
  });
}

async function change(
  ctx: Context,
  workspaceId: string,
  teammateId: string,
  work: (tx: Tx, member: Member) => Promise<void>,
): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    const administrators = await lockAdministrators(tx, workspaceId);
    const member = found(await findTeammate(tx, workspaceId, teammateId), 'teammate');
    await work(tx, member);
    const left = await lockAdministrators(tx, workspaceId);
    if (administrators.length > 0 && left.length === 0) {
      throw new Failure(
        'conflict',
        'This is the last administrator. Make another teammate administrator first.',
      );
    }
  });
}
