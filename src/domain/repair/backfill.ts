// Backfills: what was requested, their progress, and the time left.
import { z } from 'zod';
import { minuteMs } from '../time-units.ts';

/** Intercom itself checks the query of a search. */
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
  /** Waits for a teammate to confirm the counts. */
  'counted',
  'running',
  'paused',
  /** Done, and still takes new contacts. */
  'watching',
  'done',
  'canceled',
  'failed',
] as const;
export type BackfillState = (typeof backfillStates)[number];

/** While counting, `added` is how many would be added. Nothing may be done to `skipped`. */
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

/** For an ongoing selection; only Intercom can tell for segments and searches. */
export function selects(selection: ContactSelection, role: 'lead' | 'user' | null): boolean {
  if (selection.contacts === 'all') return role !== null;
  return role !== null && selection.contacts === `${role}s`;
}

/** Since the last start, with the time left at that pace; null until it is known. */
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
