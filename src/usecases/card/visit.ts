// A visit to the card: the teammate, the contact, and all that is stored about it.

import type { InboxView, Notice } from '../../../canvas/view.ts';
import type { Context } from '../../context.ts';
import type { Contact, Teammate } from '../../domain/contacts/contact.ts';
import { emailKey } from '../../domain/identity.ts';
import { type Match, matchContact } from '../../domain/program/contact-match.ts';
import type { Facts } from '../../domain/qualification/notification.ts';
import type { Region } from '../../domain/region.ts';
import type { CardAnswer, StoredPerson, StoredReferral } from '../../store/card/cards.ts';
import { reconnection } from './card-access.ts';
import { asConverted, isConverting, notConverted } from './latest-conversion.ts';

export type Visit = {
  workspaceId: string | null;
  teammate: Teammate | null;
  contact: Contact | null;
  /** What Intercom's request tells of the contact. */
  facts(): Facts | null;
  channel: string | null;
};

export type Found = {
  workspaceId: string;
  teammate: Teammate;
  contact: Contact;
  facts: Visit['facts'];
  channel: string | null;
  region: Region;
  timeZone: string;
  isConverting: boolean;
  /** Asks whether this contact is the person who joined; shown before anything else. */
  review: CardAnswer['review'];
  /** The outcome of a conversion that the teammate may not have waited for. */
  news: Notice | null;
  match: Match;
  /** The match: none, one, several to choose from, or several linked to this contact. */
  people: StoredPerson[];
};

/** Or the screen that says why there is no card. */
export async function readVisit(
  ctx: Context,
  { workspaceId, teammate, contact, facts, channel }: Visit,
): Promise<Found | InboxView> {
  if (workspaceId === null)
    return { screen: 'not-installed', installUrl: `${ctx.config.publicUrl}/install`, ask: null };
  const answer = await ctx.card.read({
    workspaceId,
    contactId: contact?.id ?? '',
    externalId: contact?.externalId ?? null,
    email: emailKey(contact?.email),
  });
  if (answer.installation?.status !== 'active')
    return { screen: 'not-installed', ...(await reconnection(ctx, workspaceId, teammate?.id ?? '')) };
  if (contact === null) return { screen: 'no-contact' };
  const current = asConverted(contact, answer.conversion);
  const match = matchContact(current, answer.people);
  const ids = 'personIds' in match ? match.personIds : [];
  return {
    workspaceId,
    teammate: teammate ?? { id: '', name: 'A teammate', email: '' },
    contact: current,
    facts,
    channel,
    region: answer.installation.region,
    timeZone: answer.installation.timeZone,
    review: answer.review,
    isConverting: isConverting(answer.conversion, ctx.now()),
    news: current.role === 'lead' ? notConverted(answer.conversion, ctx.now()) : null,
    match,
    people: answer.people.filter((person) => ids.includes(person.id)),
  };
}

export function referralOf(
  { people }: Found,
  referralId: string,
): { personId: string; stored: StoredReferral } | null {
  for (const person of people) {
    const stored = person.referrals.find((referral) => referral.id === referralId);
    if (stored) return { personId: person.id, stored };
  }
  return null;
}
