// How people come into a campaign: as referrers with a code of their own, or as referred by somebody.

import type { Extra } from '../../domain/enrollment/enrollment-facts.ts';
import {
  type Actor,
  type Campaign,
  type HistoryEntry,
  type Identity,
  isSamePerson,
  type Person,
  type Referral,
  type Referrer,
  recognize,
  withGapsFilled,
} from '../../domain/program/program.ts';
import { foldCode } from '../../domain/program/share-link.ts';
import { Failure } from '../../failure.ts';
import type { JoinedMember } from '../enrollment/enrollment-edges.ts';

type NewReferral = Pick<Referral, 'id' | 'status' | 'statusAt' | 'source' | 'joinedAt'> & {
  rewardStatus: Referral['reward'];
  extra: Extra | null;
  campaignId: string;
  personId: string;
  referrerId: string | null;
};

export type NewReferrer = {
  id: string;
  campaignId: string;
  personId: string;
  code: string;
  joinedAt: Date;
  extra: Extra | null;
};

export type JoiningStores<Tx> = {
  campaigns: { find(workspaceId: string, id: string): Promise<Campaign | null> };
  people: {
    /** Whoever else means the same person waits until the transaction ends. */
    lock(tx: Tx, workspaceId: string, identity: Identity): Promise<void>;
    /** Everybody with this email or this external_id, oldest first. */
    sharing(tx: Tx, workspaceId: string, identity: Identity): Promise<Person[]>;
    add(tx: Tx, workspaceId: string, person: Omit<Person, 'contactId'>, createdAt: Date): Promise<Person>;
    complete(tx: Tx, workspaceId: string, person: Person): Promise<void>;
  };
  referrers: {
    find(workspaceId: string, by: { id: string } | { code: string }): Promise<Referrer | null>;
    findMember(tx: Tx, workspaceId: string, campaignId: string, personId: string): Promise<Referrer | null>;
    /** False when the code is taken, or the person is a referrer of the campaign already. */
    add(tx: Tx, workspaceId: string, referrer: NewReferrer): Promise<boolean>;
  };
  referrals: {
    addOnce(tx: Tx, workspaceId: string, referral: NewReferral): Promise<{ id: string; added: boolean }>;
    record(tx: Tx, workspaceId: string, id: string, entries: Omit<HistoryEntry, 'id'>[]): Promise<void>;
  };
};

type JoiningDeps<Tx> = {
  /** Records what is to become of whoever joins in Intercom. */
  planEnrollment(tx: Tx, workspaceId: string, member: JoinedMember): Promise<void>;
  /** Adds the runs that bring a referral's state to Intercom. */
  planWriteBack(tx: Tx, workspaceId: string, referralId: string): Promise<void>;
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  stores: JoiningStores<Tx>;
  now(): Date;
  newId(): string;
  newShareCode(): string;
};

/** By a referrer's code or id, which imply the campaign, or by the campaign alone: joined without a referrer. */
export type WantedReferral = {
  campaignId?: string | undefined;
  code?: string | undefined;
  referrerId?: string | undefined;
  person: Identity;
  /** What the company knows beyond the rest: for mappings. */
  extra?: Extra | undefined;
};

export type WantedReferrer = { campaignId: string; person: Identity; extra?: Extra | undefined };

type Joined = Promise<{ id: string; created: boolean }>;

export function createJoining<Tx>(deps: JoiningDeps<Tx>) {
  const { campaigns, referrers, referrals } = deps.stores;

  async function referrer(workspaceId: string, wanted: WantedReferrer): Joined {
    const campaign = await campaignGiven(workspaceId, wanted.campaignId);
    refuseOutside(campaign);
    return deps.transaction(async (tx) => {
      const person = await identify(deps, tx, workspaceId, wanted.person);
      const member = { campaignId: campaign.id, personId: person.id, extra: wanted.extra ?? null };
      const joined = await addReferrerOnce(deps, tx, workspaceId, member);
      if (joined.created) await deps.planEnrollment(tx, workspaceId, { side: 'referrers', id: joined.id });
      return joined;
    });
  }

  async function referral(workspaceId: string, wanted: WantedReferral, actor: Actor): Joined {
    const by = await referrerGiven(workspaceId, wanted);
    const campaign = await campaignOf(workspaceId, wanted, by);
    refuseOutside(campaign);
    return deps.transaction(async (tx) => {
      const person = await identify(deps, tx, workspaceId, wanted.person);
      if (by) refuseSelfReferral(wanted.person, person, by.person);
      const at = deps.now();
      const { id, added } = await referrals.addOnce(tx, workspaceId, {
        id: deps.newId(),
        campaignId: campaign.id,
        personId: person.id,
        referrerId: by?.id ?? null,
        status: 'pending',
        statusAt: at,
        rewardStatus: 'none',
        source: wanted.code === undefined ? 'api' : 'link',
        joinedAt: at,
        extra: wanted.extra ?? null,
      });
      const joined = { at, actor, what: 'joined' as const, from: null, to: 'pending', reason: null };
      if (!added) return { id, created: false };
      await referrals.record(tx, workspaceId, id, [joined]);
      await deps.planEnrollment(tx, workspaceId, { side: 'leads', id });
      await deps.planWriteBack(tx, workspaceId, id);
      return { id, created: true };
    });
  }

  async function campaignGiven(
    workspaceId: string,
    id: string,
  ): Promise<Pick<Campaign, 'id' | 'name' | 'platform'>> {
    return (await campaigns.find(workspaceId, id)) ?? refuse('campaign_id', 'There is no such campaign.');
  }

  async function referrerGiven(workspaceId: string, wanted: WantedReferral): Promise<Referrer | null> {
    if (wanted.code !== undefined) {
      const code = foldCode(wanted.code);
      const found = code === null ? null : await referrers.find(workspaceId, { code });
      return found ?? refuse('code', 'There is no referrer with this code.');
    }
    if (wanted.referrerId !== undefined) {
      const found = await referrers.find(workspaceId, { id: wanted.referrerId });
      return found ?? refuse('referrer_id', 'There is no such referrer.');
    }
    return null;
  }

  async function campaignOf(workspaceId: string, wanted: WantedReferral, by: Referrer | null) {
    if (by && wanted.campaignId !== undefined && by.campaign.id !== wanted.campaignId.toLowerCase()) {
      return refuse('campaign_id', 'The referrer belongs to another campaign.');
    }
    if (by) return by.campaign;
    if (wanted.campaignId !== undefined) return campaignGiven(workspaceId, wanted.campaignId);
    return refuse('campaign_id', 'Say which campaign: by campaign_id, or by the code or referrer_id.');
  }

  return { referrer, referral };
}

/** The person's membership as a referrer, with a code that nobody has: this new one, or the one that there was. */
export async function addReferrerOnce<Tx>(
  deps: Pick<JoiningDeps<Tx>, 'now' | 'newId' | 'newShareCode'> & {
    stores: Pick<JoiningStores<Tx>, 'referrers'>;
  },
  tx: Tx,
  workspaceId: string,
  member: Pick<NewReferrer, 'campaignId' | 'personId'> & Partial<Pick<NewReferrer, 'extra'>>,
): Joined {
  const { referrers } = deps.stores;
  const id = deps.newId();
  for (let attempt = 0; attempt < 5; attempt++) {
    const row = { id, extra: null, ...member, code: deps.newShareCode(), joinedAt: deps.now() };
    if (await referrers.add(tx, workspaceId, row)) return { id, created: true };
    const known = await referrers.findMember(tx, workspaceId, member.campaignId, member.personId);
    if (known) return { id: known.id, created: false };
  }
  throw new Error('five new share codes were all taken');
}

/** The person who is meant, completed by what is new about them; somebody new when nobody is. */
export async function identify<Tx>(
  deps: { stores: Pick<JoiningStores<Tx>, 'people'>; now(): Date; newId(): string },
  tx: Tx,
  workspaceId: string,
  identity: Identity,
): Promise<Person> {
  const { people } = deps.stores;
  await people.lock(tx, workspaceId, identity);
  const known = recognize(identity, await people.sharing(tx, workspaceId, identity));
  if (!known) return people.add(tx, workspaceId, { id: deps.newId(), ...identity }, deps.now());
  const completed = withGapsFilled(known, identity);
  if (completed) await people.complete(tx, workspaceId, completed);
  return completed ?? known;
}

/** What is copied from an outside platform would be overwritten by its next word on the matter. */
export function refuseOutside(campaign: Pick<Campaign, 'name' | 'platform'>): void {
  if (campaign.platform === 'built-in') return;
  throw new Failure(
    'conflict',
    `The campaign "${campaign.name}" is run by another referral platform (${campaign.platform}); change it there.`,
  );
}

/** Compared by what the request says too, which need not be what is known of the person. */
function refuseSelfReferral(said: Identity, referred: Person, referring: Person): void {
  const bySaidEmail = said.email !== null && said.email === referring.email;
  if (!bySaidEmail && !isSamePerson(referred, referring)) return;
  const field = said.email === null ? 'person.external_id' : 'person.email';
  refuse(field, 'People cannot refer themselves: this person is the referrer.');
}

function refuse(field: string, why: string): never {
  throw new Failure('invalid', why, { fields: { [field]: why } });
}
