// Imports for whoever uploads, watches and steers them.
import {
  type ImportOptions,
  type ImportState,
  type GivenRow,
  identityOf,
  type RowProblems,
  type RowState,
  readRow,
  totalOf,
} from '../../domain/imports/contact-import.ts';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import { Failure } from '../../failure.ts';
import type { ContactImport, ImportRow, ImportStore, IntakeStore, NewImport, NewRow } from './import-edges.ts';

/** A row as an upload has it; with `problems` it cannot be used, and `given` is what there is of it. */
export type ArrivingRow = { line: number; given: GivenRow; problems?: RowProblems };

export type Upload = NewImport & {
  /** In their order. Rejects with a Failure `unreadable` when the file cannot be read on, or with whatever broke it off. */
  rows: AsyncIterable<ArrivingRow>;
  /** Else it waits to be started. */
  start: boolean;
};

/** How fast it goes, in rows a second, and how long it will take at that; null before that can be told. */
export type ImportPace = { perSecond: number; secondsLeft: number } | null;

export type ImportView = ContactImport & { settled: number; pace: ImportPace };

export type Imports = {
  /** Resolves once every row is stored. Rejects, with the import kept as interrupted, when the upload breaks off. */
  receive(upload: Upload): Promise<{ contactImport: ImportView; fresh: boolean }>;
  list(workspaceId: string, page: PageRequest): Promise<Page<ImportView>>;
  read(workspaceId: string, id: string): Promise<ImportView>;
  rows(
    workspaceId: string,
    id: string,
    filter: { states?: readonly RowState[] | undefined; after: number; limit: number },
  ): Promise<ImportRow[]>;
  /** The failed rows with their columns; both may be read only once. */
  failed(workspaceId: string, id: string): Promise<{ columns: string[]; rows: AsyncIterable<ImportRow> }>;
  pause(workspaceId: string, id: string): Promise<ImportView>;
  resume(workspaceId: string, id: string): Promise<ImportView>;
  cancel(workspaceId: string, id: string): Promise<ImportView>;
  /** Makes every failed row wait again. */
  retry(workspaceId: string, id: string): Promise<{ contactImport: ImportView; retried: number }>;
};

const rowsStoredTogether = 500;
const rowsReadTogether = 500;
const aliveEveryMs = 10_000;
/** Of one workspace in each process: an upload may take hours, and holds a connection for as long. */
const mostArriving = 10;

export function createImports(deps: {
  store: ImportStore;
  intake: IntakeStore;
  now(): Date;
  /** Calls again and again until the returned function is called. */
  every(milliseconds: number, what: () => Promise<void>): () => void;
}): Imports {
  const { store, intake, now } = deps;
  const seen = (contactImport: ContactImport): ImportView => ({
    ...contactImport,
    settled: totalOf(contactImport.counts),
    pace: paceOf(contactImport, now()),
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
    const { contactImport, fresh } = await intake.open(given, now());
    if (!fresh) return { contactImport: seen(contactImport), fresh };
    const stopTelling = deps.every(aliveEveryMs, () => intake.touch(contactImport, now()));
    try {
      await storeRows(contactImport, given.options, rows);
      const state = start ? ('running' as const) : ('paused' as const);
      return { contactImport: seen(await intake.complete(contactImport, { state, error: null }, now())), fresh };
    } catch (error) {
      const why = interruption(error);
      await intake.complete(contactImport, { state: 'interrupted', error: why }, now());
      const kept = `What came before is kept in import ${contactImport.id}, to be resumed or canceled.`;
      throw error instanceof Failure ? new Failure(error.code, `${why} ${kept}`) : error;
    } finally {
      stopTelling();
    }
  }

  async function storeRows(
    contactImport: ContactImport,
    options: ImportOptions,
    rows: AsyncIterable<ArrivingRow>,
  ): Promise<void> {
    let together: NewRow[] = [];
    const store = async () => {
      const taken = together.length === 0 || (await intake.addRows(contactImport, together, now()));
      together = [];
      if (!taken) throw new Failure('conflict', 'The import was started or canceled while it arrived.');
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

  async function read(workspaceId: string, id: string): Promise<ImportView> {
    const found = await store.find(workspaceId, id);
    if (!found) throw new Failure('not-found', 'There is no such import.');
    return seen(found);
  }

  async function change(
    workspaceId: string,
    id: string,
    from: readonly ImportState[],
    to: 'running' | 'paused' | 'canceled',
  ): Promise<ImportView> {
    const changed = await store.change({ workspaceId, id }, from, to, now());
    if (changed) return seen(changed);
    const present = await read(workspaceId, id);
    if (present.state === to) return present;
    throw notNow(present);
  }

  async function* failedRows(key: { workspaceId: string; id: string }): AsyncGenerator<ImportRow> {
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
      const contactImport = await read(workspaceId, id);
      const columns = contactImport.columns ?? (await store.failedColumns(contactImport));
      return { columns, rows: failedRows(contactImport) };
    },
    pause: (workspaceId, id) => change(workspaceId, id, ['running'], 'paused'),
    resume: (workspaceId, id) => change(workspaceId, id, ['paused', 'interrupted'], 'running'),
    cancel: (workspaceId, id) =>
      change(workspaceId, id, ['receiving', 'interrupted', 'running', 'paused'], 'canceled'),
    async retry(workspaceId, id) {
      const again = await store.retry({ workspaceId, id }, now());
      if (again) return { ...again, contactImport: seen(again.contactImport) };
      throw notNow(await read(workspaceId, id));
    },
  };
}

function newRow({ line, given, problems }: ArrivingRow, options: ImportOptions): NewRow {
  if (problems !== undefined) return { line, given, identity: null, problems };
  const read = readRow(given, options, null);
  if ('problems' in read) return { line, given, identity: null, problems: read.problems };
  return { line, given, identity: identityOf(read.draft), problems: null };
}

function interruption(error: unknown): string {
  return error instanceof Failure ? error.message : 'The upload broke off.';
}

function paceOf(contactImport: ContactImport, now: Date): ImportPace {
  if (contactImport.state !== 'running' || contactImport.startedAt === null) return null;
  const seconds = (now.getTime() - contactImport.startedAt.getTime()) / 1000;
  const settled = totalOf(contactImport.counts);
  const perSecond = seconds > 0 ? (settled - contactImport.startedWith) / seconds : 0;
  if (perSecond <= 0) return null;
  return { perSecond, secondsLeft: Math.ceil((contactImport.rows - settled) / perSecond) };
}

const notNow = ({ state }: ImportView) =>
  new Failure('conflict', `The import is ${state}: that cannot be done now.`);
