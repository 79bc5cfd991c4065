// The position and findings of a pass over an outside platform, saved after each page for any process.
import { z } from 'zod';
import { driftKinds } from '../../domain/platforms/platform.ts';
import type { CopyDifference } from './copy-person.ts';

const difference = z.object({
  kind: z.enum(driftKinds),
  platformId: z.string(),
  here: z.string().nullable(),
  there: z.string().nullable(),
});

const drift = z.object({
  startedAt: z.coerce.date(),
  finishedAt: z.coerce.date().nullable(),
  /** False only looks. */
  repair: z.boolean(),
  seen: z.number(),
  counts: z.record(difference.shape.kind, z.number()),
  differences: z.array(difference),
});

const pass = z.object({
  /** Counts steps: if two processes did the same step, only one saves it. */
  step: z.number(),
  touchedAt: z.coerce.date(),
  /** Ids on the platform; the first is in progress. */
  campaigns: z.array(z.string()),
  part: z.enum(['members', 'unseen']),
  after: z.string().nullable(),
  /** How often in a row the step failed although the platform answers. */
  failures: z.number().default(0),
  drift,
});

const differencesKept = 100;

const progress = z.object({
  pass: pass.nullable(),
  last: drift.nullable(),
  /** Requested while the platform was down: starts once it is back. */
  wanted: z.object({ repair: z.boolean() }).nullable().default(null),
  /** What stopped the last attempt. */
  trouble: z.string().nullable().default(null),
});

export type Drift = z.infer<typeof drift>;
export type Pass = z.infer<typeof pass>;

export type ReconcileStep = {
  to: Partial<Pick<Pass, 'campaigns' | 'part' | 'after'>>;
  found: CopyDifference[];
  seen: number;
};

export function withFound(drift: Drift, { found, seen }: ReconcileStep): Drift {
  const counts = { ...drift.counts };
  for (const { kind } of found) counts[kind] += 1;
  const differences = [...drift.differences, ...found].slice(0, differencesKept);
  return { ...drift, seen: drift.seen + seen, counts, differences };
}

/** What this version cannot parse starts over. */
export function readProgress(cursor: unknown): z.infer<typeof progress> {
  return progress.catch({ pass: null, last: null, wanted: null, trouble: null }).parse(cursor);
}
