// Share links: the code of a new one, what a referrer gives to friends, and where it leads them.
import { randomInt } from 'node:crypto';
import type { Context } from '../../context.ts';
import type { Referrer } from '../../domain/program/program.ts';
import { foldCode, landingUrl, shareLink } from '../../domain/program/share-link.ts';
import { findDestination } from '../../store/program/referrers.ts';

/** No vowels (no accidental words), no 0, 1 and l (no mistaken ones). */
const alphabet = '23456789bcdfghjkmnpqrstvwxyz';

/** Ten letters of 28: about 48 bits, so a million codes leave one guess in 300 million a chance. */
export function newShareCode(): string {
  return Array.from({ length: 10 }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** The link that the referrer gives to friends. */
export function shareLinkOf(ctx: Context, { link, code }: Pick<Referrer, 'code' | 'link'>): string {
  return link ?? shareLink(ctx.config.publicUrl, code);
}

/** Where a share link leads, or null for an unknown code. `counts`: whether this visit is a click. */
export async function followShareLink(ctx: Context, text: string, counts: boolean): Promise<string | null> {
  const code = foldCode(text);
  if (code === null) return null;
  const destination = await findDestination(ctx.database.db, code, counts ? ctx.now() : null);
  return destination === null ? null : landingUrl(destination, code);
}
