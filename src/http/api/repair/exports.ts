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

const described: Record<ExportName, { operation: string; summary: string }> = {
  audit: { operation: 'exportAudit', summary: 'The audit log of the workspace, as CSV' },
  people: { operation: 'exportPeople', summary: 'All people in the program, as CSV' },
  referrals: { operation: 'exportReferrals', summary: 'All referrals, as CSV' },
  rewards: { operation: 'exportRewards', summary: 'All rewards with who gets them, as CSV' },
  uncounted_joins: {
    operation: 'exportUncountedJoins',
    summary: 'Joins that led to no credit and why, as CSV',
  },
  named_friends: {
    operation: 'exportNamedFriends',
    summary: 'Whom referrers named in the Messenger, as CSV',
  },
  decisions: { operation: 'exportDecisions', summary: 'What rules decided about referrals and why, as CSV' },
};

export const exportRoutes: Route[] = (Object.keys(described) as ExportName[]).map(exported);

function exported(name: ExportName): Route {
  return download(`/exports/${name}.csv`, {
    ...described[name],
    query,
    find: ({ ctx, workspaceId, query, actor }) =>
      exportCsv(ctx, workspaceId, { name, campaignId: query.campaign_id }, actor),
  });
}
