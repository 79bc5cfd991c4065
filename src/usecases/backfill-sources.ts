// The two directions of a backfill: Intercom's contacts into a campaign, and a campaign's members into Intercom.
import type { BackfillCounts, ContactSelection } from '../domain/backfill.ts';
import type { SeenContact } from '../domain/notice.ts';
import type { BackfillPage, BackfillSource } from './backfill-edges.ts';
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
  waitingRuns(workspaceId: string, kind: 'write-back' | 'enrol'): Promise<number>;
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

export type Member = { side: 'leads' | 'referrers'; id: string };

export type CampaignSourceDeps<Tx> = {
  /** Members in one order, each with whether something is to be done about them. */
  members(
    workspaceId: string,
    campaignId: string,
    which: { members: 'all' | 'referrals' | 'referrers'; after: string | null },
  ): Promise<BackfillPage<Member>>;
  /** Those among them whose enrolment is still to be planned. */
  notEnrolled(tx: Tx, workspaceId: string, members: readonly Member[]): Promise<Member[]>;
  planEnrolment(tx: Tx, workspaceId: string, member: Member): Promise<void>;
  waitingRuns(workspaceId: string, kind: 'write-back' | 'enrol'): Promise<number>;
};

export function fromCampaign<Tx>(
  deps: CampaignSourceDeps<Tx>,
  members: 'all' | 'referrals' | 'referrers',
): BackfillSource<Tx, Member> {
  const counted = (all: readonly Member[], fresh: readonly Member[]): BackfillCounts => ({
    seen: all.length,
    fresh: fresh.length,
    there: all.length - fresh.length,
    left: 0,
  });
  return {
    holdUp: async ({ workspaceId }) => heldUpBy(await deps.waitingRuns(workspaceId, 'enrol')),
    page: ({ workspaceId, campaignId, cursor }) =>
      deps.members(workspaceId, campaignId, { members, after: cursor }),
    count: async (tx, { workspaceId }, all) => counted(all, await deps.notEnrolled(tx, workspaceId, all)),
    async carryOut(tx, { workspaceId }, all) {
      const fresh = await deps.notEnrolled(tx, workspaceId, all);
      for (const member of fresh) await deps.planEnrolment(tx, workspaceId, member);
      return counted(all, fresh);
    },
  };
}
