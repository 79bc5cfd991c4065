// One turn of an import: claims rows, imports many at once, and saves their results together.

import type { Context } from '../../context.ts';
import { chunksOf } from '../../domain/chunks.ts';
import type { IntercomContact } from '../../domain/contacts/contact-draft.ts';
import { emailKey } from '../../domain/identity.ts';
import type { ClaimedRow, SettledRow } from '../../domain/imports/contact-import.ts';
import { failuresOfAnOutage } from '../../domain/runs/run.ts';
import { Failure } from '../../failure.ts';
import type { ContactImport } from '../../store/imports/contact-imports.ts';
import { claimRows, clearPause, markRowAttempted, settleRows } from '../../store/imports/import-work.ts';
import type { SubjectLock } from '../../store/subject-lock.ts';
import { timeZoneOf } from '../qualification/installed.ts';
import { type Trouble, troubleOf } from '../trouble.ts';
import { type ImportRowResult, importRow, putBack, type RowTask } from './import-row.ts';

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

/** What ended a turn; `attempts` counts this row's attempts. */
export type Met = { trouble: Trouble; attempts: number };

type Turn = {
  ctx: Context;
  contactImport: ContactImport;
  lock: SubjectLock;
  timeZone: string;
  until: number;
  pool: ReturnType<typeof createPool>;
  outcomes: ReturnType<typeof createOutcomes>;
  met: Met | null;
  /** Consecutive rows that could not reach Intercom. */
  failures: number;
  /** Our own database failed: the queue tries again. */
  broken: { error: unknown } | null;
};

/** Returns what ended it early. */
export async function workTurn(
  ctx: Context,
  contactImport: ContactImport,
  lock: SubjectLock,
): Promise<Met | null> {
  const turn = await openTurn(ctx, contactImport, lock);
  try {
    if (contactImport.pausedFor !== null) await endPause(turn);
    while (continues(turn)) {
      const rows = await claim(turn);
      if (rows.length > 0) await workRows(turn, rows);
      else if (turn.pool.size() === 0) break;
      // The remaining rows may have identities with earlier rows under way.
      else await settle(turn);
    }
  } finally {
    await settle(turn);
  }
  if (turn.broken) throw turn.broken.error;
  return turn.met;
}

async function openTurn(ctx: Context, contactImport: ContactImport, lock: SubjectLock): Promise<Turn> {
  const { now, database } = ctx;
  const outcomes = createOutcomes(now, async (rows) => {
    if (!lock.holds()) return;
    await database.transaction((tx) => settleRows(tx, contactImport, contactImport.turn, rows, now()));
  });
  return {
    ...{ ctx, contactImport, lock, outcomes },
    timeZone: await timeZoneOf(ctx, contactImport.workspaceId),
    until: now().getTime() + maxTurnMs,
    pool: createPool(maxInFlight),
    ...{ met: null, failures: 0, broken: null },
  };
}

function continues({ ctx, lock, until, met, broken }: Turn): boolean {
  return !met && !broken && lock.holds() && !ctx.stopping.aborted && ctx.now().getTime() < until;
}

async function endPause(turn: Turn): Promise<void> {
  const { ctx, contactImport } = turn;
  const isBack = await ctx.intercom.bulk.ping(contactImport.workspaceId).then(
    () => true,
    (error: unknown) => noteForAll(turn, error),
  );
  if (isBack) await clearPause(ctx.database.db, contactImport, contactImport.turn);
}

function claim({ ctx, contactImport }: Turn): Promise<ClaimedRow[]> {
  const wanted = { turn: contactImport.turn, limit: rowsPerClaim };
  return ctx.database.transaction((tx) => claimRows(tx, contactImport, wanted, ctx.now()));
}

async function workRows(turn: Turn, rows: readonly ClaimedRow[]): Promise<void> {
  const { ctx, pool, outcomes } = turn;
  const found = await candidatesFor(ctx, turn.contactImport.workspaceId, rows).catch((error: unknown) => {
    // Each row searches itself then, and fails by itself.
    noteForAll(turn, error);
    return undefined;
  });
  for (const row of rows) {
    await pool.waitForRoom();
    if (continues(turn)) pool.add(workRow(turn, row, found));
    else outcomes.add(putBack(row));
  }
}

async function workRow(
  turn: Turn,
  row: ClaimedRow,
  candidates: readonly IntercomContact[] | undefined,
): Promise<void> {
  try {
    const result = await importRow(turn.ctx, taskFor(turn, row, candidates));
    noteRow(turn, result);
    turn.outcomes.add(result.row);
    if (turn.outcomes.areDue()) await turn.outcomes.save();
  } catch (error) {
    breakOff(turn, error);
  }
}

/** For a call on behalf of many rows; true when it says nothing about the other calls of the turn. */
function noteForAll(turn: Turn, error: unknown): boolean {
  const trouble = troubleOf(error);
  if (trouble.of === 'database') breakOff(turn, error);
  else if (trouble.of !== 'work') turn.met ??= { trouble, attempts: 1 };
  return trouble.of === 'work';
}

function noteRow(turn: Turn, { row, trouble, error }: ImportRowResult): void {
  if (trouble === null) turn.failures = 0;
  else if (trouble.of === 'service') turn.failures += 1;
  if (trouble?.of === 'database') breakOff(turn, error);
  else if (trouble && (trouble.of !== 'service' || turn.failures >= failuresOfAnOutage)) {
    turn.met ??= { trouble, attempts: row.attempts };
  }
}

function breakOff(turn: Turn, error: unknown): void {
  turn.broken ??= { error };
}

/** A row without a saved outcome stays attempted, and the next turn looks it up. */
async function settle(turn: Turn): Promise<void> {
  await turn.pool.waitForAll();
  await turn.outcomes.save().catch((error: unknown) => breakOff(turn, error));
}

function taskFor(
  { ctx, contactImport, lock, timeZone }: Turn,
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
  const parts = chunksOf(emails, emailsPerSearch);
  const { contacts } = ctx.intercom.bulk;
  return (await Promise.all(parts.map((part) => contacts.search(workspaceId, 'email', part)))).flat();
}
