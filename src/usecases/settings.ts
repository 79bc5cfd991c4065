// The settings of a workspace, as its company reads and changes them.
import { changedWorkspace, type WorkspaceChanges, type WorkspaceSettings } from '../domain/settings.ts';

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
