// Connects the app to the sandbox's Referral Factory, as a program manager would: address, token, and hooks back.
import { randomBytes } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { createSecrets, type Secrets } from '../../src/secrets.ts';
import { openDatabase } from '../../src/store/database.ts';
import { connections } from '../../src/store/schema.ts';
import type { World } from '../world.ts';
import { apiPath, apiToken } from './api.ts';
import { autumn } from './seed.ts';

const workspaceId = 'sandbox';
const events = ['user.join', 'user.qualified', 'reward.issued'] as const;

type Ends = {
  databaseUrl: string;
  appSecrets: readonly [string, ...string[]];
  /** As the app reaches it. */
  sandboxUrl: string;
  world: World;
  publicUrl: string;
};

/** To be run at each start, since either end may have moved. A connection to a real account is left as it is. */
export async function connectReferralFactory(ends: Ends): Promise<void> {
  const { databaseUrl, appSecrets, sandboxUrl, world, publicUrl } = ends;
  const database = openDatabase(databaseUrl, { warn() {} });
  const secrets = createSecrets(appSecrets);
  const platform = 'referral-factory' as const;
  try {
    const [stored] = await database.db
      .select()
      .from(connections)
      .where(and(eq(connections.workspaceId, workspaceId), eq(connections.platform, platform)));
    const known = stored && opened(secrets, stored);
    if (known && known.token !== apiToken) return;
    const hookSecret = known?.hookSecret ?? randomBytes(24).toString('base64url');
    const at = new Date();
    const current = {
      baseUrl: `${sandboxUrl}${apiPath}`,
      ...{ sealedToken: secrets.seal(workspaceId, apiToken), tokenSetAt: at },
      ...{ sealedHookSecret: secrets.seal(workspaceId, hookSecret), hookSecretSetAt: at },
    };
    await database.db
      .insert(connections)
      .values({ workspaceId, platform, ...current })
      .onConflictDoUpdate({ target: [connections.workspaceId, connections.platform], set: current });
    setUpHooks(world, `${publicUrl}/referrals/hooks/${workspaceId}/${platform}`, hookSecret);
  } finally {
    await database.close();
  }
}

/** Null for what no secret opens any more: that can only be connected again. */
function opened(secrets: Secrets, stored: typeof connections.$inferSelect) {
  const { sealedToken, sealedHookSecret } = stored;
  try {
    return {
      token: secrets.open(workspaceId, sealedToken),
      hookSecret: sealedHookSecret === null ? null : secrets.open(workspaceId, sealedHookSecret),
    };
  } catch {
    return null;
  }
}

function setUpHooks(world: World, url: string, secret: string): void {
  const headers = { 'X-Referral-Desk-Secret': secret };
  for (const event of events) {
    const hook = { campaign_id: autumn.campaign, event, url, headers, sent: 0, last_status: null };
    world.referralFactory.hooks.put({ id: `the app: ${event}`, ...hook });
  }
}
