import { alias } from 'drizzle-orm/pg-core';
import type { SideName } from '../../domain/enrollment/enrollment.ts';
import type { ParticipantProfile } from '../../domain/enrollment/enrollment-facts.ts';
import type { Queryable } from '../database.ts';
import { giver, giverColumns, ofGiver, referrerOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { personColumns } from '../program/people.ts';
import { campaigns, people, referrals, referrers } from '../schema.ts';

const share = alias(referrers, 'share');

/** Null when the participant is gone. `linkOf` builds a referrer's share link. */
export async function findParticipantProfile(
  db: Queryable,
  workspaceId: string,
  { side, campaignId, personId }: { side: SideName; campaignId: string; personId: string },
  linkOf: (referrer: { code: string; link: string | null }) => string,
): Promise<ParticipantProfile | null> {
  const [row] = await db
    .select(columns)
    .from(people)
    .innerJoin(campaigns, owned(campaigns, { workspaceId: people.workspaceId, id: campaignId }))
    .leftJoin(referrals, ofPerson(referrals))
    .leftJoin(share, ofPerson(share))
    .leftJoin(referrers, referrerOf(referrals))
    .leftJoin(giver, ofGiver)
    .where(owned(people, { workspaceId, id: personId }));
  const joinedAt = side === 'leads' ? row?.referral?.joinedAt : row?.share?.joinedAt;
  if (!row || !joinedAt) return null;
  const { campaign, person, referral, referrer } = row;
  return {
    ...{ side, person, joinedAt },
    campaign,
    share: row.share && { code: row.share.code, link: linkOf(row.share) },
    referral,
    referrer: referrer && row.giver && { code: referrer.code, link: linkOf(referrer), person: row.giver },
    // This side's own values win.
    extra: side === 'leads' ? { ...row.shareExtra, ...row.extra } : { ...row.extra, ...row.shareExtra },
  };
}

const columns = {
  campaign: {
    id: campaigns.id,
    name: campaigns.name,
    platform: campaigns.platform,
    rewards: campaigns.rewards,
    settings: campaigns.settings,
  },
  person: personColumns,
  referral: {
    id: referrals.id,
    status: referrals.status,
    source: referrals.source,
    joinedAt: referrals.joinedAt,
    reward: referrals.rewardStatus,
  },
  extra: referrals.extra,
  share: { code: share.code, link: share.link, joinedAt: share.joinedAt },
  shareExtra: share.extra,
  referrer: { code: referrers.code, link: referrers.link },
  giver: giverColumns,
};

function ofPerson(members: typeof referrals | typeof share) {
  return owned(members, { workspaceId: people.workspaceId, campaignId: campaigns.id, personId: people.id });
}
