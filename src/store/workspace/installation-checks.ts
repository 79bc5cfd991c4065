// An installation's state beside its grant; see schema-installation.ts.
import { and, eq, isNull, lt, or, sql } from 'drizzle-orm';
import { type Health, health, type Signs } from '../../domain/workspace/health.ts';
import type { Queryable } from '../database.ts';
import { installations, outages } from '../schema.ts';
import { installationChecks as checks } from './schema-installation.ts';

/** Also marks the health as unsent: the grant is new. */
export async function saveMissingScopes(db: Queryable, workspaceId: string, missingScopes: string[]) {
  const fresh = { missingScopes, refused: {}, reported: null, triedAt: null };
  await db
    .insert(checks)
    .values({ workspaceId, ...fresh })
    .onConflictDoUpdate({ target: checks.workspaceId, set: fresh });
}

/** Null when the workspace never installed the app. */
export async function readSigns(db: Queryable, workspaceId: string): Promise<Signs | null> {
  const [known] = await db
    .select({
      status: installations.status,
      hasToken: sql<boolean>`${installations.sealedToken} is not null`,
      missingScopes: checks.missingScopes,
      refused: checks.refused,
    })
    .from(installations)
    .leftJoin(checks, eq(checks.workspaceId, installations.workspaceId))
    .where(eq(installations.workspaceId, workspaceId));
  if (!known) return null;
  const out = await db
    .select({ service: outages.service, since: outages.since, error: outages.error })
    .from(outages)
    .where(eq(outages.workspaceId, workspaceId));
  const { status, hasToken, missingScopes } = known;
  const refused = Object.values(known.refused ?? {}).map(({ at, words }) => ({ at: new Date(at), words }));
  return {
    installed: status !== 'uninstalled',
    hasToken,
    missingScopes: missingScopes ?? [],
    refused,
    outages: out,
  };
}

export type RefusedCall = { call: string; words: string; at: Date };

/** Of a workspace that installed the app; an earlier refusal of the call keeps its date. */
export async function saveRefusedCall(db: Queryable, workspaceId: string, { call, words, at }: RefusedCall) {
  const refusal = JSON.stringify({ [call]: { at: at.toISOString(), words } });
  await db.execute(sql`
    insert into installation_checks as checks (workspace_id, refused)
    select workspace_id, ${refusal}::jsonb from installations where workspace_id = ${workspaceId}
    on conflict (workspace_id) do update set refused = excluded.refused || checks.refused, tried_at = null
      where not checks.refused ? ${call}`);
}

/** They work again. */
export async function forgetRefusedCalls(db: Queryable, workspaceId: string, calls: readonly string[]) {
  await db
    .update(checks)
    .set({ refused: sql`${checks.refused} - ${sql.param([...calls])}::text[]`, triedAt: null })
    .where(eq(checks.workspaceId, workspaceId));
}

/** Of workspaces with a token. */
export async function listRefused(db: Queryable): Promise<{ workspaceId: string; calls: string[] }[]> {
  const rows = await db
    .select({ workspaceId: checks.workspaceId, refused: checks.refused })
    .from(checks)
    .innerJoin(installations, eq(installations.workspaceId, checks.workspaceId))
    .where(and(eq(installations.status, 'active'), sql`${checks.refused} <> '{}'`));
  return rows.map(({ workspaceId, refused }) => ({ workspaceId, calls: Object.keys(refused) }));
}

export async function listRefusedCalls(db: Queryable, workspaceId: string): Promise<string[]> {
  const [row] = await db
    .select({ refused: checks.refused })
    .from(checks)
    .where(eq(checks.workspaceId, workspaceId));
  return Object.keys(row?.refused ?? {});
}

/** Installations with a token and no attempt since `before`, with the health last sent. */
export async function listDueReports(db: Queryable, before: Date) {
  const rows = await db
    .select({ workspaceId: installations.workspaceId, reported: checks.reported })
    .from(installations)
    .leftJoin(checks, eq(checks.workspaceId, installations.workspaceId))
    .where(and(eq(installations.status, 'active'), or(isNull(checks.triedAt), lt(checks.triedAt, before))));
  return rows.map(({ workspaceId, reported }) => ({
    workspaceId,
    reported: health.nullable().catch(null).parse(reported),
  }));
}

/** False when another process was first. */
export async function claimReport(db: Queryable, workspaceId: string, before: Date, at: Date) {
  const claimed = await db
    .insert(checks)
    .values({ workspaceId, triedAt: at })
    .onConflictDoUpdate({
      target: checks.workspaceId,
      set: { triedAt: at },
      setWhere: sql`${checks.triedAt} is null or ${checks.triedAt} < ${sql.param(before, checks.triedAt)}`,
    })
    .returning({ workspaceId: checks.workspaceId });
  return claimed.length > 0;
}

/** Lets the next change be sent at once. */
export async function saveReported(db: Queryable, workspaceId: string, reported: Health): Promise<void> {
  await db.update(checks).set({ reported, triedAt: null }).where(eq(checks.workspaceId, workspaceId));
}
