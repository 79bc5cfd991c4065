// Everything that is known about a person who joined a campaign, by the names that mappings use.
import { tidy } from '../identity.ts';
import type { Campaign, Person, Referral } from '../program/program.ts';
import { type RewardStatus, rewardLabel } from '../rewards/reward.ts';
import type { EnrollmentSide, SideName } from './enrollment.ts';
import type { MappingFacts } from './filled-mapping.ts';
import { extraPrefix, type Source } from './mapping.ts';
import type { Fact } from './mapping-values.ts';

/** Further fields from a referral platform or the company's own form. */
export type Extra = Readonly<Record<string, string | number | boolean>>;

export type ParticipantProfile = {
  side: SideName;
  campaign: Pick<Campaign, 'id' | 'name' | 'platform' | 'rewards' | 'settings'>;
  person: Person;
  joinedAt: Date;
  /** Null for a person who is not a referrer. */
  share: { code: string; link: string } | null;
  /** Null for a person who was not referred. */
  referral: (Pick<Referral, 'id' | 'status' | 'source' | 'joinedAt'> & { reward: RewardStatus }) | null;
  referrer: { code: string; link: string; person: Person } | null;
  extra: Extra;
};

export function sideOf({ side, campaign }: Pick<ParticipantProfile, 'side' | 'campaign'>): EnrollmentSide {
  return campaign.settings.enrollment[side];
}

export function enrollmentFactsOf(profile: ParticipantProfile): MappingFacts {
  const { person, campaign, referrer, referral, share, joinedAt, extra } = profile;
  const [firstName = null, ...otherNames] = person.name === null ? [] : tidy(person.name).split(/\s+/);
  const known: Record<Source, Fact> = {
    'person.email': person.email,
    'person.name': person.name,
    'person.first_name': firstName,
    'person.last_name': otherNames.join(' ') || null,
    'person.external_id': person.externalId,
    'person.joined_at': joinedAt,
    'campaign.id': campaign.id,
    'campaign.name': campaign.name,
    'campaign.platform': campaign.platform,
    'referrer.name': referrer?.person.name ?? null,
    'referrer.email': referrer?.person.email ?? null,
    'referrer.external_id': referrer?.person.externalId ?? null,
    'referrer.code': referrer?.code ?? null,
    'referrer.link': referrer?.link ?? null,
    'referral.id': referral?.id ?? null,
    'referral.status': referral?.status ?? null,
    'referral.source': referral?.source ?? null,
    'referral.joined_at': referral?.joinedAt ?? null,
    'reward.name': rewardLabel(campaign.rewards),
    'reward.status': referral?.reward ?? null,
    share_code: share?.code ?? null,
    share_link: share?.link ?? null,
  };
  return {
    ...known,
    ...Object.fromEntries(Object.entries(extra).map(([name, value]) => [`${extraPrefix}${name}`, value])),
  };
}
