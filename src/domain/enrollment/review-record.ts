// What a reviewer compares: one record for each side, in the words of the program.
import { type ReferralStatus, statusWords } from '../program/referral.ts';

/** Null or empty where it is not known. */
export type ReviewRecord = {
  contactId: string | null;
  personId: string | null;
  name: string | null;
  email: string | null;
  phone: string | null;
  externalId: string | null;
  role: 'lead' | 'user' | null;
  /** In Intercom; of a person without a contact, in the program. */
  createdAt: Date | null;
  lastSeenAt: Date | null;
  referrals: { campaign: string; status: ReferralStatus; referrer: string | null }[];
  refersIn: string[];
};

/** "Spring: pending, referred by Sam Ortega", "Refers others in Partners" */
export function programWords({
  referrals,
  refersIn,
}: Pick<ReviewRecord, 'referrals' | 'refersIn'>): string[] {
  return [
    ...referrals.map(
      ({ campaign, status, referrer }) =>
        `${campaign}: ${statusWords[status].toLowerCase()}${referrer === null ? '' : `, referred by ${referrer}`}`,
    ),
    ...(refersIn.length > 0 ? [`Refers others in ${refersIn.join(', ')}`] : []),
  ];
}
