// The settings of a workspace, as its company reads and changes them.
import { contradictionIn } from '../domain/enrolment.ts';
import {
  type CampaignSettings,
  changedWorkspace,
  type WorkspaceChanges,
  type WorkspaceSettings,
} from '../domain/settings.ts';
import { Failure } from '../failure.ts';

export type SettingsDeps = {
  settings: {
    read(workspaceId: string): Promise<WorkspaceSettings>;
    change(
      workspaceId: string,
      change: (present: WorkspaceSettings) => WorkspaceSettings,
      at: Date,
    ): Promise<WorkspaceSettings>;
  };
  now(): Date;
};

export type Settings = ReturnType<typeof createSettings>;

export function createSettings({ settings, now }: SettingsDeps) {
  return {
    read: settings.read,
    /** Resolves with all settings as they are then. */
    change: (workspaceId: string, changes: WorkspaceChanges): Promise<WorkspaceSettings> =>
      settings.change(workspaceId, (present) => changedWorkspace(present, changes), now()),
  };
}

/** The same settings. Throws a Failure `invalid` where two of them cannot stand together. */
export function consistent(settings: CampaignSettings): CampaignSettings {
  for (const side of ['leads', 'referrers'] as const) {
    const message = contradictionIn(settings.enrolment[side]);
    if (message === null) continue;
    const fields = { [`settings.enrolment.${side}.email`]: message };
    throw new Failure('invalid', 'Some fields were refused: see "fields".', { fields });
  }
  return settings;
}
