// Campaigns as published, as drafted, and as they were: plan, draft and versions.
import { and, desc, eq, inArray } from 'drizzle-orm';
import {
  type CampaignPlan,
  campaignPlan,
  isSameJson,
  type PlanDraft,
  type PlannedRule,
  ruleChanges,
} from '../../domain/campaigns/campaign-plan.ts';
import type { Campaign } from '../../domain/program/program.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { campaignSettings } from '../../domain/workspace/settings.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { campaignColumns } from '../program/campaigns.ts';
import { deleteRule, updateRule } from '../qualification/rules.ts';
import { campaigns, rules } from '../schema.ts';
import { campaignDrafts, campaignVersions } from './schema-publishing.ts';

export type StoredDraft = Omit<typeof campaignDrafts.$inferSelect, 'workspaceId' | 'campaignId'>;

/** What a campaign was from `at` on. `publishedBy` is null unless a teammate published it. */
export type Version = typeof campaignVersions.$inferSelect;

export type CampaignOutline = Omit<Campaign, 'settings'>;

type Origin = Pick<Version, 'at' | 'origin' | 'publishedBy'>;

const versionsListed = 50;

/** `version` is the newest, 0 when there is none. */
export async function findPlan(db: Queryable, workspaceId: string, campaignId: string) {
  const [found] = await db.select(campaignColumns).from(campaigns).where(campaign(workspaceId, campaignId));
  if (!found) return null;
  const [plan, draft, version] = await Promise.all([
    planOf(db, workspaceId, campaignId, found.settings),
    readDraft(db, workspaceId, campaignId),
    latest(db, workspaceId, campaignId),
  ]);
  const { settings: _, ...outline } = found;
  return { campaign: outline, plan, draft, version: version?.number ?? 0 };
}

export async function lockPlan(tx: Tx, workspaceId: string, campaignId: string) {
  const locked = await lockRow(tx, workspaceId, campaignId);
  if (!locked) return null;
  const plan = await planOf(tx, workspaceId, campaignId, locked.settings);
  return { name: locked.name, plan, draft: await readDraft(tx, workspaceId, campaignId) };
}

export async function campaignIdsWithDraft(db: Queryable, workspaceId: string): Promise<string[]> {
  const rows = await db
    .select({ campaignId: campaignDrafts.campaignId })
    .from(campaignDrafts)
    .where(eq(campaignDrafts.workspaceId, workspaceId));
  return rows.map((row) => row.campaignId);
}

export async function upsertDraft(
  tx: Tx,
  workspaceId: string,
  campaignId: string,
  draft: StoredDraft,
): Promise<void> {
  await tx
    .insert(campaignDrafts)
    .values({ workspaceId, campaignId, ...draft })
    .onConflictDoUpdate({
      target: [campaignDrafts.workspaceId, campaignDrafts.campaignId],
      set: draft,
    });
}

export async function deleteDraft(tx: Tx, workspaceId: string, campaignId: string): Promise<void> {
  await tx.delete(campaignDrafts).where(owned(campaignDrafts, { workspaceId, campaignId }));
}

/** Saves the current state as a version unless the newest version matches it. */
export async function snapshotLive(tx: Tx, workspaceId: string, campaignId: string, at: Date): Promise<void> {
  await keepVersion(tx, workspaceId, campaignId, { at, origin: 'found', publishedBy: null });
}

/**
 * Turns `from` into `to` and adds a version. Returns its number, and the rules with contacts that must be
 * read.
 */
export async function applyPlan(
  tx: Tx,
  workspaceId: string,
  campaignId: string,
  { from, to, at, by }: { from: CampaignPlan; to: CampaignPlan; at: Date; by: string },
): Promise<{ number: number; rulesToRead: PlannedRule[] }> {
  await tx.update(campaigns).set({ settings: to.settings }).where(campaign(workspaceId, campaignId));
  const rulesToRead: PlannedRule[] = [];
  for (const change of ruleChanges(from.rules, to.rules)) {
    await putRule(tx, { workspaceId, campaignId }, change, at);
    const before = from.rules.find(({ id }) => id === change.rule.id);
    if (mustBeRead(change, before)) rulesToRead.push(change.rule);
  }
  const number = await keepVersion(tx, workspaceId, campaignId, { at, origin: 'published', publishedBy: by });
  return { number, rulesToRead };
}

export async function listVersions(db: Queryable, workspaceId: string, campaignId: string) {
  return db
    .select()
    .from(campaignVersions)
    .where(ofCampaign(workspaceId, campaignId))
    .orderBy(desc(campaignVersions.number))
    .limit(versionsListed);
}

export async function findVersions(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  numbers: readonly number[],
): Promise<Version[]> {
  return db
    .select()
    .from(campaignVersions)
    .where(and(ofCampaign(workspaceId, campaignId), inArray(campaignVersions.number, [...numbers])))
    .orderBy(desc(campaignVersions.number));
}

const campaign = (workspaceId: string, id: string) => owned(campaigns, { workspaceId, id });

const ofCampaign = (workspaceId: string, id: string) =>
  owned(campaignVersions, { workspaceId, campaignId: id });

/** Locks the campaign and its rules until the transaction ends; people may still join. */
async function lockRow(tx: Tx, workspaceId: string, id: string) {
  const [found] = await tx
    .select({ name: campaigns.name, settings: campaigns.settings })
    .from(campaigns)
    .where(campaign(workspaceId, id))
    .for('no key update');
  return found;
}

async function planOf(from: Queryable, workspaceId: string, campaignId: string, settings: unknown) {
  const rows = await from
    .select({ id: rules.id, name: rules.name, definition: rules.definition, enabled: rules.enabled })
    .from(rules)
    .where(owned(rules, { workspaceId, campaignId }))
    .orderBy(rules.createdAt, rules.id);
  return campaignPlan.parse({ settings: campaignSettings.parse(settings), rules: rows });
}

async function readDraft(from: Queryable, workspaceId: string, campaignId: string) {
  const [row] = await from
    .select()
    .from(campaignDrafts)
    .where(owned(campaignDrafts, { workspaceId, campaignId }));
  return row ?? null;
}

async function latest(from: Queryable, workspaceId: string, campaignId: string) {
  const [row] = await from
    .select()
    .from(campaignVersions)
    .where(ofCampaign(workspaceId, campaignId))
    .orderBy(desc(campaignVersions.number))
    .limit(1);
  return row;
}

/** Returns the newest version's number. */
async function keepVersion(
  tx: Tx,
  workspaceId: string,
  campaignId: string,
  { at, origin, publishedBy }: Origin,
): Promise<number> {
  const locked = await lockRow(tx, workspaceId, campaignId);
  const plan = await planOf(tx, workspaceId, campaignId, locked?.settings ?? {});
  const last = await latest(tx, workspaceId, campaignId);
  if (last && isSameJson(last.plan, plan)) return last.number;
  const number = (last?.number ?? 0) + 1;
  await tx
    .insert(campaignVersions)
    .values({ workspaceId, campaignId, number, plan, at, origin, publishedBy });
  return number;
}

type RuleChange = PlanDraft['rules'][number];

/** A contact's first change counts as one only if the contact was read before. */
function mustBeRead(
  change: RuleChange,
  before: PlannedRule | undefined,
): change is Exclude<RuleChange, { change: 'remove' }> {
  if (change.change === 'remove' || !change.rule.enabled) return false;
  return !before?.enabled || !isSameJson(before.definition, change.rule.definition);
}

/** Makes a change outside of publishing, with a version before and after it. */
export async function changeDirectly<T>(
  tx: Tx,
  workspaceId: string,
  campaignId: string,
  by: Actor,
  change: () => Promise<T>,
): Promise<T> {
  const at = new Date();
  await keepVersion(tx, workspaceId, campaignId, { at, origin: 'found', publishedBy: null });
  const changed = await change();
  await keepVersion(tx, workspaceId, campaignId, { at, origin: 'api', publishedBy: by.name });
  return changed;
}

/** Increments the version, as the API does. */
async function putRule(
  tx: Tx,
  place: { workspaceId: string; campaignId: string },
  change: RuleChange,
  at: Date,
): Promise<void> {
  const { workspaceId } = place;
  switch (change.change) {
    case 'add':
      await tx.insert(rules).values({ ...place, ...change.rule, version: 1, createdAt: at, updatedAt: at });
      return;
    case 'change':
      await updateRule(tx, workspaceId, change.rule.id, change.rule, at);
      return;
    case 'remove':
      await deleteRule(tx, workspaceId, change.rule.id);
      return;
  }
}
