// /api/v1/settings
import { defaultSettings, workspaceChanges, workspaceSettings } from '../../../domain/workspace/settings.ts';
import { changeSettings, getSettings } from '../../../usecases/workspace/settings.ts';
import { answer } from '../resource.ts';
import { type Route, read, write } from '../route.ts';
import { named } from '../schemas.ts';

const settings = answer(
  workspaceSettings.register(named, {
    id: 'Settings',
    description: 'Settings for all campaigns. Campaigns can override some.',
    examples: [defaultSettings],
  }),
);

const changes = workspaceChanges.register(named, {
  id: 'SettingsChanges',
  description:
    'A JSON merge patch: what is left out stays as it is, and null goes back to the default. New numbers of attempts ' +
    'hold for work that is recorded from then on.',
  examples: [{ card_actions: { disqualify: false }, attempts: { 'write-back': 3 } }],
});

export const settingsRoutes: Route[] = [
  read('/settings', {
    operation: 'readSettings',
    summary: 'Get the workspace settings',
    answer: settings,
    statuses: { 200: 'All settings, including defaults' },
    find: ({ ctx, workspaceId }) => getSettings(ctx, workspaceId),
  }),
  write('/settings', {
    method: 'patch',
    operation: 'changeSettings',
    summary: 'Update workspace settings',
    body: changes,
    answer: settings,
    statuses: { 200: 'All updated settings' },
    act: ({ ctx, workspaceId, body, actor }) => changeSettings(ctx, workspaceId, body, actor),
  }),
];
