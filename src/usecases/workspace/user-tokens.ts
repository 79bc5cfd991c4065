// User tokens: JWTs that the company's server signs to identify a user to the Messenger and Fin.
import { randomBytes } from 'node:crypto';
import type { Context } from '../../context.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import {
  mostUserTokenSecrets,
  shortestUserTokenSecret,
  type UserToken,
} from '../../domain/workspace/user-token.ts';
import { Failure } from '../../failure.ts';
import { lockSettings } from '../../store/workspace/settings.ts';
import {
  addUserTokenSecret,
  listUserTokenSecrets,
  removeUserTokenSecret,
  type UserTokenSecret,
} from '../../store/workspace/user-token-secrets.ts';
import { readUserToken } from '../../user-token.ts';
import { refuseField } from '../found.ts';
import { query } from '../query.ts';
import { recordAudit } from './record-audit.ts';

/** Without a secret, no token can be checked, and every token counts as invalid. */
export function checkUserToken(
  { secrets, now }: Pick<Context, 'secrets' | 'now'>,
  workspaceId: string,
  sealedSecrets: readonly string[],
  token: string | null,
): UserToken {
  if (token === null) return { state: 'none' };
  const opened = sealedSecrets.map((sealed) => secrets.open(workspaceId, sealed));
  const read = readUserToken(token, opened, now());
  return read === null ? { state: 'invalid' } : { state: 'valid', userId: read.userId };
}

/** Oldest first. */
export const readUserTokenSecrets = query(
  async (db, workspaceId: string): Promise<UserTokenSecret[]> =>
    (await listUserTokenSecrets(db, workspaceId)).map(({ id, createdAt }) => ({ id, createdAt })),
);

/** Shown once. */
export async function createUserTokenSecret(
  ctx: Context,
  workspaceId: string,
  actor: Actor,
): Promise<string> {
  const secret = randomBytes(32).toString('base64url');
  await useUserTokenSecret(ctx, workspaceId, secret, actor);
  return secret;
}

/** Accepts tokens that were signed with it, beside those of another secret. */
export function useUserTokenSecret(
  ctx: Context,
  workspaceId: string,
  secret: string,
  actor: Actor,
): Promise<void> {
  if (Buffer.byteLength(secret) < shortestUserTokenSecret)
    return refuseField('secret', `must have at least ${shortestUserTokenSecret} characters`);
  return ctx.database.transaction(async (tx) => {
    await lockSettings(tx, workspaceId, ctx.now());
    const stored = await listUserTokenSecrets(tx, workspaceId);
    if (stored.some(({ sealedSecret }) => isSecret(ctx, { workspaceId, sealedSecret, secret }))) return;
    if (stored.length >= mostUserTokenSecrets)
      throw new Failure('conflict', `There are already ${mostUserTokenSecrets} secrets. Remove one first.`);
    const sealedSecret = ctx.secrets.seal(workspaceId, secret);
    await addUserTokenSecret(tx, workspaceId, { id: ctx.newId(), sealedSecret, createdAt: ctx.now() });
    await recordAudit(ctx, tx, workspaceId, actor, 'user_token_secret.add', null, {});
  });
}

/** A secret that no APP_SECRET can open is treated as different. */
function isSecret(
  { secrets }: Context,
  { workspaceId, sealedSecret, secret }: { workspaceId: string; sealedSecret: string; secret: string },
): boolean {
  try {
    return secrets.open(workspaceId, sealedSecret) === secret;
  } catch {
    return false;
  }
}

/** The last one stays while a token is required: without it no one could be verified. */
export function dropUserTokenSecret(
  ctx: Context,
  workspaceId: string,
  id: string,
  actor: Actor,
): Promise<void> {
  return ctx.database.transaction(async (tx) => {
    const { messenger, fin } = await lockSettings(tx, workspaceId, ctx.now());
    const isRequired = messenger.require_user_token || fin.require_user_token;
    if (!(await removeUserTokenSecret(tx, workspaceId, id)))
      throw new Failure('not-found', 'Secret not found.');
    if (isRequired && (await listUserTokenSecrets(tx, workspaceId)).length === 0)
      throw new Failure(
        'conflict',
        'This is the only secret, and a user token is required. Add another secret first.',
      );
    await recordAudit(ctx, tx, workspaceId, actor, 'user_token_secret.remove', null, {});
  });
}
