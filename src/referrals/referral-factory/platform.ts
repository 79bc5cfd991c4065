// Referral Factory as a referral platform: it has only the statuses pending and qualified.
import { createHash } from 'node:crypto';
import type {
  ChangedOutside,
  Exchange,
  OutsidePlatform,
  PlatformPerson,
  PlatformStatus,
  ReferralRef,
  StatusChange,
} from '../../domain/platforms/platform.ts';
import type { PlatformRewardChange } from '../../domain/platforms/platform-reward.ts';
import { Failure } from '../../failure.ts';
import type { OutboundGuard } from '../outbound-guard.ts';
import { type Allowance, ReferralFactoryClient } from './client.ts';
import { parseHook } from './hooks.ts';

type Deps = {
  /** Null when the workspace is not connected to Referral Factory. */
  connectionOf(workspaceId: string): Promise<{ baseUrl: string; token: string } | null>;
  /** `account` stands for the token: workspaces that share a token share its limit. */
  allowanceOf(account: string): Allowance;
  outboundGuard: Pick<OutboundGuard, 'httpAgent' | 'httpsAgent' | 'refuses'>;
};

/** Its 600 calls a minute, minus a few: it counts a slow call in a later minute than we do. */
export const referralFactoryLimit = { seconds: 60, calls: 580 };

export function createReferralFactory({ connectionOf, allowanceOf, outboundGuard }: Deps): OutsidePlatform {
  function clientWith(connection: { baseUrl: string; token: string }): ReferralFactoryClient {
    const account = createHash('sha256').update(connection.token).digest('base64url').slice(0, 16);
    return new ReferralFactoryClient({ ...connection, allowance: allowanceOf(account), outboundGuard });
  }

  async function clientFor(workspaceId: string): Promise<ReferralFactoryClient> {
    const connection = await connectionOf(workspaceId);
    if (!connection) throw new Failure('unauthorized', 'This workspace is not connected to Referral Factory');
    return clientWith(connection);
  }

  return {
    ping: async (workspaceId) => (await clientFor(workspaceId)).ping(),
    async read(workspaceId, referral): Promise<PlatformStatus | null> {
      if (referral.platformId === null) return null;
      const client = await clientFor(workspaceId);
      return (await client.userBy(referral.platformId))?.standing ?? null;
    },
    change: async (workspaceId, referral, wanted, markAttempted) =>
      changeStatus(await clientFor(workspaceId), referral, wanted, markAttempted),
    testConnection: (connection) => clientWith(connection).campaigns(),
    campaigns: async (workspaceId) => (await clientFor(workspaceId)).campaigns(),
    findPerson: async (workspaceId, hint) => (await clientFor(workspaceId)).user(hint),
    listPeople: async (workspaceId, campaignId, after) =>
      (await clientFor(workspaceId)).users(campaignId, after),
    rewards: async (workspaceId) => (await clientFor(workspaceId)).rewards(),
    dueRewards: async (workspaceId) => (await clientFor(workspaceId)).dueRewards(),
    settleReward: async (workspaceId, rewardId, wanted, markAttempted) =>
      settleReward(await clientFor(workspaceId), rewardId, wanted, markAttempted),
    parseHook,
  };
}

async function changeStatus(
  client: ReferralFactoryClient,
  referral: ReferralRef,
  wanted: StatusChange,
  markAttempted: () => Promise<void>,
): Promise<ChangedOutside> {
  const id = idOf(referral);
  // A disqualified or expired person must not stay qualified there, because the reward would be paid out.
  const qualified = wanted === 'qualify';
  const before = await readUser(client, id);
  if ((before.standing.status === 'qualified') === qualified) {
    return {
      standing: before.standing,
      exchange: { request: { method: 'GET', path: `/users/${id}` }, answer: before },
    };
  }
  await markAttempted();
  const exchange = await client.setQualified(id, qualified);
  // There is no version and no idempotency key: only reading again shows that it was done.
  const { standing } = await readUser(client, id);
  if ((standing.status === 'qualified') !== qualified) {
    throw new Failure(
      'bad-upstream',
      `Referral Factory accepted the change, but still says ${standing.status}`,
    );
  }
  return { standing, exchange };
}

async function settleReward(
  client: ReferralFactoryClient,
  rewardId: string,
  wanted: PlatformRewardChange,
  markAttempted: () => Promise<void>,
): Promise<Exchange | null> {
  const isDue = async () => (await client.dueRewards()).some(({ id }) => id === rewardId);
  if (!(await isDue())) return null;
  await markAttempted();
  const exchange = await client.settleReward(rewardId, wanted);
  // There is no idempotency key: only reading again shows that it was done.
  if (!(await isDue())) return exchange;
  throw new Failure('bad-upstream', 'Referral Factory accepted it, but still says that the reward is due');
}

function idOf(referral: ReferralRef): string {
  if (referral.platformId !== null) return referral.platformId;
  throw new Failure('not-found', 'Referral Factory does not have this referral', { final: true });
}

async function readUser(client: ReferralFactoryClient, id: string): Promise<PlatformPerson> {
  const user = await client.userBy(id);
  if (user) return user;
  throw new Failure('not-found', `Referral Factory has no user ${id} any more`, { final: true });
}
