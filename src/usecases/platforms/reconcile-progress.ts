// Where a pass over an outside platform is and what it has found: written down after each page, so that any process can go on.
import { z } from 'zod';
import { driftKinds } from '../../domain/platforms/platform.ts';
import type { Difference } from './copy-person.ts';

const difference = z.object({
  kind: z.enum(driftKinds),
  platformId: z.string(),
  here: z.string().nullable(),
  there: z.string().nullable(),
});

const drift = z.object({
  startedAt: z.coerce.date(),
  finishedAt: z.coerce.date().nullable(),
  /** False: only looked. */
  repair: z.boolean(),
  seen: z.number(),
  counts: z.record(difference.shape.kind, z.number()),
  /** The first of them. */
  differences: z.array(difference),
});

const pass = z.object({
  /** Counts the steps, so that of two processes that did the same one only one writes it down. */
  step: z.number(),
  touchedAt: z.coerce.date(),
  /** On the platform; the first is the one at work. */
  campaigns: z.array(z.string()),
  part: z.enum(['members', 'unseen']),
  after: z.string().nullable(),
  drift,
});

const differencesKept = 100;

const progress = z.object({
  pass: pass.nullable(),
  last: drift.nullable(),
  /** Asked for while the platform was down: begun as soon as it is back. */
  wanted: z.object({ repair: z.boolean() }).nullable().default(null),
  /** What the latest attempt came to grief on. */
  trouble: z.string().nullable().default(null),
});

/** What one pass over the platform found. */
export type Drift = z.infer<typeof drift>;
export type Pass = z.infer<typeof pass>;

/** What one page led to. */
export type Step = {
  to: Partial<Pick<Pass, 'campaigns' | 'part' | 'after'>>;
  found: Difference[];
  seen: number;
};

export function withFound(drift: Drift, { found, seen }: Step): Drift {
  const counts = { ...drift.counts };
  for (const { kind } of found) counts[kind] += 1;
  const differences = [...drift.differences, ...found].slice(0, differencesKept);
  return { ...drift, seen: drift.seen + seen, counts, differences };
}

/** What an earlier version of this app wrote down, and this one cannot read, is begun again. */
export type Progress = z.infer<typeof progress>;

export function readProgress(cursor: unknown): Progress {
  return progress.catch({ pass: null, last: null, wanted: null, trouble: null }).parse(cursor);
}
