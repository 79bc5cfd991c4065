// Whether a campaign is active, paused, ended or archived, and what may still happen in it. Every writer asks here.
import { day, dayOf, startOfDay } from '../day.ts';

export const campaignStates = ['active', 'paused', 'ended', 'archived'] as const;
export type CampaignState = (typeof campaignStates)[number];

/** Nothing has to run for a campaign to end: its state is read from these and the time. */
export type CampaignStanding = {
  pausedAt: Date | null;
  /** The last day on which people can join, such as `2026-12-24`. */
  endsOn: string | null;
  archivedAt: Date | null;
  /** The workspace's. */
  timeZone: string;
};

/** Archiving hides everything else, and what has ended is over whether it was paused or not. */
export function campaignState(
  { pausedAt, endsOn, archivedAt, timeZone }: CampaignStanding,
  now: Date,
): CampaignState {
  if (archivedAt !== null) return 'archived';
  if (endsOn !== null && dayOf(now, timeZone) > endsOn) return 'ended';
  return pausedAt === null ? 'active' : 'paused';
}

/** `join`: by link, page, form, API, list or backfill. `enroll`: brought into Intercom. `decide`: looked at by rules. */
export type CampaignAct = 'join' | 'enroll' | 'decide';

/**
 * A paused or ended campaign keeps its word to those who joined before, as a payment provider does with a promotion
 * code that is no longer valid. What an outside platform reports is recorded in every state: it has happened there.
 */
const allowed: Record<CampaignState, readonly CampaignAct[]> = {
  active: ['join', 'enroll', 'decide'],
  paused: ['enroll', 'decide'],
  ended: ['enroll', 'decide'],
  archived: [],
};

export function allows(standing: CampaignStanding, act: CampaignAct, now: Date): boolean {
  return allowed[campaignState(standing, now)].includes(act);
}

type Named = { name: string; standing: CampaignStanding };

/** Why people cannot join, as a sentence; null when they can. */
export function whyClosed({ name, standing }: Named, now: Date): string | null {
  if (allows(standing, 'join', now)) return null;
  switch (campaignState(standing, now)) {
    case 'active':
      return null;
    case 'paused':
      return `The campaign "${name}" is paused. People can join again when it is resumed.`;
    case 'ended':
      return `The campaign "${name}" ended on ${lastDay(standing)}, so people can no longer join.`;
    case 'archived':
      return `The campaign "${name}" is archived. Unarchive it before people join.`;
  }
}

/** `Dec 24, 2026`; empty for a campaign without an end. */
export function lastDay({ endsOn, timeZone }: CampaignStanding): string {
  return endsOn === null ? '' : day(startOfDay(endsOn, timeZone), timeZone);
}

/** What is left out stays as it is. */
export type StandingChanges = { paused?: boolean; endsOn?: string | null; archived?: boolean };

export function changedStanding(
  present: CampaignStanding,
  { paused, endsOn, archived }: StandingChanges,
  now: Date,
): CampaignStanding {
  const since = (isSo: boolean | undefined, at: Date | null) => {
    if (isSo === undefined) return at;
    return isSo ? (at ?? now) : null;
  };
  return {
    ...present,
    pausedAt: since(paused, present.pausedAt),
    endsOn: endsOn === undefined ? present.endsOn : endsOn,
    archivedAt: since(archived, present.archivedAt),
  };
}
