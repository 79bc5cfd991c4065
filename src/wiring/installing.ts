// Installing the app, how an installation is, and its end.
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import { createIntercomCall, unexpected } from '../intercom/call.ts';
import { missingScopes } from '../intercom/scopes.ts';
import type { Tx } from '../store/database.ts';
import { createInstallationCheckStore } from '../store/workspace/installation-checks.ts';
import { saveInstallation } from '../store/workspace/installations.ts';
import { createUninstallingStore } from '../store/workspace/uninstalling.ts';
import { byTeammate } from '../usecases/workspace/audit.ts';
import { createHealth } from '../usecases/workspace/health.ts';
import { createInstallation } from '../usecases/workspace/installation.ts';
import { createUninstalling } from '../usecases/workspace/uninstalling.ts';
import type { Console } from './console.ts';
import type { Ground } from './context.ts';
import type { Outgoing } from './outgoing.ts';

/** `resume` wakes what waits for a workspace's token; `returned` is for one that was without since then. */
export function buildInstalling(
  { config, log, now, newId, secrets, hosts, database }: Ground,
  { installations, grantOf, contactWriting }: Pick<Outgoing, 'installations' | 'grantOf' | 'contactWriting'>,
  { oauth, usedTokens, audit, teammates, signIn }: Console,
  resume: (workspaceId: string) => Promise<void>,
  returned: (tx: Tx, workspaceId: string, since: Date) => Promise<void>,
) {
  const checks = createInstallationCheckStore(database);
  const installation = createInstallation({
    oauth,
    inboxUrl: hosts.inbox,
    installations: {
      async save(grant) {
        const { workspaceId, teammate } = grant;
        const before = await installations.find(workspaceId);
        await database.transaction(async (tx) => {
          await saveInstallation(tx, secrets, grant);
          await teammates.installed(tx, workspaceId, teammate);
          await audit.record(workspaceId, byTeammate(grant), 'installed the app', {}, tx);
          if (before && before.status !== 'active') await returned(tx, workspaceId, before.statusAt);
        });
        await resume(workspaceId);
        // Not waited for: what is missing is made at the first write too.
        contactWriting.ensureAttributes(workspaceId).catch((error: unknown) => {
          log.warn({ err: error, workspaceId }, 'the data attributes could not be made yet');
        });
      },
    },
    async lacking({ workspaceId, region }, token) {
      const missing = await missingScopes(hosts.api(region), token);
      if (missing.length > 0) log.warn({ workspaceId, missing }, 'Intercom did not grant these scopes');
      await checks.setMissingScopes(workspaceId, missing);
      return missing;
    },
    signIn: signIn.installed,
    usedTokens,
    secrets,
    now,
    newId,
    log,
  });
  const health = createHealth({
    checks,
    async tell(workspaceId, told) {
      const granted = await grantOf(workspaceId);
      if (!granted) throw new Failure('unauthorized', 'There is no token for this workspace');
      const answer = await createIntercomCall(granted.api, granted.token)(
        'post',
        '/app_install/status',
        told,
      );
      if (answer.status >= 300) throw unexpected(answer);
    },
    connectUrl: `${config.publicUrl}/console/connect`,
    now,
    log,
  });
  const uninstalling = createUninstalling<Tx>({
    installations: { ...installations, ...createUninstallingStore(database) },
    isRevoked: oauth.isRevoked,
    audit,
    now,
    sleep: (ms) => sleep(ms),
    log,
  });
  return { installation, health, uninstalling };
}
