// Imports one row: finds or creates its contact and records the outcome.

import type { Context } from '../../context.ts';
import type { IntercomContact, OnDuplicate } from '../../domain/contacts/contact-draft.ts';
import { emailKey } from '../../domain/identity.ts';
import {
  attributesIn,
  type ClaimedRow,
  type ImportOptions,
  readRow,
  type SettledRow,
} from '../../domain/imports/contact-import.ts';
import { backoffMs } from '../../domain/runs/run.ts';
import { findOrCreateContact } from '../contacts/find-or-create.ts';
import { type Trouble, troubleOf } from '../trouble.ts';

/** `trouble` is one that other rows meet too: it stops the import for now. */
export type ImportRowResult = { row: SettledRow; trouble: Trouble | null; error?: unknown };

const maxAttempts = 5;

export type RowTask = {
  workspaceId: string;
  importId: string;
  options: ImportOptions;
  /** The workspace's. */
  timeZone: string;
  row: ClaimedRow;
  /** Found for many rows at once; undefined when that search was refused. */
  candidates: readonly IntercomContact[] | undefined;
  /** Rejects when another worker has the row. */
  mayAsk(again: boolean): Promise<void>;
};

export async function importRow(ctx: Context, task: RowTask): Promise<ImportRowResult> {
  const { workspaceId, row } = task;
  // Keeps the time of an earlier request until the next one.
  const asked = { at: row.attemptedAt };
  try {
    const names = attributesIn(row.given);
    const attributes = names.length > 0 ? await ctx.intercom.bulk.attributes.of(workspaceId, names) : [];
    const read = readRow(row.given, task.options, attributes, task.timeZone);
    if ('problems' in read) return settled(row, asked.at, 'failed', { problems: read.problems });
    const result = await findOrCreateContact(ctx, 'bulk', workspaceId, read.draft, policyOf(task.options), {
      linkedId: null,
      idempotencyKey: `${task.importId}:${row.line}`,
      attemptedAt: row.attemptedAt,
      ...(task.candidates && {
        candidates: task.candidates.filter((contact) => sameEmail(contact, read.draft.email)),
      }),
      async markAttempted() {
        const again = row.attemptedAt !== null;
        await task.mayAsk(again);
        asked.at = ctx.now();
      },
    });
    if ('waitUntil' in result) {
      const state = asked.at === null ? 'waiting' : 'attempted';
      return settled(row, asked.at, state, { error: result.why, dueAt: result.waitUntil });
    }
    const { outcome, contactId, why } = result;
    if (outcome === 'refused' || outcome === 'review')
      return settled(row, asked.at, 'failed', { contactId, error: why });
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
): ImportRowResult {
  const trouble = troubleOf(error);
  const about = { err: error, workspaceId, contactImport: importId, line: row.line };
  if (trouble.isUnexpected) ctx.log.error(about, 'a row of an import failed with an unexpected error');
  else ctx.log.warn(about, 'a row of an import did not succeed');
  // A refused request had no effect, so nothing has to be looked up.
  const isAsked = trouble.notDone ? row.attemptedAt : attemptedAt;
  const state = isAsked === null ? 'waiting' : 'attempted';
  switch (trouble.of) {
    case 'database':
      return { ...settled(row, isAsked, state, {}), trouble, error };
    case 'limit':
    case 'grant':
      return { ...settled(row, isAsked, state, { error: trouble.words }), trouble };
    case 'service':
      return { ...tried(ctx, row, isAsked, trouble), trouble };
    case 'work':
      return tried(ctx, row, isAsked, trouble);
  }
}

/** What does not answer may be Intercom or this row, so it counts as an attempt as well. */
function tried(ctx: Context, row: ClaimedRow, attemptedAt: Date | null, trouble: Trouble): ImportRowResult {
  const attempts = row.attempts + 1;
  const over = trouble.isFinal || trouble.isDenied || attempts >= maxAttempts;
  const dueAt = over ? null : new Date(ctx.now().getTime() + backoffMs(attempts, ctx.random));
  const state = attemptedAt === null ? 'waiting' : 'attempted';
  return settled(row, attemptedAt, over ? 'failed' : state, { error: trouble.words, attempts, dueAt });
}

function settled(
  row: ClaimedRow,
  attemptedAt: Date | null,
  state: SettledRow['state'],
  more: Partial<SettledRow>,
): ImportRowResult {
  const plain = { outcome: null, contactId: null, error: null, problems: null, dueAt: null };
  const { line, attempts } = row;
  const problems = more.problems ? { error: 'A value does not match the Intercom field' } : {};
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
  return email !== undefined && emailKey(contact.email) === emailKey(email);
}
