// Tokens of AI assistants: a code for the first pair, a refresh token for the next, each used once.
//
// Why our own, with two kept libraries looked at. `oidc-provider` (9.13, MIT; 34 packages, Koa among them) knows PKCE,
// resource indicators, rotation, registration and a draft of client documents. It is a whole OpenID provider, with
// accounts, sessions, cookies, ID tokens and signing keys beside our own sign-in; it lets the port of a loopback address
// vary only for clients that register as native, which assistants do not; and what it stores are payloads that it alone
// reads, in steps without a transaction: a grant could not end in the transaction that removes a teammate, nor could a code
// be used up at once. `@node-oauth/oauth2-server` (5.3, MIT) has neither metadata, registration, revocation, resource
// indicators nor client documents, which leaves the two requests below. What is delicate is little: random secrets stored
// by their hashes, a row lock for each use, and these rules.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { Scope } from '../../domain/assistants/scope.ts';
import { dayMs } from '../../domain/time-units.ts';
import { byApp } from '../../domain/workspace/audit.ts';
import {
  addTokens,
  endGrants,
  extendGrant,
  findTokenGrant,
  type Grant,
  lockToken,
  type StoredToken,
  setTokenUsed,
} from '../../store/assistants/grants.ts';
import type { Tx } from '../../store/database.ts';
import { recordAudit } from '../workspace/record-audit.ts';

const accessLifeSeconds = 15 * 60;
/** A grant that is not used for as long has ended. */
export const grantLifeMs = 30 * dayMs;

/** The audience of every token. */
export const resourceOf = ({ config }: Pick<Context, 'config'>) => `${config.publicUrl}/mcp`;

export const newSecret = (prefix: string) => `${prefix}${randomBytes(32).toString('base64url')}`;
/** Secrets are random, so a plain hash is enough. */
export const hashOf = (secret: string) => createHash('sha256').update(secret).digest('base64url');

export type Issued = {
  access_token: string;
  token_type: 'Bearer';
  expires_in: number;
  refresh_token: string;
  scope: string;
};

/** In OAuth's own words (RFC 6749, section 5.2). */
export type TokenError =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_target'
  | 'invalid_scope'
  | 'unsupported_grant_type';

type Outcome = { issued: Issued } | { error: TokenError };

// A parameter given twice is a list, which none of these may be.
const text = z.string().min(1).max(2_000);
const codeRequest = z.object({
  grant_type: z.literal('authorization_code'),
  client_id: text,
  code: text,
  redirect_uri: text,
  code_verifier: z.string().regex(/^[\w.~-]{43,128}$/),
  resource: text.optional(),
});
const refreshRequest = z.object({
  grant_type: z.literal('refresh_token'),
  client_id: text,
  refresh_token: text,
  scope: z.string().max(2_000).optional(),
  resource: text.optional(),
});

export async function issueTokens(ctx: Context, body: unknown): Promise<Outcome> {
  const kind = z.object({ grant_type: z.string() }).safeParse(body).data?.grant_type;
  if (kind !== undefined && kind !== 'authorization_code' && kind !== 'refresh_token')
    return { error: 'unsupported_grant_type' };
  const read = z.union([codeRequest, refreshRequest]).safeParse(body);
  if (!read.success) return { error: 'invalid_request' };
  const request = read.data;
  if (request.resource !== undefined && request.resource.replace(/\/$/, '') !== resourceOf(ctx))
    return { error: 'invalid_target' };
  return 'code' in request ? exchangeCode(ctx, request) : refresh(ctx, request);
}

function exchangeCode(ctx: Context, request: z.infer<typeof codeRequest>): Promise<Outcome> {
  return ctx.database.transaction(async (tx) => {
    const held = await holdToken(ctx, tx, request.code, 'code');
    if (held === null) return { error: 'invalid_grant' };
    const { token, grant } = held;
    // Whatever is wrong with the rest, the code is used up, so that verifiers cannot be tried.
    await setTokenUsed(tx, token.id, ctx.now());
    const isProven = isEqual(hashOf(request.code_verifier), token.codeChallenge ?? '');
    if (!isProven || request.client_id !== grant.clientId || request.redirect_uri !== token.redirectUri)
      return { error: 'invalid_grant' };
    return { issued: await issuePair(ctx, tx, grant) };
  });
}

function refresh(ctx: Context, request: z.infer<typeof refreshRequest>): Promise<Outcome> {
  return ctx.database.transaction(async (tx) => {
    const held = await holdToken(ctx, tx, request.refresh_token, 'refresh');
    if (held === null || held.grant.clientId !== request.client_id) return { error: 'invalid_grant' };
    const { token, grant } = held;
    const asked = (request.scope ?? '').split(' ').filter((word) => word !== '');
    if (asked.some((word) => !grant.scopes.includes(word as Scope))) return { error: 'invalid_scope' };
    await setTokenUsed(tx, token.id, ctx.now());
    return { issued: await issuePair(ctx, tx, grant) };
  });
}

/** Null unless it may be used now. Its second use ends the grant, since one of the two is a thief. */
async function holdToken(
  ctx: Context,
  tx: Tx,
  secret: string,
  kind: StoredToken['kind'],
): Promise<{ token: StoredToken; grant: Grant } | null> {
  const held = await lockToken(tx, hashOf(secret), kind);
  if (held === null || held.grant.endedAt !== null) return null;
  const { token, grant } = held;
  if (token.usedAt !== null) {
    await endGrant(ctx, tx, grant);
    ctx.log.warn({ workspaceId: grant.workspaceId, grant: grant.id, kind }, 'a token was used a second time');
    return null;
  }
  if (token.expiresAt <= ctx.now() || grant.resource !== resourceOf(ctx)) return null;
  return held;
}

async function endGrant(ctx: Context, tx: Tx, { workspaceId, id }: Grant): Promise<void> {
  for (const { clientName: name } of await endGrants(tx, { workspaceId, id }, ctx.now()))
    await recordAudit(ctx, tx, workspaceId, byApp, 'assistant.disconnect', id, { name });
}

async function issuePair(ctx: Context, tx: Tx, grant: Grant): Promise<Issued> {
  const at = ctx.now().getTime();
  const [access, refreshing] = [newSecret('rda_'), newSecret('rdr_')];
  const expiresAt = new Date(at + grantLifeMs);
  await addTokens(tx, grant, [
    { id: hashOf(access), kind: 'access', expiresAt: new Date(at + accessLifeSeconds * 1_000) },
    { id: hashOf(refreshing), kind: 'refresh', expiresAt },
  ]);
  await extendGrant(tx, grant, expiresAt);
  return {
    access_token: access,
    token_type: 'Bearer',
    expires_in: accessLifeSeconds,
    refresh_token: refreshing,
    scope: grant.scopes.join(' '),
  };
}

/** An assistant gives its own token back, and with it the grant. Another assistant's is left alone (RFC 7009). */
export async function revokeToken(ctx: Context, token: string, clientId: string): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    const grant = await findTokenGrant(tx, hashOf(token));
    if (grant?.clientId === clientId) await endGrant(ctx, tx, grant);
  });
}

function isEqual(first: string, second: string): boolean {
  const [one, other] = [Buffer.from(first), Buffer.from(second)];
  return one.length === other.length && timingSafeEqual(one, other);
}
