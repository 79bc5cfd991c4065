// A new campaign like another: settings, mapping and rules become its draft; people, state and last day are left out.
import type { Context } from '../../context.ts';
import { draftOf } from '../../domain/campaigns/campaign-plan.ts';
import type { Campaign } from '../../domain/program/program.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { defaultCampaignSettings } from '../../domain/workspace/settings.ts';
import { lockPlan, upsertDraft } from '../../store/campaigns/publishing.ts';
import { findCampaign } from '../../store/program/campaigns.ts';
import { found } from '../found.ts';
import { insertWithFreeSlug, refuseOutside } from '../program/campaigns.ts';
import { recordAudit } from '../workspace/record-audit.ts';

/** Rejects with `conflict` when the name is taken. */
export function duplicateCampaign(
  ctx: Context,
  workspaceId: string,
  id: string,
  name: string,
  actor: Actor,
): Promise<Campaign> {
  return ctx.database.transaction(async (tx) => {
    const source = found(await findCampaign(tx, workspaceId, id), 'campaign');
    refuseOutside(source);
    const { plan } = found(await lockPlan(tx, workspaceId, id), 'campaign');
    const { destinationUrl, joinPage, rewards, rewardApproval, autoIssue, platform } = source;
    const added = await insertWithFreeSlug(tx, workspaceId, {
      ...{ id: ctx.newId(), name, platform, destinationUrl, joinPage, rewards, rewardApproval, autoIssue },
      ...{ settings: defaultCampaignSettings, createdAt: ctx.now() },
    });
    const wanted = { ...plan, rules: plan.rules.map((rule) => ({ ...rule, id: ctx.newId() })) };
    const draft = draftOf({ settings: defaultCampaignSettings, rules: [] }, wanted);
    const changed = { changedAt: ctx.now(), changedBy: actor.name };
    if (draft !== null) await upsertDraft(tx, workspaceId, added.id, { draft, ...changed });
    const details = { name, before: source.name };
    await recordAudit(ctx, tx, workspaceId, actor, 'campaign.duplicate', added.id, details);
    return added;
  });
}
