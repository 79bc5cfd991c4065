// Texts and ids from Intercom, made safe for the database.
import { z } from 'zod';
import { momentOf } from '../../domain/time.ts';

/** PostgreSQL cannot store U+0000 or an unpaired surrogate in a text, and neither carries meaning. */
export function storable(text: string): string {
  return text.replaceAll('\u0000', '').toWellFormed();
}

/** A part that may be missing or malformed, and is null then. */
export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema
    .nullish()
    .catch(null)
    .transform((value) => value ?? null);

/** Intercom writes a missing text as "" in some payloads and as null in others. */
export const wireText = optional(z.string().transform((value) => storable(value) || null));

/** Some ids arrive as numbers. Invalid: too long for an index, or a number that has lost digits. */
export const wireId = z
  .union([z.string(), z.number().refine(Number.isSafeInteger)])
  .transform((value) => storable(String(value)))
  .refine((value) => value !== '' && value.length <= 255);

/** Unix seconds in REST, milliseconds or ISO in some notifications; null for anything else. */
export const wireMoment = z
  .union([z.string(), z.number()])
  .nullish()
  .catch(null)
  .transform((value) => momentOf(value));
