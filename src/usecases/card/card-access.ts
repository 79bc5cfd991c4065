// Who may change something from the card: asked where a button's work is done, whatever the card offered.
import { type Action, showingActions } from '../../../canvas/action.ts';
import type { Notice } from '../../../canvas/view.ts';
import type { Context } from '../../context.ts';
import type { Teammate } from '../../domain/contacts/contact.ts';
import { emailKey } from '../../domain/identity.ts';
import { type Member, whomToAsk, whoReconnects } from '../../domain/workspace/teammate.ts';
import { findInstallation } from '../../store/workspace/installations.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { teammatesOf } from '../../store/workspace/teammates.ts';

/** Null when the teammate may press the button; otherwise an administrator to ask. */
export async function refusalOfPress(
  ctx: Context,
  workspaceId: string,
  teammate: Teammate,
  pressed: Action['do'],
): Promise<Notice | null> {
  if (showingActions.includes(pressed)) return null;
  const { db } = ctx.database;
  const [settings, members] = await Promise.all([
    readSettings(db, workspaceId),
    teammatesOf(db, workspaceId),
  ]);
  const why = whyNot(settings.card_actions, members, teammate);
  return why === null ? null : { tone: 'problem', text: `${why} ${whomToAsk(members)}` };
}

type CardAccess = Awaited<ReturnType<typeof readSettings>>['card_actions'];

function whyNot({ allowed, allowed_emails }: CardAccess, members: Member[], { id, email }: Teammate) {
  const member = members.find((each) => each.id === id);
  if (member?.removedAt) return 'Your access was removed.';
  if (member?.role === 'viewer') return 'Viewers can’t change anything here.';
  if (allowed === 'nobody') return 'Your workspace allows no changes from the card.';
  if (allowed === 'everybody') return null;
  // The card does not always send an email; the console's does not change between two visits.
  const known = [email, member?.email].map(emailKey);
  const isListed = allowed_emails.some((listed) => known.includes(listed));
  return isListed ? null : 'You are not on the list of teammates who can change this.';
}

/** Where Intercom no longer accepts our access: the address that grants it again for an administrator, else who to ask. */
export async function reconnection(
  ctx: Context,
  workspaceId: string,
  teammateId: string,
): Promise<{ installUrl: string | null; ask: string | null }> {
  const { db } = ctx.database;
  const [members, installation] = await Promise.all([
    teammatesOf(db, workspaceId),
    findInstallation(db, workspaceId),
  ]);
  const url = `${ctx.config.publicUrl}/install`;
  // A workspace that never had the app has no known administrator.
  if (installation === null) return { installUrl: url, ask: null };
  const ask = whoReconnects(members, teammateId, installation.installedBy.name);
  return { installUrl: ask === null ? url : null, ask };
}
