// What the card needs to know of one contact, all of it from our own database: declared here, read by the store.
import type { AskedReview } from '../../../canvas/view.ts';
import type { Candidate } from '../../domain/program/matching.ts';
import type {
  PlatformName,
  ReferralSource,
  ReferralStatus,
  RewardStatus,
} from '../../domain/program/referral.ts';
import type { Region } from '../../domain/region.ts';
import type { Conversion } from './conversion-edges.ts';

export type CardQuestion = {
  workspaceId: string;
  contactId: string;
  externalId: string | null;
  email: string | null;
};

export type StoredReferral = {
  id: string;
  campaign: string;
  platform: PlatformName;
  status: ReferralStatus;
  statusReason: string | null;
  /** What the rules say while it is pending. */
  explanation: string | null;
  /** The platform cannot store this status. */
  keptHere: boolean;
  statusAt: Date;
  joinedAt: Date;
  rewardStatus: RewardStatus;
  /** What the campaign promises, in the company's words. */
  reward: string | null;
  source: ReferralSource;
  platformUrl: string | null;
  /** For an outside platform: when this copy was made. */
  copiedAt: Date | null;
  referrer: { name: string | null; email: string | null; contactId: string | null } | null;
};

export type StoredReferrer = {
  id: string;
  campaign: string;
  code: string;
  /** Null on the built-in platform, whose link is made of the code. */
  link: string | null;
  platformUrl: string | null;
  joinedAt: Date;
  referred: number;
  pending: number;
  qualified: number;
  /** At most five, newest first. */
  latest: { name: string | null; email: string | null; status: ReferralStatus; joinedAt: Date }[];
};

export type StoredPerson = Candidate & {
  name: string | null;
  referrals: StoredReferral[];
  referrers: StoredReferrer[];
};

export type CardAnswer = {
  installation: {
    status: 'active' | 'revoked' | 'uninstalled';
    timeZone: string;
    region: Region;
  } | null;
  /** The conversion that made this contact a user or merged it into one; without such a one, the latest attempt. */
  conversion: Pick<Conversion, 'state' | 'intoContactId' | 'startedAt' | 'finishedAt' | 'error'> | null;
  /** The oldest open question whether this contact is who joined. */
  review: AskedReview | null;
  /** Everybody who is this contact by stored link, external_id or email; domain/matching.ts decides. */
  people: StoredPerson[];
};

export interface CardReader {
  /** Rejects when the database does not answer in time. */
  read(question: CardQuestion): Promise<CardAnswer>;
}
