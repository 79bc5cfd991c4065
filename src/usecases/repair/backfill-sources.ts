// A backfill's two directions: Intercom's contacts into a campaign, or its people into Intercom.
import type { Context } from '../../context.ts';
import { allows } from '../../domain/campaigns/campaign-state.ts';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import type { BackfillCounts, BackfillWanted } from '../../domain/repair/backfill.ts';
import type { Tx } from '../../store/database.ts';
import type { Participant } from '../../store/enrollment/enrollments.ts';
import { findCampaign } from '../../store/program/campaigns.ts';
import type { Backfill } from '../../store/repair/backfills.ts';
import {
  campaignParticipants,
  countWaitingOfKind,
  notEnrolled,
} from '../../store/repair/campaign-participants.ts';
import { addReferrersOnce, countNewReferrers } from './contact-referrers.ts';
import { enrollAgain } from './enroll-again.ts';

export type BackfillSource<Item> = {
  kind: 'write-back' | 'enroll';
  /** Rejects with a Failure when the other side does not answer. */
  page(ctx: Context, backfill: Backfill): Promise<{ items: Item[]; next: string | null }>;
  count(ctx: Context, tx: Tx, backfill: Backfill, items: Item[]): Promise<BackfillCounts>;
  apply(ctx: Context, tx: Tx, backfill: Backfill, items: Item[]): Promise<BackfillCounts>;
};

/** Planning stops while this many runs of the kind wait. */
const maxPending = 300;
const waitSeconds = 3;

/** The reason to wait before the next page; null to continue. */
export async function backpressure(ctx: Context, workspaceId: string, kind: BackfillSource<unknown>['kind']) {
  const waiting = await countWaitingOfKind(ctx.database.db, workspaceId, kind);
  if (waiting < maxPending) return null;
  return { waitSeconds, why: `Waiting for ${waiting} earlier runs to finish.` };
}

export function sourceOf(wanted: BackfillWanted): BackfillSource<unknown> {
  return wanted.from === 'intercom' ? fromIntercom(wanted) : fromCampaign(wanted);
}

function fromIntercom({
  selection,
}: Extract<BackfillWanted, { from: 'intercom' }>): BackfillSource<SeenContact> {
  return {
    kind: 'write-back',
    async page(ctx, { workspaceId, cursor }) {
      const { contacts, next } = await ctx.intercom.bulk.listContacts(workspaceId, selection, cursor);
      return { items: contacts.map(({ contact }) => contact), next };
    },
    count: (ctx, tx, { workspaceId, campaignId }, contacts) =>
      countNewReferrers(ctx, tx, workspaceId, campaignId, contacts),
    apply: (ctx, tx, { workspaceId, campaignId }, contacts) =>
      addReferrersOnce(ctx, tx, workspaceId, campaignId, contacts),
  };
}

function fromCampaign({
  members,
}: Extract<BackfillWanted, { from: 'campaign' }>): BackfillSource<Participant> {
  return {
    kind: 'enroll',
    page: (ctx, { workspaceId, campaignId, cursor }) =>
      campaignParticipants(ctx.database.db, workspaceId, campaignId, { members, after: cursor }),
    count: async (ctx, tx, backfill, participants) =>
      (await toEnroll(ctx, tx, backfill, participants)).counts,
    async apply(ctx, tx, backfill, participants) {
      const { unenrolled, counts } = await toEnroll(ctx, tx, backfill, participants);
      for (const participant of unenrolled) await enrollAgain(ctx, tx, backfill.workspaceId, participant);
      return counts;
    },
  };
}

/** Nothing when the campaign is archived, or does nothing on joining. */
async function toEnroll(
  ctx: Context,
  tx: Tx,
  { workspaceId, campaignId }: Backfill,
  participants: readonly Participant[],
) {
  const campaign = await findCampaign(tx, workspaceId, campaignId);
  const enrollment =
    campaign && allows(campaign.standing, 'enroll', ctx.now()) ? campaign.settings.enrollment : null;
  const wanted = participants.filter(({ side }) => enrollment && enrollment[side].action !== 'nothing');
  const unenrolled = await notEnrolled(tx, workspaceId, wanted);
  const counts = {
    seen: participants.length,
    added: unenrolled.length,
    existing: wanted.length - unenrolled.length,
    skipped: participants.length - wanted.length,
  };
  return { unenrolled, counts };
}
