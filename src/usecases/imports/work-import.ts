// Works imports: many rows at once, in turns of a minute, through kills, outages and refused tokens, each contact once.
import type { Context } from '../../context.ts';
import { foldEmail } from '../../domain/contacts/contact.ts';
import type { IntercomContact } from '../../domain/contacts/contact-draft.ts';
import type { ClaimedRow, SettledRow } from '../../domain/imports/contact-import.ts';
import { failuresOfAnOutage } from '../../domain/runs/run.ts';
import { Failure } from '../../failure.ts';
import type { ContactImport } from '../../store/imports/contact-imports.ts';
import {
  beginTurn,
  claimRows,
  clearPause,
  endTurn,
  type ImportPause,
  interruptLostUploads,
  markRowAttempted,
  settleRows,
  takeDueImports,
  wakePausedImports,
} from '../../store/imports/import-work.ts';
import type { SubjectLock } from '../../store/subject-lock.ts';
import { enqueueImport } from './enqueue-import.ts';
import { importRow, putBack, type RowResult, type Trouble, troubleIn } from './import-row.ts';

/** What ended a turn; `attempts`: how often the row that met it has met it by now. */
type Met = { trouble: Trouble; attempts: number };

/** Wide enough for Intercom's 166 calls a second when a call, or taking up the next rows, takes two thirds of one. */
const maxInFlight = 128;
const rowsPerClaim = 100;
const settledTogether = 50;
const settledAfterMs = 1_000;
/** Jobs that take longer than two minutes are given to another worker. */
const maxTurnMs = 60_000;
const slowAfterMs = 10_000;

/** Takes an import up for a turn, unless another worker has it. Rejects when the database cannot be asked. */
export async function workImport(ctx: Context, workspaceId: string, importId: string): Promise<void> {
  const lock = await ctx.locks.take(workspaceId, `import ${importId}`);
  if (!lock) return;
  const key = { workspaceId, id: importId };
  try {
    const contactImport = await beginTurn(ctx.database.db, key, ctx.now());
    if (!contactImport) return;
    const { turn } = contactImport;
    const met = await createTurn(ctx, contactImport, lock).run();
    if (!lock.holds()) return;
    await ctx.database.transaction(async (tx) => {
      const isDue = await endTurn(tx, key, turn, met && pauseFor(ctx, met), ctx.now());
      if (isDue) await enqueueImport(ctx, tx, key);
    });
  } finally {
    await lock.release();
  }
}

function pauseFor(ctx: Context, { trouble: { kind, error, retryAfterSeconds }, attempts }: Met): ImportPause {
  const { importProbeMs } = ctx.timing;
  const after = (ms: number) => new Date(ctx.now().getTime() + ms);
  if (kind === 'refused') return { pausedFor: 'token', error, dueAt: after(12 * importProbeMs) };
  if (kind === 'unreachable') {
    // Where everything but the rows gets through, they fail in the end, after some ten minutes.
    return { pausedFor: 'intercom', error, dueAt: after(importProbeMs * 4 ** (attempts - 1)) };
  }
  const waitMs = retryAfterSeconds === undefined ? slowAfterMs : retryAfterSeconds * 1_000;
  return { pausedFor: null, error, dueAt: after(waitMs) };
}

/** Works imports that have waited long enough or lost their worker; interrupts uploads that lost their process. */
export async function sweepImports(ctx: Context): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    for (const key of await takeDueImports(tx, ctx.now())) await enqueueImport(ctx, tx, key);
    await interruptLostUploads(tx, ctx.now());
  });
}

/** The grant was renewed. */
export async function resumePausedImports(ctx: Context, workspaceId: string): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    const woken = await wakePausedImports(tx, workspaceId, 'token', ctx.now());
    for (const key of woken) await enqueueImport(ctx, tx, key);
  });
}

/** One worker's turn at one import. */
function createTurn(
  ctx: Context,
  contactImport: ContactImport,
  lock: SubjectLock,
): { run(): Promise<Met | null> } {
  const { now } = ctx;
  const { db, transaction } = ctx.database;
  const { turn } = contactImport;
  let inFlight = 0;
  let onSettled = () => {};
  let settledRows: SettledRow[] = [];
  let settling = Promise.resolve();
  let settledAt = now().getTime();
  let met: Met | null = null;
  let failures = 0;
  /** The database did not take what became of rows: they stay asked, and are looked up in the next turn. */
  let broken: { error: unknown } | null = null;

  async function run(): Promise<Met | null> {
    const until = now().getTime() + maxTurnMs;
    const continues = () =>
      !met && !broken && lock.holds() && !ctx.stopping.aborted && now().getTime() < until;
    try {
      if (contactImport.pausedFor !== null && (await isReachable()))
        await clearPause(db, contactImport, turn);
      while (continues()) {
        const rows = await transaction((tx) =>
          claimRows(tx, contactImport, { turn, limit: rowsPerClaim }, now()),
        );
        // The rest may be of identities with earlier rows in hand.
        if (rows.length === 0 && inFlight === 0) break;
        if (rows.length === 0) await allSettled();
        else await doAll(rows, continues);
      }
    } finally {
      await allSettled();
    }
    if (broken) throw broken.error;
    return met;
  }

  async function isReachable(): Promise<boolean> {
    return ctx.intercom.bulk.ping(contactImport.workspaceId).then(() => true, noteTrouble);
  }

  async function doAll(rows: readonly ClaimedRow[], continues: () => boolean): Promise<void> {
    const found = await candidatesFor(rows).catch(noteTrouble);
    for (const row of rows) {
      while (inFlight >= maxInFlight) await nextSettled();
      if (found && continues()) start(row, found);
      else settledRows.push(putBack(row));
    }
  }

  /** Fifty emails cost one call. */
  async function candidatesFor(rows: readonly ClaimedRow[]): Promise<IntercomContact[]> {
    const emails = rows.flatMap(({ given }) => foldEmail(String(given.email ?? '')) ?? []);
    return emails.length === 0 ? [] : searchEmails(ctx, contactImport.workspaceId, [...new Set(emails)]);
  }

  function noteTrouble(error: unknown): false {
    const trouble = error instanceof Failure ? troubleIn(error) : null;
    const words = error instanceof Error ? error.message : String(error);
    met ??= { trouble: trouble ?? { kind: 'unreachable', error: words }, attempts: 1 };
    return false;
  }

  function start(row: ClaimedRow, candidates: readonly IntercomContact[]): void {
    inFlight += 1;
    importRow(ctx, {
      workspaceId: contactImport.workspaceId,
      importId: contactImport.id,
      options: contactImport.options,
      row,
      candidates,
      async mayAsk(again) {
        const holds =
          lock.holds() &&
          (!again || (await markRowAttempted(db, contactImport, { turn, line: row.line }, now())));
        if (!holds) throw new Failure('conflict', 'the row was taken over meanwhile', { notDone: true });
      },
    })
      .then(take)
      .catch((error: unknown) => {
        broken ??= { error };
      })
      .finally(() => {
        inFlight -= 1;
        onSettled();
      });
  }

  function take({ row, trouble }: RowResult): Promise<void> | undefined {
    if (trouble === null) failures = 0;
    else if (trouble.kind === 'unreachable') failures += 1;
    const stops = trouble && (trouble.kind !== 'unreachable' || failures >= failuresOfAnOutage);
    if (stops) met ??= { trouble, attempts: row.attempts };
    settledRows.push(row);
    const late = now().getTime() - settledAt >= settledAfterMs;
    return settledRows.length >= settledTogether || late ? settle() : undefined;
  }

  /** One transaction after the other, each with all that there is by then. */
  function settle(): Promise<void> {
    settling = settling.then(async () => {
      const rows = settledRows;
      settledRows = [];
      settledAt = now().getTime();
      if (rows.length > 0 && lock.holds())
        await transaction((tx) => settleRows(tx, contactImport, turn, rows, now()));
    });
    return settling;
  }

  function nextSettled(): Promise<void> {
    return new Promise((resolve) => {
      onSettled = resolve;
    });
  }

  async function allSettled(): Promise<void> {
    while (inFlight > 0) await nextSettled();
    if (!broken) await settle();
  }

  return { run };
}

/** As many as one search takes; several searches need not wait for each other. */
const emailsPerSearch = 50;

async function searchEmails(
  ctx: Context,
  workspaceId: string,
  emails: readonly string[],
): Promise<IntercomContact[]> {
  const parts = Array.from({ length: Math.ceil(emails.length / emailsPerSearch) }, (_, at) =>
    emails.slice(at * emailsPerSearch, (at + 1) * emailsPerSearch),
  );
  const { contacts } = ctx.intercom.bulk;
  return (await Promise.all(parts.map((part) => contacts.search(workspaceId, 'email', part)))).flat();
}
