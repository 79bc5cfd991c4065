// Asking a teammate for access: an assistant's request, the teammate's answer, and the way back.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import {
  type AssistantClient,
  hostOfRedirect,
  isRegisteredRedirect,
} from '../../domain/assistants/client.ts';
import { readOnly, readScopes, type Scope, scopes } from '../../domain/assistants/scope.ts';
import { byTeammate } from '../../domain/workspace/audit.ts';
import { mayDo } from '../../domain/workspace/teammate.ts';
import {
  addRequest,
  findRequest,
  type StoredRequest,
  setClientUsed,
  takeRequest,
} from '../../store/assistants/clients.ts';
import { addGrant, addTokens } from '../../store/assistants/grants.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import type { Visitor } from '../workspace/sessions.ts';
import { readClient } from './clients.ts';
import { grantLifeMs, hashOf, newSecret, resourceOf } from './tokens.ts';

export const minutesToAnswer = 10;
const codeLifeMs = 60_000;

// A parameter given twice is a list, which none of these may be.
const text = z.string().max(2_000);
const addressed = z.object({ client_id: text.min(1), redirect_uri: text.min(1) });
const requested = z.object({
  response_type: z.literal('code'),
  code_challenge: z.string().regex(/^[\w.~-]{43,128}$/),
  code_challenge_method: z.literal('S256'),
  scope: text.optional(),
  state: text.optional(),
  resource: text.optional(),
});

export type Begun =
  /** Nothing in it may be trusted, least of all the address to answer at. */
  | { outcome: 'refused'; why: 'unknown-client' | 'unknown-redirect' }
  | { outcome: 'answered'; to: string }
  | { outcome: 'asked'; request: string; nonce: string };

/** `knownNonce` is from the browser's earlier request. */
export async function beginAuthorization(
  ctx: Context,
  query: unknown,
  knownNonce: string | null,
): Promise<Begun> {
  const to = addressed.safeParse(query);
  const client = to.success ? await readClient(ctx, to.data.client_id) : null;
  if (!to.success || client === null) return { outcome: 'refused', why: 'unknown-client' };
  const redirectUri = to.data.redirect_uri;
  if (!isRegisteredRedirect(client.redirectUris, redirectUri))
    return { outcome: 'refused', why: 'unknown-redirect' };
  const state = z.object({ state: text }).safeParse(query).data?.state ?? null;
  const refuse = (error: string): Begun => ({
    outcome: 'answered',
    to: answerAt(ctx, { redirectUri, state }, { error }),
  });
  const read = requested.safeParse(query);
  if (!read.success) return refuse(errorOf(query));
  const { scope, code_challenge: codeChallenge, resource } = read.data;
  if (resource !== undefined && !isOwnResource(ctx, resource)) return refuse('invalid_target');
  const request = newSecret('');
  const nonce = knownNonce ?? randomBytes(32).toString('base64url');
  const at = ctx.now();
  await addRequest(
    ctx.database.db,
    {
      ...{ id: hashOf(request), clientId: client.id, redirectUri, state, codeChallenge },
      ...{ scopes: readScopes(scope), browser: hashOf(nonce) },
      expiresAt: new Date(at.getTime() + minutesToAnswer * 60_000),
    },
    at,
  );
  return { outcome: 'asked', request, nonce };
}

const isOwnResource = (ctx: Context, resource: string) => resource.replace(/\/$/, '') === resourceOf(ctx);

function errorOf(query: unknown): string {
  const kind = z.object({ response_type: z.unknown() }).safeParse(query).data?.response_type;
  return typeof kind === 'string' && kind !== 'code' ? 'unsupported_response_type' : 'invalid_request';
}

export type AccessRequest = {
  client: Pick<AssistantClient, 'name' | 'documentHost'>;
  /** Where the answer goes, in words. */
  answersAt: string;
  redirectUri: string;
  scopes: Scope[];
};

/** Null when it is unknown, answered or too old, or was begun in another browser. */
export async function readAccessRequest(
  ctx: Context,
  request: string,
  nonce: string | null,
): Promise<AccessRequest | null> {
  if (nonce === null) return null;
  const open = await findRequest(ctx.database.db, hashOf(request), hashOf(nonce), ctx.now());
  const client = open && (await readClient(ctx, open.clientId));
  if (!open || !client) return null;
  const { redirectUri } = open;
  return { client, answersAt: hostOfRedirect(redirectUri), redirectUri, scopes: open.scopes };
}

/** What keeps a teammate from letting an assistant change something; null when nothing does. */
export async function refusalOfWriting(
  ctx: Context,
  { workspaceId, role }: Pick<Visitor, 'workspaceId' | 'role'>,
): Promise<'viewer' | 'switched-off' | null> {
  if (!mayDo(role, 'administrator')) return 'viewer';
  const { assistants } = await readSettings(ctx.database.db, workspaceId);
  return assistants.write ? null : 'switched-off';
}

type Answer = { request: string; nonce: string | null };

/** Where the browser goes next. Null as of `readAccessRequest`: also for the second of two answers. */
export async function allowAccess(
  ctx: Context,
  visitor: Visitor,
  { request, nonce, write }: Answer & { write: boolean },
): Promise<string | null> {
  const asked = await readAccessRequest(ctx, request, nonce);
  if (asked === null || nonce === null) return null;
  const mayWrite = write && asked.scopes.includes('referrals:write');
  const granted = mayWrite && (await refusalOfWriting(ctx, visitor)) === null ? scopes : readOnly;
  const code = newSecret('rdg_');
  return ctx.database.transaction(async (tx) => {
    const at = ctx.now();
    const taken = await takeRequest(tx, hashOf(request), hashOf(nonce), at);
    if (taken === null) return null;
    const { workspaceId, teammate } = visitor;
    const grant = {
      ...{ id: ctx.newId(), workspaceId, teammateId: teammate.id, clientId: taken.clientId },
      ...{ clientName: asked.client.name, clientHost: asked.client.documentHost ?? asked.answersAt },
      ...{ scopes: [...granted], resource: resourceOf(ctx), createdAt: at },
      expiresAt: new Date(at.getTime() + grantLifeMs),
    };
    await addGrant(tx, grant);
    const { redirectUri, codeChallenge } = taken;
    const expiresAt = new Date(at.getTime() + codeLifeMs);
    await addTokens(tx, grant, [{ id: hashOf(code), kind: 'code', expiresAt, redirectUri, codeChallenge }]);
    await setClientUsed(tx, taken.clientId, at);
    await recordAudit(ctx, tx, workspaceId, byTeammate(visitor), 'assistant.connect', grant.id, {
      ...{ name: grant.clientName, host: grant.clientHost, scopes: grant.scopes },
    });
    return answerAt(ctx, taken, { code });
  });
}

/** As `allowAccess`. */
export async function denyAccess(ctx: Context, { request, nonce }: Answer): Promise<string | null> {
  if (nonce === null) return null;
  const taken = await ctx.database.transaction((tx) =>
    takeRequest(tx, hashOf(request), hashOf(nonce), ctx.now()),
  );
  return taken && answerAt(ctx, taken, { error: 'access_denied' });
}

/** With the issuer, so that a client of several servers knows who answers (RFC 9207). */
function answerAt(
  ctx: Context,
  { redirectUri, state }: Pick<StoredRequest, 'redirectUri' | 'state'>,
  answer: { code: string } | { error: string },
): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  if (state !== null) url.searchParams.set('state', state);
  url.searchParams.set('iss', ctx.config.publicUrl);
  return url.href;
}
