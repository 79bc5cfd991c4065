// What Fin can tell people about their own place in the program. No other person is named in it.
import type { CampaignStanding } from '../campaigns/campaign-state.ts';
import type { ReferralStatus } from '../program/referral.ts';
import type { CampaignRewards, EarnedStatus, RewardRecipient } from '../rewards/reward.ts';

type ReferralFacts = {
  campaign: string;
  status: ReferralStatus;
  statusAt: Date;
  joinedAt: Date;
  /** Null unless it is pending and the campaign lets referrals expire. */
  expiresAt: Date | null;
  /** When it qualifies if its conditions stay met; null when they are not met. */
  holdUntil: Date | null;
  /** When the copy was read, of a campaign on an outside platform. */
  copiedAt: Date | null;
  /** The asking person's reward; null when the campaign has none for them. */
  promised: string | null;
  /** Something keeps it from counting, which is for the team to look at. */
  isBlocked: boolean;
};

/** In which the person was referred. */
export type FriendReferral = ReferralFacts;

/** Of a friend that the person referred. */
export type GivenReferral = ReferralFacts & {
  earned: EarnedStatus | null;
  /** It qualified and earned nothing, because the person has as many rewards as the campaign gives. */
  hasReachedLimit: boolean;
};

export type OwnReward = {
  recipient: RewardRecipient;
  label: string;
  amount: string | null;
  currency: string | null;
  status: EarnedStatus;
  dueAt: Date;
  statusAt: Date;
  campaign: string;
  /** Of the referral that earned it. */
  friendJoinedAt: Date;
  isBlocked: boolean;
};

export type ShareLink = {
  campaign: string;
  code: string;
  link: string | null;
  standing: Omit<CampaignStanding, 'timeZone'>;
  referred: number;
};

/** Lists have at most five, newest first, and of rewards those that are still to come; the counts are of all. */
export type PersonFacts = {
  joined: FriendReferral[];
  given: GivenReferral[];
  counts: Partial<Record<ReferralStatus, number>>;
  rewards: OwnReward[];
  rewardCounts: Partial<Record<EarnedStatus, number>>;
  links: ShareLink[];
};

export type PublicCampaign = {
  name: string;
  rewards: CampaignRewards;
  endsOn: string | null;
  /** Null for a campaign on an outside platform. */
  slug: string | null;
};
