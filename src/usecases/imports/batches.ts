// Batches for whoever uploads, watches and steers them.
import {
  type BatchOptions,
  type BatchState,
  type GivenRow,
  identityOf,
  type RowProblems,
  type RowState,
  readRow,
  totalOf,
} from '../../domain/imports/batch.ts';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import { Failure } from '../../failure.ts';
import type { Batch, BatchRow, BatchStore, IntakeStore, NewBatch, NewRow } from './batch-edges.ts';

/** A row as an upload has it; with `problems` it cannot be used, and `given` is what there is of it. */
export type ArrivingRow = { line: number; given: GivenRow; problems?: RowProblems };

export type Upload = NewBatch & {
  /** In their order. Rejects with a Failure `unreadable` when the file cannot be read on, or with whatever broke it off. */
  rows: AsyncIterable<ArrivingRow>;
  /** Else it waits to be started. */
  start: boolean;
};

/** How fast it goes, in rows a second, and how long it will take at that; null before that can be told. */
export type BatchPace = { perSecond: number; secondsLeft: number } | null;

export type SeenBatch = Batch & { settled: number; pace: BatchPace };

export type Batches = {
  /** Resolves once every row is stored. Rejects, with the batch kept as interrupted, when the upload breaks off. */
  receive(upload: Upload): Promise<{ batch: SeenBatch; fresh: boolean }>;
  list(workspaceId: string, page: PageRequest): Promise<Page<SeenBatch>>;
  read(workspaceId: string, id: string): Promise<SeenBatch>;
  rows(
    workspaceId: string,
    id: string,
    filter: { states?: readonly RowState[] | undefined; after: number; limit: number },
  ): Promise<BatchRow[]>;
  /** The failed rows with their columns; both may be read only once. */
  failed(workspaceId: string, id: string): Promise<{ columns: string[]; rows: AsyncIterable<BatchRow> }>;
  pause(workspaceId: string, id: string): Promise<SeenBatch>;
  resume(workspaceId: string, id: string): Promise<SeenBatch>;
  cancel(workspaceId: string, id: string): Promise<SeenBatch>;
  /** Makes every failed row wait again. */
  retry(workspaceId: string, id: string): Promise<{ batch: SeenBatch; retried: number }>;
};

const rowsStoredTogether = 500;
const rowsReadTogether = 500;
const aliveEveryMs = 10_000;
/** Of one workspace in each process: an upload may take hours, and holds a connection for as long. */
const mostArriving = 10;

export function createBatches(deps: {
  store: BatchStore;
  intake: IntakeStore;
  now(): Date;
  /** Calls again and again until the returned function is called. */
  every(milliseconds: number, what: () => Promise<void>): () => void;
}): Batches {
  const { store, intake, now } = deps;
  const seen = (batch: Batch): SeenBatch => ({
    ...batch,
    settled: totalOf(batch.counts),
    pace: paceOf(batch, now()),
  });

  const arriving = new Map<string, number>();

  async function receive(upload: Upload) {
    const { workspaceId } = upload;
    const others = arriving.get(workspaceId) ?? 0;
    if (others >= mostArriving) {
      const message = `${mostArriving} files of this workspace are arriving already.`;
      throw new Failure('rate-limited', message, { retryAfterSeconds: 60 });
    }
    arriving.set(workspaceId, others + 1);
    try {
      return await take(upload);
    } finally {
      const left = (arriving.get(workspaceId) ?? 1) - 1;
      if (left === 0) arriving.delete(workspaceId);
      else arriving.set(workspaceId, left);
    }
  }

  async function take(upload: Upload) {
    const { rows, start, ...given } = upload;
    const { batch, fresh } = await intake.open(given, now());
    if (!fresh) return { batch: seen(batch), fresh };
    const stopTelling = deps.every(aliveEveryMs, () => intake.touch(batch, now()));
    try {
      await storeRows(batch, given.options, rows);
      const state = start ? ('running' as const) : ('paused' as const);
      return { batch: seen(await intake.complete(batch, { state, error: null }, now())), fresh };
    } catch (error) {
      const why = interruption(error);
      await intake.complete(batch, { state: 'interrupted', error: why }, now());
      const kept = `What came before is kept in batch ${batch.id}, to be resumed or canceled.`;
      throw error instanceof Failure ? new Failure(error.code, `${why} ${kept}`) : error;
    } finally {
      stopTelling();
    }
  }

  async function storeRows(
    batch: Batch,
    options: BatchOptions,
    rows: AsyncIterable<ArrivingRow>,
  ): Promise<void> {
    let together: NewRow[] = [];
    const store = async () => {
      const taken = together.length === 0 || (await intake.addRows(batch, together, now()));
      together = [];
      if (!taken) throw new Failure('conflict', 'The batch was started or canceled while it arrived.');
    };
    try {
      for await (const row of rows) {
        together.push(newRow(row, options));
        if (together.length >= rowsStoredTogether) await store();
      }
    } catch (error) {
      // What did arrive is not lost with what did not.
      if (!(error instanceof Failure && error.code === 'conflict')) await store();
      throw error;
    }
    await store();
  }

  async function read(workspaceId: string, id: string): Promise<SeenBatch> {
    const found = await store.find(workspaceId, id);
    if (!found) throw new Failure('not-found', 'There is no such batch.');
    return seen(found);
  }

  async function change(
    workspaceId: string,
    id: string,
    from: readonly BatchState[],
    to: 'running' | 'paused' | 'canceled',
  ): Promise<SeenBatch> {
    const changed = await store.change({ workspaceId, id }, from, to, now());
    if (changed) return seen(changed);
    const present = await read(workspaceId, id);
    if (present.state === to) return present;
    throw notNow(present);
  }

  async function* failedRows(key: { workspaceId: string; id: string }): AsyncGenerator<BatchRow> {
    const states = ['failed', 'invalid'] as const;
    for (let after = 0; ; ) {
      const rows = await store.rows(key, { states, after, limit: rowsReadTogether });
      yield* rows;
      const last = rows.at(-1);
      if (!last || rows.length < rowsReadTogether) return;
      after = last.line;
    }
  }

  return {
    receive,
    read,
    async list(workspaceId, page) {
      const { items, next } = await store.list(workspaceId, page);
      return { items: items.map(seen), next };
    },
    async rows(workspaceId, id, filter) {
      await read(workspaceId, id);
      return store.rows({ workspaceId, id }, filter);
    },
    async failed(workspaceId, id) {
      const batch = await read(workspaceId, id);
      const columns = batch.columns ?? (await store.failedColumns(batch));
      return { columns, rows: failedRows(batch) };
    },
    pause: (workspaceId, id) => change(workspaceId, id, ['running'], 'paused'),
    resume: (workspaceId, id) => change(workspaceId, id, ['paused', 'interrupted'], 'running'),
    cancel: (workspaceId, id) =>
      change(workspaceId, id, ['receiving', 'interrupted', 'running', 'paused'], 'canceled'),
    async retry(workspaceId, id) {
      const again = await store.retry({ workspaceId, id }, now());
      if (again) return { ...again, batch: seen(again.batch) };
      throw notNow(await read(workspaceId, id));
    },
  };
}

function newRow({ line, given, problems }: ArrivingRow, options: BatchOptions): NewRow {
  if (problems !== undefined) return { line, given, identity: null, problems };
  const read = readRow(given, options, null);
  if ('problems' in read) return { line, given, identity: null, problems: read.problems };
  return { line, given, identity: identityOf(read.draft), problems: null };
}

function interruption(error: unknown): string {
  return error instanceof Failure ? error.message : 'The upload broke off.';
}

function paceOf(batch: Batch, now: Date): BatchPace {
  if (batch.state !== 'running' || batch.startedAt === null) return null;
  const seconds = (now.getTime() - batch.startedAt.getTime()) / 1000;
  const settled = totalOf(batch.counts);
  const perSecond = seconds > 0 ? (settled - batch.startedWith) / seconds : 0;
  if (perSecond <= 0) return null;
  return { perSecond, secondsLeft: Math.ceil((batch.rows - settled) / perSecond) };
}

const notNow = ({ state }: SeenBatch) =>
  new Failure('conflict', `The batch is ${state}: that cannot be done now.`);
