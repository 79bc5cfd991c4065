// A teammate gives this app access to a workspace: the way to Intercom's consent page and back.
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type Region, region } from '../domain/region.ts';
import { Failure } from '../failure.ts';

/** Who consented, and for which workspace. */
export type Grantor = {
  workspaceId: string;
  workspaceName: string;
  region: Region;
  timeZone: string;
  teammate: { id: string; name: string; email: string };
};

export type OAuth = {
  consentUrl(region: Region, state: string): string;
  /** Throws a Failure: `unauthorised` when the code is refused, `bad-upstream` when Intercom is in trouble. */
  exchangeCode(code: string): Promise<string>;
  /** As above, and `not-found` when Intercom names no teammate or workspace for the token. */
  identify(token: string, askedRegion: Region): Promise<Grantor>;
};

export type Refusal =
  | 'link-expired'
  | 'other-browser'
  | 'already-used'
  | 'code-refused'
  | 'no-workspace'
  | 'intercom-down'
  | 'not-stored';

export type Outcome =
  | { outcome: 'installed'; workspaceName: string; inboxUrl: string }
  | { outcome: Refusal };

export type Installation = {
  /** `knownNonce` is the one that the browser still holds from an earlier start, if any. */
  begin(region: Region, knownNonce: string | null): { consentUrl: string; nonce: string };
  complete(callback: { code: string; state: string; nonce: string | null }): Promise<Outcome>;
};

type Deps = {
  oauth: OAuth;
  inboxUrl(region: Region, workspaceId: string): string;
  installations: { save(grant: Grantor & { token: string; at: Date }): Promise<void> };
  /** False when this id was claimed before. */
  usedTokens: {
    claim(use: { jti: string; purpose: 'install'; at: Date; expiresAt: Date }): Promise<boolean>;
  };
  secrets: {
    sign(token: {
      audience: 'install';
      subject: string;
      jti: string;
      expiresInSeconds: number;
      claims: { nonceHash: string; region: Region };
    }): string;
    verify(audience: 'install', token: string): { jti: string; claims: unknown } | null;
  };
  now(): Date;
  newId(): string;
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
};

export const minutesToConsent = 10;

const nonceShape = /^[\w-]{43}$/;
const stateClaims = z.object({ nonceHash: z.string(), region });

export function createInstallation(deps: Deps): Installation {
  return {
    begin(region, knownNonce) {
      // Two tabs of one browser share the nonce, so that the second does not spoil the first.
      const kept = knownNonce !== null && nonceShape.test(knownNonce);
      const nonce = kept ? knownNonce : randomBytes(32).toString('base64url');
      const state = deps.secrets.sign({
        audience: 'install',
        subject: 'browser',
        jti: deps.newId(),
        expiresInSeconds: minutesToConsent * 60,
        claims: { nonceHash: hash(nonce), region },
      });
      return { consentUrl: deps.oauth.consentUrl(region, state), nonce };
    },

    async complete({ code, state, nonce }) {
      const signed = deps.secrets.verify('install', state);
      if (!signed) return { outcome: 'link-expired' };
      const claims = stateClaims.parse(signed.claims);
      if (nonce === null || hash(nonce) !== claims.nonceHash) return { outcome: 'other-browser' };
      try {
        return await exchange(deps, { code, jti: signed.jti, region: claims.region });
      } catch (error) {
        const outcome = refusalOf(error);
        deps.log.warn({ err: error, outcome }, 'an installation was not completed');
        return { outcome };
      }
    },
  };
}

async function exchange(deps: Deps, grant: { code: string; jti: string; region: Region }): Promise<Outcome> {
  const at = deps.now();
  const expiresAt = new Date(at.getTime() + minutesToConsent * 60_000);
  // Before the code is spent: of two callbacks with one state, even at once, only one gets further.
  const first = await deps.usedTokens.claim({ jti: grant.jti, purpose: 'install', at, expiresAt });
  if (!first) return { outcome: 'already-used' };
  const token = await deps.oauth.exchangeCode(grant.code);
  const grantor = await deps.oauth.identify(token, grant.region);
  await deps.installations.save({ ...grantor, token, at: deps.now() });
  const { workspaceId, workspaceName } = grantor;
  deps.log.info({ workspaceId, region: grantor.region, teammate: grantor.teammate.id }, 'installed');
  return { outcome: 'installed', workspaceName, inboxUrl: deps.inboxUrl(grantor.region, workspaceId) };
}

function refusalOf(error: unknown): Refusal {
  if (!(error instanceof Failure)) return 'not-stored';
  if (error.code === 'unauthorised') return 'code-refused';
  if (error.code === 'not-found') return 'no-workspace';
  return 'intercom-down';
}

function hash(nonce: string): string {
  return createHash('sha256').update(nonce).digest('base64url');
}
