// An administrator's status changes and conversions from the console, by the card's rules.

import type { Action } from '../../../canvas/action.ts';
import type { InboxView } from '../../../canvas/view.ts';
import type { Context } from '../../context.ts';
import type { Contact, Teammate } from '../../domain/contacts/contact.ts';
import { emailKey } from '../../domain/identity.ts';
import { unsupportedBy } from '../../domain/platforms/platform.ts';
import { Failure } from '../../failure.ts';
import { readPersonPage, type StoredPage } from '../../store/people/person-page.ts';
import { pressInConsole } from '../card/inbox.ts';
import { found } from '../found.ts';
import {
  type ChangeOutcome,
  confirmChange,
  refusalOfChange,
  type TeammateChange,
} from '../program/teammate-change.ts';
import { rethrowToCaller } from '../trouble.ts';
import { changeable, contactOf, type PersonReferral } from './person-page.ts';

export type ActingTeammate = { workspaceId: string; timeZone: string; teammate: Teammate };

export type ChangeQuestion = {
  person: StoredPage['person'];
  referral: PersonReferral;
  /** Makes the confirmation idempotent. */
  nonce: string;
  /** The outside platform that cannot store the new status; null when it can. */
  unsupportedBy: string | null;
  /** Why it cannot be done, as a sentence. */
  refused: string | null;
};

/** The only buttons accepted on a conversion's screens. */
const conversionActions: readonly Action['do'][] = [
  'start-conversion',
  'preview-merge',
  'confirm-role-change',
  'confirm-merge',
  'unarchive',
];

export async function askChange(
  ctx: Context,
  { workspaceId, timeZone }: ActingTeammate,
  personId: string,
  referralId: string,
  change: TeammateChange,
): Promise<ChangeQuestion> {
  const { person, referral } = await findReferral(ctx, workspaceId, personId, referralId);
  const refused = await refusalOfChange(
    ctx,
    { workspaceId, timeZone, referral: changeable(referral) },
    change,
  );
  const unsupported = unsupportedBy(referral.campaign.platform, change);
  return { person, referral, nonce: ctx.newId(), unsupportedBy: unsupported, refused };
}

export async function confirmPersonChange(
  ctx: Context,
  { workspaceId, timeZone, teammate }: ActingTeammate,
  personId: string,
  referralId: string,
  request: { change: TeammateChange; nonce: string; reason: string },
): Promise<ChangeOutcome> {
  const { person, referral } = await findReferral(ctx, workspaceId, personId, referralId);
  const target = {
    ...{ workspaceId, timeZone, teammate, personId, contactId: person.contactId },
    referral: changeable(referral),
  };
  return confirmChange(ctx, target, { ...request, where: 'in the console' });
}

/**
 * Presses a button of a conversion. Returns the next screen, null for other buttons. Throws `not-found`, or
 * `conflict` unless Intercom has exactly one lead for the person.
 */
export async function convertPerson(
  ctx: Context,
  { workspaceId, teammate }: ActingTeammate,
  personId: string,
  action: Action | null,
  inputs: Record<string, string>,
): Promise<InboxView | null> {
  const stored = await read(ctx, workspaceId, personId);
  if (action === null || !conversionActions.includes(action.do)) return null;
  const known = contactOf(stored);
  const contact = known
    ? await currentContact(ctx, workspaceId, known)
    : await leadWith(ctx, workspaceId, emailKey(stored.person.email));
  const facts = () => null;
  return pressInConsole(ctx, { workspaceId, teammate, contact, facts, channel: null, action, inputs });
}

/** Reads Intercom. When it is down, the conversion itself reports that. */
async function currentContact(ctx: Context, workspaceId: string, known: Contact): Promise<Contact> {
  try {
    const client = await ctx.intercom.agents.conversionClient(workspaceId);
    const answer = await client.contact(known.id);
    if (answer.outcome === 'found') return answer.contact;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
  return { ...known, role: 'lead' };
}

/** For a person without a linked contact. */
async function leadWith(ctx: Context, workspaceId: string, email: string | null): Promise<Contact> {
  const found =
    email === null
      ? []
      : await ctx.intercom.agents.searchContacts(workspaceId, 'email', [email]).catch(rethrowToCaller);
  const leads = found.filter((contact) => contact.role === 'lead');
  const [lead] = leads;
  if (!lead) throw new Failure('conflict', 'Intercom has no lead with this email.');
  if (leads.length > 1) {
    const why = 'Intercom has several leads with this email. Convert the right one on its card in the Inbox.';
    throw new Failure('conflict', why);
  }
  const { id, name, externalId } = lead;
  return { id, name, externalId, email: lead.email, role: 'lead', phone: null };
}

async function read(ctx: Context, workspaceId: string, personId: string): Promise<StoredPage> {
  return found(await readPersonPage(ctx.database.db, workspaceId, personId), 'person');
}

async function findReferral(ctx: Context, workspaceId: string, personId: string, referralId: string) {
  const { person, referrals } = await read(ctx, workspaceId, personId);
  const referral = referrals.find(({ id }) => id === referralId);
  if (!referral) throw new Failure('not-found', 'This person has no such referral.');
  return { person, referral };
}
