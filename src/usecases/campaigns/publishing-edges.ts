// What publishing needs of the outside, and what it tells: a campaign as it is, its draft, its versions.
import type { CampaignPlan, PlanDraft } from '../../domain/campaigns/campaign-plan.ts';
import type { Difference } from '../../domain/campaigns/plan-difference.ts';
import type { Campaign } from '../../domain/program/program.ts';
import type { RuleDefinition } from '../../domain/qualification/rule.ts';
import type { Actor } from '../workspace/audit.ts';

export type StoredDraft = { draft: PlanDraft; changedAt: Date; changedBy: string };

/** What a campaign was from `at` on. `publishedBy` is null where it was no teammate. */
export type Version = {
  number: number;
  plan: CampaignPlan;
  at: Date;
  /** `found`: as it was before anything was published here. */
  origin: 'published' | 'api' | 'found';
  publishedBy: string | null;
};

export type AboutCampaign = Omit<Campaign, 'settings'>;

/** A campaign with both its plans, which are the same when there is no draft. */
export type Standing = {
  campaign: AboutCampaign;
  /** The number of the newest one; 0 before anything was published or changed. */
  version: number;
  live: CampaignPlan;
  plan: CampaignPlan;
  draft: (Pick<StoredDraft, 'changedAt' | 'changedBy'> & { differences: Difference[] }) | null;
  /** Stands for what was looked at: another one by the time of publishing means that something changed. */
  seen: string;
};

export type PublishingStore<Tx> = {
  /** `version` is the newest, 0 when there is none. Null when there is no such campaign. */
  read(
    workspaceId: string,
    campaignId: string,
  ): Promise<{
    campaign: AboutCampaign;
    plan: CampaignPlan;
    draft: StoredDraft | null;
    version: number;
  } | null>;
  /** The campaigns that have a draft. */
  drafted(workspaceId: string): Promise<string[]>;
  /** Nobody else changes any of it until the transaction ends. */
  lock(
    tx: Tx,
    workspaceId: string,
    campaignId: string,
  ): Promise<{ plan: CampaignPlan; draft: StoredDraft | null } | null>;
  saveDraft(tx: Tx, workspaceId: string, campaignId: string, draft: StoredDraft): Promise<void>;
  dropDraft(tx: Tx, workspaceId: string, campaignId: string): Promise<void>;
  /** Keeps what is there as a version, unless it is one already. */
  keepFound(tx: Tx, workspaceId: string, campaignId: string, at: Date): Promise<unknown>;
  /** Makes `to` of `from`, and a version of it, whose number it answers. */
  publish(
    tx: Tx,
    workspaceId: string,
    campaignId: string,
    change: { from: CampaignPlan; to: CampaignPlan; at: Date; by: string },
  ): Promise<number>;
  /** The newest ones, newest first. */
  versions(workspaceId: string, campaignId: string): Promise<Version[]>;
  /** Those of these numbers that there are, newest first. */
  version(workspaceId: string, campaignId: string, numbers: readonly number[]): Promise<Version[]>;
};

export type PublishingDeps<Tx> = {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  store: PublishingStore<Tx>;
  check(workspaceId: string, definition: RuleDefinition): Promise<RuleDefinition>;
  /** Whoever waits for the setup of a side may be planned once it is published. */
  planWaiting(tx: Tx, workspaceId: string, campaignId: string): Promise<void>;
  record(
    workspaceId: string,
    actor: Actor,
    what: string,
    details: Record<string, unknown>,
    tx: Tx,
  ): Promise<void>;
  now(): Date;
  newId(): string;
};
