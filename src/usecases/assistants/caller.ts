// Who calls the MCP server: an AI assistant of a teammate, or an agent with an API token.
import type { Context } from '../../context.ts';
import { readOnly, type Scope, scopes } from '../../domain/assistants/scope.ts';
import { toldText } from '../../domain/assistants/told.ts';
import type { Region } from '../../domain/region.ts';
import { hourMs } from '../../domain/time-units.ts';
import type { IdentifiedActor } from '../../domain/workspace/audit.ts';
import { type Identity, mayDo } from '../../domain/workspace/teammate.ts';
import { findAccess, setGrantUsed } from '../../store/assistants/grants.ts';
import { findInstallation } from '../../store/workspace/installations.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { verifyApiToken } from '../workspace/api-tokens.ts';
import { isStillTeammate } from '../workspace/teammates.ts';
import { hashOf } from './tokens.ts';

export type AssistantCaller = {
  workspaceId: string;
  region: Region;
  timeZone: string;
  /** Of the grant or token: confirmations and idempotency keys are bound to it. */
  id: string;
  client: string;
  /** Null of an API token. */
  teammate: Identity | null;
  /** As histories name it: "Dana Moreno through Claude (claude.ai)". */
  actor: IdentifiedActor;
  scopes: readonly Scope[];
  /** What keeps it from changing something; null when nothing does. */
  readsOnly: 'not-granted' | 'switched-off' | 'viewer' | null;
  /** The audience that it was issued for. */
  resource: string;
  expiresAt: Date;
};

/** A write per request would cost more than the request. */
const usedEveryMs = 60_000;
/** How long Intercom's last confirmation of a teammate holds. */
const checkEveryMs = hourMs;

/** Null for a token that is unknown, expired or revoked, or without its teammate or installation. */
export function findCaller(ctx: Context, token: string, resource: string): Promise<AssistantCaller | null> {
  // API tokens are JWTs.
  return token.includes('.') ? byApiToken(ctx, token, resource) : byGrant(ctx, token);
}

async function byGrant(ctx: Context, token: string): Promise<AssistantCaller | null> {
  const { db } = ctx.database;
  const at = ctx.now();
  const found = await findAccess(db, hashOf(token), at);
  if (found === null) return null;
  const { grant, teammate, ...about } = found;
  const { workspaceId, lastUsedAt, scopes: granted } = grant;
  const isUnchecked = at.getTime() - teammate.checkedAt.getTime() > checkEveryMs;
  if (isUnchecked && !(await isStillTeammate(ctx, workspaceId, teammate.teammateId))) return null;
  if (lastUsedAt === null || at.getTime() - lastUsedAt.getTime() > usedEveryMs)
    await setGrantUsed(db, grant, at);
  const client = `${grant.clientName} (${grant.clientHost})`;
  const { teammateId: id, name, email } = teammate;
  return {
    ...{ ...about, workspaceId, client, scopes: granted, resource: grant.resource, id: grant.id },
    teammate: { id, name, email },
    actor: { kind: 'teammate', id, name: `${name} through ${client}` },
    readsOnly: !mayDo(teammate.role, 'administrator')
      ? 'viewer'
      : await withoutConsent(ctx, workspaceId, granted.includes('referrals:write')),
  };
}

async function byApiToken(ctx: Context, token: string, resource: string): Promise<AssistantCaller | null> {
  const known = await verifyApiToken(ctx, token);
  const installation = known && (await findInstallation(ctx.database.db, known.workspaceId));
  if (!known || !installation || installation.status === 'uninstalled') return null;
  const { workspaceId, jti, name, assistantsMayWrite } = known;
  return {
    ...{ workspaceId, region: installation.region, timeZone: installation.timeZone, id: jti, resource },
    ...{ client: `API token ${toldText(name, 80)}`, teammate: null },
    actor: { kind: 'api', id: jti, name },
    scopes: assistantsMayWrite ? scopes : readOnly,
    readsOnly: await withoutConsent(ctx, workspaceId, assistantsMayWrite),
    // It ends by revocation alone, which every request looks for.
    expiresAt: new Date(ctx.now().getTime() + hourMs),
  };
}

async function withoutConsent(ctx: Context, workspaceId: string, isGranted: boolean) {
  const { assistants } = await readSettings(ctx.database.db, workspaceId);
  if (!assistants.write) return 'switched-off';
  return isGranted ? null : 'not-granted';
}
