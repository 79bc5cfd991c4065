// Connector keys: with one of them Fin asks for its workspace, and can do nothing else.
import { createHash, randomBytes } from 'node:crypto';
import type { Context } from '../../context.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import {
  addFinKey,
  type FinKey,
  findFinKey,
  finKeysOf,
  markFinKeyRevoked,
  setFinKeyUsed,
} from '../../store/fin/fin-keys.ts';
import { query } from '../query.ts';
import { recordAudit } from '../workspace/record-audit.ts';

export type { FinKey };

/** The command line issues keys too, without the rest of the app. */
type KeyContext = Pick<Context, 'database' | 'now' | 'newId'>;

/** A write per request would cost more than the request. */
const usedEveryMs = 60_000;

/** Begins so that scanners for leaked secrets can tell it. */
const prefix = 'rdfin_';
const shape = /^rdfin_[\w-]{43}$/;

/** Random enough that its hash needs no salt. */
const hashOf = (key: string) => createHash('sha256').update(key).digest('base64url');

/** Shown once; only its hash is stored. */
export async function issueFinKey(
  ctx: KeyContext,
  workspaceId: string,
  name: string,
  actor: Actor,
): Promise<{ key: string; id: string }> {
  const key = prefix + randomBytes(32).toString('base64url');
  const id = ctx.newId();
  await ctx.database.transaction(async (tx) => {
    await addFinKey(tx, { id, workspaceId, name, hash: hashOf(key), createdAt: ctx.now() });
    await recordAudit(ctx, tx, workspaceId, actor, 'fin_key.create', id, { name });
  });
  return { key, id };
}

/** Whether a key could be one: what could not needs no database to be refused. */
export const looksLikeFinKey = (key: string): boolean => shape.test(key);

/** Null when unknown or revoked. Always reads the database, so that revoking is immediate. */
export async function verifyFinKey(
  { database: { db }, now }: Pick<KeyContext, 'database' | 'now'>,
  key: string,
): Promise<FinKey | null> {
  const known = await findFinKey(db, hashOf(key));
  if (!known || known.revokedAt !== null) return null;
  const { lastUsedAt } = known;
  if (lastUsedAt === null || lastUsedAt.getTime() < now().getTime() - usedEveryMs)
    await setFinKeyUsed(db, known, now());
  return known;
}

export const listFinKeys = query(finKeysOf);

/** False for an unknown or revoked key. */
export function revokeFinKey(
  ctx: KeyContext,
  workspaceId: string,
  id: string,
  actor: Actor,
): Promise<boolean> {
  return ctx.database.transaction(async (tx) => {
    const revoked = await markFinKeyRevoked(tx, workspaceId, id, ctx.now());
    if (revoked === null) return false;
    await recordAudit(ctx, tx, workspaceId, actor, 'fin_key.revoke', id, { name: revoked.name });
    return true;
  });
}
