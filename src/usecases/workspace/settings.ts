// The settings of a workspace, as its company reads and changes them.
import { contradictionIn } from '../../domain/enrollment/enrollment.ts';
import {
  type CampaignSettings,
  changedWorkspace,
  type WorkspaceChanges,
  type WorkspaceSettings,
} from '../../domain/workspace/settings.ts';
import { Failure } from '../../failure.ts';
import type { Actor, Audit } from './audit.ts';

export type SettingsDeps<Tx> = {
  settings: {
    read(workspaceId: string): Promise<WorkspaceSettings>;
    change(
      workspaceId: string,
      change: (present: WorkspaceSettings) => WorkspaceSettings,
      at: Date,
      then: (tx: Tx, before: WorkspaceSettings, after: WorkspaceSettings) => Promise<void>,
    ): Promise<WorkspaceSettings>;
  };
  audit: Pick<Audit<Tx>, 'record'>;
  now(): Date;
};

export type Settings = ReturnType<typeof createSettings>;

export function createSettings<Tx>({ settings, audit, now }: SettingsDeps<Tx>) {
  return {
    read: settings.read,
    /** Resolves with all settings as they are then. */
    change: (workspaceId: string, changes: WorkspaceChanges, by: Actor): Promise<WorkspaceSettings> =>
      settings.change(
        workspaceId,
        (present) => changedWorkspace(present, changes),
        now(),
        (tx, before, after) =>
          audit.record(workspaceId, by, 'changed the settings of the workspace', { before, after }, tx),
      ),
  };
}

/** The same settings. Throws a Failure `invalid` where two of them cannot stand together. */
export function consistent(settings: CampaignSettings): CampaignSettings {
  for (const side of ['leads', 'referrers'] as const) {
    const message = contradictionIn(settings.enrollment[side]);
    if (message === null) continue;
    const fields = { [`settings.enrollment.${side}.email`]: message };
    throw new Failure('invalid', 'Some fields were refused: see "fields".', { fields });
  }
  return settings;
}
