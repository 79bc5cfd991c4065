// The outside referral platforms by name.
import type { Context } from '../context.ts';
import { createReferralFactory, referralFactoryLimit } from '../referrals/referral-factory/platform.ts';
import { findConnection, reencryptConnections } from '../store/platforms/connections.ts';
import { createRateWindows } from '../store/rate-windows.ts';

export async function openPlatforms({
  database,
  secrets,
  outboundGuard,
  log,
}: Pick<Context, 'database' | 'secrets' | 'outboundGuard' | 'log'>): Promise<Context['platforms']> {
  const { db } = database;
  const { unreadable } = await reencryptConnections(db, secrets);
  if (unreadable.length > 0) {
    log.warn({ unreadable }, 'no APP_SECRET opens these platform tokens: connect there again');
  }
  const rateWindows = createRateWindows(database);
  return {
    'referral-factory': createReferralFactory({
      connectionOf: (workspaceId) =>
        findConnection(db, secrets, { workspaceId, platform: 'referral-factory' }),
      allowanceOf: (account) => rateWindows.of(`referral-factory ${account}`, referralFactoryLimit),
      outboundGuard,
    }),
  };
}
