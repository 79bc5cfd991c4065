// Reports of what differs between the referral side and Intercom, made page by page, and their repair on request.

import type { Page, PageRequest } from '../../domain/program/program.ts';
import { type DriftCounts, type DriftKind, type Found, noDrift } from '../../domain/repair/drift.ts';
import { Failure } from '../../failure.ts';
import type { DriftDeps, DriftKey, DriftReport, DriftRow } from './drift-edges.ts';
import { createDriftFinding, type FoundPage } from './drift-finding.ts';
import { createDriftRepair } from './drift-repair.ts';
import { createPageWork, type Stepped } from './page-work.ts';

/** Rejects with a Failure: not-found, invalid, or conflict while a report is not finished. */
export type Drift = {
  start(workspaceId: string, campaignId: string | null, cause: string): Promise<DriftReport>;
  find(workspaceId: string, id: string): Promise<DriftReport>;
  list(workspaceId: string, page: PageRequest): Promise<Page<DriftReport>>;
  rows(
    workspaceId: string,
    id: string,
    kind: DriftKind | undefined,
    page: PageRequest,
  ): Promise<Page<DriftRow>>;
  /** Has the work for these rows recorded. Answers how many of them can be repaired and were not yet. */
  repair(workspaceId: string, id: string, which: { ids: readonly number[] } | 'all'): Promise<number>;
};

const repairedAtOnce = 50;

export function createDrift<Tx>(deps: DriftDeps<Tx>) {
  const { store } = deps;
  const finding = createDriftFinding(deps);
  const { plan } = createDriftRepair(deps);

  async function start(workspaceId: string, campaignId: string | null, cause: string): Promise<DriftReport> {
    if (campaignId !== null && !(await deps.campaigns.find(workspaceId, campaignId))) {
      const why = 'There is no such campaign.';
      throw new Failure('invalid', why, { fields: { campaign_id: why } });
    }
    const id = await deps.transaction((tx) => begin(tx, workspaceId, campaignId, cause));
    return find(workspaceId, id);
  }

  async function begin(
    tx: Tx,
    workspaceId: string,
    campaignId: string | null,
    cause: string,
  ): Promise<string> {
    const id = deps.newId();
    await store.add(tx, {
      id,
      workspaceId,
      campaignId,
      cause,
      state: 'running',
      part: 'people',
      cursor: null,
      seen: 0,
      counts: noDrift,
      trouble: null,
      startedAt: deps.now(),
      finishedAt: null,
    });
    await deps.enqueue(tx, { workspaceId, id }, 0);
    return id;
  }

  async function find(workspaceId: string, id: string): Promise<DriftReport> {
    const found = await store.find(workspaceId, id);
    if (!found) throw new Failure('not-found', 'There is no such report.');
    return found;
  }

  const drift: Drift = {
    start,
    find,
    list: store.list,
    async rows(workspaceId, id, kind, page) {
      await find(workspaceId, id);
      return store.rows({ workspaceId, id }, kind, page);
    },
    async repair(workspaceId, id, which) {
      await find(workspaceId, id);
      const key = { workspaceId, id };
      return deps.transaction(async (tx) => {
        const report = await store.lock(tx, key);
        if (report?.state === 'running') throw new Failure('conflict', 'The report is not finished yet.');
        const chosen = await store.choose(tx, key, which);
        await store.change(tx, key, { state: 'repairing' }, deps.now());
        await deps.enqueue(tx, key, 0);
        return chosen;
      });
    },
  };

  async function step({ workspaceId, id }: DriftKey): Promise<Stepped> {
    const report = await store.find(workspaceId, id);
    if (report?.state === 'repairing') return pages.once(report, (tx) => repairSome(tx, report));
    if (report?.state !== 'running') return 'over';
    const page = await finding[report.part](report);
    return pages.once(report, (tx) => keep(tx, report, page));
  }

  async function keep(tx: Tx, report: DriftReport, { found, seen, next }: FoundPage): Promise<Stepped> {
    await store.addRows(tx, report, found);
    const here = { seen: report.seen + seen, counts: counted(report.counts, found), cursor: next };
    const after = next === null ? whatFollows(report) : {};
    await store.change(tx, report, { ...here, trouble: null, ...after }, deps.now());
    return 'more';
  }

  function whatFollows({ part }: DriftReport): Partial<DriftReport> {
    if (part === 'people') return { part: 'contacts' };
    return { state: 'done', finishedAt: deps.now() };
  }

  async function repairSome(tx: Tx, report: DriftReport): Promise<Stepped> {
    const rows = await store.chosen(tx, report, repairedAtOnce);
    for (const row of rows) await plan(tx, report, row);
    const ids = rows.map((row) => row.id);
    await store.setPlanned(tx, report.workspaceId, ids);
    const over = rows.length < repairedAtOnce;
    await store.change(tx, report, over ? { state: 'done' } : {}, deps.now());
    return over ? 'over' : 'more';
  }

  const pages = createPageWork<Tx, DriftReport>({
    ...deps,
    step,
    underWay: ['running'],
    giveUp: (tx, key, trouble) =>
      store.change(tx, key, { state: 'failed', trouble, finishedAt: deps.now() }, deps.now()),
  });

  return { ...drift, begin, work: pages.work, tick: pages.tick };
}

function counted(before: DriftCounts, found: readonly Found[]): DriftCounts {
  const counts = { ...before };
  for (const { kind } of found) counts[kind] += 1;
  return counts;
}
