// Installations: the workspaces that gave us access, with their access tokens encrypted.
import { and, asc, eq, getTableColumns, isNotNull, ne, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Grantor } from '../../domain/workspace/installation.ts';
import type { Secrets } from '../../secrets.ts';
import { type Db, prepared, type Queryable } from '../database.ts';
import { installations } from '../schema.ts';

export type InstallationRecord = Omit<typeof installations.$inferSelect, 'sealedToken'>;

const { sealedToken: _, ...shown } = getTableColumns(installations);

/** Scheduled work skips workspaces that uninstalled the app. */
export function isNotUninstalled(workspaceId: PgColumn): SQL {
  return sql`not exists (select from ${installations}
    where ${installations.workspaceId} = ${workspaceId} and ${installations.status} = 'uninstalled')`;
}

type Sealing = Pick<Secrets, 'seal' | 'open' | 'sealedWithCurrentKey'>;

const forWorkspace = (workspaceId: string) => eq(installations.workspaceId, workspaceId);

/** A reinstall keeps everything, including the first install's date. */
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
    identityVerification: grant.identityVerification,
  };
  await db
    .insert(installations)
    .values({ workspaceId, ...current, installedAt: at })
    .onConflictDoUpdate({ target: installations.workspaceId, set: current });
}

// Read for most requests and for every call to Intercom.
const installationOf = prepared((db) =>
  db
    .select(shown)
    .from(installations)
    .where(eq(installations.workspaceId, sql.placeholder('workspaceId')))
    .prepare('installation_of_workspace'),
);
const sealedTokenOf = prepared((db) =>
  db
    .select({ sealed: installations.sealedToken })
    .from(installations)
    .where(eq(installations.workspaceId, sql.placeholder('workspaceId')))
    .prepare('sealed_token_of_workspace'),
);

export async function findInstallation(db: Db, workspaceId: string) {
  const [found] = await installationOf(db).execute({ workspaceId });
  return found ?? null;
}

/** Also in a transaction. UTC for a workspace that has not installed the app. */
export async function timeZoneOf(db: Queryable, workspaceId: string): Promise<string> {
  const [found] = await db
    .select({ timeZone: installations.timeZone })
    .from(installations)
    .where(forWorkspace(workspaceId));
  return found?.timeZone ?? 'UTC';
}

export async function listWorkspaceIds(db: Pick<Queryable, 'select'>): Promise<string[]> {
  const rows = await db
    .select({ id: installations.workspaceId })
    .from(installations)
    .orderBy(asc(installations.workspaceId));
  return rows.map((row) => row.id);
}

export async function findAccessToken(
  db: Db,
  secrets: Pick<Secrets, 'open'>,
  workspaceId: string,
): Promise<string | null> {
  const [found] = await sealedTokenOf(db).execute({ workspaceId });
  return found?.sealed ? secrets.open(workspaceId, found.sealed) : null;
}

export type Reencryption = { total: number; reencrypted: number; unreadable: string[] };

/**
 * Uses the current APP_SECRET. `unreadable` names workspaces with a token that no configured secret opens:
 * they must reinstall.
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
    // Only replaces the value that was read: a reinstall may have stored a newer token.
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

/** False when it was known. */
export async function saveIdentityVerification(
  db: Pick<Queryable, 'update'>,
  workspaceId: string,
  identityVerification: boolean,
): Promise<boolean> {
  const changed = await db
    .update(installations)
    .set({ identityVerification })
    .where(and(forWorkspace(workspaceId), ne(installations.identityVerification, identityVerification)))
    .returning({ workspaceId: installations.workspaceId });
  return changed.length > 0;
}

export async function listActiveInstallations(db: Pick<Queryable, 'select'>) {
  return db
    .select({ workspaceId: installations.workspaceId, region: installations.region })
    .from(installations)
    .where(eq(installations.status, 'active'))
    .orderBy(asc(installations.workspaceId));
}
