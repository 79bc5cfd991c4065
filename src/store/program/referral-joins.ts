import { alias } from 'drizzle-orm/pg-core';
import { owned } from '../owned.ts';
import { campaigns, people, referrals, referrers } from '../schema.ts';

/** The person behind the referrer, beside the person who was referred. */
export const giver = alias(people, 'giver');

export const ofCampaign = owned(campaigns, { workspaceId: referrals.workspaceId, id: referrals.campaignId });
export const ofPerson = owned(people, { workspaceId: referrals.workspaceId, id: referrals.personId });
export const ofReferrer = owned(referrers, { workspaceId: referrals.workspaceId, id: referrals.referrerId });
/** Where the referrer is joined too. */
export const ofGiver = owned(giver, { workspaceId: referrals.workspaceId, id: referrers.personId });
