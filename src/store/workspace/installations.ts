// Installations: the workspaces that gave us access, with their access tokens encrypted.
import { and, asc, eq, getTableColumns, isNotNull, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Grantor } from '../../domain/workspace/installation.ts';
import type { Secrets } from '../../secrets.ts';
import type { Queryable } from '../database.ts';
import { installations } from '../schema.ts';

export type InstallationRecord = Omit<typeof installations.$inferSelect, 'sealedToken'>;

const { sealedToken: _, ...shown } = getTableColumns(installations);

/** For scheduled work: there is none for a workspace that has uninstalled the app. */
export function isNotUninstalled(workspaceId: PgColumn): SQL {
  return sql`not exists (select from ${installations}
    where ${installations.workspaceId} = ${workspaceId} and ${installations.status} = 'uninstalled')`;
}

type Sealing = Pick<Secrets, 'seal' | 'open' | 'sealedWithCurrentKey'>;

const forWorkspace = (workspaceId: string) => eq(installations.workspaceId, workspaceId);

/** A workspace that comes back keeps everything, including the date of its first install. */
export async function saveInstallation(
  db: Pick<Queryable, 'insert'>,
  secrets: Pick<Secrets, 'seal'>,
  { workspaceId, token, at, ...grant }: Omit<Grantor, 'emailVerified'> & { token: string; at: Date },
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
  await db
    .insert(installations)
    .values({ workspaceId, ...current, installedAt: at })
    .onConflictDoUpdate({ target: installations.workspaceId, set: current });
}

export async function findInstallation(db: Pick<Queryable, 'select'>, workspaceId: string) {
  const [found] = await db.select(shown).from(installations).where(forWorkspace(workspaceId));
  return found ?? null;
}

export async function listWorkspaceIds(db: Pick<Queryable, 'select'>): Promise<string[]> {
  const rows = await db
    .select({ id: installations.workspaceId })
    .from(installations)
    .orderBy(asc(installations.workspaceId));
  return rows.map((row) => row.id);
}

/** Null when the workspace is unknown or its grant is gone. */
export async function findAccessToken(
  db: Pick<Queryable, 'select'>,
  secrets: Pick<Secrets, 'open'>,
  workspaceId: string,
): Promise<string | null> {
  const [found] = await db
    .select({ sealed: installations.sealedToken })
    .from(installations)
    .where(forWorkspace(workspaceId));
  return found?.sealed ? secrets.open(workspaceId, found.sealed) : null;
}

export type Reencryption = { total: number; reencrypted: number; unreadable: string[] };

/**
 * Reencrypts with the current APP_SECRET what an earlier one encrypted, so that the earlier one can be dropped.
 * `unreadable` names the workspaces with a token that no configured secret opens: they must install again.
 */
export async function reencryptTokens(db: Pick<Queryable, 'select' | 'update'>, secrets: Sealing) {
  const rows = await db
    .select({ workspaceId: installations.workspaceId, sealed: installations.sealedToken })
    .from(installations)
    .where(isNotNull(installations.sealedToken));
  const unreadable: string[] = [];
  let reencrypted = 0;
  for (const { workspaceId, sealed } of rows) {
    if (sealed === null || secrets.sealedWithCurrentKey(sealed)) continue;
    const token = openIfPossible(secrets, workspaceId, sealed);
    if (token === null) {
      unreadable.push(workspaceId);
      continue;
    }
    // Replaces only the value that was read: a reinstall in between has brought a newer token.
    await db
      .update(installations)
      .set({ sealedToken: secrets.seal(workspaceId, token) })
      .where(and(forWorkspace(workspaceId), eq(installations.sealedToken, sealed)));
    reencrypted += 1;
  }
  return { total: rows.length, reencrypted, unreadable };
}

function openIfPossible(secrets: Sealing, workspaceId: string, sealed: string): string | null {
  try {
    return secrets.open(workspaceId, sealed);
  } catch {
    return null;
  }
}
