// The tables of receipt files: lists of issued rewards that came back, with what each line does.
import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core';
import type { ReceiptOutcome } from '../../domain/rewards/receipt.ts';
import type { IdentifiedActor } from '../../domain/workspace/audit.ts';
import { references } from '../owned.ts';
import { moment, workspace } from '../schema.ts';

export const receiptFiles = pgTable(
  'receipt_files',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    name: text('name').notNull(),
    state: text('state').$type<'ready' | 'running' | 'done' | 'failed'>().notNull(),
    /** Lines up to this one are worked. */
    place: integer('place').notNull().default(0),
    /** Who confirmed it. */
    actor: jsonb('actor').$type<IdentifiedActor>(),
    /** What an undo takes. */
    changeId: uuid('change_id').notNull(),
    step: integer('step').notNull().default(0),
    trouble: text('trouble'),
    uploadedAt: moment('uploaded_at').notNull(),
    touchedAt: moment('touched_at').notNull(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    unique('receipt_files_in_workspace').on(table.workspaceId, table.id),
    index('receipt_files_under_way').on(table.touchedAt).where(sql`state = 'running'`),
    index('receipt_files_age').on(table.uploadedAt),
  ],
);

export const receiptRows = pgTable(
  'receipt_rows',
  {
    workspaceId: workspace(),
    fileId: uuid('file_id').notNull(),
    line: integer('line').notNull(),
    rewardId: uuid('reward_id'),
    reference: text('reference'),
    amount: text('amount'),
    outcome: text('outcome').$type<ReceiptOutcome>().notNull(),
    problem: text('problem'),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.fileId, table.line] }),
    index('receipt_rows_of_outcome').on(table.workspaceId, table.fileId, table.outcome, table.line),
    index('receipt_rows_of_reward').on(table.workspaceId, table.rewardId),
    references(table, table.fileId, receiptFiles),
  ],
);
