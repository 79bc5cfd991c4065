// Installations: which workspaces gave us access, with their access tokens sealed.
import { and, asc, eq, isNotNull, lte, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Region } from '../../domain/region.ts';
import type { Secrets } from '../../secrets.ts';
import type { Grantor } from '../../usecases/workspace/installation.ts';
import type { Database, Tx } from '../database.ts';
import { installations } from '../schema.ts';

export type InstallationRecord = {
  workspaceId: string;
  name: string;
  region: Region;
  timeZone: string;
  status: 'active' | 'revoked' | 'uninstalled';
  installedBy: { id: string; name: string; email: string };
  installedAt: Date;
  statusAt: Date;
};

const shown = {
  workspaceId: installations.workspaceId,
  name: installations.name,
  region: installations.region,
  timeZone: installations.timeZone,
  status: installations.status,
  installedBy: installations.installedBy,
  installedAt: installations.installedAt,
  statusAt: installations.statusAt,
};

/** For work that time brings about: there is none for a workspace that has uninstalled the app. */
export function isNotUninstalled(workspaceId: PgColumn): SQL {
  return sql`not exists (select from ${installations}
    where ${installations.workspaceId} = ${workspaceId} and ${installations.status} = 'uninstalled')`;
}

export function createInstallationStore(
  { db, transaction }: Pick<Database, 'db' | 'transaction'>,
  secrets: Pick<Secrets, 'seal' | 'open' | 'sealedWithCurrentKey'>,
) {
  const ofWorkspace = (workspaceId: string) => eq(installations.workspaceId, workspaceId);
  const openIfPossible = (workspaceId: string, sealed: string) => {
    try {
      return secrets.open(workspaceId, sealed);
    } catch {
      return null;
    }
  };

  return {
    /**
     * A workspace that comes back keeps all it had, the date of its first install included. `alongside` is done in the
     * same transaction.
     */
    async save(
      { workspaceId, token, at, ...grant }: Omit<Grantor, 'emailVerified'> & { token: string; at: Date },
      alongside: (tx: Tx) => Promise<void> = async () => {},
    ): Promise<void> {
      const current = {
        name: grant.workspaceName,
        region: grant.region,
        timeZone: grant.timeZone,
        sealedToken: secrets.seal(workspaceId, token),
        status: 'active' as const,
        installedBy: grant.teammate,
        statusAt: at,
      };
      await transaction(async (tx) => {
        await tx
          .insert(installations)
          .values({ workspaceId, ...current, installedAt: at })
          .onConflictDoUpdate({ target: installations.workspaceId, set: current });
        await alongside(tx);
      });
    },

    async find(workspaceId: string): Promise<InstallationRecord | null> {
      const [found] = await db.select(shown).from(installations).where(ofWorkspace(workspaceId));
      return found ?? null;
    },

    async workspaceIds(): Promise<string[]> {
      const rows = await db
        .select({ id: installations.workspaceId })
        .from(installations)
        .orderBy(asc(installations.workspaceId));
      return rows.map((row) => row.id);
    },

    /** Null when the workspace is unknown or its grant is gone. */
    async tokenOf(workspaceId: string): Promise<string | null> {
      const [found] = await db
        .select({ sealed: installations.sealedToken })
        .from(installations)
        .where(ofWorkspace(workspaceId));
      return found?.sealed ? secrets.open(workspaceId, found.sealed) : null;
    },

    /** `at`: when the call that Intercom refused was begun. A grant given since then stands. */
    async markRevoked(workspaceId: string, at: Date): Promise<void> {
      await db
        .update(installations)
        .set({ status: 'revoked', sealedToken: null, statusAt: at })
        .where(
          and(ofWorkspace(workspaceId), eq(installations.status, 'active'), lte(installations.statusAt, at)),
        );
    },

    /**
     * Seals anew what an earlier APP_SECRET sealed, so that it can be taken out. To be run at start.
     * `unreadable` names the workspaces whose token no configured secret opens: they must install again.
     */
    async sealAnew(): Promise<{ total: number; sealedAnew: number; unreadable: string[] }> {
      const rows = await db
        .select({ workspaceId: installations.workspaceId, sealed: installations.sealedToken })
        .from(installations)
        .where(isNotNull(installations.sealedToken));
      const unreadable: string[] = [];
      let sealedAnew = 0;
      for (const { workspaceId, sealed } of rows) {
        if (sealed === null || secrets.sealedWithCurrentKey(sealed)) continue;
        const token = openIfPossible(workspaceId, sealed);
        if (token === null) {
          unreadable.push(workspaceId);
          continue;
        }
        // Only what was read is replaced: a reinstall in between has brought a newer token.
        await db
          .update(installations)
          .set({ sealedToken: secrets.seal(workspaceId, token) })
          .where(and(ofWorkspace(workspaceId), eq(installations.sealedToken, sealed)));
        sealedAnew += 1;
      }
      return { total: rows.length, sealedAnew, unreadable };
    },
  };
}
