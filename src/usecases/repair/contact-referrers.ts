// How contacts of Intercom become referrers of a campaign, each once.
import type { Context } from '../../context.ts';
import { foldEmail } from '../../domain/contacts/contact.ts';
import type { Campaign } from '../../domain/program/program.ts';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import type { BackfillCounts } from '../../domain/repair/backfill.ts';
import type { Tx } from '../../store/database.ts';
import { findCampaign } from '../../store/program/campaigns.ts';
import { insertPerson } from '../../store/program/people.ts';
import { linkPeople } from '../../store/qualification/contacts.ts';
import {
  goneContacts,
  lockContact,
  personLinkedTo,
  referrersAmong,
} from '../../store/repair/contact-referrers.ts';
import { identifyPerson } from '../program/people.ts';
import { addReferrerOnce } from '../program/referrers.ts';
import { planShareWriteBack } from '../runs/plan-write-back.ts';

export async function countNewReferrers(
  tx: Tx,
  workspaceId: string,
  campaignId: string,
  contacts: readonly SeenContact[],
): Promise<BackfillCounts> {
  const { newContacts, existing, skipped } = await sort(tx, workspaceId, campaignId, contacts);
  return { seen: contacts.length, added: newContacts.length, existing, skipped };
}

/** Referrers of the campaign stay as they are; erased people stay away. */
export async function addReferrersOnce(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  campaignId: string,
  contacts: readonly SeenContact[],
): Promise<BackfillCounts> {
  const campaign = await findCampaign(tx, workspaceId, campaignId);
  const { newContacts, existing, skipped } = await sort(tx, workspaceId, campaignId, contacts);
  const counts = { seen: contacts.length, added: 0, existing, skipped };
  if (!campaign) return counts;
  // The same order everywhere, so that two transactions with the same people never wait for each other.
  for (const contact of newContacts.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    counts[(await addReferrer(ctx, tx, workspaceId, campaign, contact)) ? 'added' : 'existing'] += 1;
  }
  return counts;
}

async function sort(tx: Tx, workspaceId: string, campaignId: string, contacts: readonly SeenContact[]) {
  const ids = contacts.map(({ id }) => id);
  const gone = await goneContacts(tx, workspaceId, ids);
  const referrers = await referrersAmong(tx, workspaceId, campaignId, contacts);
  const newContacts = contacts.filter(({ id }) => !gone.has(id) && !referrers.has(id));
  const existing = contacts.filter(({ id }) => !gone.has(id) && referrers.has(id)).length;
  return { newContacts, existing, skipped: gone.size };
}

/** False when another record of the same person is a referrer already. */
async function addReferrer(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  campaign: Campaign,
  contact: SeenContact,
): Promise<boolean> {
  const personId = await personOf(ctx, tx, workspaceId, contact);
  const referrer = { campaignId: campaign.id, personId, extra: null };
  const { id, created } = await addReferrerOnce(ctx, tx, workspaceId, referrer);
  if (created) {
    const share = { referrerId: id, personId, contactId: contact.id, campaign };
    await planShareWriteBack(ctx, tx, workspaceId, share);
  }
  return created;
}

async function personOf(ctx: Context, tx: Tx, workspaceId: string, contact: SeenContact): Promise<string> {
  await lockContact(tx, workspaceId, contact.id);
  const linked = await personLinkedTo(tx, workspaceId, contact.id);
  if (linked !== null) return linked;
  const identity = {
    email: foldEmail(contact.email),
    // Intercom makes one up for a lead.
    externalId: contact.role === 'user' ? contact.externalId : null,
    name: contact.name,
  };
  const isKnownByContactOnly = identity.email === null && identity.externalId === null;
  const person = isKnownByContactOnly
    ? await insertPerson(tx, workspaceId, { id: ctx.newId(), ...identity }, ctx.now())
    : await identifyPerson(ctx, tx, workspaceId, identity);
  await linkPeople(tx, workspaceId, [person.id], contact.id);
  return person.id;
}
