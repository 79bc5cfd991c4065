// Referrers: people who join a campaign and get a code.
import type { Context } from '../../context.ts';
import type { Extra } from '../../domain/enrollment/enrollment-facts.ts';
import type { Campaign, Identity } from '../../domain/program/program.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import type { Tx } from '../../store/database.ts';
import { findCampaign } from '../../store/program/campaigns.ts';
import {
  type CountedReferrer,
  findCountedReferrer,
  findReferrerOfPerson,
  insertReferrer,
  type NewReferrer,
  referrerPage,
} from '../../store/program/referrers.ts';
import { planEnrollment } from '../enrollment/plan-enrollment.ts';
import { refuseField } from '../found.ts';
import { query, required } from '../query.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { holdOpen, refuseClosed, refuseOutside } from './campaigns.ts';
import { findOrAddPerson } from './people.ts';
import { newShareCode } from './share-links.ts';

export type { CountedReferrer } from '../../store/program/referrers.ts';

export type ReferrerRequest = { campaignId: string; person: Identity; extra?: Extra | undefined };

export type ReferrerJoining = {
  campaign: Pick<Campaign, 'id' | 'name'>;
  person: Identity;
  extra?: Extra | null | undefined;
};

/** `id` is the new or existing referrer's or referral's. */
export type Joined = { id: string; created: boolean; personId: string; isNewPerson: boolean };

/** Returns the existing referrer when they joined before. `actor` is null when they join by themselves. */
export async function addReferrer(
  ctx: Context,
  workspaceId: string,
  { campaignId, person: identity, extra }: ReferrerRequest,
  actor: Actor | null,
): Promise<{ referrer: CountedReferrer; created: boolean }> {
  const campaign = await findCampaign(ctx.database.db, workspaceId, campaignId);
  if (!campaign) return refuseField('campaign_id', 'Campaign not found.');
  refuseOutside(campaign);
  const { id, created } = await ctx.database.transaction((tx) =>
    joinAsReferrer(ctx, tx, workspaceId, { campaign, person: identity, extra }, actor),
  );
  return { referrer: await readReferrer(ctx, workspaceId, id), created };
}

/** As `joinAsReferral`. */
export async function joinAsReferrer(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  { campaign, person: identity, extra = null }: ReferrerJoining,
  actor: Actor | null,
): Promise<Joined> {
  const closed = await holdOpen(ctx, tx, workspaceId, campaign.id);
  const { person, isNewPerson } = await findOrAddPerson(ctx, tx, workspaceId, identity);
  const referrer = { campaignId: campaign.id, personId: person.id, extra };
  const joined = await addReferrerOnce(ctx, tx, workspaceId, referrer);
  const about = { ...joined, personId: person.id, isNewPerson };
  if (!joined.created) return about;
  refuseClosed(closed);
  await planEnrollment(ctx, tx, workspaceId, { side: 'referrers', id: joined.id });
  const details = { campaign: campaign.name, campaignId: campaign.id };
  if (actor) await recordAudit(ctx, tx, workspaceId, actor, 'referrer.create', joined.id, details);
  return about;
}

/** Returns the existing referrer, or a new one with a free code. */
export async function addReferrerOnce(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  referrer: Pick<NewReferrer, 'campaignId' | 'personId' | 'extra'>,
): Promise<{ id: string; created: boolean }> {
  const id = ctx.newId();
  for (let attempt = 0; attempt < 5; attempt++) {
    const row = { id, ...referrer, code: newShareCode(), joinedAt: ctx.now() };
    if (await insertReferrer(tx, workspaceId, row)) return { id, created: true };
    const known = await findReferrerOfPerson(tx, workspaceId, referrer.campaignId, referrer.personId);
    if (known) return { id: known.id, created: false };
  }
  throw new Error('five new share codes were all taken');
}

export const readReferrer = required(findCountedReferrer, 'referrer');

export const listReferrers = query(referrerPage);
