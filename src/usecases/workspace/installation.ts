// A teammate gives this app access to a workspace: the way to Intercom's consent page and back.
import { z } from 'zod';
import type { Region } from '../../domain/region.ts';
import type { Grantor } from '../../domain/workspace/installation.ts';
import { Failure } from '../../failure.ts';
import { type ConsentDeps, type ConsentRefusal, createConsent } from './consent.ts';

export type OAuth = {
  consentUrl(region: Region, state: string): string;
  /** Throws a Failure: `unauthorized` when the code is refused, `bad-upstream` when Intercom is in trouble. */
  exchangeCode(code: string): Promise<string>;
  /** As above, and `not-found` when Intercom names no teammate or workspace for the token. */
  identify(token: string, askedRegion: Region): Promise<Grantor>;
  /** Whether `/me` is answered with 401. Throws a Failure, `bad-upstream`, when Intercom cannot be asked. */
  isRevoked(token: string, region: Region): Promise<boolean>;
};

export type Refusal =
  | ConsentRefusal
  | 'already-used'
  | 'code-refused'
  | 'no-workspace'
  | 'intercom-down'
  | 'not-stored';

/** Where the installation was begun, which is where its outcome is told. */
export type Origin = 'app-store' | 'here';

export type Installed = {
  outcome: 'installed';
  origin: Origin;
  workspaceName: string;
  inboxUrl: string;
  /** What Intercom did not allow, by the names of its Developer Hub. */
  missingScopes: string[];
  /** Signs the browser in to the console; null for a teammate who may not come in. */
  session: string | null;
};
export type Outcome = Installed | { outcome: Refusal; origin: Origin };

export type Installation = {
  /** `knownNonce` is the one that the browser still holds from an earlier start, if any. */
  begin(region: Region, knownNonce: string | null, origin?: Origin): { consentUrl: string; nonce: string };
  complete(callback: {
    code: string;
    state: string;
    nonce: string | null;
    browser: string;
  }): Promise<Outcome>;
  /** Of a callback without a code, as when consent was denied. */
  originOf(callback: { state: string; nonce: string | null }): Origin;
};

type Deps = Omit<ConsentDeps, 'consentUrl'> & {
  oauth: OAuth;
  inboxUrl(region: Region, workspaceId: string): string;
  installations: { save(grant: Grantor & { token: string; at: Date }): Promise<void> };
  /** The scopes that are missing; see intercom/scopes.ts. */
  lacking(grantor: Grantor, token: string): Promise<string[]>;
  /** Null when this teammate may not come in. */
  signIn(grantor: Grantor, browser: string): Promise<string | null>;
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
};

const carried = z.object({ origin: z.enum(['app-store', 'here']) });

export function createInstallation(deps: Deps): Installation {
  const consent = createConsent({ ...deps, consentUrl: deps.oauth.consentUrl }, 'install', carried);

  async function exchange(grant: { code: string; jti: string; region: Region; browser: string }) {
    // Before the code is spent.
    if (!(await consent.take(grant.jti))) return { outcome: 'already-used' as const };
    const token = await deps.oauth.exchangeCode(grant.code);
    const grantor = await deps.oauth.identify(token, grant.region);
    await deps.installations.save({ ...grantor, token, at: deps.now() });
    const { workspaceId, workspaceName, region } = grantor;
    deps.log.info({ workspaceId, region, teammate: grantor.teammate.id }, 'installed');
    // It is installed by now, whatever comes of the rest.
    const attempt = <T>(rest: Promise<T>, otherwise: T) =>
      rest.catch((error: unknown) => {
        deps.log.warn({ err: error, workspaceId }, 'an installation was not finished as it should');
        return otherwise;
      });
    const missingScopes = await attempt(deps.lacking(grantor, token), []);
    const session = await attempt(deps.signIn(grantor, grant.browser), null);
    return {
      outcome: 'installed' as const,
      workspaceName,
      inboxUrl: deps.inboxUrl(region, workspaceId),
      missingScopes,
      session,
    };
  }

  return {
    begin: (region, knownNonce, origin = 'here') => consent.begin(region, knownNonce, { origin }),

    async complete({ code, state, nonce, browser }) {
      const read = consent.read({ state, nonce });
      if (read.refused) return { outcome: read.refused, origin: 'here' };
      const { origin } = read.more;
      try {
        const outcome = await exchange({ code, jti: read.jti, region: read.region, browser });
        return { ...outcome, origin };
      } catch (error) {
        const outcome = refusalOf(error);
        deps.log.warn({ err: error, outcome }, 'an installation was not completed');
        return { outcome, origin };
      }
    },

    originOf(callback) {
      const read = consent.read(callback);
      return read.refused ? 'here' : read.more.origin;
    },
  };
}

/** What went wrong between the consent page and the database, in the words that pages are chosen by. */
export function refusalOf(error: unknown): Exclude<Refusal, ConsentRefusal | 'already-used'> {
  if (!(error instanceof Failure)) return 'not-stored';
  if (error.code === 'unauthorized') return 'code-refused';
  if (error.code === 'not-found') return 'no-workspace';
  return 'intercom-down';
}
