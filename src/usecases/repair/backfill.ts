// Backfills: counted, confirmed by a teammate, then done page by page, each exactly once.
import type { Context } from '../../context.ts';
import { allows, whyClosed } from '../../domain/campaigns/campaign-state.ts';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import {
  type BackfillState,
  type BackfillWanted,
  backfillStates,
  noCounts,
  pace,
} from '../../domain/repair/backfill.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { mapPage } from '../../store/page.ts';
import { findCampaign } from '../../store/program/campaigns.ts';
import {
  type Backfill,
  type BackfillChanges,
  backfillRows,
  dueBackfills,
  ofBackfillCampaign,
} from '../../store/repair/backfills.ts';
import { found, refuseField } from '../found.ts';
import { enqueuePages } from '../page-work.ts';
import { refuseClosed, refuseOutside } from '../program/campaigns.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { begun, isUnderWay, stopped } from './backfill-pages.ts';

/** With its pace while under way. */
export type ShownBackfill = Backfill & { pace: { perMinute: number; secondsLeft: number } | null };

export async function startBackfill(
  ctx: Context,
  workspaceId: string,
  { campaignId, wanted }: { campaignId: string; wanted: BackfillWanted },
  actor: Actor,
): Promise<ShownBackfill> {
  const campaign = await findCampaign(ctx.database.db, workspaceId, campaignId);
  if (!campaign) return refuseField('campaign_id', 'Campaign not found.');
  if (wanted.from === 'intercom') {
    refuseOutside(campaign);
    refuseClosed(whyClosed(campaign, ctx.now()));
  } else if (!allows(campaign.standing, 'enroll', ctx.now())) {
    throw new Failure('conflict', `The campaign "${campaign.name}" is archived. Unarchive it first.`);
  }
  const key = { workspaceId, id: ctx.newId() };
  await ctx.database.transaction(async (tx) => {
    await backfillRows.add(tx, {
      ...key,
      campaignId: campaign.id,
      wanted,
      state: 'counting',
      progress: noCounts,
      requestedBy: actor.name,
      createdAt: ctx.now(),
      startedWith: 0,
    });
    await enqueuePages(ctx, tx, 'backfill', key);
    await recordAudit(ctx, tx, workspaceId, actor, 'backfill.start', key.id, { campaignId, wanted });
  });
  return readBackfill(ctx, workspaceId, key.id);
}

export async function readBackfill(ctx: Context, workspaceId: string, id: string): Promise<ShownBackfill> {
  return shown(ctx, found(await backfillRows.find(ctx.database.db, workspaceId, id), 'backfill'));
}

export async function listBackfills(
  ctx: Context,
  workspaceId: string,
  campaignId: string | undefined,
  page: PageRequest,
): Promise<Page<ShownBackfill>> {
  const filter = campaignId === undefined ? undefined : ofBackfillCampaign(campaignId);
  const backfills = await backfillRows.list(ctx.database.db, workspaceId, page, filter);
  return mapPage(backfills, (backfill) => shown(ctx, backfill));
}

type Change = {
  /** The states that allow it. */
  from: readonly BackfillState[];
  /** The states in which it is done already, so that repeating it changes nothing, however far the work has come. */
  done: readonly BackfillState[];
  to(ctx: Context, backfill: Backfill): BackfillChanges & { state: BackfillState };
};

const changes = {
  confirm: { from: ['counted'], done: ['running', 'watching', 'done'], to: firstPage },
  pause: { from: ['running'], done: ['paused'], to: () => ({ state: 'paused', nextPassAt: null }) },
  /** A failed backfill restarts, and skips what it has done. */
  resume: {
    from: ['paused', 'failed'],
    done: ['counting', 'counted', 'running', 'watching', 'done'],
    to(ctx, backfill) {
      if (backfill.state !== 'failed') return begun(ctx, backfill, backfill.progress);
      return backfill.counted === null
        ? { state: 'counting', cursor: null, progress: noCounts }
        : firstPage(ctx, backfill);
    },
  },
  cancel: {
    from: ['counting', 'counted', 'running', 'paused', 'watching', 'failed'],
    done: ['canceled'],
    to: (ctx) => stopped(ctx, 'canceled'),
  },
} satisfies Record<string, Change>;

export type BackfillChange = keyof typeof changes;

/** Rejects with `conflict` when the state does not allow it. */
export async function changeBackfill(
  ctx: Context,
  workspaceId: string,
  id: string,
  change: BackfillChange,
  actor: Actor,
): Promise<ShownBackfill> {
  await applyChange(ctx, workspaceId, id, changes[change], (tx) =>
    recordAudit(ctx, tx, workspaceId, actor, `backfill.${change}`, id, {}),
  );
  return readBackfill(ctx, workspaceId, id);
}

/** Whatever a teammate did to it meanwhile holds. */
const nextPass: Change = { from: ['watching'], done: backfillStates, to: firstPage };

/** Every minute: starts due passes of ongoing backfills. */
export async function startDuePasses(ctx: Context): Promise<void> {
  for (const { workspaceId, id } of await dueBackfills(ctx.database.db, ctx.now())) {
    await applyChange(ctx, workspaceId, id, nextPass, async () => {});
  }
}

function firstPage(ctx: Context, backfill: Backfill) {
  return { ...begun(ctx, backfill, noCounts), cursor: null };
}

function applyChange(
  ctx: Context,
  workspaceId: string,
  id: string,
  { from, done, to }: Change,
  audit: (tx: Tx) => Promise<void>,
): Promise<void> {
  const key = { workspaceId, id };
  return ctx.database.transaction(async (tx) => {
    const backfill = found(await backfillRows.lock(tx, key), 'backfill');
    if (!from.includes(backfill.state)) {
      if (done.includes(backfill.state)) return;
      throw new Failure('conflict', `The backfill is ${backfill.state}, so this cannot be done now.`);
    }
    const changed = to(ctx, backfill);
    await backfillRows.change(tx, key, { trouble: null, ...changed }, ctx.now());
    if (isUnderWay(changed.state)) await enqueuePages(ctx, tx, 'backfill', key);
    await audit(tx);
  });
}

function shown(ctx: Context, backfill: Backfill): ShownBackfill {
  return { ...backfill, pace: paceOf(backfill, ctx.now()) };
}

function paceOf({ state, counted, progress, startedAt, startedWith }: Backfill, now: Date) {
  if (state !== 'running' || counted === null || startedAt === null) return null;
  return pace({ seen: progress.seen, startedWith, startedAt, total: counted.seen }, now);
}
