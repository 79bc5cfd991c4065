// All people, referrals or decisions of a workspace, read a page at a time, so that a million of them take no more memory than one page.
import type {
  PlatformName,
  ReferralSource,
  ReferralStatus,
  RewardStatus,
} from '../../domain/program/referral.ts';

export type ExportedPerson = {
  id: string;
  email: string | null;
  name: string | null;
  externalId: string | null;
  contactId: string | null;
  createdAt: Date;
  /** Names of campaigns. */
  refersIn: string[];
  referredIn: string[];
};

export type ExportedReferral = {
  id: string;
  campaignId: string;
  campaign: string;
  platform: PlatformName;
  status: ReferralStatus;
  statusReason: string | null;
  statusAt: Date;
  reward: RewardStatus;
  source: ReferralSource;
  joinedAt: Date;
  explanation: string | null;
  saleValue: number | null;
  personId: string;
  email: string | null;
  name: string | null;
  externalId: string | null;
  contactId: string | null;
  referrerId: string | null;
  referrerCode: string | null;
  referrerEmail: string | null;
  referrerName: string | null;
};

export type ExportedDecision = {
  id: number;
  at: Date;
  outcome: string;
  explanation: string;
  reasons: { wanted: string; seen: string; met: boolean }[];
  ruleId: string;
  /** Null once the rule is deleted. */
  rule: string | null;
  ruleVersion: number;
  deliveryId: number | null;
  referralId: string;
  campaign: string;
  email: string | null;
};

/** `after` is the id of the last one before; everything is in the order of the ids. */
type ReadPage<T extends { id: unknown }> = (
  workspaceId: string,
  which: { campaignId: string | undefined; after: T['id'] | null; limit: number },
) => Promise<T[]>;

export type ExportStore = {
  people: ReadPage<ExportedPerson>;
  referrals: ReadPage<ExportedReferral>;
  decisions: ReadPage<ExportedDecision>;
};

type ReadAll<T> = (workspaceId: string, campaignId: string | undefined) => AsyncIterable<T>;

/** Each of a campaign, or of the whole workspace. */
export type Export = {
  people: ReadAll<ExportedPerson>;
  referrals: ReadAll<ExportedReferral>;
  decisions: ReadAll<ExportedDecision>;
};

const perPage = 500;

/** No transaction is held open meanwhile: who joins or goes while it is read may be in it or not. */
export function createExport({ store }: { store: ExportStore }): Export {
  return {
    people: (...asked) => pages(store.people, ...asked),
    referrals: (...asked) => pages(store.referrals, ...asked),
    decisions: (...asked) => pages(store.decisions, ...asked),
  };
}

async function* pages<T extends { id: unknown }>(
  read: ReadPage<T>,
  workspaceId: string,
  campaignId: string | undefined,
): AsyncGenerator<T> {
  let after: T['id'] | null = null;
  for (;;) {
    const page: T[] = await read(workspaceId, { campaignId, after, limit: perPage });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < perPage) return;
    after = last.id;
  }
}
