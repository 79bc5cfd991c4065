// The built-in referral program: who may join what, who gets the credit, and what becomes of a referral.
import {
  type Actor,
  type Campaign,
  changesOf,
  type HistoryEntry,
  type Page,
  type PageRequest,
  type Referral,
  type Referrer,
  type ReferrerCounts,
} from '../../domain/program/program.ts';
import { type ReferralChange, type ReferralStatus, transition } from '../../domain/program/referral.ts';
import { foldCode, landingUrl, shareLink } from '../../domain/program/share-link.ts';
import {
  type CampaignChanges,
  changedCampaign,
  defaultCampaignSettings,
} from '../../domain/workspace/settings.ts';
import { Failure } from '../../failure.ts';
import type { JoinedMember } from '../enrollment/enrollment-edges.ts';
import type { Audit, Actor as Changer } from '../workspace/audit.ts';
import { consistent } from '../workspace/settings.ts';
import {
  createJoining,
  type JoiningStores,
  refuseOutside,
  type WantedReferral,
  type WantedReferrer,
} from './joining.ts';

type ReferrerFilter = { campaignId?: string | undefined; email?: string | undefined };
type ReferralFilter = ReferrerFilter & {
  contactId?: string | undefined;
  status?: ReferralStatus | undefined;
};
export type CountedReferrer = Referrer & { counts: ReferrerCounts };

/** Who makes a change, and what else belongs into its transaction. */
type As<Tx> = { by: Changer; alongside(tx: Tx): Promise<void> };

/** What the program needs of the database; `Tx` is a transaction's handle, handed through unseen. */
export type ProgramStores<Tx> = JoiningStores<Tx> & {
  campaigns: {
    /** Null when the name is taken in the workspace. */
    add(workspaceId: string, campaign: Campaign, as: As<Tx>): Promise<Campaign | null>;
    list(workspaceId: string, page: PageRequest): Promise<Page<Campaign>>;
    /** Null when there is no such campaign. */
    change(
      workspaceId: string,
      id: string,
      change: (present: Campaign) => Campaign,
      as: As<Tx>,
    ): Promise<Campaign | 'taken' | null>;
  };
  referrers: {
    read(workspaceId: string, id: string): Promise<CountedReferrer | null>;
    list(workspaceId: string, filter: ReferrerFilter, page: PageRequest): Promise<Page<CountedReferrer>>;
    /** The destination behind a code, having recorded the click when `clickedAt` is given. */
    follow(code: string, clickedAt: Date | null): Promise<string | null>;
  };
  referrals: {
    find(workspaceId: string, id: string): Promise<Referral | null>;
    list(workspaceId: string, filter: ReferralFilter, page: PageRequest): Promise<Page<Referral>>;
    history(workspaceId: string, referralId: string, page: PageRequest): Promise<Page<HistoryEntry>>;
    lock(tx: Tx, workspaceId: string, id: string): Promise<Referral | null>;
    setState(
      tx: Tx,
      workspaceId: string,
      id: string,
      state: Pick<Referral, 'status' | 'reward' | 'statusAt' | 'statusReason'>,
    ): Promise<void>;
  };
};

export type ProgramDeps<Tx> = {
  audit: Pick<Audit<Tx>, 'record'>;
  /** Records what is to become of whoever joins in Intercom. */
  planEnrollment(tx: Tx, workspaceId: string, member: JoinedMember): Promise<void>;
  /** Has those planned who waited for the settings of a campaign. */
  planWaiting(tx: Tx, workspaceId: string, campaignId: string): Promise<void>;
  /** Adds the runs that bring a referral's state to Intercom. */
  planWriteBack(tx: Tx, workspaceId: string, referralId: string): Promise<void>;
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  stores: ProgramStores<Tx>;
  now(): Date;
  newId(): string;
  newShareCode(): string;
  /** Without a slash at its end; share links begin with it. */
  publicUrl: string;
};

type WantedCampaign = Pick<Campaign, 'name' | 'destinationUrl' | 'reward'>;

export type Program = {
  createCampaign(workspaceId: string, wanted: WantedCampaign, by: Changer): Promise<Campaign>;
  /** Of a campaign on an outside platform only the settings: the rest is kept there. */
  changeCampaign(
    workspaceId: string,
    id: string,
    changes: Partial<WantedCampaign> & { settings?: CampaignChanges },
    by: Changer,
  ): Promise<Campaign>;
  campaign(workspaceId: string, id: string): Promise<Campaign>;
  campaigns(workspaceId: string, page: PageRequest): Promise<Page<Campaign>>;
  /** Joining again finds the referrer that there is. */
  addReferrer(
    workspaceId: string,
    wanted: WantedReferrer,
  ): Promise<{ referrer: CountedReferrer; created: boolean }>;
  referrer(workspaceId: string, id: string): Promise<CountedReferrer>;
  referrers(workspaceId: string, filter: ReferrerFilter, page: PageRequest): Promise<Page<CountedReferrer>>;
  /** The same person twice in a campaign is one referral, and the first referrer keeps the credit. */
  addReferral(
    workspaceId: string,
    wanted: WantedReferral,
    actor: Actor,
  ): Promise<{ referral: Referral; created: boolean }>;
  referral(workspaceId: string, id: string): Promise<Referral>;
  referrals(workspaceId: string, filter: ReferralFilter, page: PageRequest): Promise<Page<Referral>>;
  history(workspaceId: string, referralId: string, page: PageRequest): Promise<Page<HistoryEntry>>;
  /** A change that is already so is no error and leaves no trace; one that may not be is a `conflict`. */
  change(
    workspaceId: string,
    referralId: string,
    change: ReferralChange,
    by: { actor: Actor; reason: string | null },
  ): Promise<Referral>;
  /** Where a share link leads, or null for an unknown code. `counts`: whether this visit is a click. */
  follow(code: string, counts: boolean): Promise<string | null>;
  /** The link that the referrer gives to friends. */
  linkOf(referrer: Pick<Referrer, 'code' | 'link'>): string;
};

/** All failures are `Failure`s: not-found, conflict, or invalid with the fields as the API names them. */
export function createProgram<Tx>(deps: ProgramDeps<Tx>): Program {
  const { campaigns, referrers, referrals } = deps.stores;
  const joining = createJoining(deps);

  async function createCampaign(workspaceId: string, wanted: WantedCampaign, by: Changer): Promise<Campaign> {
    const own = { id: deps.newId(), platform: 'built-in' as const, createdAt: deps.now() };
    const campaign = { ...own, ...wanted, settings: defaultCampaignSettings };
    const what = `began the campaign ${wanted.name}`;
    const added = await campaigns.add(workspaceId, campaign, {
      by,
      alongside: (tx) => deps.audit.record(workspaceId, by, what, { id: own.id, ...wanted }, tx),
    });
    return added ?? refuseName();
  }

  async function changeCampaign(
    workspaceId: string,
    id: string,
    { settings, ...changes }: Partial<WantedCampaign> & { settings?: CampaignChanges },
    by: Changer,
  ): Promise<Campaign> {
    let name = '';
    const change = (present: Campaign) => {
      name = present.name;
      if (Object.keys(changes).length > 0) refuseOutside(present);
      return {
        ...present,
        ...changes,
        settings: consistent(changedCampaign(present.settings, settings ?? {})),
      };
    };
    const changed = await campaigns.change(workspaceId, id, change, {
      by,
      async alongside(tx) {
        await deps.planWaiting(tx, workspaceId, id);
        const details = { id, changes: { ...changes, ...(settings && { settings }) } };
        await deps.audit.record(workspaceId, by, `changed the campaign ${name}`, details, tx);
      },
    });
    return changed === 'taken' ? refuseName() : found(changed, 'campaign');
  }

  async function addReferrer(workspaceId: string, wanted: WantedReferrer) {
    const { id, created } = await joining.referrer(workspaceId, wanted);
    return { referrer: found(await referrers.read(workspaceId, id), 'referrer'), created };
  }

  async function addReferral(workspaceId: string, wanted: WantedReferral, actor: Actor) {
    const { id, created } = await joining.referral(workspaceId, wanted, actor);
    return { referral: found(await referrals.find(workspaceId, id), 'referral'), created };
  }

  async function history(workspaceId: string, referralId: string, page: PageRequest) {
    found(await referrals.find(workspaceId, referralId), 'referral');
    return referrals.history(workspaceId, referralId, page);
  }

  async function change(
    workspaceId: string,
    referralId: string,
    wanted: ReferralChange,
    by: { actor: Actor; reason: string | null },
  ): Promise<Referral> {
    return deps.transaction(async (tx) => {
      const referral = found(await referrals.lock(tx, workspaceId, referralId), 'referral');
      refuseOutside(referral.campaign);
      const next = transition(referral, wanted, referral.campaign.reward !== null);
      if (next.outcome === 'refused') throw new Failure('conflict', sentence(next.why));
      if (next.outcome === 'unchanged') return referral;
      const at = deps.now();
      const changed: Referral = { ...referral, ...next.state };
      if (changed.status !== referral.status) {
        changed.statusAt = at;
        changed.statusReason = by.reason;
      }
      await referrals.setState(tx, workspaceId, referralId, changed);
      await referrals.record(tx, workspaceId, referralId, changesOf(referral, changed, { ...by, at }));
      await deps.planWriteBack(tx, workspaceId, referralId);
      return changed;
    });
  }

  async function follow(text: string, counts: boolean): Promise<string | null> {
    const code = foldCode(text);
    if (code === null) return null;
    const destination = await referrers.follow(code, counts ? deps.now() : null);
    return destination === null ? null : landingUrl(destination, code);
  }

  return {
    createCampaign,
    changeCampaign,
    campaign: async (workspaceId, id) => found(await campaigns.find(workspaceId, id), 'campaign'),
    campaigns: campaigns.list,
    addReferrer,
    referrer: async (workspaceId, id) => found(await referrers.read(workspaceId, id), 'referrer'),
    referrers: referrers.list,
    addReferral,
    referral: async (workspaceId, id) => found(await referrals.find(workspaceId, id), 'referral'),
    referrals: referrals.list,
    history,
    change,
    follow,
    linkOf: (referrer) => referrer.link ?? shareLink(deps.publicUrl, referrer.code),
  };
}

/** Another workspace's record is as unknown as one that never was. */
function found<T>(record: T | null, what: string): T {
  if (record === null) throw new Failure('not-found', `There is no such ${what}.`);
  return record;
}

function refuseName(): never {
  throw new Failure('conflict', 'There is a campaign of this name already.', {
    fields: { name: 'is taken by another campaign (capitals make no difference)' },
  });
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
