// A teammate's choice of a contact's person when several match, and its undo.
import type { InboxView, Notice } from '../../../canvas/view.ts';
import type { Context } from '../../context.ts';
import { byTeammate } from '../../domain/workspace/audit.ts';
import { linkByTeammate, unlinkByTeammate } from '../../store/card/links.ts';
import { findBlock } from '../../store/program/qualification-block.ts';
import { reviewHoldsOfReferrer } from '../qualification/holds-and-expiry.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { homeView, notOfContact, shown } from './card-view.ts';
import { type Found, referralOf } from './visit.ts';

/** Null once linked; otherwise why not. */
export async function choosePerson(ctx: Context, found: Found, personId: string): Promise<Notice | null> {
  const { workspaceId, teammate, contact, match, people } = found;
  const isOffered = match.outcome === 'several' && people.some((person) => person.id === personId);
  if (!isOffered) return plain('This contact is already matched.');
  const linked = await ctx.database.transaction(async (tx) => {
    const by = { teammate: teammate.name, at: ctx.now() };
    if (!(await linkByTeammate(tx, workspaceId, personId, contact.id, by))) return false;
    // Its identity may say that two people are the same.
    await ctx.queue.enqueue(tx, { name: 'read-contact', workspaceId, contactId: contact.id });
    const details = { contactId: contact.id };
    await recordAudit(ctx, tx, workspaceId, byTeammate(found), 'person.link', personId, details);
    return true;
  });
  return linked ? null : plain('That person no longer exists. Choose again.');
}

type Unlinking = { referralId: string; who: 'friend' | 'referrer' };

export function askUnlink(ctx: Context, found: Found, { referralId, who }: Unlinking): InboxView {
  const personId = personOf(found, { referralId, who });
  const person = found.people.find(({ id }) => id === personId);
  if (!person) return homeView(ctx, found, notOfContact);
  const { name, externalId } = person;
  const contact = shown(found.contact);
  return { screen: 'confirm-unlink', contact, person: { name, externalId }, referralId, who };
}

export async function unlinkPerson(
  ctx: Context,
  found: Found,
  unlinking: Unlinking,
): Promise<{ done: boolean; notice: Notice }> {
  const { workspaceId, teammate, contact } = found;
  const personId = personOf(found, unlinking);
  if (personId === null) return { done: false, notice: notOfContact };
  const done = await ctx.database.transaction(async (tx) => {
    const by = { teammate: teammate.name, at: ctx.now() };
    const isShared = (await findBlock(tx, workspaceId, unlinking.referralId)) !== null;
    if (!(await unlinkByTeammate(tx, workspaceId, { personId, isShared }, contact.id, by))) return false;
    const details = { contactId: contact.id };
    await recordAudit(ctx, tx, workspaceId, byTeammate(found), 'person.unlink', personId, details);
    return true;
  });
  // If this process dies first, the holds are looked at again within minutes.
  if (done) await reviewHoldsOfReferrer(ctx, workspaceId, personId);
  const text = done
    ? 'Unlinked: this contact is not that person.'
    : 'This link was not chosen by a teammate. Nothing was changed.';
  return { done, notice: plain(text) };
}

function personOf(found: Found, { referralId, who }: Unlinking): string | null {
  const referral = referralOf(found, referralId);
  return (who === 'friend' ? referral?.personId : referral?.stored.referrer?.personId) ?? null;
}

const plain = (text: string): Notice => ({ tone: 'plain', text });
