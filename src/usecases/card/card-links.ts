// A teammate's choice of a contact's person when several match, and its undo.
import type { InboxView, Notice } from '../../../canvas/view.ts';
import type { Context } from '../../context.ts';
import { byTeammate } from '../../domain/workspace/audit.ts';
import { linkByTeammate, unlinkByTeammate } from '../../store/card/links.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { homeView, notOfContact, shown } from './card-view.ts';
import { type Found, referralOf } from './visit.ts';

/** Null once linked; otherwise why not. */
export async function choosePerson(ctx: Context, found: Found, personId: string): Promise<Notice | null> {
  const { workspaceId, teammate, contact, match, people } = found;
  const isOffered = match.outcome === 'several' && people.some((person) => person.id === personId);
  if (!isOffered) return plain('This contact is matched already.');
  const linked = await ctx.database.transaction(async (tx) => {
    const by = { teammate: teammate.name, at: ctx.now() };
    if (!(await linkByTeammate(tx, workspaceId, personId, contact.id, by))) return false;
    const details = { contactId: contact.id };
    await recordAudit(ctx, tx, workspaceId, byTeammate(found), 'person.link', personId, details);
    return true;
  });
  return linked ? null : plain('That person is no longer there. Choose again.');
}

export function askUnlink(ctx: Context, found: Found, referralId: string): InboxView {
  const person = found.people.find(({ referrals }) => referrals.some(({ id }) => id === referralId));
  if (!person) return homeView(ctx, found, notOfContact);
  const { name, externalId } = person;
  const contact = shown(found.contact);
  return { screen: 'confirm-unlink', contact, person: { name, externalId }, referralId };
}

export async function unlinkPerson(
  ctx: Context,
  found: Found,
  referralId: string,
): Promise<{ done: boolean; notice: Notice }> {
  const { workspaceId, teammate, contact } = found;
  const personId = referralOf(found, referralId)?.personId;
  if (personId === undefined) return { done: false, notice: notOfContact };
  const done = await ctx.database.transaction(async (tx) => {
    const by = { teammate: teammate.name, at: ctx.now() };
    if (!(await unlinkByTeammate(tx, workspaceId, personId, contact.id, by))) return false;
    const details = { contactId: contact.id };
    await recordAudit(ctx, tx, workspaceId, byTeammate(found), 'person.unlink', personId, details);
    return true;
  });
  const text = done
    ? 'Taken back: this contact is not that person.'
    : 'No teammate chose this person, so nothing was changed.';
  return { done, notice: plain(text) };
}

const plain = (text: string): Notice => ({ tone: 'plain', text });
