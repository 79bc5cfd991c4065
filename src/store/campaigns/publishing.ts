// Campaigns as they are, as they are to become, and as they were: plan, draft and versions.
import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import {
  type CampaignPlan,
  campaignPlan,
  isSameJson,
  type PlanDraft,
  type PlannedRule,
  planDraft,
  ruleChanges,
} from '../../domain/campaigns/campaign-plan.ts';
import { campaignSettings } from '../../domain/workspace/settings.ts';
import type { PublishingStore, StoredDraft, Version } from '../../usecases/campaigns/publishing-edges.ts';
import type { Actor } from '../../usecases/workspace/audit.ts';
import type { Database, Tx } from '../database.ts';
import type { RuleToRead } from '../qualification/rule-readings.ts';
import { campaigns, holds, rules } from '../schema.ts';
import { campaignDrafts, campaignVersions } from './schema-publishing.ts';

type Origin = Pick<Version, 'at' | 'origin' | 'publishedBy'>;

/** Most campaigns have few; the page shows these and says that there are more. */
const versionsListed = 50;

export function createPublishingStore(
  { db }: Pick<Database, 'db'>,
  beginReading: (tx: Tx, workspaceId: string, rule: RuleToRead, at: Date) => Promise<void>,
): PublishingStore<Tx> {
  return {
    async read(workspaceId, campaignId) {
      const [found] = await db.select(shown).from(campaigns).where(campaign(workspaceId, campaignId));
      if (!found) return null;
      const [plan, draft, version] = await Promise.all([
        planOf(db, workspaceId, campaignId, found.settings),
        readDraft(db, workspaceId, campaignId),
        latest(db, workspaceId, campaignId),
      ]);
      const { settings: _, ...about } = found;
      return { campaign: about, plan, draft, version: version?.number ?? 0 };
    },

    async lock(tx, workspaceId, campaignId) {
      const settings = await lockCampaign(tx, workspaceId, campaignId);
      if (settings === null) return null;
      const plan = await planOf(tx, workspaceId, campaignId, settings);
      return { plan, draft: await readDraft(tx, workspaceId, campaignId) };
    },

    async drafted(workspaceId) {
      const rows = await db
        .select({ campaignId: campaignDrafts.campaignId })
        .from(campaignDrafts)
        .where(eq(campaignDrafts.workspaceId, workspaceId));
      return rows.map((row) => row.campaignId);
    },

    async saveDraft(tx, workspaceId, campaignId, { draft, changedAt, changedBy }) {
      await tx
        .insert(campaignDrafts)
        .values({ workspaceId, campaignId, draft, changedAt, changedBy })
        .onConflictDoUpdate({
          target: [campaignDrafts.workspaceId, campaignDrafts.campaignId],
          set: { draft, changedAt, changedBy },
        });
    },

    async dropDraft(tx, workspaceId, campaignId) {
      await tx
        .delete(campaignDrafts)
        .where(and(eq(campaignDrafts.workspaceId, workspaceId), eq(campaignDrafts.campaignId, campaignId)));
    },

    keepFound: (tx, workspaceId, campaignId, at) =>
      keepVersion(tx, workspaceId, campaignId, { at, origin: 'found', publishedBy: null }),

    async publish(tx, workspaceId, campaignId, { from, to, at, by }) {
      await tx.update(campaigns).set({ settings: to.settings }).where(campaign(workspaceId, campaignId));
      for (const change of ruleChanges(from.rules, to.rules)) {
        await putRule(tx, { workspaceId, campaignId }, change, at);
        const before = from.rules.find((one) => one.id === change.rule.id);
        if (mustBeRead(change, before))
          await beginReading(tx, workspaceId, { campaignId, ...change.rule }, at);
      }
      return keepVersion(tx, workspaceId, campaignId, { at, origin: 'published', publishedBy: by });
    },

    async versions(workspaceId, campaignId) {
      const rows = await db
        .select()
        .from(campaignVersions)
        .where(ofCampaign(workspaceId, campaignId))
        .orderBy(desc(campaignVersions.number))
        .limit(versionsListed);
      return rows.map(versionOf);
    },

    async version(workspaceId, campaignId, numbers) {
      const rows = await db
        .select()
        .from(campaignVersions)
        .where(and(ofCampaign(workspaceId, campaignId), inArray(campaignVersions.number, [...numbers])))
        .orderBy(desc(campaignVersions.number));
      return rows.map(versionOf);
    },
  };
}

const shown = {
  id: campaigns.id,
  name: campaigns.name,
  platform: campaigns.platform,
  destinationUrl: campaigns.destinationUrl,
  reward: campaigns.reward,
  createdAt: campaigns.createdAt,
  settings: campaigns.settings,
};

const campaign = (workspaceId: string, id: string) =>
  and(eq(campaigns.workspaceId, workspaceId), eq(campaigns.id, id));

const ofCampaign = (workspaceId: string, id: string) =>
  and(eq(campaignVersions.workspaceId, workspaceId), eq(campaignVersions.campaignId, id));

/** Nobody else changes the campaign or its rules until the transaction ends; people may join meanwhile. */
async function lockCampaign(tx: Tx, workspaceId: string, id: string): Promise<unknown> {
  const [found] = await tx
    .select({ settings: campaigns.settings })
    .from(campaigns)
    .where(campaign(workspaceId, id))
    .for('no key update');
  return found ? found.settings : null;
}

async function planOf(
  from: Pick<Tx, 'select'>,
  workspaceId: string,
  campaignId: string,
  settings: unknown,
): Promise<CampaignPlan> {
  const rows = await from
    .select({ id: rules.id, name: rules.name, definition: rules.definition, enabled: rules.enabled })
    .from(rules)
    .where(and(eq(rules.workspaceId, workspaceId), eq(rules.campaignId, campaignId)))
    .orderBy(rules.createdAt, rules.id);
  return campaignPlan.parse({ settings: campaignSettings.parse(settings), rules: rows });
}

async function readDraft(
  from: Pick<Tx, 'select'>,
  workspaceId: string,
  campaignId: string,
): Promise<StoredDraft | null> {
  const [row] = await from
    .select()
    .from(campaignDrafts)
    .where(and(eq(campaignDrafts.workspaceId, workspaceId), eq(campaignDrafts.campaignId, campaignId)));
  return row ? { ...row, draft: planDraft.parse(row.draft) } : null;
}

async function latest(from: Pick<Tx, 'select'>, workspaceId: string, campaignId: string) {
  const [row] = await from
    .select()
    .from(campaignVersions)
    .where(ofCampaign(workspaceId, campaignId))
    .orderBy(desc(campaignVersions.number))
    .limit(1);
  return row;
}

/** Keeps the campaign as it is now as its newest version, unless it is one already; answers the newest one's number. */
async function keepVersion(
  tx: Tx,
  workspaceId: string,
  campaignId: string,
  { at, origin, publishedBy }: Origin,
): Promise<number> {
  const settings = await lockCampaign(tx, workspaceId, campaignId);
  const plan = await planOf(tx, workspaceId, campaignId, settings ?? {});
  const last = await latest(tx, workspaceId, campaignId);
  if (last && isSameJson(campaignPlan.parse(last.plan), plan)) return last.number;
  const number = (last?.number ?? 0) + 1;
  await tx
    .insert(campaignVersions)
    .values({ workspaceId, campaignId, number, plan, at, origin, publishedBy });
  return number;
}

type RuleChange = PlanDraft['rules'][number];

/** Its very first change is only seen as one when its contacts were read before. */
function mustBeRead(
  change: RuleChange,
  before: PlannedRule | undefined,
): change is Exclude<RuleChange, { change: 'remove' }> {
  if (change.change === 'remove' || !change.rule.enabled) return false;
  return !before?.enabled || !isSameJson(before.definition, change.rule.definition);
}

/** For changes that are not published but made directly: a version of what was there before, and one of what is then; `alongside` follows in the same transaction. */
export async function changingDirectly<T>(
  tx: Tx,
  workspaceId: string,
  campaignId: string,
  { by, alongside }: { by: Actor; alongside(tx: Tx): Promise<void> },
  change: () => Promise<T>,
): Promise<T> {
  const at = new Date();
  await keepVersion(tx, workspaceId, campaignId, { at, origin: 'found', publishedBy: null });
  const changed = await change();
  await keepVersion(tx, workspaceId, campaignId, { at, origin: 'api', publishedBy: by.name });
  await alongside(tx);
  return changed;
}

/** A rule's versions count up, as they do by the API. */
async function putRule(
  tx: Tx,
  place: { workspaceId: string; campaignId: string },
  change: RuleChange,
  at: Date,
): Promise<void> {
  const { workspaceId } = place;
  const one = and(eq(rules.workspaceId, workspaceId), eq(rules.id, change.rule.id));
  switch (change.change) {
    case 'add':
      await tx.insert(rules).values({ ...place, ...change.rule, version: 1, createdAt: at, updatedAt: at });
      return;
    case 'change': {
      const { name, definition, enabled } = change.rule;
      const version = sql`${rules.version} + 1`;
      await tx.update(rules).set({ name, definition, enabled, version, updatedAt: at }).where(one);
      return;
    }
    case 'remove':
      await tx.delete(holds).where(and(eq(holds.workspaceId, workspaceId), eq(holds.ruleId, change.rule.id)));
      await tx.delete(rules).where(one);
      return;
  }
}

function versionOf(row: typeof campaignVersions.$inferSelect): Version {
  const { number, plan, at, origin, publishedBy } = row;
  return { number, plan: campaignPlan.parse(plan), at, origin, publishedBy };
}
