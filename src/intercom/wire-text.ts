// Texts and ids from Intercom, made fit for the database.
import { z } from 'zod';
import { momentOf } from '../domain/time.ts';

/** PostgreSQL can store neither U+0000 in a text nor half a surrogate pair, and no text means anything by them. */
export function storable(text: string): string {
  return text.replaceAll('\u0000', '').toWellFormed();
}

/**
 * Ids are strings here though some arrive as numbers; one that is absurdly long is nobody's, and fits no index. A number
 * that has lost digits is nobody's either.
 */
export const wireId = z
  .union([z.string(), z.number().refine(Number.isSafeInteger)])
  .transform((given) => storable(String(given)))
  .refine((given) => given !== '' && given.length <= 255);

/** Unix seconds by REST, milliseconds or ISO in some notifications; null for what is none of them. */
export const wireMoment = z
  .union([z.string(), z.number()])
  .nullish()
  .catch(null)
  .transform((given) => momentOf(given));
