// Shapes that several tools share: ids, pages with totals, referrals.
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { hintCodes } from '../../domain/program/doubt.ts';
import type { Position, Referral } from '../../domain/program/program.ts';
import { blockCodes } from '../../domain/program/qualification-block.ts';
import { platformName, referralStatus } from '../../domain/program/referral.ts';
import { rewardLabel, rewardStatus } from '../../domain/rewards/reward.ts';
import { ToolRefusal } from './tool.ts';

const kinds = ['person', 'referral', 'campaign'] as const;
export type FoundKind = (typeof kinds)[number];

/** As `search` finds it: `referral_9d0e4f0a-…`. */
export const prefixed = (kind: FoundKind, id: string) => `${kind}_${id}`;
export const anyId = z
  .string()
  .regex(/^(person|referral|campaign)_[0-9a-f-]{36}$/i)
  .describe('As search finds it: person_…, referral_… or campaign_….');

/** A plain UUID, or with the prefix that `search` puts before it. */
export const idOf = (kind: FoundKind | 'run') =>
  z
    .string()
    .regex(new RegExp(`^(${kind}_)?[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$`, 'i'))
    .describe(`The id of a ${kind}.`);
export const bare = (id: string) => id.slice(id.indexOf('_') + 1).toLowerCase();

/** Of an Intercom contact. */
export const contactId = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .describe('The id of a contact in Intercom.');

export const moment = z.string().describe('ISO 8601.');
export const link = z.string().nullable().describe('A page of the Referral Desk console.');
const text = z.string().nullable();
export const named = z.strictObject({ id: z.string(), name: text });
export const friend = z.strictObject({ id: z.string(), name: text, email: text, contact_id: text });

export const pageInput = {
  limit: z.int().min(1).max(25).default(10).describe('Maximum number.'),
  cursor: z.string().max(200).optional().describe('next_cursor of the previous page.'),
};
export const pageOutput = <Item extends z.ZodType>(item: Item) => ({
  items: z.array(item),
  showing: z.int().describe('Number in this answer.'),
  total: z.int().describe('Total number.'),
  next_cursor: text.describe('For the next page; null at the end.'),
});

const position = z.object({ value: z.string(), id: z.string() });
/** A place in a list. */
type Place = z.infer<typeof position>;

export function cursorOf(place: Place | null): string | null {
  return place && Buffer.from(JSON.stringify([place.value, place.id])).toString('base64url');
}

/** Throws a ToolRefusal for one that is not ours. `id` is the form of the list's ids. */
export function placeIn(cursor: string | undefined, id: RegExp = uuid): Place | null {
  if (cursor === undefined) return null;
  try {
    const [value, last] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const read = position.parse({ value, id: last });
    if (/^\d{1,15}$/.test(read.value) && id.test(read.id)) return read;
  } catch {}
  throw new ToolRefusal('invalid_cursor', 'This cursor is for another list. Start without a cursor.');
}
const uuid = /^[0-9a-f-]{36}$/i;
export const numeric = /^\d{1,15}$/;

export const placeOf = (next: Position | null): Place | null =>
  next && { value: String(next.at.getTime()), id: next.id };
export const positionOf = (place: Place | null): Position | null =>
  place && { at: new Date(Number(place.value)), id: place.id };

/** A page of the console. */
export const pageUrl = ({ config }: Pick<Context, 'config'>, path: string) =>
  `${config.publicUrl}/console${path}`;

export const referralShape = {
  referral_id: z.string(),
  status: referralStatus,
  status_at: moment,
  status_reason: text,
  campaign: named,
  friend,
  referrer: z.strictObject({ id: z.string(), name: text, email: text }).nullable(),
  reward: z.strictObject({ status: rewardStatus, label: text }),
  blocked: z
    .strictObject({ code: z.enum(blockCodes), reason: z.string() })
    .nullable()
    .describe('What blocks it from qualifying.'),
  hints: z.array(z.enum(hintCodes)).describe('What the friend and the referrer share.'),
  joined_at: moment,
  platform: platformName,
  url: link,
};

export function toldReferral(ctx: Context, referral: Referral) {
  const { id, status, statusAt, statusReason, campaign, person, referrer, reward, blocked, hints } = referral;
  return {
    referral_id: id,
    status,
    status_at: statusAt.toISOString(),
    status_reason: statusReason,
    campaign: { id: campaign.id, name: campaign.name },
    friend: { id: person.id, name: person.name, email: person.email, contact_id: person.contactId },
    referrer: referrer && {
      id: referrer.person.id,
      name: referrer.person.name,
      email: referrer.person.email,
    },
    reward: { status: reward, label: rewardLabel(campaign.rewards) },
    blocked,
    hints,
    joined_at: referral.joinedAt.toISOString(),
    platform: campaign.platform,
    url: pageUrl(ctx, `/people/${person.id}`),
  };
}
