// Records that are copies of an outside platform's, found by the ids that they have there.
import { and, asc, eq, gt, inArray, isNotNull, lt, or, sql } from 'drizzle-orm';
import type { PlatformName } from '../../domain/program/referral.ts';
import type { CopyStore } from '../../usecases/platforms/copying-edges.ts';
import type { ReconcileStore } from '../../usecases/platforms/reconcile.ts';
import type { Database, Tx } from '../database.ts';
import { ofCampaign, ofReferrer } from '../program/referral-joins.ts';
import { trackedColumns } from '../program/referral-status.ts';
import { campaigns, referrals, referrers, runs } from '../schema.ts';

type Deps = { newShareCode: () => string };

export function createCopyStore({ db }: Pick<Database, 'db'>, { newShareCode }: Deps) {
  const campaignIs = (workspaceId: string, platform: PlatformName, platformId: string) =>
    and(
      eq(campaigns.workspaceId, workspaceId),
      eq(campaigns.platform, platform),
      eq(campaigns.platformId, platformId),
    );
  const referralIs = (workspaceId: string, campaignId: string, platformId: string) =>
    and(
      eq(referrals.workspaceId, workspaceId),
      eq(referrals.campaignId, campaignId),
      eq(referrals.platformId, platformId),
    );

  const copyStore: CopyStore<Tx> = {
    async campaign(workspaceId, platform, platformId) {
      const [found] = await db
        .select({ id: campaigns.id })
        .from(campaigns)
        .where(campaignIs(workspaceId, platform, platformId));
      return found ?? null;
    },

    async addCampaign(workspaceId, platform, { url, name, ...campaign }) {
      for (const free of [name, `${name} (${campaign.platformId})`]) {
        const row = { workspaceId, platform, ...campaign, name: free, destinationUrl: url };
        const added = await db.insert(campaigns).values(row).onConflictDoNothing().returning();
        if (added.length > 0) return;
        const [known] = await db
          .select({ id: campaigns.id })
          .from(campaigns)
          .where(campaignIs(workspaceId, platform, campaign.platformId));
        if (known) return;
      }
    },

    async referrer(workspaceId, campaignId, platformId) {
      const [found] = await db
        .select({ id: referrers.id, link: referrers.link })
        .from(referrers)
        .where(
          and(
            eq(referrers.workspaceId, workspaceId),
            eq(referrers.campaignId, campaignId),
            eq(referrers.platformId, platformId),
          ),
        );
      return found ?? null;
    },

    async putReferrer(tx, workspaceId, referrer) {
      const { campaignId, personId, platformId, link } = referrer;
      // Codes are unique in all workspaces, and two of them may be connected to one account of the platform.
      for (const code of [referrer.code.toLowerCase(), newShareCode()]) {
        const [added] = await tx
          .insert(referrers)
          .values({ ...referrer, workspaceId, code })
          .onConflictDoNothing()
          .returning({ id: referrers.id });
        if (added) return { id: added.id, added: true };
        const [known] = await tx
          .update(referrers)
          .set({ platformId, link })
          .where(
            and(
              eq(referrers.workspaceId, workspaceId),
              eq(referrers.campaignId, campaignId),
              eq(referrers.personId, personId),
            ),
          )
          .returning({ id: referrers.id });
        if (known) return { id: known.id, added: false };
      }
      throw new Error('a new share code was taken');
    },

    async setLink(tx, workspaceId, referrerId, link) {
      await tx
        .update(referrers)
        .set({ link })
        .where(and(eq(referrers.workspaceId, workspaceId), eq(referrers.id, referrerId)));
    },

    async referral(tx, workspaceId, campaignId, platformId) {
      const [found] = await tx
        .select(trackedColumns)
        .from(referrals)
        .innerJoin(campaigns, ofCampaign)
        .where(referralIs(workspaceId, campaignId, platformId))
        .for('update', { of: referrals });
      return found ?? null;
    },

    async putReferral(tx, workspaceId, referral) {
      const { campaignId, personId, platformId } = referral;
      const [added] = await tx
        .insert(referrals)
        .values({
          ...referral,
          workspaceId,
          status: 'pending',
          statusAt: referral.joinedAt,
          rewardStatus: 'none',
          source: 'platform',
        })
        .onConflictDoNothing()
        .returning({ id: referrals.id });
      if (added) return { id: added.id, added: true };
      const [known] = await tx
        .update(referrals)
        .set({ platformId })
        .where(
          and(
            eq(referrals.workspaceId, workspaceId),
            eq(referrals.campaignId, campaignId),
            eq(referrals.personId, personId),
          ),
        )
        .returning({ id: referrals.id });
      if (!known) throw new Error('a referral conflicted with one that is gone');
      return { id: known.id, added: false };
    },

    async touch(tx, workspaceId, referralIds, at) {
      if (referralIds.length === 0) return;
      await tx
        .update(referrals)
        .set({ copiedAt: at })
        .where(and(eq(referrals.workspaceId, workspaceId), inArray(referrals.id, referralIds)));
    },

    async isChanging(tx, workspaceId, referralId) {
      const [found] = await tx
        .select({ id: runs.id })
        .from(runs)
        .where(
          and(
            eq(runs.workspaceId, workspaceId),
            eq(runs.referralId, referralId),
            eq(runs.kind, 'change-status'),
            eq(runs.state, 'waiting'),
          ),
        )
        .limit(1);
      return found !== undefined;
    },
  };

  const reconcileStore: ReconcileStore<Tx> = {
    async known(workspaceId, campaignId, platformIds) {
      if (platformIds.length === 0) return [];
      return db
        .select(trackedColumns)
        .from(referrals)
        .innerJoin(campaigns, ofCampaign)
        .where(
          and(
            eq(referrals.workspaceId, workspaceId),
            eq(referrals.campaignId, campaignId),
            inArray(referrals.platformId, platformIds),
          ),
        );
    },

    async unseen(workspaceId, campaignId, { since, after, limit }) {
      return db
        .select(trackedColumns)
        .from(referrals)
        .innerJoin(campaigns, ofCampaign)
        .where(
          and(
            eq(referrals.workspaceId, workspaceId),
            eq(referrals.campaignId, campaignId),
            isNotNull(referrals.platformId),
            or(lt(referrals.copiedAt, since), sql`${referrals.copiedAt} is null`),
            after === null ? undefined : gt(referrals.id, after),
          ),
        )
        .orderBy(asc(referrals.id))
        .limit(limit);
    },

    async awaitingReward(workspaceId, platform) {
      return db
        .select({
          id: referrals.id,
          platformId: referrals.platformId,
          referrerPlatformId: referrers.platformId,
        })
        .from(referrals)
        .innerJoin(campaigns, ofCampaign)
        .leftJoin(referrers, ofReferrer)
        .where(
          and(
            eq(referrals.workspaceId, workspaceId),
            eq(campaigns.platform, platform),
            eq(referrals.rewardStatus, 'due'),
          ),
        );
    },

    async forget(tx, workspaceId, referralId) {
      await tx
        .update(referrals)
        .set({ platformId: null, platformUrl: null })
        .where(and(eq(referrals.workspaceId, workspaceId), eq(referrals.id, referralId)));
    },
  };

  return { ...copyStore, ...reconcileStore };
}
