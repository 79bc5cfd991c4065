// What the stand-in Referral Factory remembers, in the fields of its API v2 (https://developers.referral-factory.com/).
import type { Collection, Seconds } from '../world.ts';

export type RfCampaign = {
  id: string;
  name: string;
  code: string;
  url: string;
  status: 'launched' | 'draft' | 'paused';
  created_at: Seconds;
};

export type RfUser = {
  id: string;
  campaign_id: string;
  referrer_id: string | null;
  first_name: string;
  email: string;
  code: string;
  url: string;
  source: 'Direct' | 'Referred' | 'Api' | 'Added';
  type: 'person_referring' | 'person_invited';
  signed_up_at: Seconds;
  qualified_at: Seconds | null;
  meta: { field: string; value: string }[];
  /** How often the API was told whether this user is qualified: no part of its answers, for tests to count. */
  qualification_writes: number;
};

/** What a qualified lead earned its referrer. */
export type RfReward = {
  id: string;
  reward_id: string;
  metric: 'amount' | 'commission' | 'coupon' | 'custom';
  state: 'due' | 'issued' | 'canceled';
  recipient_id: string;
  lead_id: string;
};

export type RfEvent = 'user.join' | 'user.qualified' | 'reward.issued';

/** Set up in its pages for one campaign; up to three headers of the customer's own, and no signature. */
export type RfHook = {
  id: string;
  campaign_id: string;
  event: RfEvent;
  url: string;
  headers: Record<string, string>;
  sent: number;
  last_status: number | null;
};

export type RfRecords = {
  campaigns: Collection<RfCampaign>;
  users: Collection<RfUser>;
  rewards: Collection<RfReward>;
  hooks: Collection<RfHook>;
};
