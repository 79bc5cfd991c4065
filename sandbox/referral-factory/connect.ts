// Connects the app to the sandbox's Referral Factory, as a program manager would: address, token, and hooks back.
import { randomBytes } from 'node:crypto';
import { createSecrets } from '../../src/secrets.ts';
import { openDatabase } from '../../src/store/database.ts';
import { createConnectionStore } from '../../src/store/platforms/connections.ts';
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
  try {
    const connections = createConnectionStore(database, createSecrets(appSecrets));
    // What no secret opens any more can only be connected anew.
    const known = await connections.find(workspaceId, 'referral-factory').catch(() => null);
    if (known && known.token !== apiToken) return;
    const hookSecret = known?.hookSecret ?? randomBytes(24).toString('base64url');
    const baseUrl = `${sandboxUrl}${apiPath}`;
    const connection = { baseUrl, token: apiToken, hookSecret };
    await connections.save(workspaceId, 'referral-factory', connection, { at: new Date() });
    setUpHooks(world, `${publicUrl}/referrals/hooks/${workspaceId}/referral-factory`, hookSecret);
  } finally {
    await database.close();
  }
}

function setUpHooks(world: World, url: string, secret: string): void {
  const headers = { 'X-Referral-Desk-Secret': secret };
  for (const event of events) {
    const hook = { campaign_id: autumn.campaign, event, url, headers, sent: 0, last_status: null };
    world.referralFactory.hooks.put({ id: `the app: ${event}`, ...hook });
  }
}
