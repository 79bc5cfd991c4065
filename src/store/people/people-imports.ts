// Lists of people: their rows as they arrive, as work in pages takes them, and as pages show them.
import { and, asc, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import { addOutcomes, type OutcomeCounts, type RowOutcome } from '../../domain/people/people-import.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { workRows } from '../page-work.ts';
import { peopleImportRows, peopleImports } from './schema-people-imports.ts';

export type PeopleImport = typeof peopleImports.$inferSelect;
export type PeopleImportChanges = Partial<Omit<typeof peopleImports.$inferInsert, 'step' | 'touchedAt'>>;
export type PeopleImportRow = typeof peopleImportRows.$inferSelect;
export type PeopleImportKey = { workspaceId: string; id: string };

export const peopleImportList = workRows(peopleImports, {
  startedAt: 'createdAt',
  isUnderWay: inArray(peopleImports.state, ['checking', 'running', 'undoing']),
});

const rowsOf = ({ workspaceId, id }: PeopleImportKey) =>
  owned(peopleImportRows, { workspaceId, importId: id });

export type ArrivingPerson = Pick<PeopleImportRow, 'seq' | 'line' | 'cells'> & { problem: string | null };

/** One JSON parameter: a parameter per cell would exceed PostgreSQL's limit. */
export async function addPeopleRows(
  tx: Tx,
  { workspaceId, id }: PeopleImportKey,
  rows: readonly ArrivingPerson[],
  at: Date,
): Promise<void> {
  await tx.execute(sql`
    insert into ${peopleImportRows} (workspace_id, import_id, seq, line, cells, outcome, reason)
    select ${workspaceId}, ${id}::uuid, seq, line, cells,
      case when problem is not null then 'refused' end, 'The row ' || problem || '.'
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as given(seq int, line int, cells jsonb, problem text)`);
  const refused = rows.filter(({ problem }) => problem !== null).length;
  await tx
    .update(peopleImports)
    .set({
      rows: sql`${peopleImports.rows} + ${rows.length}`,
      counts: sql`case when ${refused}::int = 0 then ${peopleImports.counts} else jsonb_set(${peopleImports.counts},
        '{refused}', to_jsonb(coalesce((${peopleImports.counts} ->> 'refused')::int, 0) + ${refused}::int)) end`,
      touchedAt: at,
    })
    .where(owned(peopleImports, { workspaceId, id }));
}

export async function deletePeopleImport(db: Queryable, key: PeopleImportKey): Promise<void> {
  await db.delete(peopleImports).where(owned(peopleImports, key));
}

/** With this outcome, in order after the list's place; null for those that were not looked at yet. */
export function nextPeopleRows(
  tx: Tx,
  { place, ...key }: Pick<PeopleImport, 'workspaceId' | 'id' | 'place'>,
  outcome: RowOutcome | null,
  limit: number,
): Promise<PeopleImportRow[]> {
  const { outcome: column, seq } = peopleImportRows;
  const matches = outcome === null ? isNull(column) : eq(column, outcome);
  return tx
    .select()
    .from(peopleImportRows)
    .where(and(rowsOf(key), gt(seq, place), matches))
    .orderBy(asc(seq))
    .limit(limit);
}

export type RowResult = Pick<PeopleImportRow, 'seq' | 'reason'> & {
  outcome: RowOutcome;
} & Partial<Pick<PeopleImportRow, 'identity' | 'subjectId' | 'personId' | 'isNewPerson'>>;

/** What a result leaves out stays. */
export async function settlePeopleRows(
  tx: Tx,
  { workspaceId, id }: PeopleImportKey,
  results: readonly RowResult[],
): Promise<void> {
  await tx.execute(sql`
    update ${peopleImportRows} as row
    set outcome = settled.outcome, reason = settled.reason, identity = coalesce(settled.identity, row.identity),
      subject_id = coalesce(settled."subjectId", row.subject_id),
      person_id = coalesce(settled."personId", row.person_id),
      is_new_person = coalesce(settled."isNewPerson", row.is_new_person)
    from jsonb_to_recordset(${JSON.stringify(results)}::jsonb) as settled(seq int, outcome text, reason text,
      identity text, "subjectId" uuid, "personId" uuid, "isNewPerson" boolean)
    where row.workspace_id = ${workspaceId} and row.import_id = ${id}::uuid and row.seq = settled.seq`);
}

export function countsAfter(
  counts: OutcomeCounts,
  from: RowOutcome | null,
  results: readonly RowResult[],
): OutcomeCounts {
  const more: OutcomeCounts = {};
  for (const { outcome } of results) more[outcome] = (more[outcome] ?? 0) + 1;
  const left = from === null ? counts : addOutcomes(counts, { [from]: -results.length });
  return addOutcomes(left, more);
}

/** The line of the first row about each identity, among the usable ones before `seq`. */
export async function earlierLines(
  tx: Tx,
  { workspaceId, id }: PeopleImportKey,
  identities: readonly string[],
  seq: number,
): Promise<Map<string, number>> {
  const rows = await tx
    .select({ identity: peopleImportRows.identity, line: sql<number>`min(${peopleImportRows.line})` })
    .from(peopleImportRows)
    .where(
      and(
        eq(peopleImportRows.workspaceId, workspaceId),
        inArray(peopleImportRows.identity, [...identities]),
        eq(peopleImportRows.importId, id),
        sql`${peopleImportRows.seq} < ${seq}`,
        inArray(peopleImportRows.outcome, ['new', 'present']),
      ),
    )
    .groupBy(peopleImportRows.identity);
  return new Map(
    rows.flatMap(({ identity, line }) => (identity === null ? [] : [[identity, line] as const])),
  );
}

/** How many rows, by outcome and reason, the most frequent first. */
export async function countReasons(
  db: Queryable,
  key: PeopleImportKey,
  outcomes: readonly RowOutcome[],
): Promise<{ outcome: RowOutcome; reason: string; count: number }[]> {
  const { outcome, reason } = peopleImportRows;
  const number = sql<number>`count(*)::int`;
  const rows = await db
    .select({ outcome, reason, count: number })
    .from(peopleImportRows)
    .where(and(rowsOf(key), inArray(outcome, [...outcomes])))
    .groupBy(outcome, reason)
    .orderBy(sql`count(*) desc`)
    .limit(30);
  return rows.flatMap((row) =>
    row.outcome === null || row.reason === null ? [] : [{ ...row, outcome: row.outcome, reason: row.reason }],
  );
}

/** In the order of the list. */
export function findPeopleRows(
  db: Queryable,
  key: PeopleImportKey,
  { outcomes, after, limit }: { outcomes?: readonly RowOutcome[] | undefined; after: number; limit: number },
): Promise<PeopleImportRow[]> {
  const { outcome, seq } = peopleImportRows;
  return db
    .select()
    .from(peopleImportRows)
    .where(and(rowsOf(key), gt(seq, after), outcomes && inArray(outcome, [...outcomes])))
    .orderBy(asc(seq))
    .limit(limit);
}

/** For another try of all rows with other columns. */
export async function forgetOutcomes(tx: Tx, key: PeopleImportKey): Promise<OutcomeCounts> {
  const misfits = sql`${peopleImportRows.outcome} = 'refused' and ${peopleImportRows.reason} like 'The row %'`;
  await tx
    .update(peopleImportRows)
    .set({ outcome: null, reason: null, identity: null, subjectId: null, personId: null })
    .where(and(rowsOf(key), sql`${peopleImportRows.outcome} is not null and not (${misfits})`));
  const [left] = await tx
    .select({ count: sql<number>`count(*)::int` })
    .from(peopleImportRows)
    .where(and(rowsOf(key), eq(peopleImportRows.outcome, 'refused')));
  return left && left.count > 0 ? { refused: left.count } : {};
}
