// /api/v1/exports: everything of a workspace or a campaign as CSV.
import { z } from 'zod';
import type { Context } from '../../../context.ts';
import type { Actor } from '../../../domain/workspace/audit.ts';
import { type ExportName, startExport } from '../../../usecases/repair/export.ts';
import { type CsvFile, csvLine } from '../../csv.ts';
import { download, type Route } from '../route.ts';

const query = z.strictObject({ campaign_id: z.guid().optional().describe('Filter by campaign.') });

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
  audit: { operation: 'exportAudit', summary: 'Export the audit log as CSV' },
  people: { operation: 'exportPeople', summary: 'Export all people as CSV' },
  referrals: { operation: 'exportReferrals', summary: 'Export all referrals as CSV' },
  rewards: { operation: 'exportRewards', summary: 'Export all rewards with their recipients as CSV' },
  uncounted_joins: {
    operation: 'exportUncountedJoins',
    summary: 'Export joins without credit, with the reason, as CSV',
  },
  named_friends: {
    operation: 'exportNamedFriends',
    summary: 'Export friends named in the Messenger as CSV',
  },
  missing_referrals: {
    operation: 'exportMissingReferrals',
    summary: 'Export missing referrals reported through Fin as CSV',
  },
  fin_requests: { operation: 'exportFinRequests', summary: 'Export requests made through Fin as CSV' },
  decisions: { operation: 'exportDecisions', summary: 'Export all decisions of rules as CSV' },
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
