// The referral platforms, each by its name.
import type { Context } from '../context.ts';
import { createBuiltIn } from '../referrals/built-in/platform.ts';
import { createReach } from '../referrals/reach.ts';
import { createReferralFactory, referralFactoryLimit } from '../referrals/referral-factory/platform.ts';
import { createConnectionStore } from '../store/platforms/connections.ts';
import { createReferralStore } from '../store/program/referrals.ts';
import { createRateWindows } from '../store/rate-windows.ts';

/** With the platforms' tokens that an earlier APP_SECRET sealed sealed with the current one. */
export async function openPlatforms({
  config,
  database,
  secrets,
  log,
}: Pick<Context, 'config' | 'database' | 'secrets' | 'log'>): Promise<Context['platforms']> {
  const connections = createConnectionStore(database, secrets);
  const old = await connections.sealAnew();
  if (old.unreadable.length > 0) {
    log.warn(
      { unreadable: old.unreadable },
      'no APP_SECRET opens these platform tokens: connect there again',
    );
  }
  const rateWindows = createRateWindows(database);
  const reach = createReach({ allowPrivate: config.allowPrivatePlatforms });
  return {
    'built-in': createBuiltIn({ referrals: createReferralStore(database) }),
    'referral-factory': createReferralFactory({
      connectionOf: (workspaceId) => connections.find(workspaceId, 'referral-factory'),
      allowanceOf: (account) => rateWindows.of(`referral-factory ${account}`, referralFactoryLimit),
      reach,
    }),
  };
}
