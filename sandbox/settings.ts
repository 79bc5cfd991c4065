// What the sandbox can be told about itself while it runs, and what holds until then.
import type { Settings, World } from './world.ts';

const usual: Settings = {
  id: 'settings',
  search_lag_ms: 0,
  // Intercom allows 10,000 calls a minute, counted in windows of ten seconds.
  rate_limit_per_10s: 1666,
  referral_factory_per_minute: 600,
  webhooks_enabled: true,
  webhook_retry_ms: 60_000,
  missing_scopes: [],
};

/** The settings as they are now. */
export function settingsOf(world: World): Settings {
  return { ...usual, ...world.settings.get('settings') };
}

/** Changes some settings and answers all of them. */
export function changeSettings(world: World, changes: Partial<Omit<Settings, 'id'>>): Settings {
  return world.settings.put({ ...settingsOf(world), ...changes });
}
