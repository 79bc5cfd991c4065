// Sync checks: compare all people with Intercom by page, then repair selected rows.
import type { Context } from '../../context.ts';
import type { Stepped, WorkKey } from '../../domain/page-work.ts';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import {
  noSyncFindings,
  type SyncCounts,
  type SyncFinding,
  type SyncFindingKind,
  type SyncRepair,
} from '../../domain/repair/sync-check.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { findCampaign } from '../../store/program/campaigns.ts';
import {
  chooseRows,
  chosenRows,
  insertFindings,
  type SyncCheck,
  type SyncCheckRow,
  setRowsPlanned,
  syncCheckRowPage,
  syncCheckWorkRows,
} from '../../store/repair/sync-checks.ts';
import { refuseField } from '../found.ts';
import { doPageOnce, enqueuePages, type PageWork } from '../page-work.ts';
import { query, required } from '../query.ts';
import { actsTogether, type Effect, type Effort, rehearse } from '../rehearse.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { type FoundPage, findInContacts, findInPeople } from './sync-check-findings.ts';
import { planRepair } from './sync-check-repair.ts';

export type { SyncCheck, SyncCheckRow };

export const syncCheckWork: PageWork = {
  name: 'sync-check',
  rows: syncCheckWorkRows,
  step,
  giveUp: (ctx, tx, key, trouble) =>
    syncCheckWorkRows.change(tx, key, { state: 'failed', trouble, finishedAt: ctx.now() }, ctx.now()),
};

const repairedAtOnce = 50;

/** A null campaign means the whole workspace. */
export async function startSyncCheck(
  ctx: Context,
  workspaceId: string,
  campaignId: string | null,
  actor: Actor,
): Promise<SyncCheck> {
  if (campaignId !== null && !(await findCampaign(ctx.database.db, workspaceId, campaignId))) {
    refuseField('campaign_id', 'Campaign not found.');
  }
  const id = await ctx.database.transaction(async (tx) => {
    const begun = await beginSyncCheck(ctx, tx, workspaceId, campaignId, `Started by ${actor.name}`);
    await recordAudit(ctx, tx, workspaceId, actor, 'sync_check.start', begun, { campaignId });
    return begun;
  });
  return readSyncCheck(ctx, workspaceId, id);
}

export async function beginSyncCheck(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  campaignId: string | null,
  cause: string,
): Promise<string> {
  const key = { workspaceId, id: ctx.newId() };
  await syncCheckWorkRows.add(tx, {
    ...key,
    campaignId,
    cause,
    state: 'running',
    part: 'people',
    seen: 0,
    counts: noSyncFindings,
    startedAt: ctx.now(),
  });
  await enqueuePages(ctx, tx, 'sync-check', key);
  return key.id;
}

export const readSyncCheck = required(syncCheckWorkRows.find, 'sync check');

export const listSyncChecks = query(syncCheckWorkRows.list);

export async function listSyncCheckRows(
  ctx: Context,
  workspaceId: string,
  id: string,
  kind: SyncFindingKind | undefined,
  page: PageRequest,
): Promise<Page<SyncCheckRow>> {
  await readSyncCheck(ctx, workspaceId, id);
  return syncCheckRowPage(ctx.database.db, { workspaceId, id }, kind, page);
}

/** Returns how many rows will be repaired. Rejects with `conflict` while comparing. */
export async function repairSyncCheck(
  ctx: Context,
  workspaceId: string,
  id: string,
  which: { ids: readonly number[] } | 'all',
  actor: Actor,
): Promise<number> {
  await readSyncCheck(ctx, workspaceId, id);
  const key = { workspaceId, id };
  return ctx.database.transaction(async (tx) => {
    const check = await syncCheckWorkRows.lock(tx, key);
    if (check?.state === 'running') throw new Failure('conflict', 'The sync check is not finished yet.');
    const chosen = await chooseRows(tx, key, which);
    await syncCheckWorkRows.change(tx, key, { state: 'repairing' }, ctx.now());
    await enqueuePages(ctx, tx, 'sync-check', key);
    if (chosen > 0) {
      await recordAudit(ctx, tx, workspaceId, actor, 'sync_check.repair', id, { count: chosen });
    }
    return chosen;
  });
}

export type RepairEffect = Effect & {
  chosen: number;
  /** Of those looked at. */
  repairs: Partial<Record<SyncRepair, number>>;
};

/** What `repairSyncCheck` would do now. */
export async function previewRepair(
  ctx: Context,
  workspaceId: string,
  id: string,
  which: { ids: readonly number[] } | 'all',
  effort: Effort,
): Promise<RepairEffect> {
  await readSyncCheck(ctx, workspaceId, id);
  const key = { workspaceId, id };
  const repairs: RepairEffect['repairs'] = {};
  let chosen: number | null = null;
  const effect = await rehearse(ctx, workspaceId, effort, async (_within, tx) => {
    chosen ??= await chooseRows(tx, key, which);
    const found = await chosenRows(tx, key, actsTogether + 1);
    const rows = found.slice(0, actsTogether);
    for (const { repair } of rows) repairs[repair] = (repairs[repair] ?? 0) + 1;
    return {
      looked: rows.length,
      isLast: found.length === rows.length,
      referralIds: [],
      act: (within) => repairRows(within, tx, workspaceId, rows),
    };
  });
  return { ...effect, chosen: chosen ?? 0, repairs };
}

async function step(ctx: Context, { workspaceId, id }: WorkKey): Promise<Stepped> {
  const check = await syncCheckWorkRows.find(ctx.database.db, workspaceId, id);
  if (check?.state === 'repairing') {
    return doPageOnce(ctx, syncCheckWorkRows, check, (tx) => repairPage(ctx, tx, check));
  }
  if (check?.state !== 'running') return 'over';
  const page = await (check.part === 'people' ? findInPeople : findInContacts)(ctx, check);
  return doPageOnce(ctx, syncCheckWorkRows, check, (tx) => keepPage(ctx, tx, check, page));
}

async function keepPage(
  ctx: Context,
  tx: Tx,
  check: SyncCheck,
  { findings, seen, next }: FoundPage,
): Promise<Stepped> {
  await insertFindings(tx, check, findings);
  const progress = {
    seen: check.seen + seen,
    counts: countFindings(check.counts, findings),
    cursor: next,
    trouble: null,
  };
  const ended = next === null ? nextPart(ctx, check) : {};
  await syncCheckWorkRows.change(tx, check, { ...progress, ...ended }, ctx.now());
  return 'more';
}

function nextPart(ctx: Context, { part }: SyncCheck) {
  return part === 'people'
    ? { part: 'contacts' as const }
    : { state: 'done' as const, finishedAt: ctx.now() };
}

function countFindings(before: SyncCounts, findings: readonly SyncFinding[]): SyncCounts {
  const counts = { ...before };
  for (const { kind } of findings) counts[kind] += 1;
  return counts;
}

async function repairPage(ctx: Context, tx: Tx, check: SyncCheck): Promise<Stepped> {
  const rows = await chosenRows(tx, check, repairedAtOnce);
  await repairRows(ctx, tx, check.workspaceId, rows);
  const isLast = rows.length < repairedAtOnce;
  await syncCheckWorkRows.change(tx, check, isLast ? { state: 'done' } : {}, ctx.now());
  return isLast ? 'over' : 'more';
}

async function repairRows(ctx: Context, tx: Tx, workspaceId: string, rows: readonly SyncCheckRow[]) {
  for (const row of rows) await planRepair(ctx, tx, workspaceId, row);
  await setRowsPlanned(
    tx,
    workspaceId,
    rows.map((row) => row.id),
  );
}
