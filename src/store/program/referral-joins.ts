// How a referral is joined with its campaign, its person and its referrer: always within the workspace that it belongs to.
import { and, eq } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { campaigns, people, referrals, referrers } from '../schema.ts';

/** The person behind the referrer, beside the person who was referred. */
export const giver = alias(people, 'giver');

export const ofCampaign = and(
  eq(campaigns.workspaceId, referrals.workspaceId),
  eq(campaigns.id, referrals.campaignId),
);
export const ofPerson = and(eq(people.workspaceId, referrals.workspaceId), eq(people.id, referrals.personId));
export const ofReferrer = and(
  eq(referrers.workspaceId, referrals.workspaceId),
  eq(referrers.id, referrals.referrerId),
);
/** Where the referrer is joined too. */
export const ofGiver = and(eq(giver.workspaceId, referrals.workspaceId), eq(giver.id, referrers.personId));
