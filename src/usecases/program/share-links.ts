// Share links: new codes, the link for friends, and its target.
import { randomInt } from 'node:crypto';
import type { Context } from '../../context.ts';
import { dayOf } from '../../domain/day.ts';
import type { Referrer } from '../../domain/program/program.ts';
import { foldCode, joinLink, landingUrl, shareLink } from '../../domain/program/share-link.ts';
import { countClick, findDestination } from '../../store/program/referrers.ts';

/** No vowels (no accidental words), no 0, 1 and l (no mistaken ones). */
const alphabet = '23456789bcdfghjkmnpqrstvwxyz';

/** 28^10 is about 48 bits: with a million codes, one guess in 300 million hits. */
export function newShareCode(): string {
  return Array.from({ length: 10 }, () => alphabet[randomInt(alphabet.length)]).join('');
}

export function shareLinkOf(ctx: Context, { link, code }: Pick<Referrer, 'code' | 'link'>): string {
  return link ?? shareLink(ctx.config.publicUrl, code);
}

/** Null for an unknown code. `counts`: this visit is a click. */
export async function followShareLink(ctx: Context, text: string, counts: boolean): Promise<string | null> {
  const code = foldCode(text);
  if (code === null) return null;
  const { db } = ctx.database;
  const destination = await findDestination(db, code);
  if (destination === null) return null;
  if (counts) await countClick(db, destination, dayOf(ctx.now(), destination.timeZone ?? 'UTC'));
  const { url, slug } = destination;
  return url === null ? joinLink(ctx.config.publicUrl, slug, code) : landingUrl(url, code);
}
