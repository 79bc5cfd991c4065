// The two ways in to the console: "Sign in with Intercom", and the link behind the card's Settings button.
import { z } from 'zod';
import type { Region } from '../../domain/region.ts';
import type { Grantor } from '../../domain/workspace/installation.ts';
import type { Identity, Member } from '../../domain/workspace/teammate.ts';
import { type ConsentDeps, createConsent } from './consent.ts';
import { type OAuth, type Refusal, refusalOf } from './installation.ts';

export type SignInRefusal = Refusal | 'unverified' | 'not-installed' | 'removed';

export type SignInOutcome =
  | { outcome: 'signed-in'; session: string; to: string }
  | { outcome: SignInRefusal };

/** Whom a link is for; null once it is used, too old, or not one of ours. */
export type Invited = { workspaceId: string; teammate: Identity; jti: string; expiresAt: Date };

type Deps = Omit<ConsentDeps, 'consentUrl' | 'secrets' | 'usedTokens'> & {
  oauth: OAuth;
  secrets: ConsentDeps['secrets'] & LinkSecrets;
  usedTokens: {
    claim(use: {
      jti: string;
      purpose: 'sign-in' | 'install' | 'console-link';
      at: Date;
      expiresAt: Date;
    }): Promise<boolean>;
  };
  /** Whether the workspace has the app, be it that its token was refused since. */
  hasApp(workspaceId: string): Promise<boolean>;
  teammates: {
    admit(workspaceId: string, who: Identity): Promise<Member | null>;
    stillThere(workspaceId: string, teammateId: string): Promise<boolean>;
  };
  sessions: { start(workspaceId: string, teammateId: string, browser: string): Promise<string> };
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
};
type LinkSecrets = {
  sign(token: {
    audience: 'console-link';
    subject: string;
    jti: string;
    expiresInSeconds: number;
    claims: { teammate: Identity };
  }): string;
  verify(audience: 'console-link', token: string): { subject: string; jti: string; claims: unknown } | null;
};

export type SignIn = ReturnType<typeof createSignIn>;

const secondsOfLink = 5 * 60;
const linkClaims = z.object({
  teammate: z.object({ id: z.string().min(1), name: z.string(), email: z.string() }),
  exp: z.number(),
});

export function createSignIn(deps: Deps) {
  const { now, log } = deps;
  const carried = z.object({ to: z.string() });
  const consent = createConsent({ ...deps, consentUrl: deps.oauth.consentUrl }, 'sign-in', carried);

  async function enter(workspaceId: string, who: Identity, browser: string) {
    if (!(await deps.hasApp(workspaceId))) return { outcome: 'not-installed' as const };
    const member = await deps.teammates.admit(workspaceId, who);
    if (member === null) return { outcome: 'removed' as const };
    const session = await deps.sessions.start(workspaceId, who.id, browser);
    log.info({ workspaceId, teammate: who.id }, 'signed in');
    return { outcome: 'signed-in' as const, session };
  }

  /** Only `/me` is asked with the token, which is then forgotten: not revoked, since it may be the installation's own. */
  async function identify(code: string, region: Region): Promise<Grantor> {
    const token = await deps.oauth.exchangeCode(code);
    return deps.oauth.identify(token, region);
  }

  return {
    /** `to` is where to go on, below /console. */
    begin: (region: Region, knownNonce: string | null, to: string) =>
      consent.begin(region, knownNonce, { to }),

    async complete(callback: {
      code: string;
      state: string;
      nonce: string | null;
      browser: string;
    }): Promise<SignInOutcome> {
      const read = consent.read(callback);
      if (read.refused) return { outcome: read.refused };
      if (!(await consent.take(read.jti))) return { outcome: 'already-used' };
      try {
        const grantor = await identify(callback.code, read.region);
        if (!grantor.emailVerified) return { outcome: 'unverified' };
        const entered = await enter(grantor.workspaceId, grantor.teammate, callback.browser);
        return entered.outcome === 'signed-in' ? { ...entered, to: read.more.to } : entered;
      } catch (error) {
        const outcome = refusalOf(error);
        log.warn({ err: error, outcome }, 'a sign-in was not completed');
        return { outcome };
      }
    },

    /** For somebody who has just installed the app; null when they may not come in. */
    async installed(grantor: Grantor, browser: string): Promise<string | null> {
      if (!grantor.emailVerified) return null;
      const entered = await enter(grantor.workspaceId, grantor.teammate, browser);
      return entered.outcome === 'signed-in' ? entered.session : null;
    },

    /** A token for one sign-in within five minutes, for whom Intercom says is looking at the card. */
    linkToken(workspaceId: string, teammate: Identity): string {
      return deps.secrets.sign({
        audience: 'console-link',
        subject: workspaceId,
        jti: deps.newId(),
        expiresInSeconds: secondsOfLink,
        claims: { teammate },
      });
    },

    readLink(token: string): Invited | null {
      const signed = deps.secrets.verify('console-link', token);
      const claims = linkClaims.safeParse(signed?.claims);
      if (!signed || !claims.success) return null;
      const { teammate, exp } = claims.data;
      return { workspaceId: signed.subject, teammate, jti: signed.jti, expiresAt: new Date(exp * 1000) };
    },

    /** Once. A teammate whom Intercom no longer knows is not let in by a link that was made before. */
    async useLink(
      { workspaceId, teammate, jti, expiresAt }: Invited,
      browser: string,
    ): Promise<SignInOutcome> {
      const first = await deps.usedTokens.claim({ jti, purpose: 'console-link', at: now(), expiresAt });
      if (!first) return { outcome: 'already-used' };
      if (!(await deps.hasApp(workspaceId))) return { outcome: 'not-installed' };
      if (!(await deps.teammates.stillThere(workspaceId, teammate.id))) return { outcome: 'removed' };
      const entered = await enter(workspaceId, teammate, browser);
      return entered.outcome === 'signed-in' ? { ...entered, to: '/console' } : entered;
    },
  };
}
