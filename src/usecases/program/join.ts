// Joining a campaign on its own page: the person gets a share link, and the friend who sent them gets the credit.
import type { Context } from '../../context.ts';
import { shortName, slugPattern } from '../../domain/program/join-page.ts';
import type { Campaign, Identity, Referrer } from '../../domain/program/program.ts';
import { foldCode } from '../../domain/program/share-link.ts';
import { Failure } from '../../failure.ts';
import { findJoinable } from '../../store/program/campaigns.ts';
import { findReferrer } from '../../store/program/referrers.ts';
import { addReferral, isSelfReferral } from './referrals.ts';
import { addReferrer } from './referrers.ts';
import { shareLinkOf } from './share-links.ts';
import { noteUncountedJoin } from './uncounted-joins.ts';

export type Invitation = {
  workspaceId: string;
  campaign: Campaign;
  referrer: Referrer | null;
  /** As the friend sees the referrer. */
  invitedBy: string | null;
  /** A code that leads to no referrer of this campaign. */
  strayCode: { code: string; why: 'unknown_code' | 'other_campaign' } | null;
};

/** Null for an unknown page. A code that is unknown or of another campaign is ignored. */
export async function findInvitation(
  ctx: Context,
  { slugOrId, code: text }: { slugOrId: string; code: string },
): Promise<Invitation | null> {
  const { db } = ctx.database;
  const address = slugOrId.toLowerCase();
  if (!slugPattern.test(address)) return null;
  const found = await findJoinable(db, address);
  if (!found) return null;
  const { workspaceId, ...campaign } = found;
  const code = foldCode(text);
  const known = code === null ? null : await findReferrer(db, workspaceId, { code });
  const referrer = known?.campaign.id === campaign.id ? known : null;
  const isStray = referrer === null && text.trim() !== '';
  const why = known ? ('other_campaign' as const) : ('unknown_code' as const);
  return {
    ...{ workspaceId, campaign, referrer, invitedBy: shortName(referrer?.person.name ?? null) },
    strayCode: isStray ? { code: text, why } : null,
  };
}

/** Of a person who found the campaign closed. */
export function noteClosedJoin(ctx: Context, invitation: Invitation, person: Identity): Promise<void> {
  const { workspaceId, campaign, referrer, strayCode } = invitation;
  const code = referrer?.code ?? strayCode?.code ?? '';
  return noteUncountedJoin(ctx, workspaceId, { person, campaignId: campaign.id, code, why: 'closed' });
}

/**
 * Returns the person's share link, also when they joined before. Of two requests, or of one that was cut off
 * between its steps, the later one completes what is missing. Null when the campaign was closed meanwhile.
 */
export async function joinCampaign(
  ctx: Context,
  invitation: Invitation,
  person: Identity,
): Promise<string | null> {
  const { workspaceId, campaign, referrer, strayCode } = invitation;
  try {
    const link = await join(ctx, { workspaceId, campaign, referrer }, person);
    if (strayCode)
      await noteUncountedJoin(ctx, workspaceId, { person, campaignId: campaign.id, ...strayCode });
    return link;
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'conflict') throw error;
    // With a referrer, the refused referral is noted already.
    if (!referrer) await noteClosedJoin(ctx, invitation, person);
    return null;
  }
}

async function join(
  ctx: Context,
  { workspaceId, campaign, referrer }: Pick<Invitation, 'workspaceId' | 'campaign' | 'referrer'>,
  person: Identity,
): Promise<string> {
  const byThemselves = { kind: 'person', id: null, name: null } as const;
  if (referrer) {
    const request = { code: referrer.code, person };
    await addReferral(ctx, workspaceId, request, byThemselves).catch((error: unknown) => {
      // Their own link: they join without a referrer.
      if (!isSelfReferral(error)) throw error;
    });
  }
  const joined = await addReferrer(ctx, workspaceId, { campaignId: campaign.id, person }, null);
  return shareLinkOf(ctx, joined.referrer);
}
