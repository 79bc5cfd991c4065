// What the sandbox can be told about itself while it runs, and what holds until then.
import { type Settings, usualSettings } from './moods.ts';
import type { World } from './world.ts';

export type SettingsChange = Partial<Omit<Settings, 'id'>>;

/** The settings as they are now: what was told, and for the rest what the mood makes of it. */
export function settingsOf(world: World): Settings {
  const stored = world.settings.get('settings');
  const mood = stored?.mood ?? 'as-intercom';
  return { mood, ...usualSettings[mood], ...stored, id: 'settings' };
}

/**
 * Changes some settings and answers all of them. Another mood starts afresh: of what was told before it, only what the
 * app has done to itself stays.
 */
export function changeSettings(world: World, changes: SettingsChange): Settings {
  const stored = world.settings.get('settings');
  const { webhooks_enabled, app_install_status } = { ...stored };
  const kept =
    changes.mood === undefined
      ? stored
      : {
          ...(webhooks_enabled !== undefined && { webhooks_enabled }),
          ...(app_install_status && { app_install_status }),
        };
  world.settings.put({ ...kept, ...changes, id: 'settings' });
  return settingsOf(world);
}

/** How long a wait that Intercom would make takes here, in milliseconds. */
export function scaled(world: World, ms: number): number {
  return ms / settingsOf(world).time_scale;
}
