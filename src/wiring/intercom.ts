// Intercom's API for every workspace, with the workspace's token and the caller's priority.
import type { Context } from '../context.ts';
import { Failure } from '../failure.ts';
import { createIntercomAccess, type IntercomAccess } from '../intercom/access.ts';
import type { CallOf } from '../intercom/bound-calls.ts';
import { createIntercomCall } from '../intercom/call.ts';
import { readStoredNotification } from '../intercom/incoming/notification.ts';
import { createIntercomApi } from '../intercom/intercom-api.ts';
import { createOAuth } from '../intercom/oauth.ts';
import type { Governor } from '../intercom/rate-limit.ts';
import { batched } from '../store/shared-query.ts';
import { findAccessToken, findInstallation } from '../store/workspace/installations.ts';
import { type AccessWatch, watchAccess } from './access-watch.ts';
import { keepingWrites } from './own-writes.ts';

export type Grants = ReturnType<typeof openGrants>;

export function openGrants({ database, secrets, hosts }: Pick<Context, 'database' | 'secrets' | 'hosts'>) {
  const { db } = database;
  return {
    /** Null when the workspace has no usable token. */
    async of(workspaceId: string) {
      const [known, token] = await Promise.all([
        findInstallation(db, workspaceId),
        findAccessToken(db, secrets, workspaceId),
      ]);
      return known && token ? { api: hosts.api(known.region), token } : null;
    },
  };
}

function callAt(grantOf: Grants['of'], paceOf: Governor['background'], watch: AccessWatch) {
  return async (workspaceId: string) => {
    const granted = await grantOf(workspaceId);
    if (!granted)
      throw new Failure('unauthorized', 'No Intercom access token for this workspace: install the app again');
    return watch(workspaceId, createIntercomCall(granted.api, granted.token, undefined, paceOf(workspaceId)));
  };
}

export function openIntercomAccess(
  { config, hosts }: Pick<Context, 'config' | 'hosts'>,
  grants: Grants,
): IntercomAccess {
  const oauth = createOAuth({
    hosts,
    clientId: config.intercom.clientId,
    clientSecret: config.intercom.clientSecrets[0],
    redirectUri: `${config.publicUrl}/install/callback`,
  });
  return createIntercomAccess(oauth, hosts, grants.of);
}

export function openIntercom({
  grants,
  governor,
  ...deps
}: {
  grants: Grants;
  governor: Governor;
} & Pick<Context, 'database' | 'now' | 'newId' | 'log'>): Context['intercom'] {
  const { now } = deps;
  const watch = watchAccess(deps);
  // Calls that begin at the same time share the look at the grant.
  const grantOf = batched((ids: string[]) => Promise.all(ids.map(grants.of)), {
    ...{ perRound: 8, roundsAtOnce: 2, keyOf: (id) => id },
  });
  const api = (callOf: CallOf, writeOf = callOf) =>
    createIntercomApi(callOf, now, keepingWrites(writeOf, deps));
  return {
    // A teammate's press: rules look at what it changes, as at any change by a person.
    agents: createIntercomApi(callAt(grants.of, governor.agents, watch), now),
    background: api(callAt(grantOf, governor.background, watch), callAt(grantOf, governor.writes, watch)),
    bulk: api(cachedFor(1_000, callAt(grantOf, governor.bulk, watch))),
    readNotification: readStoredNotification,
  };
}

/** Saves reading the grant for each of hundreds of calls a second. */
function cachedFor<T>(milliseconds: number, load: (workspaceId: string) => Promise<T>) {
  const cache = new Map<string, { until: number; value: Promise<T> }>();
  return (workspaceId: string): Promise<T> => {
    const last = cache.get(workspaceId);
    if (last && performance.now() < last.until) return last.value;
    const value = load(workspaceId);
    cache.set(workspaceId, { until: performance.now() + milliseconds, value });
    value.catch(() => cache.delete(workspaceId));
    return value;
  };
}
