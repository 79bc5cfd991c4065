// What is known of an installation beside its grant; see schema-installation.ts.
import { and, eq, isNull, lt, or, sql } from 'drizzle-orm';
import { type Health, health, type Signs } from '../../domain/workspace/health.ts';
import type { Database } from '../database.ts';
import { installations, outages } from '../schema.ts';
import { installationChecks as checks } from './schema-installation.ts';

export function createInstallationCheckStore({ db }: Pick<Database, 'db'>) {
  return {
    /** After a new grant, which Intercom has been told nothing about. */
    async setMissingScopes(workspaceId: string, missingScopes: string[]): Promise<void> {
      const fresh = { missingScopes, told: null, triedAt: null };
      await db
        .insert(checks)
        .values({ workspaceId, ...fresh })
        .onConflictDoUpdate({ target: checks.workspaceId, set: fresh });
    },

    /** Null for a workspace that never installed the app. */
    async signs(workspaceId: string): Promise<Signs | null> {
      const [known] = await db
        .select({
          status: installations.status,
          hasToken: sql<boolean>`${installations.sealedToken} is not null`,
          missingScopes: checks.missingScopes,
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
      return {
        installed: status !== 'uninstalled',
        hasToken,
        missingScopes: missingScopes ?? [],
        outages: out,
      };
    },

    /** The workspaces with a token, with what Intercom was told of each; those that it was not tried to tell since `before`. */
    async toTell(before: Date): Promise<{ workspaceId: string; told: Health | null }[]> {
      const rows = await db
        .select({ workspaceId: installations.workspaceId, told: checks.told })
        .from(installations)
        .leftJoin(checks, eq(checks.workspaceId, installations.workspaceId))
        .where(
          and(eq(installations.status, 'active'), or(isNull(checks.triedAt), lt(checks.triedAt, before))),
        );
      return rows.map(({ workspaceId, told }) => ({
        workspaceId,
        told: health.nullable().catch(null).parse(told),
      }));
    },

    /** False when another process was first. */
    async claimTelling(workspaceId: string, before: Date, at: Date): Promise<boolean> {
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
    },

    /** It may be told of the next change at once. */
    async setTold(workspaceId: string, told: Health): Promise<void> {
      await db.update(checks).set({ told, triedAt: null }).where(eq(checks.workspaceId, workspaceId));
    },
  };
}
