// Works the runs that are due, and wakes those that waited for a service.
import type { Context } from '../../context.ts';
import type { Pause } from '../../domain/runs/run.ts';

/** Works what is due of one subject, in order. */
export function workRuns(ctx: Context, workspaceId: string, subject: string): Promise<void> {
  return ctx.legacy.runs.work(workspaceId, subject);
}

/** Wakes the runs of a workspace that are paused for a service. */
export function resumeRuns(ctx: Context, workspaceId: string, service: Pause): Promise<void> {
  return ctx.legacy.runs.resume(workspaceId, service);
}
