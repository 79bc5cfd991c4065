// The app's access to a workspace's Intercom: consent, the grant, its teammates, and its health.
import { z } from 'zod';
import type { Region } from '../domain/region.ts';
import type { Health } from '../domain/workspace/health.ts';
import { Failure } from '../failure.ts';
import { bodyOf, createIntercomCall, unexpected } from './call.ts';
import type { Hosts } from './hosts.ts';
import type { OAuth } from './oauth.ts';
import { missingScopes } from './scopes.ts';

export type IntercomAccess = ReturnType<typeof createIntercomAccess>;

const adminList = z.object({ admins: z.array(z.object({ id: z.union([z.string(), z.number()]) })) });

/** `grantOf` returns null for a workspace without a usable token. Every call rejects with a Failure. */
export function createIntercomAccess(
  oauth: OAuth,
  hosts: Pick<Hosts, 'api'>,
  grantOf: (workspaceId: string) => Promise<{ api: string; token: string } | null>,
) {
  return {
    ...oauth,
    /** By their names in the Developer Hub. */
    missingScopes: (region: Region, token: string) => missingScopes(hosts.api(region), token),

    /** Whether the grant works and lacks no scope. */
    async isWhole(workspaceId: string): Promise<boolean> {
      const grant = await grantOf(workspaceId);
      return grant !== null && (await missingScopes(grant.api, grant.token)).length === 0;
    },

    async teammateIds(workspaceId: string): Promise<string[] | null> {
      const grant = await grantOf(workspaceId);
      if (!grant) return null;
      const answer = await createIntercomCall(grant.api, grant.token, 3_000)('get', '/admins');
      return bodyOf(answer, adminList).admins.map(({ id }) => String(id));
    },

    async reportHealth(workspaceId: string, health: Health): Promise<void> {
      const grant = await grantOf(workspaceId);
      if (!grant)
        throw new Failure(
          'unauthorized',
          'No Intercom access token for this workspace: install the app again',
        );
      const call = createIntercomCall(grant.api, grant.token);
      const answer = await call('post', '/app_install/status', health);
      if (answer.status >= 300) throw unexpected(answer);
    },
  };
}
