// The table of erasures: the receipts, which outlive what they are about.
import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import type { ErasedCounts, Sought } from '../../domain/repair/erasure.ts';
import { moment, workspace } from '../schema.ts';

export const erasures = pgTable(
  'erasures',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    state: text('state').$type<'running' | 'done'>().notNull(),
    step: integer('step').notNull().default(0),
    /** Emptied when it is done. */
    sought: jsonb('sought').$type<Sought>(),
    /** Where it is: the table and the block in it; null once all tables are through. */
    place: jsonb('place').$type<{ table: string; block: number }>(),
    /** What it was asked for by, in a form that tells it only to who knows it. */
    subjectHash: text('subject_hash').notNull(),
    requestedBy: text('requested_by').notNull(),
    alsoInIntercom: boolean('also_in_intercom').notNull(),
    /** How many contacts are deleted, or cleared of what this app wrote, in Intercom; null until that is known. */
    contacts: integer('contacts'),
    erased: jsonb('erased').$type<ErasedCounts>().notNull(),
    trouble: text('trouble'),
    requestedAt: moment('requested_at').notNull(),
    touchedAt: moment('touched_at').notNull(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    unique('erasures_in_workspace').on(table.workspaceId, table.id),
    index('erasures_newest').on(table.workspaceId, table.requestedAt, table.id),
    index('erasures_under_way').on(table.touchedAt).where(sql`state = 'running'`),
  ],
);
