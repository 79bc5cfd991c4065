// The two directions of a backfill: Intercom's contacts into a campaign, and a campaign's members into Intercom.

import type { SeenContact } from '../../domain/qualification/notice.ts';
import type { ContactSelection } from '../../domain/repair/backfill.ts';
import type { JoinedMember } from '../enrollment/enrollment-edges.ts';
import type { Backfill, BackfillPage, BackfillSource, MemberStore } from './backfill-edges.ts';
import type { ContactsJoining } from './contacts-joining.ts';

/** More than this is not laid up: what waits to be told to Intercom is told before more is added. */
const mostAhead = 300;
const waitSeconds = 3;

/** Null while there is room. */
function heldUpBy(waiting: number) {
  if (waiting < mostAhead) return null;
  return { waitSeconds, why: `Waits for ${waiting} pieces of earlier work in Intercom to be done.` };
}

export type IntercomSourceDeps<Tx> = {
  joining: ContactsJoining<Tx>;
  /** Rejects with a Failure. */
  list(
    workspaceId: string,
    selection: ContactSelection,
    after: string | null,
  ): Promise<BackfillPage<SeenContact>>;
  /** How much work of this kind waits to be done in Intercom. */
  waitingRuns(workspaceId: string, kind: 'write-back'): Promise<number>;
};

export function fromIntercom<Tx>(
  deps: IntercomSourceDeps<Tx>,
  selection: ContactSelection,
): BackfillSource<Tx, SeenContact> {
  return {
    holdUp: async ({ workspaceId }) => heldUpBy(await deps.waitingRuns(workspaceId, 'write-back')),
    page: ({ workspaceId, cursor }) => deps.list(workspaceId, selection, cursor),
    count: (tx, { workspaceId, campaignId }, contacts) =>
      deps.joining.count(tx, workspaceId, campaignId, contacts),
    carryOut: (tx, { workspaceId, campaignId }, contacts) =>
      deps.joining.join(tx, workspaceId, campaignId, contacts),
  };
}

export type Member = JoinedMember;
/** `enrollmentId`: of an earlier enrollment that came to nothing, which is planned anew. */
export type Unenrolled = { member: Member; enrollmentId: string | null };
type Which = 'all' | 'referrals' | 'referrers';

export type CampaignSourceDeps<Tx> = {
  /** In one order; whoever was erased is left out. */
  members(
    workspaceId: string,
    campaignId: string,
    which: { members: Which; after: string | null },
  ): Promise<BackfillPage<Member>>;
  /** Those among them whose enrollment is still to be planned. */
  notEnrolled(tx: Tx, workspaceId: string, members: readonly Member[]): Promise<Unenrolled[]>;
  campaign: MemberStore<Tx>['campaign'];
  planEnrollment(tx: Tx, workspaceId: string, one: Unenrolled): Promise<void>;
  /** How much work of this kind waits to be done in Intercom. */
  waitingRuns(workspaceId: string, kind: 'enroll'): Promise<number>;
};

export function fromCampaign<Tx>(deps: CampaignSourceDeps<Tx>, which: Which): BackfillSource<Tx, Member> {
  /** Where the campaign does nothing when somebody joins, nothing is done now. */
  async function sort(tx: Tx, { workspaceId, campaignId }: Backfill, all: readonly Member[]) {
    const enrollment = (await deps.campaign(tx, workspaceId, campaignId))?.settings.enrollment;
    const wanted = all.filter(({ side }) => enrollment && enrollment[side].action !== 'nothing');
    const fresh = await deps.notEnrolled(tx, workspaceId, wanted);
    const there = wanted.length - fresh.length;
    const counts = { seen: all.length, fresh: fresh.length, there, left: all.length - wanted.length };
    return { fresh, counts };
  }
  return {
    holdUp: async ({ workspaceId }) => heldUpBy(await deps.waitingRuns(workspaceId, 'enroll')),
    page: ({ workspaceId, campaignId, cursor }) =>
      deps.members(workspaceId, campaignId, { members: which, after: cursor }),
    count: async (tx, backfill, all) => (await sort(tx, backfill, all)).counts,
    async carryOut(tx, backfill, all) {
      const { fresh, counts } = await sort(tx, backfill, all);
      for (const one of fresh) await deps.planEnrollment(tx, backfill.workspaceId, one);
      return counts;
    },
  };
}
