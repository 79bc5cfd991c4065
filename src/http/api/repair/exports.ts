// /api/v1/exports: everything of a workspace or a campaign as CSV.
import { z } from 'zod';
import type { Context } from '../../../context.ts';
import type { Actor } from '../../../domain/workspace/audit.ts';
import { type ExportName, startExport } from '../../../usecases/repair/export.ts';
import { type CsvFile, csvLine } from '../../csv.ts';
import { download, type Route } from '../route.ts';

const query = z.strictObject({ campaign_id: z.guid().optional().describe('Of this campaign only.') });

export async function exportCsv(
  ctx: Context,
  workspaceId: string,
  which: { name: ExportName; campaignId?: string | undefined },
  actor: Actor,
): Promise<CsvFile> {
  const { name, columns, rows } = await startExport(ctx, workspaceId, which, actor);
  return { name, lines: csvLines(columns, rows) };
}

async function* csvLines(columns: string[], rows: AsyncIterable<unknown[]>): AsyncGenerator<string> {
  yield csvLine(columns);
  for await (const row of rows) yield csvLine(row);
}

export const exportRoutes: Route[] = [
  exported('people', 'exportPeople', 'All people in the program, as CSV'),
  exported('referrals', 'exportReferrals', 'All referrals, as CSV'),
  exported('decisions', 'exportDecisions', 'What rules decided about referrals and why, as CSV'),
];

function exported(name: ExportName, operation: string, summary: string): Route {
  return download(`/exports/${name}.csv`, {
    operation,
    summary,
    query,
    find: ({ ctx, workspaceId, query, actor }) =>
      exportCsv(ctx, workspaceId, { name, campaignId: query.campaign_id }, actor),
  });
}
