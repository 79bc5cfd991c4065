// The console: its teammates, their sessions, the ways in, the API's tokens, the log of changes.

import { Failure } from '../failure.ts';
import { adminIds } from '../intercom/admins.ts';
import { createOAuth } from '../intercom/oauth.ts';
import type { Tx } from '../store/database.ts';
import { createAuditStore } from '../store/workspace/audit.ts';
import { createSessionStore } from '../store/workspace/sessions.ts';
import { createTeammateStore } from '../store/workspace/teammates.ts';
import { createApiTokenStore, createUsedTokenStore } from '../store/workspace/tokens.ts';
import { createAccess } from '../usecases/workspace/access.ts';
import { createAudit } from '../usecases/workspace/audit.ts';
import { createSessions } from '../usecases/workspace/sessions.ts';
import { createSignIn } from '../usecases/workspace/sign-in.ts';
import { createTeammates } from '../usecases/workspace/teammates.ts';
import type { Ground } from './context.ts';
import type { Outgoing } from './outgoing.ts';

export type Console = ReturnType<typeof buildConsole>;

/** Who may come in, and what is kept of what they do. */
export function buildConsole(
  { config, log, now, newId, secrets, hosts, database }: Ground,
  { installations, grantOf }: Pick<Outgoing, 'installations' | 'grantOf'>,
) {
  const oauth = createOAuth({
    hosts,
    clientId: config.intercom.clientId,
    clientSecret: config.intercom.clientSecrets[0],
    redirectUri: `${config.publicUrl}/install/callback`,
  });
  const usedTokens = createUsedTokenStore(database);
  const audit = createAudit({ store: createAuditStore(database), now });
  const teammates = createTeammates<Tx>({
    transaction: database.transaction,
    store: createTeammateStore(database),
    installerOf: async (workspaceId) => (await installations.find(workspaceId))?.installedBy.id ?? null,
    async idsInIntercom(workspaceId) {
      const granted = await grantOf(workspaceId);
      if (!granted) return null;
      try {
        return await adminIds(granted.api, granted.token);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        log.warn({ err: error, workspaceId }, 'Intercom could not be asked for its teammates');
        return null;
      }
    },
    audit,
    now,
  });
  const sessions = createSessions({ store: createSessionStore(database), teammates, now });
  const signIn = createSignIn({
    oauth,
    secrets,
    usedTokens,
    async hasApp(workspaceId) {
      const known = await installations.find(workspaceId);
      return known !== null && known.status !== 'uninstalled';
    },
    teammates,
    sessions,
    now,
    newId,
    log,
  });
  const access = createAccess({
    transaction: database.transaction,
    tokens: createApiTokenStore(database),
    secrets,
    audit,
    now,
    newId,
  });
  return { oauth, usedTokens, audit, teammates, sessions, signIn, access };
}
