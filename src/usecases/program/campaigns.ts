// Creates, changes and reads campaigns.
import type { Context } from '../../context.ts';
import type { Campaign } from '../../domain/program/program.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import {
  type CampaignChanges,
  changedCampaign,
  defaultCampaignSettings,
} from '../../domain/workspace/settings.ts';
import { Failure } from '../../failure.ts';
import { changeDirectly } from '../../store/campaigns/publishing.ts';
import {
  campaignPage,
  findCampaign,
  insertCampaign,
  isNameTaken,
  lockCampaign,
  updateCampaign,
} from '../../store/program/campaigns.ts';
import { enqueueWaitingEnrollments } from '../enrollment/plan-enrollment.ts';
import { found } from '../found.ts';
import { query, required } from '../query.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { consistent } from '../workspace/settings.ts';

export type NewCampaign = Pick<Campaign, 'name' | 'destinationUrl' | 'rewards' | 'rewardApproval'>;

/** Built-in. Rejects with `conflict` when the name is taken. */
export function createCampaign(
  ctx: Context,
  workspaceId: string,
  values: NewCampaign,
  actor: Actor,
): Promise<Campaign> {
  return ctx.database.transaction(async (tx) => {
    const own = { id: ctx.newId(), platform: 'built-in' as const, createdAt: ctx.now() };
    const campaign = { ...own, ...values, settings: defaultCampaignSettings };
    const added = await insertCampaign(tx, workspaceId, campaign);
    if (!added) throw nameTaken();
    await recordAudit(ctx, tx, workspaceId, actor, 'campaign.create', own.id, values);
    return added;
  });
}

/** For an outside platform's campaign, only the settings: the platform has the rest. */
export async function changeCampaign(
  ctx: Context,
  workspaceId: string,
  id: string,
  { settings, ...changes }: Partial<NewCampaign> & { settings?: CampaignChanges },
  actor: Actor,
): Promise<Campaign> {
  try {
    return await ctx.database.transaction(async (tx) => {
      const present = found(await lockCampaign(tx, workspaceId, id), 'campaign');
      if (Object.keys(changes).length > 0) refuseOutside(present);
      const changed: Campaign = {
        ...present,
        ...changes,
        settings: consistent(changedCampaign(present.settings, settings ?? {})),
      };
      // Both come from one schema, so their keys are in the same order.
      if (JSON.stringify(changed) === JSON.stringify(present)) return present;
      await changeDirectly(tx, workspaceId, id, actor, () => updateCampaign(tx, workspaceId, changed));
      await enqueueWaitingEnrollments(ctx, tx, workspaceId, id);
      const details = { name: present.name, changes: { ...changes, ...(settings && { settings }) } };
      await recordAudit(ctx, tx, workspaceId, actor, 'campaign.change', id, details);
      return changed;
    });
  } catch (error) {
    throw isNameTaken(error) ? nameTaken() : error;
  }
}

export const readCampaign = required(findCampaign, 'campaign');

export const listCampaigns = query(campaignPage);

/** The platform would overwrite changes to its copies. */
export function refuseOutside(campaign: Pick<Campaign, 'name' | 'platform'>): void {
  if (campaign.platform === 'built-in') return;
  throw new Failure(
    'conflict',
    `The campaign "${campaign.name}" is run by another referral platform (${campaign.platform}); change it there.`,
  );
}

function nameTaken(): Failure {
  return new Failure('conflict', 'There is a campaign of this name already.', {
    fields: { name: 'is taken by another campaign (capitals make no difference)' },
  });
}
