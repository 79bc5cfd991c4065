// What is counted by campaign and day.
import { referralStatus } from '../program/referral.ts';
import { earnedStatus } from '../rewards/reward.ts';

/** A click; joining, on its day; and each status of referrals and of rewards, on the day since which they have it. */
export const countedFacts = ['clicks', 'joined', ...referralStatus.options, ...earnedStatus.options] as const;
export type CountedFact = (typeof countedFacts)[number];
