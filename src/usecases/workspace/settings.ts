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
import { Failure, refusedRequest } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { lockSettings, readSettings, saveSettings } from '../../store/workspace/settings.ts';
import { listUserTokenSecrets } from '../../store/workspace/user-token-secrets.ts';
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
    await requireSecret(tx, workspaceId, before, after);
    // Both come from one schema, so their keys are in the same order.
    if (JSON.stringify(before) === JSON.stringify(after)) return after;
    await saveSettings(tx, workspaceId, after, ctx.now());
    await recordAudit(ctx, tx, workspaceId, actor, 'settings.change', null, { before, after });
    return after;
  });
}

/** Without a secret, no token can be checked, so tokens cannot be required. */
async function requireSecret(
  tx: Tx,
  workspaceId: string,
  before: WorkspaceSettings,
  after: WorkspaceSettings,
): Promise<void> {
  const newly = (['messenger', 'fin'] as const).filter(
    (name) => after[name].require_user_token && !before[name].require_user_token,
  );
  if (newly.length === 0 || (await listUserTokenSecrets(tx, workspaceId)).length > 0) return;
  const why = 'needs a secret: add one in the console under Settings › User tokens';
  throw new Failure('invalid', 'A user token can only be required once there is a secret.', {
    fields: Object.fromEntries(newly.map((name) => [`${name}.require_user_token`, why])),
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
