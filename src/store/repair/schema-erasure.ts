// The table of erasures: receipts that outlive their subjects.
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
    /** Emptied at the end. */
    sought: jsonb('sought').$type<Sought>(),
    /** The current table and block; null when all tables are swept. */
    place: jsonb('place').$type<{ table: string; block: number }>(),
    /** Lets only a reader who knows the subject recognize it. */
    subjectHash: text('subject_hash').notNull(),
    requestedBy: text('requested_by').notNull(),
    alsoInIntercom: boolean('also_in_intercom').notNull(),
    /** Contacts deleted or cleared of our data in Intercom; null until known. */
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
