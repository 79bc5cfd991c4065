// Watching and controlling imports.
import type { Context } from '../../context.ts';
import {
  type ImportRow,
  type ImportState,
  type RowState,
  totalOf,
} from '../../domain/imports/contact-import.ts';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import type { Actor, AuditAction } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import {
  type ContactImport,
  changeImportState,
  findFailedColumns,
  findImport,
  findImportRows,
  findImports,
  retryFailedRows,
} from '../../store/imports/contact-imports.ts';
import { mapPage } from '../../store/page.ts';
import { found } from '../found.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { enqueueImport } from './enqueue-import.ts';

/** The command line imports too, without the rest of the app. */
export type ImportContext = Pick<Context, 'database' | 'queue' | 'now' | 'newId' | 'log'>;

/** Rows per second and seconds left; null while unknown. */
export type ImportPace = { perSecond: number; secondsLeft: number } | null;

export type ImportView = ContactImport & { settled: number; pace: ImportPace };

const rowsReadTogether = 500;

export const viewOf = (ctx: Pick<Context, 'now'>, contactImport: ContactImport): ImportView => ({
  ...contactImport,
  settled: totalOf(contactImport.counts),
  pace: paceOf(contactImport, ctx.now()),
});

export async function listImports(
  ctx: ImportContext,
  workspaceId: string,
  page: PageRequest,
): Promise<Page<ImportView>> {
  const imports = await findImports(ctx.database.db, workspaceId, page);
  return mapPage(imports, (contactImport) => viewOf(ctx, contactImport));
}

export async function readImport(ctx: ImportContext, workspaceId: string, id: string): Promise<ImportView> {
  return viewOf(ctx, found(await findImport(ctx.database.db, workspaceId, id), 'import'));
}

/** In file order; `after` is the last page's last line. */
export async function listImportRows(
  ctx: ImportContext,
  workspaceId: string,
  id: string,
  filter: { states?: readonly RowState[] | undefined; after: number; limit: number },
): Promise<ImportRow[]> {
  await readImport(ctx, workspaceId, id);
  return findImportRows(ctx.database.db, { workspaceId, id }, filter);
}

/** Both can be read only once. */
export async function readFailedRows(
  ctx: ImportContext,
  workspaceId: string,
  id: string,
): Promise<{ columns: string[]; rows: AsyncIterable<ImportRow> }> {
  const contactImport = await readImport(ctx, workspaceId, id);
  const columns = contactImport.columns ?? (await findFailedColumns(ctx.database.db, contactImport));
  return { columns, rows: failedRows(ctx, contactImport) };
}

async function* failedRows(
  ctx: ImportContext,
  key: { workspaceId: string; id: string },
): AsyncGenerator<ImportRow> {
  const states = ['failed', 'invalid'] as const;
  for (let after = 0; ; ) {
    const rows = await findImportRows(ctx.database.db, key, { states, after, limit: rowsReadTogether });
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < rowsReadTogether) return;
    after = last.line;
  }
}

type ImportChange = {
  from: readonly ImportState[];
  /** The states in which it is done already, so that repeating it changes nothing, however far the work has come. */
  done: readonly ImportState[];
  to: 'running' | 'paused' | 'canceled';
  action: Extract<AuditAction, `import.${string}`>;
};

/** Starting an import that waits is resuming it. */
const importChanges = {
  start: {
    from: ['paused', 'interrupted'],
    done: ['running', 'done'],
    to: 'running',
    action: 'import.start',
  },
  pause: { from: ['running'], done: ['paused'], to: 'paused', action: 'import.pause' },
  resume: {
    from: ['paused', 'interrupted'],
    done: ['running', 'done'],
    to: 'running',
    action: 'import.resume',
  },
  cancel: {
    from: ['receiving', 'interrupted', 'running', 'paused'],
    done: ['canceled'],
    to: 'canceled',
    action: 'import.cancel',
  },
} as const satisfies Record<string, ImportChange>;
export type ImportChangeName = keyof typeof importChanges;

/** Throws `not-found`, or `conflict` when the state does not allow it. */
export async function changeImport(
  ctx: ImportContext,
  workspaceId: string,
  id: string,
  change: ImportChangeName,
  actor: Actor,
): Promise<ImportView> {
  const { from, done, to, action }: ImportChange = importChanges[change];
  const changed = await ctx.database.transaction(async (tx) => {
    const contactImport = await changeImportState(tx, { workspaceId, id }, from, to, ctx.now());
    if (!contactImport) return null;
    if (to === 'running') await enqueueImport(ctx, tx, contactImport);
    await recordAudit(ctx, tx, workspaceId, actor, action, id, {});
    return contactImport;
  });
  if (changed) return viewOf(ctx, changed);
  const present = await readImport(ctx, workspaceId, id);
  if (done.includes(present.state)) return present;
  throw notNow(present);
}

export async function retryImport(
  ctx: ImportContext,
  workspaceId: string,
  id: string,
  actor: Actor,
): Promise<{ contactImport: ImportView; retried: number }> {
  const result = await ctx.database.transaction(async (tx) => {
    const before = await retryFailedRows(tx, { workspaceId, id }, ctx.now());
    if (!before || before.retried === 0) return before;
    // A running or paused import has a job, or gets one on resume.
    if (before.contactImport.state === 'running') await enqueueImport(ctx, tx, before.contactImport);
    await recordAudit(ctx, tx, workspaceId, actor, 'import.retry', id, {});
    return before;
  });
  if (result) return { ...result, contactImport: viewOf(ctx, result.contactImport) };
  throw notNow(await readImport(ctx, workspaceId, id));
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
  new Failure('conflict', `The import is ${state}, so this cannot be done now.`);
