// The API's access tokens: issued per workspace, listed, revoked.
import type { Context } from '../../context.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import {
  type ApiToken,
  addApiToken,
  apiTokensOf,
  findApiToken,
  markApiTokenRevoked,
  setApiTokenUsed,
} from '../../store/workspace/tokens.ts';
import { query } from '../query.ts';
import { recordAudit } from './record-audit.ts';

export type { ApiToken };

/** The command line issues tokens too, without the rest of the app. */
type TokenContext = Pick<Context, 'database' | 'secrets' | 'now' | 'newId'>;

/** A write per request would cost more than the request. */
const usedEveryMs = 60_000;

/** Shown once; only its id is stored. */
export async function issueApiToken(
  ctx: TokenContext,
  workspaceId: string,
  name: string,
  actor: Actor,
  { assistantsMayWrite = false } = {},
): Promise<{ token: string; jti: string }> {
  const jti = ctx.newId();
  await ctx.database.transaction(async (tx) => {
    const signedWith = ctx.secrets.currentKeyId;
    await addApiToken(tx, { jti, workspaceId, name, createdAt: ctx.now(), signedWith, assistantsMayWrite });
    await recordAudit(ctx, tx, workspaceId, actor, 'api_token.create', jti, {
      ...{ name, assistants_may_write: assistantsMayWrite },
    });
  });
  return { token: ctx.secrets.sign({ audience: 'referral-desk-api', subject: workspaceId, jti }), jti };
}

/** Null when unknown or revoked. Always reads the database, so that revoking is immediate. */
export async function verifyApiToken(
  { database: { db }, secrets, now }: TokenContext,
  token: string,
): Promise<ApiToken | null> {
  const signed = secrets.verify('referral-desk-api', token);
  if (!signed) return null;
  const known = await findApiToken(db, signed.subject, signed.jti);
  if (!known || known.revokedAt !== null) return null;
  const { lastUsedAt } = known;
  if (lastUsedAt === null || lastUsedAt.getTime() < now().getTime() - usedEveryMs)
    await setApiTokenUsed(db, known, now());
  return known;
}

export const listApiTokens = query(apiTokensOf);

export function revokeApiToken(
  ctx: TokenContext,
  workspaceId: string,
  jti: string,
  actor: Actor,
): Promise<boolean> {
  return ctx.database.transaction(async (tx) => {
    const revoked = await markApiTokenRevoked(tx, workspaceId, jti, ctx.now());
    if (revoked === null) return false;
    const { name } = revoked;
    await recordAudit(ctx, tx, workspaceId, actor, 'api_token.revoke', jti, { name });
    return true;
  });
}
