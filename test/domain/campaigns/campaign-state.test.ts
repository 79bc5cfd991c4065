// The state of a campaign: by what was done to it, and by the day in its workspace.
import { expect, test } from 'vitest';
import {
  type CampaignStanding,
  campaignState,
  changedStanding,
  lastDay,
} from '../../../src/domain/campaigns/campaign-state.ts';

const at = (moment: string) => new Date(moment);
const since = at('2026-01-01T00:00:00Z');
const open: CampaignStanding = { pausedAt: null, endsOn: null, archivedAt: null, timeZone: 'Asia/Tokyo' };

test.each([
  ['active', { endsOn: '2026-12-24' }, '2026-12-24T14:59:59Z'],
  ['ended', { endsOn: '2026-12-24' }, '2026-12-24T15:00:00Z'],
  ['active', { endsOn: '2026-12-24', timeZone: 'America/New_York' }, '2026-12-25T04:59:59Z'],
  ['ended', { endsOn: '2026-12-24', timeZone: 'America/New_York' }, '2026-12-25T05:00:00Z'],
  ['paused', { pausedAt: since, endsOn: '2026-12-24' }, '2026-12-24T14:59:59Z'],
  ['ended', { pausedAt: since, endsOn: '2026-12-24' }, '2026-12-25T00:00:00Z'],
  ['archived', { archivedAt: since, pausedAt: since, endsOn: '2026-12-24' }, '2026-12-25T00:00:00Z'],
] as const)('is %s: %j at %s', (state, standing, now) => {
  expect(campaignState({ ...open, ...standing }, at(now))).toBe(state);
});

test('keeps since when it is paused when it is paused again', () => {
  const paused = changedStanding(open, { paused: true }, since);
  expect(changedStanding(paused, { paused: true, archived: true }, at('2026-02-01T00:00:00Z'))).toEqual({
    ...open,
    pausedAt: since,
    archivedAt: at('2026-02-01T00:00:00Z'),
  });
  expect(changedStanding(paused, { paused: false }, since)).toEqual(open);
});

test('says the last day as a day of the workspace', () => {
  expect(lastDay({ ...open, endsOn: '2026-12-24' })).toBe('Dec 24, 2026');
  expect(lastDay({ ...open, endsOn: '2026-12-24', timeZone: 'Pacific/Honolulu' })).toBe('Dec 24, 2026');
});
