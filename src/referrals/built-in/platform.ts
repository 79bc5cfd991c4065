// The program in this app's own database: what is stored here is the truth, so a change is done when it is recorded.

import type { Platform, ReferralRef } from '../../domain/platforms/platform.ts';
import { transition } from '../../domain/program/referral.ts';
import { Failure } from '../../failure.ts';
import type { Database } from '../../store/database.ts';
import { findReferral } from '../../store/program/referrals.ts';

type Deps = { database: Pick<Database, 'db'> };

export function createBuiltIn({ database: { db } }: Deps): Platform {
  async function read(workspaceId: string, { id }: ReferralRef) {
    const referral = await findReferral(db, workspaceId, id);
    return referral && { status: referral.status, at: referral.statusAt };
  }
  return {
    name: 'Referral Desk',
    capabilities: {
      canDisqualify: true,
      canReopen: true,
      canExpire: true,
      canIssueRewards: true,
      signsHooks: false,
    },
    read,
    async change(workspaceId, ref, change) {
      const referral = await findReferral(db, workspaceId, ref.id);
      if (!referral) throw new Failure('not-found', 'There is no such referral any more');
      const next = transition(referral, change, referral.campaign.reward !== null);
      if (next.outcome === 'refused') throw new Failure('conflict', next.why);
      const status = next.outcome === 'changed' ? next.state.status : referral.status;
      const exchange = { request: { change, of: ref.id }, answer: { status } };
      return { standing: { status, at: next.outcome === 'changed' ? null : referral.statusAt }, exchange };
    },
    source: null,
  };
}
