// The port to referral platforms: what the app asks of one, and what each says that it can do.
import type { Extra } from '../enrollment/enrollment-facts.ts';
import type { ReferralState } from '../program/referral.ts';

/** What a platform can keep by itself. What it cannot is kept here, and the card says so. */
export type Capabilities = {
  canDisqualify: boolean;
  canReopen: boolean;
  canExpire: boolean;
  canIssueRewards: boolean;
  /** Its hooks prove by a signature what they say; without one they are hints, and what they name is read again. */
  signsHooks: boolean;
};

export type StatusChange = 'qualify' | 'disqualify' | 'expire' | 'reopen';

/** A referral as the app knows it; `platformId` is null where the platform has no id of its own for it. */
export type ReferralRef = { id: string; platformId: string | null };

/** `at`: since when it is so, where the platform tells. */
export type Standing = { status: ReferralState['status']; at: Date | null };

/** The last question and answer, without secrets, for the run log. */
export type Exchange = { request: unknown; answer: unknown };

/** `standing` is the platform's own word after the change, which need not be the status that was asked for. */
export type Changed = { standing: Standing; exchange: Exchange };

/**
 * Every call rejects with a `Failure` when the platform does not do it: `unauthorized` (the token is refused),
 * `unavailable` (no answer, 5xx), `rate-limited` (with `retryAfterSeconds`), `not-found`, `invalid` (with its fields),
 * `bad-upstream`.
 */
export type Platform = {
  /** As people know it. */
  name: string;
  capabilities: Capabilities;
  /** Null when the platform has no such referral. */
  read(workspaceId: string, referral: ReferralRef): Promise<Standing | null>;
  /**
   * Safe to repeat: what is so already is not written again. `signalAsked` is awaited before the platform is asked to
   * change anything, and not at all when it is not.
   */
  change(
    workspaceId: string,
    referral: ReferralRef,
    change: StatusChange,
    signalAsked: () => Promise<void>,
  ): Promise<Changed>;
  /** How its records are copied into this app's database; null when that is where they live. */
  source: Source | null;
};

export type PlatformCampaign = { platformId: string; name: string; url: string };

/** Somebody in a campaign: who refers, or who was referred. */
export type Member = {
  platformId: string;
  campaignId: string;
  role: 'referrer' | 'referred';
  /** The platform's id of who referred them. */
  referrerId: string | null;
  /** Folded: see domain/contact.ts. */
  email: string | null;
  name: string | null;
  code: string;
  /** Their own share link. */
  link: string | null;
  joinedAt: Date;
  standing: Standing;
  /** What the platform knows beyond these, by its own names: for mappings. */
  extra: Extra;
};

/** What a hook says of whom it is about, as far as it can be read. */
export type MemberHint = { id: string } | { code: string } | { email: string; campaignId: string };

export type Source = {
  /** Its campaigns, by an address and a token that need not be stored. */
  tryOut(connection: { baseUrl: string; token: string }): Promise<PlatformCampaign[]>;
  campaigns(workspaceId: string): Promise<PlatformCampaign[]>;
  member(workspaceId: string, hint: MemberHint): Promise<Member | null>;
  /** In a stable order; `after` is the `next` of the page before, null the beginning, and a null `next` the end. */
  members(
    workspaceId: string,
    campaignId: string,
    after: string | null,
  ): Promise<{ members: Member[]; next: string | null }>;
  /** Who has a reward coming, and who had theirs and has none coming, by the platform's ids of people. */
  rewards(workspaceId: string): Promise<Map<string, 'due' | 'issued'>>;
  /** Null when the hook's body names nobody. */
  readHook(body: unknown): MemberHint | null;
};
