// Referrals: referrer, friend and campaign, and their history.
import type { Context } from '../../context.ts';
import type { Extra } from '../../domain/enrollment/enrollment-facts.ts';
import {
  type Campaign,
  type HistoryEntry,
  type Identity,
  isOwnReferral,
  type Page,
  type PageRequest,
  type Referral,
  type ReferralActor,
  type Referrer,
} from '../../domain/program/program.ts';
import type { ReferralSource } from '../../domain/program/referral.ts';
import { foldCode } from '../../domain/program/share-link.ts';
import type { UncountedReason } from '../../domain/program/uncounted-join.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { findCampaign } from '../../store/program/campaigns.ts';
import { findBlock } from '../../store/program/qualification-block.ts';
import {
  findReferral,
  historyPage,
  insertHistory,
  insertReferralOnce,
  referralPage,
  referrerIdOf,
} from '../../store/program/referrals.ts';
import { findReferrer } from '../../store/program/referrers.ts';
import { planEnrollment } from '../enrollment/plan-enrollment.ts';
import { refuseField } from '../found.ts';
import { query, required } from '../query.ts';
import { planWriteBack } from '../runs/plan-write-back.ts';
import { holdOpen, refuseClosed, refuseOutside } from './campaigns.ts';
import { findOrAddPerson } from './people.ts';
import { recordReferralAudit } from './referral-audit.ts';
import type { Joined } from './referrers.ts';
import { addUncountedJoin, noteUncountedJoin } from './uncounted-joins.ts';

/** A referrer's code or id implies the campaign; a campaign alone means no referrer. */
export type ReferralRequest = {
  campaignId?: string | undefined;
  code?: string | undefined;
  referrerId?: string | undefined;
  person: Identity;
  /** Further fields from the company: for mappings. */
  extra?: Extra | undefined;
  /** Kept in the history. */
  reason?: string | null | undefined;
  /** By default a share link when there is a code, else the API. */
  source?: ReferralSource;
};

/** One per person and campaign; the first referrer keeps the credit. */
export async function addReferral(
  ctx: Context,
  workspaceId: string,
  request: ReferralRequest,
  actor: ReferralActor,
): Promise<{ referral: Referral; created: boolean }> {
  const { person, extra, reason, code = '' } = request;
  const referrer = await referrerFor(ctx, workspaceId, request);
  if (referrer === 'unknown') {
    const { campaignId } = request;
    const campaign =
      campaignId === undefined ? null : await findCampaign(ctx.database.db, workspaceId, campaignId);
    const joining = { person, campaignId: campaign?.id ?? null, code, why: 'unknown_code' as const };
    await noteUncountedJoin(ctx, workspaceId, joining);
    return refuseField('code', 'No referrer has this code.');
  }
  const campaign = await campaignFor(ctx, workspaceId, request, referrer);
  refuseOutside(campaign);
  const source = request.source ?? (request.code === undefined ? 'api' : 'link');
  const joining = { campaign, referrer, person, extra, reason, source };
  try {
    const { id, created } = await ctx.database.transaction((tx) =>
      joinAsReferral(ctx, tx, workspaceId, joining, actor),
    );
    return { referral: await readReferral(ctx, workspaceId, id), created };
  } catch (error) {
    const why = whyUncounted(error);
    const about = { person, campaignId: campaign.id, code: referrer?.code ?? '' };
    if (why !== null) await noteUncountedJoin(ctx, workspaceId, { ...about, why });
    throw error;
  }
}

/** Null for an error that says nothing about the joining. */
function whyUncounted(error: unknown): UncountedReason | null {
  if (isSelfReferral(error)) return 'own_code';
  return error instanceof Failure && error.code === 'conflict' ? 'closed' : null;
}

export type ReferralJoining = Pick<ReferralRequest, 'person' | 'extra' | 'reason'> & {
  campaign: Pick<Campaign, 'id' | 'name'>;
  referrer: Referrer | null;
  source: ReferralSource;
};

/**
 * In the caller's transaction. The campaign must be built-in, and the referrer's. `conflict` for a new person in a campaign
 * that is paused, ended or archived.
 */
export async function joinAsReferral(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  { campaign, referrer, person: identity, source, extra, reason }: ReferralJoining,
  actor: ReferralActor,
): Promise<Joined> {
  const closed = await holdOpen(ctx, tx, workspaceId, campaign.id);
  const { person, isNewPerson } = await findOrAddPerson(ctx, tx, workspaceId, identity);
  if (referrer && isOwnReferral(identity, person, referrer.person)) refuseSelf(identity);
  const at = ctx.now();
  const { id, added } = await insertReferralOnce(tx, workspaceId, {
    id: ctx.newId(),
    campaignId: campaign.id,
    personId: person.id,
    referrerId: referrer?.id ?? null,
    status: 'pending',
    statusAt: at,
    rewardStatus: 'none',
    source,
    joinedAt: at,
    extra: extra ?? null,
  });
  const joined = { id, created: added, personId: person.id, isNewPerson };
  if (!added) {
    await noteLaterCode(ctx, tx, workspaceId, {
      id,
      campaign,
      referrer,
      person: identity,
      personId: person.id,
    });
    return joined;
  }
  refuseClosed(closed);
  // Also by what Intercom knows of the two.
  const block = await findBlock(tx, workspaceId, id);
  if (block?.code === 'self_referral') refuseSelf(identity);
  const entry = { at, actor, what: 'joined' as const, from: null, to: 'pending', reason: reason ?? null };
  await insertHistory(tx, workspaceId, id, [entry]);
  await planEnrollment(ctx, tx, workspaceId, { side: 'leads', id });
  await planWriteBack(ctx, tx, workspaceId, id);
  const details = { campaign: campaign.name, campaignId: campaign.id };
  await recordReferralAudit(ctx, tx, workspaceId, actor, 'referral.create', id, details);
  return joined;
}

/** The same code again, or none, does not count as another claim to the credit. */
async function noteLaterCode(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  later: Pick<ReferralJoining, 'campaign' | 'referrer' | 'person'> & { id: string; personId: string },
): Promise<void> {
  const { id, campaign, referrer, person, personId } = later;
  if (referrer === null || (await referrerIdOf(tx, workspaceId, id)) === referrer.id) return;
  const about = { person, personId, campaignId: campaign.id, code: referrer.code };
  await addUncountedJoin(ctx, tx, workspaceId, { ...about, why: 'later_code' });
}

export const readReferral = required(findReferral, 'referral');

export const listReferrals = query(referralPage);

export async function listReferralHistory(
  ctx: Context,
  workspaceId: string,
  id: string,
  page: PageRequest,
): Promise<Page<HistoryEntry>> {
  await readReferral(ctx, workspaceId, id);
  return historyPage(ctx.database.db, workspaceId, id, page);
}

async function referrerFor(
  ctx: Context,
  workspaceId: string,
  { code: text, referrerId }: ReferralRequest,
): Promise<Referrer | 'unknown' | null> {
  if (text !== undefined) {
    const code = foldCode(text);
    const known = code === null ? null : await findReferrer(ctx.database.db, workspaceId, { code });
    return known ?? 'unknown';
  }
  if (referrerId === undefined) return null;
  const known = await findReferrer(ctx.database.db, workspaceId, { id: referrerId });
  return known ?? refuseField('referrer_id', 'Referrer not found.');
}

async function campaignFor(
  ctx: Context,
  workspaceId: string,
  { campaignId }: ReferralRequest,
  referrer: Referrer | null,
): Promise<Pick<Campaign, 'id' | 'name' | 'platform'>> {
  if (referrer && campaignId !== undefined && referrer.campaign.id !== campaignId.toLowerCase()) {
    return refuseField('campaign_id', 'The referrer belongs to another campaign.');
  }
  if (referrer) return referrer.campaign;
  if (campaignId === undefined) {
    return refuseField('campaign_id', 'Give campaign_id, code or referrer_id to name the campaign.');
  }
  const known = await findCampaign(ctx.database.db, workspaceId, campaignId);
  return known ?? refuseField('campaign_id', 'Campaign not found.');
}

const ownFriend = 'People cannot refer themselves: this person is the referrer.';

/** Why `addReferral` refused. */
export function isSelfReferral(error: unknown): boolean {
  return error instanceof Failure && Object.values(error.fields ?? {}).includes(ownFriend);
}

function refuseSelf(requested: Identity): never {
  const field = requested.email === null ? 'person.external_id' : 'person.email';
  return refuseField(field, ownFriend);
}
