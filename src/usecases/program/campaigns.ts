// Creates, changes and reads campaigns.
import type { Context } from '../../context.ts';
import {
  type CampaignStanding,
  campaignState,
  changedStanding,
  lastDay,
  type StandingChanges,
  whyClosed,
} from '../../domain/campaigns/campaign-state.ts';
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
  holdCampaign,
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

export type NewCampaign = Pick<
  Campaign,
  'name' | 'destinationUrl' | 'rewards' | 'rewardApproval' | 'autoIssue'
> & {
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

export type CampaignEdits = Partial<NewCampaign> & { settings?: CampaignChanges; standing?: StandingChanges };

/** For an outside platform's campaign, only the settings and the archive: the platform has the rest. */
export async function changeCampaign(
  ctx: Context,
  workspaceId: string,
  id: string,
  { settings, joinPage, standing, ...given }: CampaignEdits,
  actor: Actor,
): Promise<Campaign> {
  try {
    return await ctx.database.transaction(async (tx) => {
      const present = found(await lockCampaign(tx, workspaceId, id), 'campaign');
      const { slug = present.slug, ...changes } = given;
      const isOwn = Object.keys(given).length > 0 || joinPage !== undefined;
      if (isOwn || standing?.paused === true || (standing?.endsOn ?? null) !== null) refuseOutside(present);
      const changed: Campaign = {
        ...present,
        ...changes,
        slug,
        joinPage: { ...present.joinPage, ...joinPage },
        settings: consistent(changedCampaign(present.settings, settings ?? {})),
        standing: changedStanding(present.standing, standing ?? {}, ctx.now()),
      };
      if (standing?.paused === false) refuseEnded(changed, ctx.now());
      // Both come from one schema, so their keys are in the same order.
      if (JSON.stringify(changed) === JSON.stringify(present)) return present;
      await changeDirectly(tx, workspaceId, id, actor, () => updateCampaign(tx, workspaceId, changed));
      await enqueueWaitingEnrollments(ctx, tx, workspaceId, id);
      await recordStanding(ctx, tx, workspaceId, actor, present, changed.standing);
      const edits = { ...given, ...(joinPage && { joinPage }), ...(settings && { settings }) };
      if (Object.keys(edits).length > 0) {
        const details = { name: present.name, changes: edits };
        await recordAudit(ctx, tx, workspaceId, actor, 'campaign.change', id, details);
      }
      return changed;
    });
  } catch (error) {
    const field = takenField(error);
    throw field === null ? error : taken(field);
  }
}

async function recordStanding(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  actor: Actor,
  { id, name, standing: before }: Campaign,
  after: CampaignStanding,
): Promise<void> {
  const record = (action: 'campaign.pause' | 'campaign.resume' | 'campaign.archive' | 'campaign.unarchive') =>
    recordAudit(ctx, tx, workspaceId, actor, action, id, { name });
  const isPaused = after.pausedAt !== null;
  if (isPaused !== (before.pausedAt !== null)) await record(isPaused ? 'campaign.pause' : 'campaign.resume');
  if (after.endsOn !== before.endsOn) {
    const details = { name, before: before.endsOn ?? 'none', after: after.endsOn ?? 'none' };
    await recordAudit(ctx, tx, workspaceId, actor, 'campaign.set_end', id, details);
  }
  const isArchived = after.archivedAt !== null;
  if (isArchived !== (before.archivedAt !== null))
    await record(isArchived ? 'campaign.archive' : 'campaign.unarchive');
}

/** Why people cannot join now; null when they can, or when it is gone. It stays so until the transaction ends. */
export async function holdOpen(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  id: string,
): Promise<string | null> {
  const held = await holdCampaign(tx, workspaceId, id);
  return held && whyClosed(held, ctx.now());
}

/** In the transaction that adds a person: a campaign may have been closed since it was read. */
export function refuseClosed(why: string | null): void {
  if (why !== null) throw new Failure('conflict', why);
}

function refuseEnded({ name, standing }: Campaign, now: Date): void {
  if (campaignState(standing, now) !== 'ended') return;
  const last = lastDay(standing);
  throw new Failure(
    'conflict',
    `The campaign "${name}" ended on ${last}: give it a later last day, or none.`,
  );
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
export async function insertWithFreeSlug(
  tx: Tx,
  workspaceId: string,
  { slug: wanted, ...campaign }: Omit<Campaign, 'slug' | 'standing'> & { slug?: string | undefined },
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
    'A campaign with this name exists. Choose another name.',
    'is used by another campaign (case does not matter)',
  ],
  slug: ['Another campaign uses this address. Choose another one.', 'is used by another campaign'],
} as const;
