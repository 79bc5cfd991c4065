// A join page as callers of the API and the console's form may give it.
import { z } from 'zod';
import { maxSlugLength, slugPattern } from '../../../domain/program/join-page.ts';
import { text } from '../schemas.ts';

export const slugGiven = z
  .string()
  .max(maxSlugLength)
  .regex(slugPattern, 'can contain lower-case letters, digits and single hyphens')
  .refine((slug) => !z.guid().safeParse(slug).success, 'must not look like an ID');

const color = z
  .string()
  .regex(/^#[0-9a-f]{6}$/i, 'must be a color such as #0b57d0')
  .toLowerCase();

export const joinPageGiven = z.strictObject({
  open: z.boolean().exactOptional(),
  text: text(2_000).nullable().exactOptional(),
  color: color.nullable().exactOptional(),
  consent: text(500).nullable().exactOptional(),
});
