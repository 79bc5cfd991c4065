// User tokens: JWTs with which the company's own page says who its visitor is.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { UserToken } from '../../domain/fin/identity.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import { readForeignToken } from '../../secrets.ts';
import { removeUserSecret, setUserSecret, userSecretSince } from '../../store/fin/user-secrets.ts';
import { query } from '../query.ts';
import { recordAudit } from '../workspace/record-audit.ts';

/** A page renews its token; one that is valid for longer could be kept by a finder. */
const maxAgeSeconds = 24 * 60 * 60;

const claims = z.union([
  z.looseObject({
    user_id: z.union([z.string().min(1).max(255), z.number().transform(String)]),
    exp: z.number(),
  }),
  z
    .looseObject({ sub: z.string().min(1).max(255), exp: z.number() })
    .transform(({ sub, exp }) => ({ user_id: sub, exp })),
]);

/** Without a secret no token can be checked, and counts as none that is valid. */
export function readUserToken(
  { secrets, now }: Pick<Context, 'secrets' | 'now'>,
  workspaceId: string,
  sealedSecret: string | null,
  token: string | null,
): UserToken {
  if (token === null) return { state: 'none' };
  if (sealedSecret === null || token.length > 4_000) return { state: 'invalid' };
  const secret = secrets.open(workspaceId, sealedSecret);
  const seconds = Math.floor(now().getTime() / 1000);
  const read = claims.safeParse(readForeignToken(secret, token, seconds));
  if (!read.success || read.data.exp - seconds > maxAgeSeconds) return { state: 'invalid' };
  return { state: 'valid', userId: read.data.user_id };
}

/** Since when there is one; null without. */
export const readUserSecretSince = query(userSecretSince);

/** Shown once. Tokens that were signed with an earlier secret are refused from now on. */
export async function createUserSecret(ctx: Context, workspaceId: string, actor: Actor): Promise<string> {
  const secret = randomBytes(32).toString('base64url');
  await ctx.database.transaction(async (tx) => {
    await setUserSecret(tx, ctx.secrets, workspaceId, { secret, at: ctx.now() });
    await recordAudit(ctx, tx, workspaceId, actor, 'fin_user_secret.create', null, {});
  });
  return secret;
}

export async function dropUserSecret(ctx: Context, workspaceId: string, actor: Actor): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    if (!(await removeUserSecret(tx, workspaceId)))
      throw new Failure('not-found', 'No secret for user tokens is set.');
    await recordAudit(ctx, tx, workspaceId, actor, 'fin_user_secret.remove', null, {});
  });
}
