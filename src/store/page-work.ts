// Rows of paged work, the same for every table.
import { and, asc, desc, eq, lt, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { WorkKey } from '../domain/page-work.ts';
import type { Page, PageRequest } from '../domain/program/program.ts';
import type { Queryable, Tx } from './database.ts';
import { owned } from './owned.ts';
import { olderThan, toPage } from './page.ts';

/** `id` is unique within its workspace; the column may have another name. */
type WorkTable = PgTable &
  Record<'workspaceId' | 'id', ColumnOf<string>> &
  Record<'step' | 'trouble' | 'touchedAt', PgColumn>;
type ColumnOf<T> = PgColumn & { _: { data: T; notNull: true } };

type ChangedByStore = 'step' | 'touchedAt';

export type WorkRows = Pick<ReturnType<typeof workRows>, 'isLockedUnderWay' | 'change' | 'abandoned'>;

/** Lists are ordered by `startedAt`, newest first. */
export function workRows<T extends WorkTable, At extends string & keyof T['$inferSelect'] & keyof T>(
  table: T,
  options: { startedAt: At; isUnderWay: SQL | undefined },
) {
  type Row = T['$inferSelect'];
  const rows: WorkTable = table;
  const startedAt = table[options.startedAt] as PgColumn;
  const byKey = ({ workspaceId, id }: WorkKey) => owned(rows, { workspaceId, id });

  return {
    async add(tx: Tx, row: Omit<T['$inferInsert'], ChangedByStore> & Record<At, Date>): Promise<void> {
      await tx.insert(rows).values({ ...row, touchedAt: row[options.startedAt] });
    },
    async find(db: Queryable, workspaceId: string, id: string): Promise<Row | null> {
      const [found] = await db.select().from(rows).where(byKey({ workspaceId, id }));
      return found ?? null;
    },
    async list(db: Queryable, workspaceId: string, page: PageRequest, filter?: SQL): Promise<Page<Row>> {
      const older = page.after === null ? undefined : olderThan(startedAt, rows.id, page.after);
      const found = await db
        .select()
        .from(rows)
        .where(and(eq(rows.workspaceId, workspaceId), filter, older))
        .orderBy(desc(startedAt), desc(rows.id))
        .limit(page.limit + 1);
      const position = (row: Row) => ({ at: row[options.startedAt] as Date, id: row.id as string });
      return toPage(found, page.limit, position);
    },
    async lock(tx: Tx, key: WorkKey): Promise<Row | null> {
      const [locked] = await tx.select().from(rows).where(byKey(key)).for('update');
      return locked ?? null;
    },
    async isLockedUnderWay(tx: Tx, key: WorkKey): Promise<boolean> {
      const locked = await tx
        .select({ id: rows.id })
        .from(rows)
        .where(and(byKey(key), options.isUnderWay))
        .for('update');
      return locked.length > 0;
    },
    async change(
      tx: Tx,
      key: WorkKey,
      changes: Partial<Omit<T['$inferInsert'], ChangedByStore>>,
      at: Date,
    ): Promise<void> {
      await tx
        .update(rows)
        .set({ ...changes, step: sql`${rows.step} + 1`, touchedAt: at })
        .where(byKey(key));
    },
    async abandoned(db: Queryable, before: Date): Promise<WorkKey[]> {
      return db
        .select({ workspaceId: rows.workspaceId, id: rows.id })
        .from(rows)
        .where(and(options.isUnderWay, lt(rows.touchedAt, before)))
        .orderBy(asc(rows.touchedAt))
        .limit(100);
    },
  };
}
