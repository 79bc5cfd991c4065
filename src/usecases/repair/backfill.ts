// Backfills: counted first, confirmed by somebody, then done page by page, each page once whatever dies in between.

import type { Campaign, Page, PageRequest } from '../../domain/program/program.ts';
import {
  type BackfillCounts,
  type BackfillState,
  type BackfillWanted,
  noCounts,
  pace,
  sum,
} from '../../domain/repair/backfill.ts';
import { Failure } from '../../failure.ts';
import { refuseOutside } from '../program/campaigns.ts';
import type {
  Backfill,
  BackfillChanges,
  BackfillKey,
  BackfillPage,
  BackfillSource,
  BackfillStore,
} from './backfill-edges.ts';
import { createPageWork, type Stepped } from './page-work.ts';

/** As it is shown: with its pace, while it is under way. */
export type ShownBackfill = Backfill & { pace: { perMinute: number; secondsLeft: number } | null };

/** Rejects with a Failure: not-found, invalid, or conflict where the state does not allow it. */
export type Backfills = {
  /** Begins to count. */
  start(
    workspaceId: string,
    asked: { campaignId: string; wanted: BackfillWanted },
    requestedBy: string,
  ): Promise<ShownBackfill>;
  find(workspaceId: string, id: string): Promise<ShownBackfill>;
  list(workspaceId: string, campaignId: string | undefined, page: PageRequest): Promise<Page<ShownBackfill>>;
  /** Asked for twice is asked for once. */
  confirm(workspaceId: string, id: string): Promise<ShownBackfill>;
  pause(workspaceId: string, id: string): Promise<ShownBackfill>;
  /** Goes on where it was; one that failed begins anew, and finds what it had done. */
  resume(workspaceId: string, id: string): Promise<ShownBackfill>;
  cancel(workspaceId: string, id: string): Promise<ShownBackfill>;
};

export type BackfillDeps<Tx> = {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  store: BackfillStore<Tx>;
  campaigns: { find(workspaceId: string, id: string): Promise<Campaign | null> };
  sourceOf(wanted: BackfillWanted): BackfillSource<Tx, unknown>;
  enqueue(tx: Tx, backfill: BackfillKey, afterSeconds: number): Promise<void>;
  now(): Date;
  newId(): string;
  log: { warn(fields: object, message: string): void };
};

/** New members of a segment or a search come with no notification of that. */
const nextPassAfterMs = 6 * 3_600_000;

export function createBackfills<Tx>(deps: BackfillDeps<Tx>) {
  const { store } = deps;

  async function start(
    workspaceId: string,
    { campaignId, wanted }: { campaignId: string; wanted: BackfillWanted },
    requestedBy: string,
  ): Promise<ShownBackfill> {
    const campaign = await deps.campaigns.find(workspaceId, campaignId);
    if (!campaign) {
      const why = 'There is no such campaign.';
      throw new Failure('invalid', why, { fields: { campaign_id: why } });
    }
    if (wanted.from === 'intercom') refuseOutside(campaign);
    const id = deps.newId();
    const at = deps.now();
    await deps.transaction(async (tx) => {
      await store.add(tx, {
        id,
        workspaceId,
        campaignId: campaign.id,
        wanted,
        state: 'counting',
        cursor: null,
        counted: null,
        progress: noCounts,
        trouble: null,
        requestedBy,
        createdAt: at,
        startedAt: null,
        startedWith: 0,
        finishedAt: null,
        nextPassAt: null,
      });
      await deps.enqueue(tx, { workspaceId, id }, 0);
    });
    return find(workspaceId, id);
  }

  const shown = (backfill: Backfill): ShownBackfill => ({ ...backfill, pace: paceOf(backfill, deps.now()) });

  async function find(workspaceId: string, id: string): Promise<ShownBackfill> {
    const found = await store.find(workspaceId, id);
    if (!found) throw new Failure('not-found', 'There is no such backfill.');
    return shown(found);
  }

  /** Changes the state, where it is one of those that allow it; one that is so already is left alone. */
  async function change(
    workspaceId: string,
    id: string,
    allowed: readonly BackfillState[],
    to: (backfill: Backfill) => BackfillChanges,
  ): Promise<ShownBackfill> {
    const key = { workspaceId, id };
    await deps.transaction(async (tx) => {
      const backfill = await store.lock(tx, key);
      if (!backfill) throw new Failure('not-found', 'There is no such backfill.');
      const changes = to(backfill);
      if (backfill.state === changes.state) return;
      if (!allowed.includes(backfill.state)) {
        throw new Failure('conflict', `The backfill is ${backfill.state}: that cannot be done now.`);
      }
      await store.change(tx, key, { trouble: null, ...changes }, deps.now());
      if (isUnderWay(changes.state)) await deps.enqueue(tx, key, 0);
    });
    return find(workspaceId, id);
  }

  const begun = ({ wanted }: Backfill, progress: BackfillCounts): BackfillChanges => ({
    state: 'running',
    progress,
    startedAt: deps.now(),
    startedWith: progress.seen,
    finishedAt: null,
    // From the first moment on, so that nobody who comes during a pass is left out.
    nextPassAt: isOngoing(wanted) ? nextPassAt() : null,
  });
  const stopped = (state: 'failed' | 'canceled'): BackfillChanges => ({
    state,
    finishedAt: deps.now(),
    nextPassAt: null,
  });
  const nextPassAt = () => new Date(deps.now().getTime() + nextPassAfterMs);

  const backfills: Backfills = {
    start,
    find,
    async list(workspaceId, campaignId, page) {
      const { items, next } = await store.list(workspaceId, campaignId, page);
      return { items: items.map(shown), next };
    },
    confirm: (workspaceId, id) =>
      change(workspaceId, id, ['counted'], (backfill) => ({ ...begun(backfill, noCounts), cursor: null })),
    pause: (workspaceId, id) =>
      change(workspaceId, id, ['running'], () => ({ state: 'paused', nextPassAt: null })),
    resume: (workspaceId, id) =>
      change(workspaceId, id, ['paused', 'failed'], (backfill) => {
        if (backfill.state !== 'failed') return begun(backfill, backfill.progress);
        const anew = { cursor: null, progress: noCounts };
        return backfill.counted === null
          ? { ...anew, state: 'counting' }
          : { ...begun(backfill, noCounts), ...anew };
      }),
    cancel: (workspaceId, id) =>
      change(workspaceId, id, ['counting', 'counted', 'running', 'paused', 'watching', 'failed'], () =>
        stopped('canceled'),
      ),
  };

  async function step({ workspaceId, id }: BackfillKey): Promise<Stepped> {
    const backfill = await store.find(workspaceId, id);
    if (!backfill || !isUnderWay(backfill.state)) return 'over';
    const source = deps.sourceOf(backfill.wanted);
    const heldUp = backfill.state === 'running' ? await source.holdUp(backfill) : null;
    if (heldUp) {
      await pages.noteTrouble(backfill, heldUp.why);
      return heldUp;
    }
    const page = await source.page(backfill, backfill.wanted);
    return pages.once(backfill, (tx) => doPage(tx, backfill, source, page));
  }

  async function doPage<Item>(
    tx: Tx,
    backfill: Backfill,
    source: BackfillSource<Tx, Item>,
    page: BackfillPage<Item>,
  ): Promise<Stepped> {
    const counting = backfill.state === 'counting';
    const counts = await (counting ? source.count : source.carryOut)(tx, backfill, page.items);
    const progress = sum(backfill.progress, counts);
    const here = { progress, cursor: page.next, trouble: null };
    if (page.next !== null) {
      await store.change(tx, backfill, here, deps.now());
      return 'more';
    }
    await store.change(
      tx,
      backfill,
      { ...here, ...(counting ? counted(progress) : ended(backfill)) },
      deps.now(),
    );
    return 'over';
  }

  const counted = (progress: BackfillCounts): BackfillChanges => ({ state: 'counted', counted: progress });

  function ended({ wanted }: Backfill): BackfillChanges {
    const finishedAt = deps.now();
    if (!isOngoing(wanted)) return { state: 'done', finishedAt };
    return { state: 'watching', finishedAt, nextPassAt: nextPassAt() };
  }

  const pages = createPageWork<Tx, Backfill>({
    ...deps,
    step,
    underWay: statesUnderWay,
    giveUp: (tx, key, trouble) => store.change(tx, key, { ...stopped('failed'), trouble }, deps.now()),
  });

  /** To be called every minute: goes on with what was left by a process that died, and begins the passes that are due. */
  async function tick(): Promise<void> {
    for (const key of await store.due(deps.now())) {
      await change(key.workspaceId, key.id, ['watching'], (backfill) => ({
        ...begun(backfill, noCounts),
        cursor: null,
      }));
    }
    await pages.tick();
  }

  return { ...backfills, work: pages.work, tick };
}

const isOngoing = (wanted: BackfillWanted) => wanted.from === 'intercom' && wanted.ongoing;
const statesUnderWay: readonly BackfillState[] = ['counting', 'running'];
const isUnderWay = (state: BackfillState | undefined) =>
  state !== undefined && statesUnderWay.includes(state);

function paceOf({ state, counted, progress, startedAt, startedWith }: Backfill, now: Date) {
  if (state !== 'running' || counted === null || startedAt === null) return null;
  return pace({ seen: progress.seen, startedWith, startedAt, total: counted.seen }, now);
}
