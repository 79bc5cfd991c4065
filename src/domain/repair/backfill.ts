// Backfills: what is wanted, how far they are, and how long they will take.
import { z } from 'zod';
import { minuteMs } from '../time-units.ts';

/** Which of Intercom's contacts; a search is a query of Intercom's own, which Intercom itself checks. */
export const contactSelection = z.discriminatedUnion('contacts', [
  z.strictObject({ contacts: z.enum(['all', 'leads', 'users']) }),
  z.strictObject({ contacts: z.literal('segment'), segment_id: z.string().min(1).max(255) }),
  z.strictObject({ contacts: z.literal('search'), query: z.record(z.string(), z.unknown()) }),
]);
export type ContactSelection = z.infer<typeof contactSelection>;

export const backfillMembers = ['all', 'referrals', 'referrers'] as const;
export type BackfillMembers = (typeof backfillMembers)[number];

export type BackfillWanted =
  /** Contacts become referrers of the campaign. */
  | { from: 'intercom'; selection: ContactSelection; ongoing: boolean }
  /** People in the campaign become contacts, as its settings say. */
  | { from: 'campaign'; members: BackfillMembers };

export const backfillStates = [
  'counting',
  /** Waits for a teammate to confirm what was counted. */
  'counted',
  'running',
  'paused',
  /** Done, and takes new contacts from now on. */
  'watching',
  'done',
  'canceled',
  'failed',
] as const;
export type BackfillState = (typeof backfillStates)[number];

/** While counting, `added` are those to be added; nothing may be done to `skipped`. */
export type BackfillCounts = { seen: number; added: number; existing: number; skipped: number };

export const noCounts: BackfillCounts = { seen: 0, added: 0, existing: 0, skipped: 0 };

export function addCounts(a: BackfillCounts, b: BackfillCounts): BackfillCounts {
  return {
    seen: a.seen + b.seen,
    added: a.added + b.added,
    existing: a.existing + b.existing,
    skipped: a.skipped + b.skipped,
  };
}

/** Whether a newly seen contact belongs to an ongoing selection; segments and searches only Intercom can tell. */
export function selects(selection: ContactSelection, role: 'lead' | 'user' | null): boolean {
  if (selection.contacts === 'all') return role !== null;
  return role !== null && selection.contacts === `${role}s`;
}

/** The pace since it was last started, and the time left at that pace; null before that can be said. */
export function pace(
  work: { seen: number; startedWith: number; startedAt: Date; total: number },
  now: Date,
): { perMinute: number; secondsLeft: number } | null {
  const minutes = (now.getTime() - work.startedAt.getTime()) / minuteMs;
  const perMinute = (work.seen - work.startedWith) / minutes;
  if (!Number.isFinite(perMinute) || perMinute <= 0) return null;
  const secondsLeft = Math.ceil((Math.max(work.total - work.seen, 0) / perMinute) * 60);
  return { perMinute: Math.round(perMinute), secondsLeft };
}
