// Works imports: many rows at once in one-minute turns, safe through kills, outages and refused tokens.

import type { Context } from '../../context.ts';
import type { IntercomContact } from '../../domain/contacts/contact-draft.ts';
import { emailKey } from '../../domain/identity.ts';
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
import { timeZoneOf } from '../qualification/installed.ts';
import { type Trouble, troubleOf } from '../trouble.ts';
import { enqueueImport } from './enqueue-import.ts';
import { importRow, putBack, type RowResult, type RowTask } from './import-row.ts';

/** What ended a turn; `attempts` counts this row's attempts. */
type Met = { trouble: Trouble; attempts: number };

/**
 * Enough for Intercom's 166 calls a second when a call, or claiming the next rows, takes two thirds of a
 * second.
 */
const maxInFlight = 128;
const rowsPerClaim = 100;
const settledTogether = 50;
const settledAfterMs = 1_000;
/** The queue gives jobs that take over two minutes to another worker. */
const maxTurnMs = 60_000;
const slowAfterMs = 10_000;

/** Runs one turn, unless another worker has the import. Rejects when the database fails. */
export async function workImport(ctx: Context, workspaceId: string, importId: string): Promise<void> {
  const lock = await ctx.locks.take(workspaceId, `import ${importId}`);
  if (!lock) return;
  const key = { workspaceId, id: importId };
  try {
    const contactImport = await beginTurn(ctx.database.db, key, ctx.now());
    if (!contactImport) return;
    const { turn } = contactImport;
    const met = await workTurn(ctx, contactImport, lock);
    if (!lock.holds()) return;
    await ctx.database.transaction(async (tx) => {
      const isDue = await endTurn(tx, key, turn, met && pauseFor(ctx, met), ctx.now());
      if (isDue) await enqueueImport(ctx, tx, key);
    });
  } finally {
    await lock.release();
  }
}

function pauseFor(ctx: Context, { trouble, attempts }: Met): ImportPause {
  const { importProbeMs } = ctx.timing;
  const { of, words: error, retryAfterSeconds } = trouble;
  const after = (ms: number) => new Date(ctx.now().getTime() + ms);
  if (of === 'grant') return { pausedFor: 'token', error, dueAt: after(12 * importProbeMs) };
  if (of === 'limit') {
    const waitMs = retryAfterSeconds === undefined ? slowAfterMs : retryAfterSeconds * 1_000;
    return { pausedFor: null, error, dueAt: after(waitMs) };
  }
  // If only the rows fail, they end as failed after about ten minutes.
  return { pausedFor: 'intercom', error, dueAt: after(importProbeMs * 4 ** (attempts - 1)) };
}

/** Works imports that are due or lost their worker; interrupts uploads that lost their process. */
export async function sweepImports(ctx: Context): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    for (const key of await takeDueImports(tx, ctx.now())) await enqueueImport(ctx, tx, key);
    await interruptLostUploads(tx, ctx.now());
  });
}

/** For a renewed grant. */
export async function resumePausedImports(ctx: Context, workspaceId: string): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    const woken = await wakePausedImports(tx, workspaceId, 'token', ctx.now());
    for (const key of woken) await enqueueImport(ctx, tx, key);
  });
}

type TurnState = {
  met: Met | null;
  /** Consecutive rows that could not reach Intercom. */
  failures: number;
  /** Our own database failed: the queue tries again. */
  broken: { error: unknown } | null;
};

/** Returns what ended it early. */
async function workTurn(ctx: Context, contactImport: ContactImport, lock: SubjectLock): Promise<Met | null> {
  const { now, database } = ctx;
  const { workspaceId, turn, pausedFor } = contactImport;
  const timeZone = await timeZoneOf(ctx, workspaceId);
  const state: TurnState = { met: null, failures: 0, broken: null };
  const pool = createPool(maxInFlight);
  const outcomes = createOutcomes(now, async (rows) => {
    if (!lock.holds()) return;
    await database.transaction((tx) => settleRows(tx, contactImport, turn, rows, now()));
  });
  const until = now().getTime() + maxTurnMs;
  const continues = () =>
    !state.met && !state.broken && lock.holds() && !ctx.stopping.aborted && now().getTime() < until;
  const breakOff = (error: unknown) => {
    state.broken ??= { error };
  };

  /** For a call on behalf of many rows; true when it says nothing about the other calls of the turn. */
  function note(error: unknown): boolean {
    const trouble = troubleOf(error);
    if (trouble.of === 'database') breakOff(error);
    else if (trouble.of !== 'work') state.met ??= { trouble, attempts: 1 };
    return trouble.of === 'work';
  }

  async function doAll(rows: readonly ClaimedRow[]): Promise<void> {
    const found = await candidatesFor(ctx, workspaceId, rows).catch((error: unknown) => {
      // Each row searches itself then, and fails by itself.
      note(error);
      return undefined;
    });
    for (const row of rows) {
      await pool.waitForRoom();
      if (continues()) {
        const work = importRow(ctx, taskFor(ctx, { contactImport, timeZone }, lock, row, found));
        pool.add(work.then(take).catch(breakOff));
      } else outcomes.add(putBack(row));
    }
  }

  function take({ row, trouble, error }: RowResult): Promise<void> | undefined {
    if (trouble === null) state.failures = 0;
    else if (trouble.of === 'service') state.failures += 1;
    if (trouble?.of === 'database') breakOff(error);
    else if (trouble && (trouble.of !== 'service' || state.failures >= failuresOfAnOutage))
      state.met ??= { trouble, attempts: row.attempts };
    outcomes.add(row);
    return outcomes.areDue() ? outcomes.save() : undefined;
  }

  async function settle(): Promise<void> {
    await pool.waitForAll();
    // A row without a saved outcome stays attempted, and the next turn looks it up.
    await outcomes.save().catch(breakOff);
  }

  try {
    const isBack = pausedFor !== null && (await ctx.intercom.bulk.ping(workspaceId).then(() => true, note));
    if (isBack) await clearPause(database.db, contactImport, turn);
    while (continues()) {
      const claim = { turn, limit: rowsPerClaim };
      const rows = await database.transaction((tx) => claimRows(tx, contactImport, claim, now()));
      if (rows.length > 0) await doAll(rows);
      else if (pool.size() === 0) break;
      // The remaining rows may have identities with earlier rows under way.
      else await settle();
    }
  } finally {
    await settle();
  }
  if (state.broken) throw state.broken.error;
  return state.met;
}

function taskFor(
  ctx: Context,
  { contactImport, timeZone }: { contactImport: ContactImport; timeZone: string },
  lock: SubjectLock,
  row: ClaimedRow,
  candidates: readonly IntercomContact[] | undefined,
): RowTask {
  const { workspaceId, id: importId, options, turn } = contactImport;
  const mark = () => markRowAttempted(ctx.database.db, contactImport, { turn, line: row.line }, ctx.now());
  return {
    ...{ workspaceId, importId, options, timeZone, row, candidates },
    async mayAsk(again) {
      const holds = lock.holds() && (!again || (await mark()));
      if (!holds) throw new Failure('conflict', 'the row was taken over meanwhile', { notDone: true });
    },
  };
}

/** At most `limit` at once. The work must not reject. */
function createPool(limit: number) {
  let size = 0;
  let onEnd = () => {};
  const nextEnd = () =>
    new Promise<void>((resolve) => {
      onEnd = resolve;
    });
  return {
    size: () => size,
    add(work: Promise<void>): void {
      size += 1;
      void work.finally(() => {
        size -= 1;
        onEnd();
      });
    },
    async waitForRoom(): Promise<void> {
      while (size >= limit) await nextEnd();
    },
    async waitForAll(): Promise<void> {
      while (size > 0) await nextEnd();
    },
  };
}

/** Saves outcomes one transaction at a time, each with all that have arrived. */
function createOutcomes(now: () => Date, saveRows: (rows: readonly SettledRow[]) => Promise<void>) {
  let unsaved: SettledRow[] = [];
  let saving = Promise.resolve();
  let savedAt = now().getTime();
  return {
    add: (row: SettledRow) => void unsaved.push(row),
    areDue: () => unsaved.length >= settledTogether || now().getTime() - savedAt >= settledAfterMs,
    save(): Promise<void> {
      saving = saving.then(async () => {
        const rows = unsaved;
        unsaved = [];
        savedAt = now().getTime();
        if (rows.length > 0) await saveRows(rows);
      });
      return saving;
    },
  };
}

/** One call finds fifty emails. */
async function candidatesFor(
  ctx: Context,
  workspaceId: string,
  rows: readonly ClaimedRow[],
): Promise<IntercomContact[]> {
  const emails = rows.flatMap(({ given }) => emailKey(String(given.email ?? '')) ?? []);
  return emails.length === 0 ? [] : searchEmails(ctx, workspaceId, [...new Set(emails)]);
}

/** Intercom's limit for one search; several searches run in parallel. */
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
