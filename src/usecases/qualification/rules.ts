// Manages rules: validation, versions, and manual application.
import type { Context } from '../../context.ts';
import { allows } from '../../domain/campaigns/campaign-state.ts';
import type { Rule } from '../../domain/qualification/stored-rule.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import { changeDirectly } from '../../store/campaigns/publishing.ts';
import type { Tx } from '../../store/database.ts';
import { findCampaign } from '../../store/program/campaigns.ts';
import { listDecisions as selectDecisions } from '../../store/qualification/decisions.ts';
import {
  campaignOfRule,
  deleteRule,
  findRule,
  insertRule,
  type RuleChanges,
  listRules as selectRules,
  updateRule,
} from '../../store/qualification/rules.ts';
import { readCampaign } from '../program/campaigns.ts';
import { query, required } from '../query.ts';
import type { Effort } from '../rehearse.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { applyToPending, type PendingEffect, previewOnPending } from './apply-to-pending.ts';
import { linkPendingPeople } from './link-contacts.ts';
import { beginRuleReading } from './rule-readings.ts';
import { validateRule } from './validate-rule.ts';

type WantedRule = Pick<Rule, 'name' | 'definition' | 'enabled'> & { campaignId: string };

// Failures: not-found, conflict, invalid, and those of `validateRule`.

export const listRules = query(selectRules);

export const readRule = required(findRule, 'rule');

/** An enabled rule's contacts are then read in the background. */
export async function createRule(
  ctx: Context,
  workspaceId: string,
  { campaignId, name, enabled, definition: wanted }: WantedRule,
  actor: Actor,
): Promise<Rule> {
  const campaign = await findCampaign(ctx.database.db, workspaceId, campaignId);
  if (campaign === null) {
    throw new Failure('invalid', 'Campaign not found.', {
      fields: { campaign_id: 'is not a campaign of this workspace' },
    });
  }
  const definition = await validateRule(ctx, workspaceId, wanted);
  const at = ctx.now();
  const id = ctx.newId();
  const rule = { id, campaignId, name, version: 1, definition, enabled, createdAt: at, updatedAt: at };
  const details = { name, campaign: campaign.name, definition, enabled };
  await ctx.database.transaction((tx) =>
    changeDirectly(tx, workspaceId, campaignId, actor, async () => {
      await insertRule(tx, workspaceId, rule);
      if (enabled) await beginRuleReading(ctx, tx, workspaceId, rule, at);
      await recordAudit(ctx, tx, workspaceId, actor, 'rule.create', id, details);
    }),
  );
  return readRule(ctx, workspaceId, id);
}

export async function changeRule(
  ctx: Context,
  workspaceId: string,
  id: string,
  changes: RuleChanges,
  actor: Actor,
): Promise<Rule> {
  const rule = await readRule(ctx, workspaceId, id);
  const renamed = changes.name !== undefined && changes.name !== rule.name;
  const switched = changes.enabled !== undefined && changes.enabled !== rule.enabled;
  if (changes.definition === undefined && !renamed && !switched) return rule;
  // An attribute may be gone since the rule was disabled.
  const toCheck = changes.definition ?? (switched && changes.enabled ? rule.definition : undefined);
  const definition = toCheck === undefined ? undefined : await validateRule(ctx, workspaceId, toCheck);
  const update = { ...changes, ...(definition && { definition }) };
  const before = { name: rule.name, definition: rule.definition, enabled: rule.enabled };
  const details = { name: rule.name, before, after: update };
  const at = ctx.now();
  await changeStoredRule(ctx, workspaceId, id, actor, async (tx, campaignId) => {
    const changed = await updateRule(tx, workspaceId, id, update, at);
    if (changed?.enabled && definition !== undefined)
      await beginRuleReading(ctx, tx, workspaceId, { id, campaignId, definition }, at);
    await recordAudit(ctx, tx, workspaceId, actor, 'rule.change', id, details);
  });
  return readRule(ctx, workspaceId, id);
}

export async function removeRule(ctx: Context, workspaceId: string, id: string, actor: Actor): Promise<void> {
  const { name, campaign, definition } = await readRule(ctx, workspaceId, id);
  const details = { name, campaign: campaign.name, definition };
  const removed = await changeStoredRule(ctx, workspaceId, id, actor, async (tx) => {
    if (!(await deleteRule(tx, workspaceId, id))) return false;
    await recordAudit(ctx, tx, workspaceId, actor, 'rule.delete', id, details);
    return true;
  });
  if (!removed) noSuchRule();
}

/** Only pending referrals. `unknown` counts those of contacts that could not be read. */
export async function applyRule(
  ctx: Context,
  workspaceId: string,
  id: string,
  actor: Actor,
): Promise<{ evaluated: number; unknown: number }> {
  const { campaign, enabled, ...rule } = await readRule(ctx, workspaceId, id);
  if (!enabled) throw new Failure('conflict', 'The rule is switched off. Switch it on first.');
  const { name, standing } = await readCampaign(ctx, workspaceId, campaign.id);
  if (!allows(standing, 'decide', ctx.now()))
    throw new Failure('conflict', `The campaign "${name}" is archived. Unarchive it first.`);
  await linkPendingPeople(ctx, workspaceId, campaign.id);
  await ctx.database.transaction((tx) =>
    recordAudit(ctx, tx, workspaceId, actor, 'rule.apply', id, { name: rule.name }),
  );
  return applyToPending(ctx, workspaceId, { ...rule, campaignId: campaign.id });
}

/** What `applyRule` would do now. */
export async function previewRule(
  ctx: Context,
  workspaceId: string,
  id: string,
  effort: Effort,
): Promise<PendingEffect> {
  const { campaign, ...rule } = await readRule(ctx, workspaceId, id);
  return previewOnPending(ctx, workspaceId, campaign.id, [{ ...rule, campaignId: campaign.id }], effort);
}

/** Newest first. */
export const listDecisions = query(selectDecisions);

/** Null for an unknown rule. Locks the campaign first, as publishing does. */
function changeStoredRule<T>(
  ctx: Context,
  workspaceId: string,
  id: string,
  actor: Actor,
  change: (tx: Tx, campaignId: string) => Promise<T>,
): Promise<T | null> {
  return ctx.database.transaction(async (tx) => {
    const campaignId = await campaignOfRule(tx, workspaceId, id);
    if (campaignId === null) return null;
    return changeDirectly(tx, workspaceId, campaignId, actor, () => change(tx, campaignId));
  });
}

function noSuchRule(): never {
  throw new Failure('not-found', 'Rule not found.');
}
