// Campaigns are changed in a draft without effect, then published all at once.
import { createHash } from 'node:crypto';
import type { Context } from '../../context.ts';
import {
  type CampaignPlan,
  canonical,
  draftOf,
  isSameJson,
  type PlanDraft,
  type PlannedRule,
  withDraft,
} from '../../domain/campaigns/campaign-plan.ts';
import { type Difference, planDifferences } from '../../domain/campaigns/plan-difference.ts';
import { contradictionIn, setupOf } from '../../domain/enrollment/enrollment.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import { countOverdue, countWaitingEnrollments } from '../../store/campaigns/campaign-counts.ts';
import {
  applyPlan,
  type CampaignOutline,
  campaignIdsWithDraft,
  deleteDraft,
  findPlan,
  findVersions,
  listVersions,
  lockPlan,
  type StoredDraft,
  snapshotLive,
  upsertDraft,
  type Version,
} from '../../store/campaigns/publishing.ts';
import type { Tx } from '../../store/database.ts';
import { enqueueWaitingEnrollments } from '../enrollment/plan-enrollment.ts';
import { found } from '../found.ts';
import { type PendingEffect, previewOnPending } from '../qualification/apply-to-pending.ts';
import { timeZoneOf } from '../qualification/installed.ts';
import { beginRuleReading } from '../qualification/rule-readings.ts';
import { validateRule } from '../qualification/validate-rule.ts';
import { query } from '../query.ts';
import type { Effort } from '../rehearse.ts';
import { recordAudit } from '../workspace/record-audit.ts';

const maxRules = 100;
const emptyDraft: PlanDraft = { rules: [] };

export type CampaignVersion = Version;

/** Both plans are equal when there is no draft. */
export type PlannedCampaign = {
  campaign: CampaignOutline;
  /** The newest version's number; 0 before the first. */
  version: number;
  live: CampaignPlan;
  plan: CampaignPlan;
  draft: (Pick<StoredDraft, 'changedAt' | 'changedBy'> & { differences: Difference[] }) | null;
  /** Identifies what the teammate saw; a different one at publishing means that something changed. */
  revision: string;
};

/** All failures are `Failure`s: not-found, conflict, invalid, and those of the check of a rule. */
export async function readPlannedCampaign(
  ctx: Context,
  workspaceId: string,
  campaignId: string,
): Promise<PlannedCampaign> {
  const stored = found(await findPlan(ctx.database.db, workspaceId, campaignId), 'campaign');
  const { campaign, plan: live, draft, version } = stored;
  const plan = withDraft(live, draft?.draft ?? emptyDraft);
  const differences = planDifferences(live, plan, await timeZoneOf(ctx, workspaceId));
  return {
    campaign,
    version,
    live,
    plan,
    // The live campaign may have caught up with the draft.
    draft: draft && draftOf(live, plan) && { ...pick(draft), differences },
    revision: revisionOf(live, draft),
  };
}

export const listDrafts = query(campaignIdsWithDraft);

/** `edit` gets the draft's plan and returns the new one. */
export async function editDraft(
  ctx: Context,
  workspaceId: string,
  campaignId: string,
  actor: Actor,
  edit: (plan: CampaignPlan) => CampaignPlan,
): Promise<void> {
  const timeZone = await timeZoneOf(ctx, workspaceId);
  await ctx.database.transaction(async (tx) => {
    const { name, plan: live, draft } = found(await lockPlan(tx, workspaceId, campaignId), 'campaign');
    const before = withDraft(live, draft?.draft ?? emptyDraft);
    const after = requirePossible(edit(before));
    if (isSameJson(before, after)) return;
    const changed = draftOf(live, after);
    const change = { changedAt: ctx.now(), changedBy: actor.name };
    if (changed === null) await deleteDraft(tx, workspaceId, campaignId);
    else await upsertDraft(tx, workspaceId, campaignId, { draft: changed, ...change });
    const changes = planDifferences(before, after, timeZone).map(({ text }) => text);
    const details = { name, changes };
    await recordAudit(ctx, tx, workspaceId, actor, 'campaign.draft', campaignId, details);
  });
}

/** Validated with Intercom. Adds the rule when `id` is missing. Returns its id. */
export async function putRuleInDraft(
  ctx: Context,
  workspaceId: string,
  campaignId: string,
  actor: Actor,
  { id: knownId, name, enabled, ...given }: Omit<PlannedRule, 'id'> & { id: string | null },
): Promise<string> {
  const definition = await validateRule(ctx, workspaceId, given.definition);
  const id = knownId ?? ctx.newId();
  const rule = { id, name, definition, enabled };
  await editDraft(ctx, workspaceId, campaignId, actor, ({ settings, rules }) => {
    if (knownId === null) return { settings, rules: [...rules, rule] };
    if (!rules.some((known) => known.id === id)) throw new Failure('not-found', 'Rule not found.');
    return { settings, rules: rules.map((known) => (known.id === id ? rule : known)) };
  });
  return id;
}

/** Publishes nothing when anything has changed since `revision`. */
export async function publishDraft(
  ctx: Context,
  workspaceId: string,
  campaignId: string,
  actor: Actor,
  revision: string,
): Promise<number> {
  const looked = await readPlannedCampaign(ctx, workspaceId, campaignId);
  await checkRules(ctx, workspaceId, looked);
  const timeZone = await timeZoneOf(ctx, workspaceId);
  return ctx.database.transaction((tx) =>
    publish(ctx, tx, workspaceId, { looked, revision, timeZone, actor }),
  );
}

type Publication = { looked: PlannedCampaign; revision: string; timeZone: string; actor: Actor };

async function publish(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  { looked, revision, timeZone, actor }: Publication,
): Promise<number> {
  const campaignId = looked.campaign.id;
  const { plan: from, draft } = found(await lockPlan(tx, workspaceId, campaignId), 'campaign');
  if (revision !== revisionOf(from, draft)) {
    throw new Failure('conflict', 'The draft has changed. Review the changes again.');
  }
  const to = withDraft(from, draft?.draft ?? emptyDraft);
  if (isSameJson(from, to)) throw new Failure('conflict', 'There are no unpublished changes.');
  const at = ctx.now();
  await snapshotLive(tx, workspaceId, campaignId, at);
  const applied = { from, to, at, by: actor.name };
  const { number, rulesToRead } = await applyPlan(tx, workspaceId, campaignId, applied);
  for (const rule of rulesToRead) await beginRuleReading(ctx, tx, workspaceId, { campaignId, ...rule }, at);
  await deleteDraft(tx, workspaceId, campaignId);
  await enqueueWaitingEnrollments(ctx, tx, workspaceId, campaignId);
  const changes = planDifferences(from, to, timeZone).map(({ text }) => text);
  const details = { name: looked.campaign.name, version: number, changes };
  await recordAudit(ctx, tx, workspaceId, actor, 'campaign.publish', campaignId, details);
  return number;
}

export type PublishEffect = {
  /** Of the new and changed rules that are on, once they are applied to who is pending: publishing alone does not. */
  rules: PendingEffect & { names: string[] };
  /** Pending referrals that expire within minutes, because the campaign's days to qualify are fewer now. */
  expiring: number;
  /** People who waited for the setup that is now complete. */
  enrolling: number;
};

/** What publishing the draft would do now. Null without one. */
export async function previewPublish(
  ctx: Context,
  workspaceId: string,
  looked: PlannedCampaign,
  actor: Actor,
  effort: Effort,
): Promise<PublishEffect | null> {
  if (looked.draft === null) return null;
  const { plan, live, revision } = looked;
  const campaignId = looked.campaign.id;
  const timeZone = await timeZoneOf(ctx, workspaceId);
  const changed = plan.rules.filter(
    (rule) =>
      rule.enabled &&
      !isSameJson(
        live.rules.find(({ id }) => id === rule.id),
        rule,
      ),
  );
  const rules = changed.map((rule) => ({ ...rule, campaignId, version: 0 }));
  let counted = { expiring: 0, enrolling: 0 };
  const effect = await previewOnPending(ctx, workspaceId, campaignId, rules, effort, async (within, tx) => {
    const before = await countOverdue(tx, workspaceId, campaignId, ctx.now());
    await publish(within, tx, workspaceId, { looked, revision, timeZone, actor });
    const expiring = (await countOverdue(tx, workspaceId, campaignId, ctx.now())) - before;
    const sides = (['leads', 'referrers'] as const).filter((name) => {
      const side = plan.settings.enrollment[name];
      return side.action !== 'nothing' && setupOf(side, null).complete;
    });
    counted = { expiring, enrolling: await countWaitingEnrollments(tx, workspaceId, campaignId, sides) };
  });
  return { rules: { ...effect, names: changed.map(({ name }) => name) }, ...counted };
}

/** Intercom's data may have changed since the rules were saved. */
async function checkRules(ctx: Context, workspaceId: string, { live, plan }: PlannedCampaign): Promise<void> {
  for (const rule of plan.rules) {
    const before = live.rules.find(({ id }) => id === rule.id);
    if (!rule.enabled || isSameJson(before, rule)) continue;
    await validateRule(ctx, workspaceId, rule.definition).catch((error: unknown) => {
      if (!(error instanceof Failure) || error.code !== 'invalid') throw error;
      const why = Object.entries(error.fields ?? {}).map(([field, problem]) => `${field} ${problem}`);
      throw new Failure('invalid', `The rule “${rule.name}” cannot work: ${why.join('; ')}.`);
    });
  }
}

export async function discardDraft(ctx: Context, workspaceId: string, campaignId: string, actor: Actor) {
  const { campaign, draft } = await readPlannedCampaign(ctx, workspaceId, campaignId);
  await ctx.database.transaction(async (tx) => {
    await deleteDraft(tx, workspaceId, campaignId);
    if (draft === null) return;
    const changes = draft.differences.map(({ text }) => text);
    const details = { name: campaign.name, changes };
    await recordAudit(ctx, tx, workspaceId, actor, 'campaign.discard_draft', campaignId, details);
  });
}

export const listCampaignVersions = query(listVersions);

/** With the version before it; the first one has no changes. */
export async function readCampaignVersion(
  ctx: Context,
  workspaceId: string,
  campaignId: string,
  number: number,
): Promise<{ version: Version; before: Version | null }> {
  const { db } = ctx.database;
  const [version, before = null] = await findVersions(db, workspaceId, campaignId, [number, number - 1]);
  if (version?.number !== number) throw new Failure('not-found', 'Version not found.');
  return { version, before };
}

/** A rule removed since then comes back with a new id. */
export async function restoreVersion(
  ctx: Context,
  workspaceId: string,
  campaignId: string,
  actor: Actor,
  number: number,
): Promise<void> {
  const { version } = await readCampaignVersion(ctx, workspaceId, campaignId, number);
  const { settings } = version.plan;
  await editDraft(ctx, workspaceId, campaignId, actor, ({ rules }) => {
    const known = new Set(rules.map((rule) => rule.id));
    const restored = version.plan.rules.map((rule) =>
      known.has(rule.id) ? rule : { ...rule, id: ctx.newId() },
    );
    return { settings, rules: restored };
  });
}

const pick = ({ changedAt, changedBy }: StoredDraft) => ({ changedAt, changedBy });

function revisionOf(live: CampaignPlan, draft: StoredDraft | null): string {
  return createHash('sha256')
    .update(canonical([live, draft?.draft ?? null]))
    .digest('base64url');
}

function requirePossible(plan: CampaignPlan): CampaignPlan {
  for (const side of ['leads', 'referrers'] as const) {
    const message = contradictionIn(plan.settings.enrollment[side]);
    if (message !== null)
      throw new Failure('invalid', 'Fix the fields below.', { fields: { email: message } });
  }
  if (plan.rules.length > maxRules)
    throw new Failure('conflict', `A campaign has at most ${maxRules} rules.`);
  return plan;
}
