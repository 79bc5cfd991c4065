// Creates, changes and reads campaigns.
import type { Context } from '../../context.ts';
import { type JoinPage, newJoinPage, slugOf } from '../../domain/program/join-page.ts';
import type { Campaign } from '../../domain/program/program.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import {
  type CampaignChanges,
  changedCampaign,
  defaultCampaignSettings,
} from '../../domain/workspace/settings.ts';
import { Failure } from '../../failure.ts';
import { changeDirectly } from '../../store/campaigns/publishing.ts';
import type { Tx } from '../../store/database.ts';
import {
  campaignPage,
  findCampaign,
  hasName,
  insertCampaign,
  lockCampaign,
  takenField,
  updateCampaign,
} from '../../store/program/campaigns.ts';
import { enqueueWaitingEnrollments } from '../enrollment/plan-enrollment.ts';
import { found } from '../found.ts';
import { query, required } from '../query.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { consistent } from '../workspace/settings.ts';
import { newShareCode } from './share-links.ts';

export type NewCampaign = Pick<Campaign, 'name' | 'destinationUrl' | 'rewards' | 'rewardApproval'> & {
  /** Made of the name when left out. */
  slug?: string | undefined;
  joinPage?: Partial<JoinPage> | undefined;
};

/** Built-in. Rejects with `conflict` when the name or the slug is taken. */
export function createCampaign(
  ctx: Context,
  workspaceId: string,
  values: NewCampaign,
  actor: Actor,
): Promise<Campaign> {
  return ctx.database.transaction(async (tx) => {
    const own = { id: ctx.newId(), platform: 'built-in' as const, createdAt: ctx.now() };
    const joinPage = { ...newJoinPage, ...values.joinPage };
    const campaign = { ...own, ...values, joinPage, settings: defaultCampaignSettings };
    const added = await insertWithFreeSlug(tx, workspaceId, campaign);
    await recordAudit(ctx, tx, workspaceId, actor, 'campaign.create', own.id, values);
    return added;
  });
}

/** For an outside platform's campaign, only the settings: the platform has the rest. */
export async function changeCampaign(
  ctx: Context,
  workspaceId: string,
  id: string,
  { settings, joinPage, ...given }: Partial<NewCampaign> & { settings?: CampaignChanges },
  actor: Actor,
): Promise<Campaign> {
  try {
    return await ctx.database.transaction(async (tx) => {
      const present = found(await lockCampaign(tx, workspaceId, id), 'campaign');
      const { slug = present.slug, ...changes } = given;
      const isOwn = Object.keys(given).length > 0 || joinPage !== undefined;
      if (isOwn) refuseOutside(present);
      const changed: Campaign = {
        ...present,
        ...changes,
        slug,
        joinPage: { ...present.joinPage, ...joinPage },
        settings: consistent(changedCampaign(present.settings, settings ?? {})),
      };
      // Both come from one schema, so their keys are in the same order.
      if (JSON.stringify(changed) === JSON.stringify(present)) return present;
      await changeDirectly(tx, workspaceId, id, actor, () => updateCampaign(tx, workspaceId, changed));
      await enqueueWaitingEnrollments(ctx, tx, workspaceId, id);
      const details = {
        name: present.name,
        changes: { ...given, ...(joinPage && { joinPage }), ...(settings && { settings }) },
      };
      await recordAudit(ctx, tx, workspaceId, actor, 'campaign.change', id, details);
      return changed;
    });
  } catch (error) {
    const field = takenField(error);
    throw field === null ? error : taken(field);
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

/** A slug that was asked for is used as it is; one made of the name gets an addition when it is taken. */
async function insertWithFreeSlug(
  tx: Tx,
  workspaceId: string,
  { slug: wanted, ...campaign }: Omit<Campaign, 'slug'> & { slug?: string | undefined },
): Promise<Campaign> {
  const slug = wanted ?? slugOf(campaign.name);
  const added = await insertCampaign(tx, workspaceId, { ...campaign, slug });
  if (added) return added;
  if (await hasName(tx, workspaceId, campaign.name)) throw taken('name');
  if (wanted !== undefined) throw taken('slug');
  const another = `${slug}-${newShareCode().slice(0, 5)}`;
  return insertWithFreeSlug(tx, workspaceId, { ...campaign, slug: another });
}

function taken(field: 'name' | 'slug'): Failure {
  const [message, reason] = takenWords[field];
  return new Failure('conflict', message, { fields: { [field]: reason } });
}

const takenWords = {
  name: [
    'There is a campaign of this name already.',
    'is taken by another campaign (capitals make no difference)',
  ],
  slug: ['This address is taken.', 'is taken by another campaign'],
} as const;
