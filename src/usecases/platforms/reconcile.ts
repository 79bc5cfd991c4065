// Goes through all that an outside platform has, page by page, and finds what its hooks never tell: drift, and its repair.

import type { Member, Platform } from '../../domain/platforms/platform.ts';
import { type PlatformName, type RewardStatus, transition } from '../../domain/program/referral.ts';
import { Failure, type FailureCode } from '../../failure.ts';
import type { StatusStore, TrackedReferral } from '../program/status-change.ts';
import { agrees, type Copying, type Difference } from './copying.ts';
import type { CopyStore } from './copying-edges.ts';
import { createRewardCopying } from './copying-rewards.ts';
import { type Drift, type Pass, readProgress, type Step, withFound } from './reconcile-progress.ts';

export type Place = { workspaceId: string; platform: PlatformName };

export type ReconcileStore<Tx> = {
  known(workspaceId: string, campaignId: string, platformIds: string[]): Promise<TrackedReferral[]>;
  /** Copies that were not read since then, in the order of their ids. */
  unseen(
    workspaceId: string,
    campaignId: string,
    which: { since: Date; after: string | null; limit: number },
  ): Promise<TrackedReferral[]>;
  awaitingReward(
    workspaceId: string,
    platform: PlatformName,
  ): Promise<{ id: string; platformId: string | null; referrerPlatformId: string | null }[]>;
  /** It is on the platform no more. */
  forget(tx: Tx, workspaceId: string, referralId: string): Promise<void>;
};

export type ReconcileDeps<Tx> = {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  platforms: Readonly<Record<PlatformName, Platform>>;
  copying: Pick<Copying<Tx>, 'copy' | 'sourceOf' | 'settle'>;
  copies: Pick<CopyStore<Tx>, 'campaign' | 'touch'> & ReconcileStore<Tx>;
  referrals: StatusStore<Tx> & {
    setReward(tx: Tx, workspaceId: string, id: string, reward: RewardStatus): Promise<void>;
  };
  connections: {
    /** Also those with a pass under way or asked for. */
    copiedBefore(at: Date): Promise<Place[]>;
    progress(workspaceId: string, platform: PlatformName): Promise<{ cursor: unknown } | null>;
    lockProgress(tx: Tx, workspaceId: string, platform: PlatformName): Promise<unknown>;
    moveProgress(
      tx: Tx,
      workspaceId: string,
      platform: PlatformName,
      to: { cursor: unknown; reconciledAt: Date | null },
    ): Promise<void>;
  };
  enqueue(tx: Tx, work: { name: 'reconcile' } & Place): Promise<void>;
  now(): Date;
  log: { warn(fields: object, message: string): void };
};

const usuallyEveryMs = 15 * 60_000;
/** A pass that nobody went on with for so long was left by a process that died, or waits for the platform. */
const abandonedAfterMs = 120_000;
/** A job that takes longer than two minutes would be given to somebody else. */
const mostMsAtOnce = 60_000;
const unseenAtOnce = 50;
const down = new Set<FailureCode>(['unavailable', 'rate-limited']);
/** No word on somebody, but on the platform as a whole. */
const stopping = new Set<FailureCode>(['unavailable', 'rate-limited', 'unauthorized', 'unexpected']);

export function createReconcile<Tx>(deps: ReconcileDeps<Tx>) {
  const { copying, copies } = deps;
  const rewards = createRewardCopying(deps);
  const ago = (ms: number) => new Date(deps.now().getTime() - ms);

  /** The job of every minute: has passes begun that are due, and those gone on with that were left. */
  async function tick(): Promise<void> {
    for (const place of await deps.connections.copiedBefore(ago(usuallyEveryMs))) {
      const { pass: underWay, wanted } = await progressOf(place);
      if (!wanted && underWay && underWay.touchedAt > ago(abandonedAfterMs)) continue;
      await deps.transaction((tx) => deps.enqueue(tx, { name: 'reconcile', ...place }));
    }
  }

  /**
   * Begins a new pass, whatever was under way; the job does it. Without `repair` it only looks. While the platform is
   * down the wish is kept, with what the trouble is, and the job of a later minute begins it.
   */
  async function start(place: Place, wanted: { repair: boolean }): Promise<void> {
    try {
      await begin(place, wanted.repair);
    } catch (error) {
      if (!(error instanceof Failure) || !down.has(error.code)) throw error;
      return note(place, { wanted, trouble: error.message });
    }
    await deps.transaction((tx) => deps.enqueue(tx, { name: 'reconcile', ...place }));
  }

  /**
   * The job: goes on with the pass that there is, or begins one that repairs, for a minute at most. What stops it (a
   * used-up limit, a platform that is down, another process at the same pass) leaves the rest to the job of a later
   * minute.
   */
  async function work({ workspaceId, platform }: Place): Promise<void> {
    const place = { workspaceId, platform };
    const until = deps.now().getTime() + mostMsAtOnce;
    try {
      const { pass, wanted } = await progressOf(place);
      let current: Pass | null = wanted
        ? await begin(place, wanted.repair)
        : (pass ?? (await begin(place, true)));
      while (current && deps.now().getTime() < until) current = await step(place, current);
    } catch (error) {
      if (!(error instanceof Failure) || error.code === 'unexpected') throw error;
      deps.log.warn({ err: error, ...place }, 'copying from the referral platform was cut short');
      await note(place, { trouble: error.message });
    }
  }

  async function note(
    { workspaceId, platform }: Place,
    noted: { trouble: string; wanted?: { repair: boolean } },
  ): Promise<void> {
    await deps.transaction(async (tx) => {
      const stored = readProgress(await deps.connections.lockProgress(tx, workspaceId, platform));
      const cursor = { ...stored, ...noted };
      await deps.connections.moveProgress(tx, workspaceId, platform, { cursor, reconciledAt: null });
    });
  }

  async function progressOf({ workspaceId, platform }: Place) {
    return readProgress((await deps.connections.progress(workspaceId, platform))?.cursor);
  }

  async function begin(place: Place, repair: boolean): Promise<Pass> {
    const { workspaceId, platform } = place;
    const campaigns = await copying.sourceOf(platform).campaigns(workspaceId);
    const startedAt = deps.now();
    const counts = { missing: 0, different: 0, unqualified: 0, deleted: 0 };
    const fresh: Pass = {
      step: 0,
      touchedAt: startedAt,
      campaigns: campaigns.map((one) => one.platformId),
      part: 'members',
      after: null,
      drift: { startedAt, finishedAt: null, repair, seen: 0, counts, differences: [] },
    };
    await deps.transaction(async (tx) => {
      const { last } = readProgress(await deps.connections.lockProgress(tx, workspaceId, platform));
      const cursor = { pass: fresh, last, wanted: null, trouble: null };
      await deps.connections.moveProgress(tx, workspaceId, platform, { cursor, reconciledAt: null });
    });
    return fresh;
  }

  /** One page. Null when that was the end, or when another process did it first. */
  async function step(place: Place, current: Pass): Promise<Pass | null> {
    const [campaignId] = current.campaigns;
    if (campaignId === undefined) return finish(place, current);
    const done =
      current.part === 'members'
        ? await compareMembers(place, campaignId, current)
        : await lookForUnseen(place, campaignId, current);
    const next: Pass = { ...current, ...done.to, drift: withFound(current.drift, done) };
    return (await move(place, current, { pass: next })) ? { ...next, step: current.step + 1 } : null;
  }

  async function compareMembers(
    { workspaceId, platform }: Place,
    campaignId: string,
    current: Pass,
  ): Promise<Step> {
    const { repair } = current.drift;
    const page = await copying.sourceOf(platform).members(workspaceId, campaignId, current.after);
    const same = await touchSame({ workspaceId, platform }, campaignId, page.members);
    const found: Difference[] = [];
    for (const member of page.members.filter((one) => !same.has(one.platformId))) {
      const difference = await unlessOdd(() => copying.copy(workspaceId, platform, member, { repair }));
      if (difference) found.push(difference);
    }
    const to: Step['to'] = page.next === null ? { part: 'unseen', after: null } : { after: page.next };
    return { to, found, seen: page.members.length };
  }

  /** Most are as they were: those need one look at the database for a whole page. */
  async function touchSame(
    { workspaceId, platform }: Place,
    platformId: string,
    members: Member[],
  ): Promise<Set<string>> {
    const campaign = await copies.campaign(workspaceId, platform, platformId);
    if (!campaign) return new Set();
    const referred = new Map(
      members.flatMap((one) => (one.role === 'referred' ? [[one.platformId, one.standing] as const] : [])),
    );
    const known = await copies.known(workspaceId, campaign.id, [...referred.keys()]);
    const same = known.filter((here) => {
      const there = referred.get(here.platformId ?? '');
      return there !== undefined && agrees(here, there);
    });
    const ids = same.map((one) => one.id);
    await deps.transaction((tx) => copies.touch(tx, workspaceId, ids, deps.now()));
    return new Set(same.map((one) => one.platformId ?? ''));
  }

  /** Lists shift while they are read page by page: whoever was on none is asked for before being called deleted. */
  async function lookForUnseen(
    { workspaceId, platform }: Place,
    platformId: string,
    current: Pass,
  ): Promise<Step> {
    const nextCampaign = { campaigns: current.campaigns.slice(1), part: 'members' as const, after: null };
    const campaign = await copies.campaign(workspaceId, platform, platformId);
    if (!campaign) return { to: nextCampaign, found: [], seen: 0 };
    const { startedAt: since, repair } = current.drift;
    const which = { since, after: current.after, limit: unseenAtOnce };
    const unseen = await copies.unseen(workspaceId, campaign.id, which);
    const found: Difference[] = [];
    for (const here of unseen) {
      if (here.platformId === null) continue;
      const { platformId: id } = here;
      const isDeleted = await unlessOdd(async () => {
        const member = await copying.sourceOf(platform).member(workspaceId, { id });
        if (member) await copying.copy(workspaceId, platform, member, { repair });
        return member === null;
      });
      if (!isDeleted) continue;
      found.push({ kind: 'deleted', platformId: id, here: here.status, there: null });
      if (repair) await markDeleted({ workspaceId, platform }, here);
    }
    const last = unseen.at(-1);
    const more = unseen.length === unseenAtOnce && last !== undefined;
    return { to: more ? { after: last.id } : nextCampaign, found, seen: 0 };
  }

  /** Somebody whose record is odd is left out: the pass goes on, and the log says so. */
  async function unlessOdd<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Failure) || stopping.has(error.code)) throw error;
      deps.log.warn({ err: error }, 'somebody could not be copied from the referral platform');
      return null;
    }
  }

  async function markDeleted({ workspaceId, platform }: Place, { id }: TrackedReferral): Promise<void> {
    const reason = `Deleted on ${deps.platforms[platform].name}`;
    await deps.transaction(async (tx) => {
      const here = await deps.referrals.lock(tx, workspaceId, id);
      if (!here) return;
      await copies.forget(tx, workspaceId, id);
      const next = transition(here, 'disqualify', here.campaignRewards);
      if (next.outcome !== 'changed') return;
      const as = { reason, at: deps.now(), platform };
      await copying.settle(tx, workspaceId, here, { ...next.state, keptHere: false }, as);
    });
  }

  async function finish(place: Place, current: Pass): Promise<null> {
    if (current.drift.repair) await rewards.copyRewards(place);
    const last = { ...current.drift, finishedAt: deps.now() };
    await move(place, current, { pass: null, last });
    return null;
  }

  /** False when somebody else has moved on from `from` meanwhile. */
  async function move(
    { workspaceId, platform }: Place,
    from: Pass,
    to: { pass: Pass | null; last?: Drift },
  ): Promise<boolean> {
    return deps.transaction(async (tx) => {
      const stored = readProgress(await deps.connections.lockProgress(tx, workspaceId, platform));
      const isThis =
        stored.pass?.step === from.step && +stored.pass.drift.startedAt === +from.drift.startedAt;
      if (!isThis) return false;
      const moved = to.pass && { ...to.pass, step: from.step + 1, touchedAt: deps.now() };
      const reconciledAt = to.pass === null ? deps.now() : null;
      const cursor = { ...stored, pass: moved, last: to.last ?? stored.last, trouble: null };
      await deps.connections.moveProgress(tx, workspaceId, platform, { cursor, reconciledAt });
      return true;
    });
  }

  return { tick, start, begin, work };
}
