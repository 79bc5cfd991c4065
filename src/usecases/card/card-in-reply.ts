// Puts a card of the Messenger into the reply: the contact's own, or an invitation.
import type { InboxView, Notice } from '../../../canvas/view.ts';
import type { Context } from '../../context.ts';
import { findReferrer } from '../../store/program/referrers.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { homeView, notOfContact, shown } from './card-view.ts';
import type { Found } from './visit.ts';

export async function sendCard(ctx: Context, found: Found, referrerId: string): Promise<InboxView> {
  const isOwn = found.people.some(({ referrers }) => referrers.some(({ id }) => id === referrerId));
  const referrer =
    isOwn && found.match.outcome === 'matched'
      ? await findReferrer(ctx.database.db, found.workspaceId, { id: referrerId })
      : null;
  if (referrer === null) return homeView(ctx, found, notOfContact);
  return inReply(ctx, found, { campaignId: referrer.campaign.id, isInvitation: false });
}

export function inviteToProgram(ctx: Context, found: Found): Promise<InboxView> {
  return inReply(ctx, found, { campaignId: null, isInvitation: true });
}

async function inReply(
  ctx: Context,
  found: Found,
  card: { campaignId: string | null; isInvitation: boolean },
): Promise<InboxView> {
  const { messenger } = await readSettings(ctx.database.db, found.workspaceId);
  if (!messenger.enabled) return homeView(ctx, found, switchedOff);
  return { screen: 'card-in-reply', contact: shown(found.contact), ...card };
}

const switchedOff: Notice = {
  tone: 'problem',
  text: 'Cards in the Messenger are switched off in the settings.',
};
