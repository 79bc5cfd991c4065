// The outside referral platforms by name.
import type { Context } from '../context.ts';
import { createReferralFactory, referralFactoryLimit } from '../referrals/referral-factory/platform.ts';
import { createRateWindows } from '../store/limits/rate-windows.ts';
import { findConnection } from '../store/platforms/connections.ts';

export function openPlatforms({
  database,
  secrets,
  outboundGuard,
}: Pick<Context, 'database' | 'secrets' | 'outboundGuard'>): Context['platforms'] {
  const { db } = database;
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
