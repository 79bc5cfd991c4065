// Receives an uploaded file and stores its rows as they arrive.
import {
  type GivenRow,
  type ImportOptions,
  identityOf,
  type NewRow,
  type RowProblems,
  readRow,
} from '../../domain/imports/contact-import.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import type { ContactImport } from '../../store/imports/contact-imports.ts';
import {
  addImportRows,
  completeImport,
  type NewImport,
  openImport,
  touchImport,
} from '../../store/imports/import-intake.ts';
import { timeZoneOf } from '../qualification/installed.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { type ImportContext, type ImportView, viewOf } from './contact-imports.ts';
import { enqueueImport } from './enqueue-import.ts';

/** With `problems`, it is unusable, and `given` holds what could be read. */
export type ArrivingRow = { line: number; given: GivenRow; problems?: RowProblems };

export type Upload = NewImport & {
  /** In order. Rejects with `unreadable` for a bad file, or with the error that interrupted it. */
  rows: AsyncIterable<ArrivingRow>;
  /** Otherwise it waits to be started. */
  start: boolean;
  actor: Actor;
};

const rowsStoredTogether = 500;
const aliveEveryMs = 10_000;
/** Per workspace and process: an upload may take hours and holds a connection. */
const maxUploads = 10;

const uploads = new Map<string, number>();

/** Resolves once every row is stored. An interrupted upload is kept, and rejects. */
export async function receiveImport(
  ctx: ImportContext,
  upload: Upload,
): Promise<{ contactImport: ImportView; fresh: boolean }> {
  const { workspaceId } = upload;
  const others = uploads.get(workspaceId) ?? 0;
  if (others >= maxUploads) {
    const message = `${maxUploads} files of this workspace are already being uploaded. Wait until one is done.`;
    throw new Failure('rate-limited', message, { retryAfterSeconds: 60 });
  }
  uploads.set(workspaceId, others + 1);
  try {
    return await receive(ctx, upload);
  } finally {
    const left = (uploads.get(workspaceId) ?? 1) - 1;
    if (left === 0) uploads.delete(workspaceId);
    else uploads.set(workspaceId, left);
  }
}

async function receive(ctx: ImportContext, { rows, start, actor, ...newImport }: Upload) {
  const { db } = ctx.database;
  const opened = await openImport(db, newImport, { id: ctx.newId(), at: ctx.now() });
  const { contactImport, fresh } = opened;
  if (!fresh) return { contactImport: viewOf(ctx, contactImport), fresh };
  const alive = setInterval(() => {
    touchImport(db, contactImport, ctx.now()).catch((error: unknown) =>
      ctx.log.warn(
        { err: error, import: contactImport.id },
        'could not record that an upload is still in progress',
      ),
    );
  }, aliveEveryMs);
  try {
    await storeRows(ctx, contactImport, newImport.options, rows);
    const state = start ? ('running' as const) : ('paused' as const);
    const completed = await complete(ctx, contactImport, { state, error: null }, actor);
    return { contactImport: viewOf(ctx, completed), fresh };
  } catch (error) {
    const why = interruption(error);
    await complete(ctx, contactImport, { state: 'interrupted', error: why }, actor);
    const kept = `Import ${contactImport.id} keeps the rows before it: resume or cancel it.`;
    throw error instanceof Failure ? new Failure(error.code, `${why} ${kept}`) : error;
  } finally {
    clearInterval(alive);
  }
}

function complete(
  ctx: ImportContext,
  key: ContactImport,
  end: { state: 'running' | 'paused' | 'interrupted'; error: string | null },
  actor: Actor,
): Promise<ContactImport> {
  return ctx.database.transaction(async (tx) => {
    const { contactImport, completed } = await completeImport(tx, key, end, ctx.now());
    if (!completed) return contactImport;
    if (end.state === 'running') await enqueueImport(ctx, tx, contactImport);
    const { workspaceId, id, rows } = contactImport;
    await recordAudit(ctx, tx, workspaceId, actor, 'import.create', id, { count: rows });
    return contactImport;
  });
}

async function storeRows(
  ctx: ImportContext,
  contactImport: ContactImport,
  options: ImportOptions,
  rows: AsyncIterable<ArrivingRow>,
): Promise<void> {
  const timeZone = await timeZoneOf(ctx, contactImport.workspaceId);
  let together: NewRow[] = [];
  const store = async () => {
    const block = together;
    together = [];
    if (block.length === 0) return;
    const taken = await ctx.database.transaction((tx) => addImportRows(tx, contactImport, block, ctx.now()));
    if (!taken) throw new Failure('conflict', 'The import was started or canceled during the upload.');
  };
  try {
    for await (const row of rows) {
      together.push(newRow(row, options, timeZone));
      if (together.length >= rowsStoredTogether) await store();
    }
  } catch (error) {
    // The rows that arrived are kept.
    if (!(error instanceof Failure && error.code === 'conflict')) await store();
    throw error;
  }
  await store();
}

function newRow({ line, given, problems }: ArrivingRow, options: ImportOptions, timeZone: string): NewRow {
  if (problems !== undefined) return { line, given, identity: null, problems };
  const read = readRow(given, options, null, timeZone);
  if ('problems' in read) return { line, given, identity: null, problems: read.problems };
  return { line, given, identity: identityOf(read.draft), problems: null };
}

function interruption(error: unknown): string {
  return error instanceof Failure ? error.message : 'The upload was interrupted.';
}
