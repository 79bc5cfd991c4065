// Exports people, referrals or decisions in the memory of one page.
import type { Context } from '../../context.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { type ExportName, exportFiles } from '../../store/repair/exports.ts';
import { recordAudit } from '../workspace/record-audit.ts';

export type { ExportName };

const perPage = 500;

/** No transaction: concurrent changes may or may not be included. */
export async function startExport(
  ctx: Context,
  workspaceId: string,
  { name, campaignId }: { name: ExportName; campaignId?: string | undefined },
  actor: Actor,
): Promise<{ name: string; columns: string[]; rows: AsyncIterable<unknown[]> }> {
  const fileName = `${name}.csv`;
  await ctx.database.transaction((tx) =>
    recordAudit(ctx, tx, workspaceId, actor, 'export.download', null, { name: fileName, campaignId }),
  );
  const rows = readRows(ctx, workspaceId, name, campaignId);
  return { name: fileName, columns: exportFiles[name].columns, rows };
}

async function* readRows(
  ctx: Context,
  workspaceId: string,
  name: ExportName,
  campaignId: string | undefined,
): AsyncGenerator<unknown[]> {
  let after: Record<string, unknown> | null = null;
  for (;;) {
    const which = { campaignId, after, limit: perPage };
    const rows: Record<string, unknown>[] = await exportFiles[name].read(ctx.database.db, workspaceId, which);
    for (const row of rows) yield Object.values(row);
    if (rows.length < perPage) return;
    after = rows.at(-1) ?? null;
  }
}
