// What a company says in the Messenger in its own words, for a campaign and a language.
import { z } from 'zod';
import { tidy } from '../identity.ts';

export const wordingLimits = { headline: 60, intro: 140, needs: 160, consent: 120, share: 200 } as const;

const own = (max: number) =>
  z
    .string()
    .transform((text) => tidy(text.replace(/\s+/gu, ' ')))
    .refine((text) => text.length <= max, `must have at most ${max} characters`)
    .transform((text) => (text === '' ? null : text));

/** Null: as the app says it in that language. */
export const wording = z.object({
  headline: own(wordingLimits.headline),
  intro: own(wordingLimits.intro),
  /** What a friend has to do to count. */
  needs: own(wordingLimits.needs),
  /** What the friend has agreed to. */
  consent: own(wordingLimits.consent),
  /** Before the link, where it is shared. */
  share: own(wordingLimits.share),
});
export type Wording = z.output<typeof wording>;

const stored = z.string().nullable().default(null);
export const storedWording = z.object({
  headline: stored,
  intro: stored,
  needs: stored,
  consent: stored,
  share: stored,
});

export const noWording: Wording = { headline: null, intro: null, needs: null, consent: null, share: null };
export const wordingNames = Object.keys(noWording) as (keyof Wording)[];
