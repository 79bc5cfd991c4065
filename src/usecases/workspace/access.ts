// Access tokens for the company's own backend: issued for one workspace, listed, and revoked.
import type { Actor, Audit } from './audit.ts';

export type AccessToken = {
  jti: string;
  workspaceId: string;
  name: string;
  createdAt: Date;
  revokedAt: Date | null;
  /** To the minute or so; null until it was used. */
  lastUsedAt: Date | null;
  /** Which APP_SECRET signed it; null for those that were made before this was kept. */
  signedWith: string | null;
};

export type Access = {
  /** The token is shown this once: only its id is kept. */
  issue(workspaceId: string, name: string, actor?: Actor): Promise<{ token: string; jti: string }>;
  /** Null for a token that was not issued here, or is revoked. Asked afresh each time, so that revoking is immediate. */
  verify(token: string): Promise<{ workspaceId: string; jti: string; name: string } | null>;
  list(workspaceId: string): Promise<AccessToken[]>;
  /** False when the workspace has no such token in force. */
  revoke(workspaceId: string, jti: string, actor?: Actor): Promise<boolean>;
};

type Deps<Tx> = {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  tokens: {
    add(tx: Tx, token: Omit<AccessToken, 'revokedAt' | 'lastUsedAt'>): Promise<void>;
    find(workspaceId: string, jti: string): Promise<AccessToken | null>;
    list(workspaceId: string): Promise<AccessToken[]>;
    /** Null when there was nothing left to revoke. */
    revoke(tx: Tx, workspaceId: string, jti: string, at: Date): Promise<{ name: string } | null>;
    setUsed(workspaceId: string, jti: string, at: Date): Promise<void>;
  };
  secrets: {
    sign(token: { audience: 'referral-desk-api'; subject: string; jti: string }): string;
    verify(audience: 'referral-desk-api', token: string): { subject: string; jti: string } | null;
    currentKeyId: string;
  };
  audit: Pick<Audit<Tx>, 'record'>;
  now(): Date;
  newId(): string;
};

const byCommand: Actor = { kind: 'app', id: null, name: 'The command line' };
/** A use is written down at most this often: one for each request would cost more than the request. */
const usedEveryMs = 60_000;

export function createAccess<Tx>(deps: Deps<Tx>): Access {
  const { tokens, secrets, audit, now } = deps;

  return {
    async issue(workspaceId, name, actor = byCommand) {
      const jti = deps.newId();
      await deps.transaction(async (tx) => {
        const signedWith = secrets.currentKeyId;
        await tokens.add(tx, { jti, workspaceId, name, createdAt: now(), signedWith });
        await audit.record(workspaceId, actor, `made the API token “${name}”`, { token: jti }, tx);
      });
      return { token: secrets.sign({ audience: 'referral-desk-api', subject: workspaceId, jti }), jti };
    },

    async verify(token) {
      const signed = secrets.verify('referral-desk-api', token);
      if (!signed) return null;
      const known = await tokens.find(signed.subject, signed.jti);
      if (!known || known.revokedAt !== null) return null;
      const { workspaceId, jti, name, lastUsedAt } = known;
      if (lastUsedAt === null || lastUsedAt.getTime() < now().getTime() - usedEveryMs)
        await tokens.setUsed(workspaceId, jti, now());
      return { workspaceId, jti, name };
    },

    list: (workspaceId) => tokens.list(workspaceId),

    revoke: (workspaceId, jti, actor = byCommand) =>
      deps.transaction(async (tx) => {
        const revoked = await tokens.revoke(tx, workspaceId, jti, now());
        if (revoked === null) return false;
        await audit.record(workspaceId, actor, `revoked the API token “${revoked.name}”`, { token: jti }, tx);
        return true;
      }),
  };
}
