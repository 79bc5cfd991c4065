// The records of a referral program as the rest of the app sees them, and which person a request refers to.
import type { CampaignStanding } from '../campaigns/campaign-state.ts';
import type { Contact } from '../contacts/contact.ts';
import { emailKey, idKey, tidy } from '../identity.ts';
import type { CampaignRewards, RewardApproval, RewardStatus } from '../rewards/reward.ts';
import type { CampaignSettings } from '../workspace/settings.ts';
import type { DoubtHint } from './doubt.ts';
import type { JoinPage } from './join-page.ts';
import { type KnownIdentity, type QualificationBlock, sharedIdentity } from './qualification-block.ts';
import type { PlatformName, ReferralSource, ReferralState } from './referral.ts';

export type Campaign = {
  id: string;
  name: string;
  platform: PlatformName;
  /** Null: its join page. */
  destinationUrl: string | null;
  slug: string;
  joinPage: JoinPage;
  rewards: CampaignRewards;
  rewardApproval: RewardApproval | null;
  /** Rewards are sent to the company's own system, which issues them. */
  autoIssue: boolean;
  settings: CampaignSettings;
  standing: CampaignStanding;
  createdAt: Date;
};

export type Person = {
  id: string;
  email: string | null;
  externalId: string | null;
  name: string | null;
  contactId: Contact['id'] | null;
};

export type Referrer = {
  id: string;
  campaign: Pick<Campaign, 'id' | 'name' | 'platform'>;
  person: Person;
  code: string;
  /** An outside platform's own share link; null means that ours is built from the code. */
  link: string | null;
  joinedAt: Date;
};

export type ReferrerCounts = { clicks: number; referred: number; pending: number; qualified: number };

export type Referral = ReferralState & {
  id: string;
  /** Of its rewards together. */
  reward: RewardStatus;
  campaign: Pick<Campaign, 'id' | 'name' | 'platform' | 'rewards'>;
  person: Person;
  referrer: (Pick<Referrer, 'id' | 'code' | 'link'> & { person: Person }) | null;
  statusReason: string | null;
  statusAt: Date;
  /** What blocks it from qualifying. */
  blocked: QualificationBlock | null;
  /** What makes it doubtful, whether or not it is held for review. */
  hints: DoubtHint[];
  source: ReferralSource;
  joinedAt: Date;
};

/** `id` and `name` are those of the teammate, the access token or the rule. */
export type ReferralActor =
  | { kind: (typeof identifiedActors)[number]; id: string; name: string }
  | { kind: (typeof unidentifiedActors)[number]; id: null; name: string | null };
export const identifiedActors = ['teammate', 'api', 'rule'] as const;
export const unidentifiedActors = ['platform', 'person', 'app'] as const;

export const historyEvents = ['joined', 'status', 'reward', 'friend_reward', 'converted', 'linked'] as const;

export type HistoryEntry = {
  id: string;
  at: Date;
  what: (typeof historyEvents)[number];
  from: string | null;
  to: string | null;
  actor: Pick<ReferralActor, 'kind' | 'name'>;
  reason: string | null;
};

/** In a list ordered newest first: everything after it is older. */
export type Position = { at: Date; id: string };
export type PageRequest = { limit: number; after: Position | null };
export type Page<T> = { items: T[]; next: Position | null };

/** At least one of email (folded) and externalId is set. */
export type Identity = Pick<Person, 'email' | 'externalId' | 'name'>;

/** In the form in which people are stored and compared, wherever the identity comes from. */
export function identityKey({ email, externalId, name }: Identity): Identity {
  return { email: emailKey(email), externalId: idKey(externalId), name: (name && tidy(name)) || null };
}

/**
 * A matching external ID decides. Otherwise the email means the person without an external ID or, if the request
 * has none either, the oldest person. `candidates` are in order of creation; null for a new person.
 */
export function recognize(identity: Identity, candidates: readonly Person[]): Person | null {
  const [externalId, email] = [idKey(identity.externalId), emailKey(identity.email)];
  const byId = candidates.find(
    (candidate) => externalId !== null && idKey(candidate.externalId) === externalId,
  );
  if (byId) return byId;
  const byEmail = candidates.filter((candidate) => email !== null && emailKey(candidate.email) === email);
  const nameless = byEmail.find((candidate) => candidate.externalId === null);
  if (externalId !== null) return nameless ?? null;
  return nameless ?? byEmail[0] ?? null;
}

/** `person` with its gaps filled from `identity`, or null when there is no gap. Known values are never replaced. */
export function withGapsFilled(person: Person, identity: Identity): Person | null {
  const filled = {
    ...person,
    email: person.email ?? identity.email,
    externalId: person.externalId ?? identity.externalId,
    name: person.name ?? identity.name,
  };
  const fields = ['email', 'externalId', 'name'] as const;
  return fields.some((field) => filled[field] !== person[field]) ? filled : null;
}

export function isSamePerson(first: Person, second: Person): boolean {
  return sharedIdentity(identityOf(first), identityOf(second)) !== null;
}

/** Also compares the request's own identifiers, which may differ from the stored ones. */
export function isOwnReferral(requested: Identity, referred: Person, referring: Person): boolean {
  const sameEmail = requested.email !== null && requested.email === referring.email;
  return sameEmail || isSamePerson(referred, referring);
}

function identityOf({ id, contactId, email, externalId }: Person): KnownIdentity {
  return { personId: id, contactId, emails: [email], externalIds: [externalId] };
}
