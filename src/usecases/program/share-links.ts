// Share links: new codes, the link for friends, and its target.
import { randomInt } from 'node:crypto';
import type { Context } from '../../context.ts';
import { allows, type CampaignStanding } from '../../domain/campaigns/campaign-state.ts';
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

export type FollowedLink = { to: string } | { closed: ClosedCampaign };
/** `url` is the company's own page, which outlives the campaign. */
export type ClosedCampaign = { name: string; standing: CampaignStanding; url: string | null };

/** Null for an unknown code. `counts`: this visit is a click, also to a campaign that is closed now. */
export async function followShareLink(
  ctx: Context,
  text: string,
  counts: boolean,
): Promise<FollowedLink | null> {
  const code = foldCode(text);
  if (code === null) return null;
  const { db } = ctx.database;
  const destination = await findDestination(db, code);
  if (destination === null) return null;
  const { url, slug, name, standing } = destination;
  if (counts) await countClick(db, destination, dayOf(ctx.now(), standing.timeZone));
  if (!allows(standing, 'join', ctx.now())) return { closed: { name, standing, url } };
  return { to: url === null ? joinLink(ctx.config.publicUrl, slug, code) : landingUrl(url, code) };
}
