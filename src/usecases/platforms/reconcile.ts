// Reads all of an outside platform by page, and finds or repairs what hooks never report: drift.
import type { Context } from '../../context.ts';
import { isOutside, type PlatformPerson, platforms } from '../../domain/platforms/platform.ts';
import type { Actor as AuditActor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import {
  type ConnectionKey,
  findCopyProgress,
  listConnectionsToCopy,
  lockCopyProgress,
  updateCopyProgress,
} from '../../store/platforms/connections.ts';
import {
  findCopiedCampaign,
  findCopiedReferrals,
  listUnseenCopies,
  touchCopies,
  unlinkCopy,
} from '../../store/platforms/copies.ts';
import { changeStatus } from '../program/change-status.ts';
import { isReachable } from '../reachability.ts';
import { canWait, type Trouble, troubleOf } from '../trouble.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { agrees, byPlatform, type CopyDifference, copyPerson, outsidePlatform } from './copy-person.ts';
import { copyRewards } from './copy-rewards.ts';
import { type Drift, type Pass, type ReconcileStep, readProgress, withFound } from './reconcile-progress.ts';

const everyMs = 15 * 60_000;
/** An untouched pass: its process died, or it waits for the platform. */
const abandonedAfterMs = 120_000;
/** The queue gives jobs that take over two minutes to another worker. */
const maxTurnMs = 60_000;
const unseenPerPage = 50;
/** In a row, of one step. */
const maxFailures = 5;

const ago = (ctx: Context, ms: number) => new Date(ctx.now().getTime() - ms);

const enqueuePass = (ctx: Context, tx: Tx, { workspaceId, platform }: ConnectionKey) =>
  ctx.queue.enqueue(tx, { name: 'reconcile', workspaceId, platform });

/** Every minute: starts due passes, and continues abandoned ones. */
export async function scheduleReconciles(ctx: Context): Promise<void> {
  for (const { cursor, ...key } of await listConnectionsToCopy(ctx.database.db, ago(ctx, everyMs))) {
    const { pass, wanted } = readProgress(cursor);
    if (!wanted && pass && pass.touchedAt > ago(ctx, abandonedAfterMs)) continue;
    await ctx.database.transaction((tx) => enqueuePass(ctx, tx, key));
  }
}

/**
 * Replaces any pass under way; the job does the work. Without `repair`, only looks. While the platform is
 * down, keeps the request and its trouble for a later minute.
 */
export async function startReconcile(
  ctx: Context,
  key: ConnectionKey,
  wanted: { repair: boolean },
  actor: AuditActor,
): Promise<void> {
  const { workspaceId, platform } = key;
  const details = { name: platforms[platform].name, ...wanted };
  const record = (tx: Tx) =>
    recordAudit(ctx, tx, workspaceId, actor, 'connection.compare', platform, details);
  try {
    await beginPass(ctx, key, wanted.repair, record);
  } catch (error) {
    const { of, words } = troubleOf(error);
    if (of !== 'service' && of !== 'limit') throw error;
    return note(ctx, key, { wanted, trouble: words }, record);
  }
  await ctx.database.transaction((tx) => enqueuePass(ctx, tx, key));
}

/**
 * Continues a pass, or starts a repairing one, for a minute at most. If something stops it (rate limit,
 * outage, another process), a later minute continues.
 */
export async function reconcile(ctx: Context, { workspaceId, platform }: ConnectionKey): Promise<void> {
  const key = { workspaceId, platform };
  const until = ctx.now().getTime() + maxTurnMs;
  try {
    const { pass, wanted } = await progressOf(ctx, key);
    const begin = () => beginPass(ctx, key, wanted?.repair ?? true);
    let current: Pass | null = wanted === null && pass !== null ? pass : await begin();
    while (current && ctx.now().getTime() < until) current = await step(ctx, key, current);
  } catch (error) {
    const trouble = troubleOf(error);
    if (trouble.of === 'database') throw error;
    const about = { err: error, ...key };
    if (trouble.isUnexpected) ctx.log.error(about, 'copying from the referral platform failed');
    else ctx.log.warn(about, 'copying from the referral platform was interrupted');
    await noteFailure(ctx, key, trouble);
  }
}

/** Where the platform answers others, a step that always fails ends the pass; the next one begins as scheduled. */
async function noteFailure(ctx: Context, key: ConnectionKey, { of, words, isFinal, isDenied }: Trouble) {
  const isOwn = of === 'work' || (of === 'service' && (await isReachableOf(ctx, key)));
  await ctx.database.transaction(async (tx) => {
    const stored = readProgress(await lockCopyProgress(tx, key));
    const failures = (stored.pass?.failures ?? 0) + (isOwn ? 1 : 0);
    const isOver = isFinal || isDenied || failures >= maxFailures;
    const pass = isOver ? null : stored.pass && { ...stored.pass, failures };
    const reconciledAt = isOver ? ctx.now() : null;
    await updateCopyProgress(tx, key, { cursor: { ...stored, pass, trouble: words }, reconciledAt });
  });
}

async function isReachableOf(ctx: Context, { workspaceId, platform }: ConnectionKey): Promise<boolean> {
  return isOutside(platform) && isReachable(ctx, workspaceId, platform);
}

async function note(
  ctx: Context,
  key: ConnectionKey,
  noted: { trouble: string; wanted: { repair: boolean } },
  record: (tx: Tx) => Promise<void>,
): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    const cursor = { ...readProgress(await lockCopyProgress(tx, key)), ...noted };
    await updateCopyProgress(tx, key, { cursor, reconciledAt: null });
    await record(tx);
  });
}

async function progressOf(ctx: Context, key: ConnectionKey) {
  return readProgress((await findCopyProgress(ctx.database.db, key))?.cursor);
}

async function beginPass(
  ctx: Context,
  key: ConnectionKey,
  repair: boolean,
  record: (tx: Tx) => Promise<void> = async () => {},
): Promise<Pass> {
  const campaigns = await outsidePlatform(ctx, key.platform).campaigns(key.workspaceId);
  const startedAt = ctx.now();
  const counts = { missing: 0, different: 0, unqualified: 0, deleted: 0 };
  const pass: Pass = {
    step: 0,
    touchedAt: startedAt,
    campaigns: campaigns.map((campaign) => campaign.platformId),
    part: 'members',
    after: null,
    failures: 0,
    drift: { startedAt, finishedAt: null, repair, seen: 0, counts, differences: [] },
  };
  await ctx.database.transaction(async (tx) => {
    const { last } = readProgress(await lockCopyProgress(tx, key));
    const cursor = { pass, last, wanted: null, trouble: null };
    await updateCopyProgress(tx, key, { cursor, reconciledAt: null });
    await record(tx);
  });
  return pass;
}

/** Null at the end, or when another process was first. */
async function step(ctx: Context, key: ConnectionKey, current: Pass): Promise<Pass | null> {
  const [campaignId] = current.campaigns;
  if (campaignId === undefined) return finish(ctx, key, current);
  const done =
    current.part === 'members'
      ? await compareMembers(ctx, key, campaignId, current)
      : await findDeleted(ctx, key, campaignId, current);
  const next: Pass = { ...current, ...done.to, drift: withFound(current.drift, done) };
  return (await move(ctx, key, current, { pass: next })) ? { ...next, step: current.step + 1 } : null;
}

async function compareMembers(
  ctx: Context,
  key: ConnectionKey,
  campaignId: string,
  current: Pass,
): Promise<ReconcileStep> {
  const { workspaceId, platform } = key;
  const { repair } = current.drift;
  const page = await outsidePlatform(ctx, platform).listPeople(workspaceId, campaignId, current.after);
  const same = await touchSame(ctx, key, campaignId, page.people);
  const found: CopyDifference[] = [];
  for (const person of page.people.filter(({ platformId }) => !same.has(platformId))) {
    const difference = await skipOnFailure(ctx, key, () => copyPerson(ctx, key, person, { repair }));
    if (difference) found.push(difference);
  }
  const to: ReconcileStep['to'] = page.next === null ? { part: 'unseen', after: null } : { after: page.next };
  return { to, found, seen: page.people.length };
}

/** Most are unchanged: one query covers a whole page. */
async function touchSame(
  ctx: Context,
  key: ConnectionKey,
  platformId: string,
  people: PlatformPerson[],
): Promise<Set<string>> {
  const { workspaceId } = key;
  const { db } = ctx.database;
  const campaign = await findCopiedCampaign(db, key, platformId);
  if (!campaign) return new Set();
  const referred = new Map(
    people.flatMap((person) =>
      person.role === 'referred' ? [[person.platformId, person.standing] as const] : [],
    ),
  );
  const known = await findCopiedReferrals(db, workspaceId, campaign.id, [...referred.keys()]);
  const same = known.filter((here) => {
    const there = referred.get(here.platformId ?? '');
    return there !== undefined && agrees(here, there, ctx.now());
  });
  const ids = same.map(({ id }) => id);
  await touchCopies(db, workspaceId, ids, ctx.now());
  return new Set(same.map((here) => here.platformId ?? ''));
}

/** Lists shift while being paged, so a missing person is looked up before being called deleted. */
async function findDeleted(
  ctx: Context,
  key: ConnectionKey,
  platformId: string,
  current: Pass,
): Promise<ReconcileStep> {
  const { workspaceId, platform } = key;
  const { db } = ctx.database;
  const nextCampaign = { campaigns: current.campaigns.slice(1), part: 'members' as const, after: null };
  const campaign = await findCopiedCampaign(db, key, platformId);
  if (!campaign) return { to: nextCampaign, found: [], seen: 0 };
  const { startedAt: since, repair } = current.drift;
  const which = { since, after: current.after, limit: unseenPerPage };
  const unseen = await listUnseenCopies(db, workspaceId, campaign.id, which);
  const found: CopyDifference[] = [];
  for (const { id: referralId, platformId: id, status } of unseen) {
    if (id === null) continue;
    const isDeleted = await skipOnFailure(ctx, key, async () => {
      const person = await outsidePlatform(ctx, platform).findPerson(workspaceId, { id });
      if (person) await copyPerson(ctx, key, person, { repair });
      return person === null;
    });
    if (!isDeleted) continue;
    found.push({ kind: 'deleted', platformId: id, here: status, there: null });
    if (repair) await markDeleted(ctx, key, referralId);
  }
  const last = unseen.at(-1);
  const more = unseen.length === unseenPerPage && last !== undefined;
  return { to: more ? { after: last.id } : nextCampaign, found, seen: 0 };
}

/** A bad record is logged and skipped, and the pass continues. */
async function skipOnFailure<T>(ctx: Context, key: ConnectionKey, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    const trouble = troubleOf(error);
    const isOwn = trouble.of === 'service' && (await isReachableOf(ctx, key));
    if (canWait(trouble) && !isOwn) throw error;
    ctx.log.warn({ err: error }, 'a person could not be copied from the referral platform');
    return null;
  }
}

async function markDeleted(ctx: Context, { workspaceId, platform }: ConnectionKey, referralId: string) {
  const reason = `Deleted on ${platforms[platform].name}`;
  const change = { change: 'disqualify' as const, actor: byPlatform(platform), reason, localOnly: false };
  await ctx.database.transaction(async (tx) => {
    await changeStatus(ctx, tx, workspaceId, referralId, change).catch(ignoreConflict);
    await unlinkCopy(tx, workspaceId, referralId);
  });
}

/** A status other than pending or qualified stays. */
function ignoreConflict(error: unknown): void {
  if (!(error instanceof Failure) || error.code !== 'conflict') throw error;
}

async function finish(ctx: Context, key: ConnectionKey, current: Pass): Promise<null> {
  if (current.drift.repair) await copyRewards(ctx, key);
  const last = { ...current.drift, finishedAt: ctx.now() };
  await move(ctx, key, current, { pass: null, last });
  return null;
}

/** False when another process has moved on from `from`. */
function move(
  ctx: Context,
  key: ConnectionKey,
  from: Pass,
  to: { pass: Pass | null; last?: Drift },
): Promise<boolean> {
  return ctx.database.transaction(async (tx) => {
    const stored = readProgress(await lockCopyProgress(tx, key));
    const isThis = stored.pass?.step === from.step && +stored.pass.drift.startedAt === +from.drift.startedAt;
    if (!isThis) return false;
    const moved = to.pass && { ...to.pass, step: from.step + 1, failures: 0, touchedAt: ctx.now() };
    const reconciledAt = to.pass === null ? ctx.now() : null;
    const cursor = { ...stored, pass: moved, last: to.last ?? stored.last, trouble: null };
    await updateCopyProgress(tx, key, { cursor, reconciledAt });
    return true;
  });
}
