// Referral platforms: the list of them, and what the app asks of an outside one.
import type { Extra } from '../enrollment/enrollment-facts.ts';
import type { ReferralState } from '../program/referral.ts';

/** What a platform can store by itself. What it cannot is kept here, and the card says so. */
export type Capabilities = {
  canDisqualify: boolean;
  canReopen: boolean;
  canExpire: boolean;
  canIssueRewards: boolean;
  /** Its webhooks are signed. Unsigned ones are only hints, so the app reads what they name again. */
  signsHooks: boolean;
};

export type PlatformDescription = {
  /** As people know it. */
  name: string;
  capabilities: Capabilities;
  /** What is asked for to connect it; null for the built-in platform, whose records are this app's own. */
  connection: {
    /** Where its API usually is. */
    defaultAddress: string;
    /** What to look at when the address seems wrong. */
    addressAdvice: string;
    tokenHint: string;
  } | null;
};

/** Every referral platform. An outside one also has a folder in src/referrals, and its client in src/wiring/platforms.ts. */
export const platforms = {
  'built-in': {
    name: 'Referral Desk',
    capabilities: {
      canDisqualify: true,
      canReopen: true,
      canExpire: true,
      canIssueRewards: true,
      signsHooks: false,
    },
    connection: null,
  },
  'referral-factory': {
    name: 'Referral Factory',
    capabilities: {
      canDisqualify: false,
      canReopen: true,
      canExpire: false,
      // Rewards are issued there by the program's manager; what became of them is copied.
      canIssueRewards: false,
      signsHooks: false,
    },
    connection: {
      defaultAddress: 'https://api.referral-factory.com/api/v2',
      addressAdvice: 'it ends in /api/v2',
      tokenHint: 'From the settings of your account there.',
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

export type StatusChange = 'qualify' | 'disqualify' | 'expire' | 'reopen';

const storable: Record<StatusChange, (can: Capabilities) => boolean> = {
  qualify: () => true,
  disqualify: (can) => can.canDisqualify,
  expire: (can) => can.canExpire,
  reopen: (can) => can.canReopen,
};

/** Whether the platform can store what the change leads to. */
export function canStore(name: PlatformName, change: StatusChange): boolean {
  return storable[change](platforms[name].capabilities);
}

/** The platform's name when it cannot store what the change leads to. */
export function unsupportedBy(name: PlatformName, change: StatusChange): string | null {
  return canStore(name, change) ? null : platforms[name].name;
}

/** A referral as the app knows it; `platformId` is null where the platform has no id of its own for it. */
export type ReferralRef = { id: string; platformId: string | null };

/** `at`: since when it is so, where the platform tells. */
export type PlatformStatus = { status: ReferralState['status']; at: Date | null };

/** The last request and answer, without secrets, for the run log. */
export type Exchange = { request: unknown; answer: unknown };

/** `standing` is the platform's own word after the change, which need not be the status that was asked for. */
export type ChangedOutside = { standing: PlatformStatus; exchange: Exchange };

export type PlatformCampaign = { platformId: string; name: string; url: string };

/** A person in a campaign: who refers, or who was referred. */
export type PlatformPerson = {
  platformId: string;
  campaignId: string;
  role: 'referrer' | 'referred';
  /** The platform's id of the person who referred them. */
  referrerId: string | null;
  /** Folded: see domain/contacts/contact.ts. */
  email: string | null;
  name: string | null;
  code: string;
  /** Their own share link. */
  link: string | null;
  joinedAt: Date;
  standing: PlatformStatus;
  /** What the platform knows beyond these, by its own names: for mappings. */
  extra: Extra;
};

/** What a hook says of the person it is about, as far as it can be read. */
export type PersonHint = { id: string } | { code: string } | { email: string; campaignId: string };

/**
 * Every call rejects with a `Failure` when the platform does not do it: `unauthorized` (the token is refused),
 * `unavailable` (no answer, 5xx), `rate-limited` (with `retryAfterSeconds`), `not-found`, `invalid` (with its fields),
 * `bad-upstream`.
 */
export type OutsidePlatform = {
  /** Null when the platform has no such referral. */
  read(workspaceId: string, referral: ReferralRef): Promise<PlatformStatus | null>;
  /**
   * Safe to repeat: what is so already is not written again. `markAttempted` is awaited before the platform is asked to
   * change anything, and not at all when it is not.
   */
  change(
    workspaceId: string,
    referral: ReferralRef,
    change: StatusChange,
    markAttempted: () => Promise<void>,
  ): Promise<ChangedOutside>;
  /** Its campaigns, by an address and a token that need not be stored. */
  testConnection(connection: { baseUrl: string; token: string }): Promise<PlatformCampaign[]>;
  campaigns(workspaceId: string): Promise<PlatformCampaign[]>;
  findPerson(workspaceId: string, hint: PersonHint): Promise<PlatformPerson | null>;
  /** In a stable order; `after` is the `next` of the page before, null the beginning, and a null `next` the end. */
  listPeople(
    workspaceId: string,
    campaignId: string,
    after: string | null,
  ): Promise<{ people: PlatformPerson[]; next: string | null }>;
  /** Who has a reward coming, and who had theirs and has none coming, by the platform's ids of people. */
  rewards(workspaceId: string): Promise<Map<string, 'due' | 'issued'>>;
  /** Null when the hook's body names no person. */
  parseHook(body: unknown): PersonHint | null;
};
