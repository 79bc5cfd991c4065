// The longer form over the Messenger. Opening it proves who, but not when: it shows, and acts once by a nonce of its own.
import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { Language } from '../../domain/languages/language.ts';
import type { Wording } from '../../domain/messenger/wording.ts';
import type { Membership } from '../../store/messenger/members.ts';
import { claimToken } from '../../store/workspace/tokens.ts';
import { shareLinkOf } from '../program/share-links.ts';
import { type Member, type MessengerVisit, readMember, wordingFor } from './member.ts';
import { type PressOutcome, refer } from './messenger.ts';
import { canRefer, firstScreen, isPublic, membershipIn, ownMemberships, staleView } from './own-screens.ts';
import type { FriendGiven } from './refer-friend.ts';

export type SheetForm = { link: string; wording: Wording; nonce: string; campaign: string };
/** Null: nothing that this person can do there. */
export type OpenedSheet = { language: Language; form: SheetForm | null };

const openForSeconds = 60 * 60;
const claims = z.object({ contact: z.string(), campaign: z.string(), exp: z.number() });

export async function openSheet(
  ctx: Context,
  visit: MessengerVisit,
  campaignId: string | null,
): Promise<OpenedSheet> {
  const { language } = visit;
  const member = await readMember(ctx, visit);
  if (isPublic(member)) return { language, form: null };
  const membership = chosen(member, campaignId);
  if (membership === null || !canRefer(ctx, member, membership.campaign)) return { language, form: null };
  const { campaign } = membership;
  const nonce = ctx.secrets.sign({
    audience: 'messenger-sheet',
    subject: member.workspaceId,
    jti: ctx.newId(),
    expiresInSeconds: openForSeconds,
    claims: { contact: member.user.id, campaign: campaign.id },
  });
  const form = {
    link: shareLinkOf(ctx, membership),
    wording: wordingFor(member.placement, campaign),
    nonce,
    campaign: campaign.name,
  };
  return { language, form };
}

function chosen(member: Member, campaignId: string | null): Membership | null {
  if (campaignId !== null) return membershipIn(member, campaignId);
  return ownMemberships(member)[0] ?? null;
}

/** The person is signed by Intercom; the nonce says that they saw the form, and is used up with its first referral. */
export async function submitSheet(
  ctx: Context,
  visit: MessengerVisit,
  { nonce, ...given }: FriendGiven & { nonce: string },
): Promise<PressOutcome> {
  const member = await readMember(ctx, visit);
  if (isPublic(member)) return { view: member, isCompleted: false };
  const signed = ctx.secrets.verify('messenger-sheet', nonce);
  const read = claims.safeParse(signed?.claims);
  const isOwn = signed?.subject === member.workspaceId && read.data?.contact === member.user.id;
  const membership = isOwn && read.data ? membershipIn(member, read.data.campaign) : null;
  if (!signed || !read.data || membership === null)
    return { view: staleView(ctx, member), isCompleted: false };
  const expiresAt = new Date(read.data.exp * 1000);
  const use = { jti: signed.jti, purpose: 'messenger-sheet' as const, at: ctx.now(), expiresAt };
  if (!(await claimToken(ctx.database.db, use)))
    return { view: firstScreen(ctx, member), isCompleted: false };
  return refer(ctx, member, membership, given);
}
