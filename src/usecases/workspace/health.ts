// An installation's health: returned on request, and reported on change.
import type { Context } from '../../context.ts';
import { type Health, healthOf, isSameHealth } from '../../domain/workspace/health.ts';
import { Failure } from '../../failure.ts';
import {
  claimReport,
  forgetRefusedCalls,
  listDueReports,
  listRefused,
  readSigns,
  saveReported,
} from '../../store/workspace/installation-checks.ts';

/** After Intercom rejected a report. */
const retryMs = 10 * 60_000;

/** Our own errors are UNKNOWN, since teammates cannot fix them. */
export async function installationHealth(ctx: Context, workspaceId: string): Promise<Health> {
  try {
    return await judge(ctx, workspaceId);
  } catch (error) {
    ctx.log.warn({ err: error, workspaceId }, 'the health of an installation could not be determined');
    return { state: 'UNKNOWN' };
  }
}

/** Every minute. */
export async function reportHealth(ctx: Context): Promise<void> {
  const { db } = ctx.database;
  await recheckAccess(ctx);
  const before = new Date(ctx.now().getTime() - retryMs);
  for (const { workspaceId, reported } of await listDueReports(db, before)) {
    const health = await judge(ctx, workspaceId);
    if (isSameHealth(health, reported)) continue;
    if (!(await claimReport(db, workspaceId, before, ctx.now()))) continue;
    try {
      await ctx.intercomAccess.reportHealth(workspaceId, health);
      await saveReported(db, workspaceId, health);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      ctx.log.warn({ err: error, workspaceId }, 'the health of an installation could not be reported');
    }
  }
}

/** A call that was refused may never be made again, so the grant is tried instead. */
async function recheckAccess(ctx: Context): Promise<void> {
  for (const { workspaceId, calls } of await listRefused(ctx.database.db)) {
    const isWhole = await ctx.intercomAccess.isWhole(workspaceId).catch(() => false);
    if (isWhole) await forgetRefusedCalls(ctx.database.db, workspaceId, calls);
  }
}

async function judge({ config, database, now }: Context, workspaceId: string): Promise<Health> {
  const connectUrl = `${config.publicUrl}/console/connect`;
  return healthOf(await readSigns(database.db, workspaceId), now(), connectUrl);
}
