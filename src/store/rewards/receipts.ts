// Receipt files with their lines.
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { JudgedReceipt, ReceiptOutcome } from '../../domain/rewards/receipt.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { workRows } from '../page-work.ts';
import { receiptFiles, receiptRows } from './schema-receipts.ts';

export type ReceiptFile = typeof receiptFiles.$inferSelect;

export const receiptFileRows = workRows(receiptFiles, {
  startedAt: 'uploadedAt',
  isUnderWay: eq(receiptFiles.state, 'running'),
});

const perInsert = 1_000;

export async function insertReceipts(
  tx: Tx,
  workspaceId: string,
  fileId: string,
  receipts: readonly JudgedReceipt[],
): Promise<void> {
  for (let start = 0; start < receipts.length; start += perInsert) {
    const rows = receipts.slice(start, start + perInsert);
    await tx.insert(receiptRows).values(rows.map((row) => ({ ...row, workspaceId, fileId })));
  }
}

export type ReceiptCount = {
  outcome: ReceiptOutcome;
  currency: string | null;
  count: number;
  amount: string | null;
};

/** By outcome and currency; amounts are those of the rewards. */
export async function countReceipts(
  db: Queryable,
  workspaceId: string,
  fileId: string,
): Promise<ReceiptCount[]> {
  const { rows } = await db.execute<ReceiptCount>(sql`
    select r.outcome, w.currency, count(*)::int as count, sum(w.amount::numeric)::text as amount
    from receipt_rows r
    left join rewards w on w.workspace_id = r.workspace_id and w.id = r.reward_id
    where r.workspace_id = ${workspaceId} and r.file_id = ${fileId}
    group by 1, 2 order by 2 nulls last`);
  return rows;
}

/** In the order of the file. */
export function listReceipts(
  db: Queryable,
  workspaceId: string,
  fileId: string,
  { outcome, after, limit }: { outcome: ReceiptOutcome; after: number; limit: number },
): Promise<JudgedReceipt[]> {
  return db
    .select({
      line: receiptRows.line,
      rewardId: receiptRows.rewardId,
      reference: receiptRows.reference,
      amount: receiptRows.amount,
      outcome: receiptRows.outcome,
      problem: receiptRows.problem,
    })
    .from(receiptRows)
    .where(and(owned(receiptRows, { workspaceId, fileId, outcome }), gt(receiptRows.line, after)))
    .orderBy(asc(receiptRows.line))
    .limit(limit);
}

export async function settleReceipts(
  tx: Tx,
  workspaceId: string,
  fileId: string,
  receipts: readonly JudgedReceipt[],
): Promise<void> {
  const lines = receipts.map(({ line }) => line);
  const outcomes = receipts.map(({ outcome }) => outcome);
  const problems = receipts.map(({ problem }) => problem);
  await tx.execute(sql`
    update receipt_rows set outcome = settled.outcome, problem = settled.problem
    from unnest(${sql.param(lines)}::int[], ${sql.param(outcomes)}::text[], ${sql.param(problems)}::text[])
      as settled (line, outcome, problem)
    where workspace_id = ${workspaceId} and file_id = ${fileId} and receipt_rows.line = settled.line`);
}
