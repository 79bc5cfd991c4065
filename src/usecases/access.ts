// Access tokens for the company's own backend: issued for one workspace, listed, and revoked.

export type AccessToken = {
  jti: string;
  workspaceId: string;
  name: string;
  createdAt: Date;
  revokedAt: Date | null;
};

export type Access = {
  /** The token is shown this once: only its id is kept. */
  issue(workspaceId: string, name: string): Promise<{ token: string; jti: string }>;
  /** Null for a token that was not issued here, or is revoked. Asked afresh each time, so that revoking is immediate. */
  verify(token: string): Promise<{ workspaceId: string; jti: string; name: string } | null>;
  list(workspaceId: string): Promise<AccessToken[]>;
  /** False when the workspace has no such token in force. */
  revoke(workspaceId: string, jti: string): Promise<boolean>;
};

type Deps = {
  tokens: {
    add(token: { jti: string; workspaceId: string; name: string; createdAt: Date }): Promise<void>;
    find(workspaceId: string, jti: string): Promise<AccessToken | null>;
    list(workspaceId: string): Promise<AccessToken[]>;
    revoke(workspaceId: string, jti: string, at: Date): Promise<boolean>;
  };
  secrets: {
    sign(token: { audience: 'referral-desk-api'; subject: string; jti: string }): string;
    verify(audience: 'referral-desk-api', token: string): { subject: string; jti: string } | null;
  };
  now(): Date;
  newId(): string;
};

export function createAccess({ tokens, secrets, now, newId }: Deps): Access {
  return {
    async issue(workspaceId, name) {
      const jti = newId();
      await tokens.add({ jti, workspaceId, name, createdAt: now() });
      return { token: secrets.sign({ audience: 'referral-desk-api', subject: workspaceId, jti }), jti };
    },

    async verify(token) {
      const signed = secrets.verify('referral-desk-api', token);
      if (!signed) return null;
      const known = await tokens.find(signed.subject, signed.jti);
      if (!known || known.revokedAt !== null) return null;
      return { workspaceId: known.workspaceId, jti: known.jti, name: known.name };
    },

    list: (workspaceId) => tokens.list(workspaceId),
    revoke: (workspaceId, jti) => tokens.revoke(workspaceId, jti, now()),
  };
}
