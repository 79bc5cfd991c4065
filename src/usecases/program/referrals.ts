// Referrals: who referred whom in which campaign, and their history.
import type { Context } from '../../context.ts';
import type { Extra } from '../../domain/enrollment/enrollment-facts.ts';
import {
  type Campaign,
  type HistoryEntry,
  type Identity,
  isSamePerson,
  type Page,
  type PageRequest,
  type Person,
  type Referral,
  type ReferralActor,
  type Referrer,
} from '../../domain/program/program.ts';
import { foldCode } from '../../domain/program/share-link.ts';
import { Failure } from '../../failure.ts';
import { findCampaign } from '../../store/program/campaigns.ts';
import { findBlock } from '../../store/program/qualification-block.ts';
import {
  findReferral,
  historyPage,
  insertHistory,
  insertReferralOnce,
  referralPage,
} from '../../store/program/referrals.ts';
import { findReferrer } from '../../store/program/referrers.ts';
import { planEnrollment } from '../enrollment/plan-enrollment.ts';
import { refuseField } from '../found.ts';
import { query, required } from '../query.ts';
import { planWriteBack } from '../runs/plan-write-back.ts';
import { refuseOutside } from './campaigns.ts';
import { identifyPerson } from './people.ts';
import { recordReferralAudit } from './referral-audit.ts';

/** A referrer's code or id implies the campaign; a campaign alone means no referrer. */
export type ReferralRequest = {
  campaignId?: string | undefined;
  code?: string | undefined;
  referrerId?: string | undefined;
  person: Identity;
  /** Further fields from the company: for mappings. */
  extra?: Extra | undefined;
};

/** One per person and campaign; the first referrer keeps the credit. */
export async function addReferral(
  ctx: Context,
  workspaceId: string,
  request: ReferralRequest,
  actor: ReferralActor,
): Promise<{ referral: Referral; created: boolean }> {
  const referrer = await referrerFor(ctx, workspaceId, request);
  const campaign = await campaignFor(ctx, workspaceId, request, referrer);
  refuseOutside(campaign);
  const { id, added } = await ctx.database.transaction(async (tx) => {
    const person = await identifyPerson(ctx, tx, workspaceId, request.person);
    if (referrer) refuseSelfReferral(request.person, person, referrer.person);
    const at = ctx.now();
    const joined = await insertReferralOnce(tx, workspaceId, {
      id: ctx.newId(),
      campaignId: campaign.id,
      personId: person.id,
      referrerId: referrer?.id ?? null,
      status: 'pending',
      statusAt: at,
      rewardStatus: 'none',
      source: request.code === undefined ? 'api' : 'link',
      joinedAt: at,
      extra: request.extra ?? null,
    });
    if (!joined.added) return joined;
    // Also by what Intercom knows of the two.
    const block = await findBlock(tx, workspaceId, joined.id);
    if (block?.code === 'self_referral') refuseSelf(request.person);
    const entry = { at, actor, what: 'joined' as const, from: null, to: 'pending', reason: null };
    await insertHistory(tx, workspaceId, joined.id, [entry]);
    await planEnrollment(ctx, tx, workspaceId, { side: 'leads', id: joined.id });
    await planWriteBack(ctx, tx, workspaceId, joined.id);
    const details = { campaign: campaign.name, campaignId: campaign.id };
    await recordReferralAudit(ctx, tx, workspaceId, actor, 'referral.create', joined.id, details);
    return joined;
  });
  return { referral: await readReferral(ctx, workspaceId, id), created: added };
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
): Promise<Referrer | null> {
  if (text !== undefined) {
    const code = foldCode(text);
    const known = code === null ? null : await findReferrer(ctx.database.db, workspaceId, { code });
    return known ?? refuseField('code', 'There is no referrer with this code.');
  }
  if (referrerId === undefined) return null;
  const known = await findReferrer(ctx.database.db, workspaceId, { id: referrerId });
  return known ?? refuseField('referrer_id', 'There is no such referrer.');
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
    return refuseField('campaign_id', 'Say which campaign: by campaign_id, or by the code or referrer_id.');
  }
  const known = await findCampaign(ctx.database.db, workspaceId, campaignId);
  return known ?? refuseField('campaign_id', 'There is no such campaign.');
}

const ownFriend = 'People cannot refer themselves: this person is the referrer.';

/** Why `addReferral` refused. */
export function isSelfReferral(error: unknown): boolean {
  return error instanceof Failure && Object.values(error.fields ?? {}).includes(ownFriend);
}

/** Also compares the request's own identifiers, which may differ from the stored ones. */
function refuseSelfReferral(requested: Identity, referred: Person, referring: Person): void {
  const sameEmail = requested.email !== null && requested.email === referring.email;
  if (sameEmail || isSamePerson(referred, referring)) refuseSelf(requested);
}

function refuseSelf(requested: Identity): never {
  const field = requested.email === null ? 'person.external_id' : 'person.email';
  return refuseField(field, ownFriend);
}
