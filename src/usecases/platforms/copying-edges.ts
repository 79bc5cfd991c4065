// What copying from an outside platform needs of the outside: declared here, made in the store and in the edges.
import type { Extra } from '../../domain/enrollment/enrollment-facts.ts';
import type { Platform, PlatformCampaign } from '../../domain/platforms/platform.ts';
import type { PlatformName } from '../../domain/program/referral.ts';
import type { JoinedMember } from '../enrollment/enrollment-edges.ts';
import type { JoiningStores } from '../program/joining.ts';
import type { StatusStore, TrackedReferral } from '../program/status-change.ts';

export type CopyStore<Tx> = {
  campaign(workspaceId: string, platform: PlatformName, platformId: string): Promise<{ id: string } | null>;
  /** Under its own name, or with its id behind it where that name is taken. */
  addCampaign(
    workspaceId: string,
    platform: PlatformName,
    campaign: PlatformCampaign & { id: string; createdAt: Date },
  ): Promise<void>;
  referrer(
    workspaceId: string,
    campaignId: string,
    platformId: string,
  ): Promise<{ id: string; link: string | null } | null>;
  /** The referrer, whether there already or new; what the platform says of them is taken over. */
  putReferrer(
    tx: Tx,
    workspaceId: string,
    referrer: {
      id: string;
      campaignId: string;
      personId: string;
      platformId: string;
      code: string;
      link: string | null;
      joinedAt: Date;
      extra: Extra | null;
    },
  ): Promise<{ id: string; added: boolean }>;
  setLink(tx: Tx, workspaceId: string, referrerId: string, link: string | null): Promise<void>;
  /** Locked until the transaction ends. */
  referral(
    tx: Tx,
    workspaceId: string,
    campaignId: string,
    platformId: string,
  ): Promise<TrackedReferral | null>;
  /** The person's referral in the campaign, new or taken over from an earlier record on the platform; locked. */
  putReferral(
    tx: Tx,
    workspaceId: string,
    referral: {
      id: string;
      campaignId: string;
      personId: string;
      referrerId: string | null;
      platformId: string;
      joinedAt: Date;
      copiedAt: Date;
      extra: Extra | null;
    },
  ): Promise<{ id: string; added: boolean }>;
  touch(tx: Tx, workspaceId: string, referralIds: string[], at: Date): Promise<void>;
  /** Whether a change of status is on its way to the platform, which its own run will record. */
  isChanging(tx: Tx, workspaceId: string, referralId: string): Promise<boolean>;
};

export type CopyingDeps<Tx> = {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  platforms: Readonly<Record<PlatformName, Platform>>;
  stores: { people: JoiningStores<Tx>['people']; copies: CopyStore<Tx>; referrals: StatusStore<Tx> };
  planEnrollment(tx: Tx, workspaceId: string, member: JoinedMember): Promise<void>;
  planWriteBack(tx: Tx, workspaceId: string, referralId: string): Promise<void>;
  now(): Date;
  newId(): string;
};
