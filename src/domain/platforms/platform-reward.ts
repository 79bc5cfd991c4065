// A reward that an outside platform keeps and pays: shown as the platform lists it, and settled there.

export const platformRewardChanges = ['issue', 'cancel'] as const;
export type PlatformRewardChange = (typeof platformRewardChanges)[number];

/** Due. What the platform does not say is null. */
export type PlatformReward = {
  id: string;
  /** The platform's id of the person who gets it. */
  recipientId: string;
  /** Such as `amount` or `coupon`. */
  kind: string;
  /** How many referrals it is for. */
  count: number | null;
  /** In the platform's own unit, which it does not name. */
  total: string | null;
  coupon: string | null;
  /** False unless the platform says so. */
  canBeIssued: boolean;
};
