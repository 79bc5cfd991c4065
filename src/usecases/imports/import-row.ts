// Imports one row: finds or creates its contact and records the outcome.

import type { Context } from '../../context.ts';
import type { IntercomContact, OnDuplicate } from '../../domain/contacts/contact-draft.ts';
import {
  type ClaimedRow,
  type ImportOptions,
  namesAttributes,
  readRow,
  type SettledRow,
} from '../../domain/imports/contact-import.ts';
import { backoffMs } from '../../domain/runs/run.ts';
import { Failure } from '../../failure.ts';
import { findOrCreateContact } from '../contacts/find-or-create.ts';

/** A problem that stops the whole import. */
export type Trouble = { kind: 'unreachable' | 'refused' | 'slow'; error: string; retryAfterSeconds?: number };

export type RowResult = { row: SettledRow; trouble: Trouble | null };

const maxAttempts = 5;

export type RowTask = {
  workspaceId: string;
  importId: string;
  options: ImportOptions;
  row: ClaimedRow;
  candidates: readonly IntercomContact[];
  /** Rejects when another worker has the row. */
  mayAsk(again: boolean): Promise<void>;
};

export async function importRow(ctx: Context, task: RowTask): Promise<RowResult> {
  const { workspaceId, row } = task;
  // Keeps the time of an earlier request until the next one.
  const asked = { at: row.attemptedAt };
  try {
    const attributes = namesAttributes(row.given) ? await ctx.intercom.bulk.attributes.of(workspaceId) : [];
    const read = readRow(row.given, task.options, attributes);
    if ('problems' in read) return settled(row, asked.at, 'failed', { problems: read.problems });
    const result = await findOrCreateContact(ctx, 'bulk', workspaceId, read.draft, policyOf(task.options), {
      linkedId: null,
      idempotencyKey: `${task.importId}:${row.line}`,
      attemptedAt: row.attemptedAt,
      candidates: task.candidates.filter((contact) => sameEmail(contact, read.draft.email)),
      async markAttempted() {
        const again = row.attemptedAt !== null;
        await task.mayAsk(again);
        asked.at = ctx.now();
      },
    });
    if ('waitUntil' in result) {
      return settled(row, asked.at, 'attempted', { error: result.why, dueAt: result.waitUntil });
    }
    const { outcome, contactId, why } = result;
    if (outcome === 'refused') return settled(row, asked.at, 'failed', { contactId, error: why });
    return settled(row, asked.at, 'done', { outcome, contactId });
  } catch (error) {
    return failed(ctx, task, asked.at, error);
  }
}

function failed(
  ctx: Context,
  { workspaceId, importId, row }: RowTask,
  attemptedAt: Date | null,
  error: unknown,
): RowResult {
  const why = error instanceof Error ? error.message : String(error);
  const failure = error instanceof Failure ? error : new Failure('unexpected', why);
  const about = { err: error, workspaceId, contactImport: importId, line: row.line };
  if (failure.code === 'unexpected') ctx.log.error(about, 'a row of an import met an error');
  else ctx.log.warn(about, 'a row of an import did not succeed');
  // A refused request had no effect, so nothing has to be looked up.
  const isAsked = failure.notDone || turnedAway.has(failure.code) ? row.attemptedAt : attemptedAt;
  const trouble = troubleIn(failure);
  if (!trouble && failure.code !== 'unexpected') return settled(row, isAsked, 'failed', { error: why });
  const state = isAsked === null ? 'waiting' : 'attempted';
  if (trouble && trouble.kind !== 'unreachable')
    return { ...settled(row, isAsked, state, { error: why }), trouble };
  // The cause may be Intercom, our database, or this row.
  const attempts = row.attempts + 1;
  const over = attempts >= maxAttempts;
  const dueAt = over ? null : new Date(ctx.now().getTime() + backoffMs(attempts, ctx.random));
  return { ...settled(row, isAsked, over ? 'failed' : state, { error: why, attempts, dueAt }), trouble };
}

const turnedAway: ReadonlySet<string> = new Set(['unauthorized', 'rate-limited']);

export function troubleIn({ code, message, retryAfterSeconds }: Failure): Trouble | null {
  switch (code) {
    case 'unavailable':
      return { kind: 'unreachable', error: message };
    case 'unauthorized':
      return { kind: 'refused', error: message };
    case 'rate-limited':
      return { kind: 'slow', error: message, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
    default:
      return null;
  }
}

function settled(
  row: ClaimedRow,
  attemptedAt: Date | null,
  state: SettledRow['state'],
  more: Partial<SettledRow>,
): RowResult {
  const plain = { outcome: null, contactId: null, error: null, problems: null, dueAt: null };
  const { line, attempts } = row;
  const problems = more.problems ? { error: 'The row does not fit what Intercom has' } : {};
  return { row: { line, attempts, attemptedAt, state, ...plain, ...problems, ...more }, trouble: null };
}

/** For a row that was claimed and not started. */
export function putBack(row: ClaimedRow): SettledRow {
  return settled(row, row.attemptedAt, row.attemptedAt === null ? 'waiting' : 'attempted', {}).row;
}

function policyOf({ on_duplicate, lead_where_user_wanted, archived }: ImportOptions): OnDuplicate {
  return { policy: on_duplicate, lead_where_user_wanted, archived };
}

function sameEmail(contact: IntercomContact, email: string | undefined): boolean {
  return email !== undefined && contact.email?.trim().toLowerCase() === email;
}
