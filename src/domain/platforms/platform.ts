// Referral platforms: the list of them, and the interface of an outside one.
import type { Extra } from '../enrollment/enrollment-facts.ts';
import type { ReferralState } from '../program/referral.ts';
import type { PlatformReward, PlatformRewardChange } from './platform-reward.ts';

export const statusChanges = ['qualify', 'disqualify', 'expire', 'reopen'] as const;
export type StatusChange = (typeof statusChanges)[number];

/** `missing` in this app; `deleted` or `unqualified` on the platform. */
export const driftKinds = ['missing', 'different', 'unqualified', 'deleted'] as const;
export type DriftKind = (typeof driftKinds)[number];

type PlatformDescription = {
  name: string;
  /** Changes it cannot store: this app stores the status, and the card says so. */
  unsupported: readonly StatusChange[];
  /** What the connection form needs; null for the built-in platform, which stores its records in this app. */
  connection: { defaultAddress: string; addressAdvice: string; tokenHint: string } | null;
};

/** An outside platform also needs a folder in src/referrals and a client in src/wiring/platforms.ts. */
export const platforms = {
  'built-in': { name: 'Referral Desk', unsupported: [], connection: null },
  'referral-factory': {
    name: 'Referral Factory',
    unsupported: ['disqualify', 'expire'],
    connection: {
      defaultAddress: 'https://api.referral-factory.com/api/v2',
      addressAdvice: 'it ends in /api/v2',
      tokenHint: 'Find it in the settings of your Referral Factory account.',
    },
  },
} as const satisfies Record<string, PlatformDescription>;

export type PlatformName = keyof typeof platforms;
export type OutsidePlatformName = Exclude<PlatformName, 'built-in'>;

export const platformNames = Object.keys(platforms) as [PlatformName, ...PlatformName[]];
export function isOutside(name: PlatformName): name is OutsidePlatformName {
  return name !== 'built-in';
}

export const outsidePlatformNames = platformNames.filter((name) => isOutside(name)) as [
  OutsidePlatformName,
  ...OutsidePlatformName[],
];

export function canStore(name: PlatformName, change: StatusChange): boolean {
  const { unsupported }: PlatformDescription = platforms[name];
  return !unsupported.includes(change);
}

/** The platform's name when it cannot store the status after the change. */
export function unsupportedBy(name: PlatformName, change: StatusChange): string | null {
  return canStore(name, change) ? null : platforms[name].name;
}

/** `platformId` is null when the platform has no id for it. */
export type ReferralRef = { id: string; platformId: string | null };

/** `at`: since when, if the platform says. */
export type PlatformStatus = { status: ReferralState['status']; at: Date | null };

/** The last request and response, without secrets, for the run log. */
export type Exchange = { request: unknown; answer: unknown };

/** `standing` is what the platform reports afterwards, which can differ from the requested status. */
export type ChangedOutside = { standing: PlatformStatus; exchange: Exchange };

export type PlatformCampaign = { platformId: string; name: string; url: string };

export type PlatformPerson = {
  platformId: string;
  campaignId: string;
  role: 'referrer' | 'referred';
  referrerId: string | null;
  /** Folded: see domain/contacts/contact.ts. */
  email: string | null;
  name: string | null;
  code: string;
  link: string | null;
  joinedAt: Date;
  standing: PlatformStatus;
  /** The platform's further fields under its own names, for mappings. */
  extra: Extra;
};

export type PersonHint = { id: string } | { code: string } | { email: string; campaignId: string };

/**
 * Every call rejects with a `Failure`: `unauthorized` (token refused), `unavailable` (no response, 5xx),
 * `rate-limited` (with `retryAfterSeconds`), `not-found`, `invalid` (with its fields) or `bad-upstream`.
 */
export type OutsidePlatform = {
  /** A read that every token may make: whether the platform can be used at all. */
  ping(workspaceId: string): Promise<void>;
  /** Null when the platform has no such referral. */
  read(workspaceId: string, referral: ReferralRef): Promise<PlatformStatus | null>;
  /** Safe to repeat. Awaits `markAttempted` right before a change request, and only then. */
  change(
    workspaceId: string,
    referral: ReferralRef,
    change: StatusChange,
    markAttempted: () => Promise<void>,
  ): Promise<ChangedOutside>;
  /** Takes an address and a token that need not be stored. */
  testConnection(connection: { baseUrl: string; token: string }): Promise<PlatformCampaign[]>;
  campaigns(workspaceId: string): Promise<PlatformCampaign[]>;
  findPerson(workspaceId: string, hint: PersonHint): Promise<PlatformPerson | null>;
  /** In a stable order. `after` is the previous page's `next`; a null `next` is the end. */
  listPeople(
    workspaceId: string,
    campaignId: string,
    after: string | null,
  ): Promise<{ people: PlatformPerson[]; next: string | null }>;
  /** By the platform's ids: `due` with a reward coming, `issued` when all rewards are issued. */
  rewards(workspaceId: string): Promise<Map<string, 'due' | 'issued'>>;
  /** Those that are due. */
  dueRewards(workspaceId: string): Promise<PlatformReward[]>;
  /** As `change`: null when the reward is no longer due, and nothing was asked. */
  settleReward(
    workspaceId: string,
    rewardId: string,
    change: PlatformRewardChange,
    markAttempted: () => Promise<void>,
  ): Promise<Exchange | null>;
  /** Null when the webhook's body names no person. */
  parseHook(body: unknown): PersonHint | null;
};
