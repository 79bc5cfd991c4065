// The settings of a workspace.
import type { Context } from '../../context.ts';
import { contradictionIn } from '../../domain/enrollment/enrollment.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import {
  type CampaignSettings,
  changedWorkspace,
  type WorkspaceChanges,
  type WorkspaceSettings,
} from '../../domain/workspace/settings.ts';
import { refusedRequest } from '../../failure.ts';
import { lockSettings, readSettings, saveSettings } from '../../store/workspace/settings.ts';
import { query } from '../query.ts';
import { recordAudit } from './record-audit.ts';

export const getSettings = query(readSettings);

/** Returns all settings. */
export function changeSettings(
  ctx: Context,
  workspaceId: string,
  changes: WorkspaceChanges,
  actor: Actor,
): Promise<WorkspaceSettings> {
  return ctx.database.transaction(async (tx) => {
    const before = await lockSettings(tx, workspaceId, ctx.now());
    const after = changedWorkspace(before, changes);
    // Both come from one schema, so their keys are in the same order.
    if (JSON.stringify(before) === JSON.stringify(after)) return after;
    await saveSettings(tx, workspaceId, after, ctx.now());
    await recordAudit(ctx, tx, workspaceId, actor, 'settings.change', null, { before, after });
    return after;
  });
}

/** Throws `invalid` when two settings contradict each other. */
export function consistent(settings: CampaignSettings): CampaignSettings {
  for (const side of ['leads', 'referrers'] as const) {
    const message = contradictionIn(settings.enrollment[side]);
    if (message === null) continue;
    throw refusedRequest({ [`settings.enrollment.${side}.email`]: message });
  }
  return settings;
}
