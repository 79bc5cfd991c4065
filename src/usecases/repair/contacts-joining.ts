// Intercom's contacts join a campaign as referrers: found again by their contact, else by how they are known, else new.

import { foldEmail } from '../../domain/contacts/contact.ts';
import type { Campaign, Identity } from '../../domain/program/program.ts';
import type { SeenContact } from '../../domain/qualification/notice.ts';
import { type BackfillCounts, type ContactSelection, selects } from '../../domain/repair/backfill.ts';
import type { Share } from '../runs/plan-write-back.ts';
import type { MemberStore } from './backfill-edges.ts';

export type ContactsJoiningDeps<Tx> = {
  members: MemberStore<Tx>;
  identify(tx: Tx, workspaceId: string, identity: Identity): Promise<{ id: string }>;
  insertPerson(
    tx: Tx,
    workspaceId: string,
    person: Identity & { id: string },
    at: Date,
  ): Promise<{ id: string }>;
  addReferrerOnce(
    tx: Tx,
    workspaceId: string,
    referrer: { campaignId: string; personId: string },
  ): Promise<{ id: string; created: boolean }>;
  watching(tx: Tx, workspaceId: string): Promise<{ campaignId: string; selection: ContactSelection }[]>;
  linkTo(tx: Tx, workspaceId: string, personIds: string[], contactId: string): Promise<void>;
  /** Adds the run that brings the share link to the contact. */
  planShare(tx: Tx, workspaceId: string, share: Share): Promise<void>;
  now(): Date;
  newId(): string;
};

export type ContactsJoining<Tx> = ReturnType<typeof createContactsJoining<Tx>>;

export function createContactsJoining<Tx>(deps: ContactsJoiningDeps<Tx>) {
  const { members } = deps;

  /** Which of them would be new. */
  async function sort(tx: Tx, workspaceId: string, campaignId: string, contacts: readonly SeenContact[]) {
    const ids = contacts.map((one) => one.id);
    const gone = await members.gone(tx, workspaceId, ids);
    const referrers = await members.referrersAmong(tx, workspaceId, campaignId, contacts);
    const fresh = contacts.filter(({ id }) => !gone.has(id) && !referrers.has(id));
    const there = contacts.filter(({ id }) => !gone.has(id) && referrers.has(id)).length;
    return { fresh, there, left: gone.size };
  }

  async function count(
    tx: Tx,
    workspaceId: string,
    campaignId: string,
    contacts: readonly SeenContact[],
  ): Promise<BackfillCounts> {
    const { fresh, there, left } = await sort(tx, workspaceId, campaignId, contacts);
    return { seen: contacts.length, fresh: fresh.length, there, left };
  }

  /** Whoever is a referrer of the campaign already stays as they are; whoever was erased stays away. */
  async function join(
    tx: Tx,
    workspaceId: string,
    campaignId: string,
    contacts: readonly SeenContact[],
  ): Promise<BackfillCounts> {
    const campaign = await members.campaign(tx, workspaceId, campaignId);
    const { fresh, there, left } = await sort(tx, workspaceId, campaignId, contacts);
    const counts = { seen: contacts.length, fresh: 0, there, left };
    if (!campaign) return counts;
    // In one order everywhere: two that join the same people in a different one would wait for each other.
    for (const contact of fresh.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      counts[(await joinOne(tx, workspaceId, campaign, contact)) ? 'fresh' : 'there'] += 1;
    }
    return counts;
  }

  /** False when they were a referrer by another record of theirs. */
  async function joinOne(
    tx: Tx,
    workspaceId: string,
    campaign: Campaign,
    contact: SeenContact,
  ): Promise<boolean> {
    const personId = await personOf(tx, workspaceId, contact);
    const { id, created } = await deps.addReferrerOnce(tx, workspaceId, {
      campaignId: campaign.id,
      personId,
    });
    if (created) {
      const share = { referrerId: id, personId, contactId: contact.id, campaign };
      await deps.planShare(tx, workspaceId, share);
    }
    return created;
  }

  async function personOf(tx: Tx, workspaceId: string, contact: SeenContact): Promise<string> {
    await members.lockContact(tx, workspaceId, contact.id);
    const linked = await members.linkedTo(tx, workspaceId, contact.id);
    if (linked !== null) return linked;
    const person = await personKnownAs(tx, workspaceId, {
      email: foldEmail(contact.email),
      // That of a lead was made up by Intercom: nobody else knows it.
      externalId: contact.role === 'user' ? contact.externalId : null,
      name: contact.name,
    });
    await deps.linkTo(tx, workspaceId, [person.id], contact.id);
    return person.id;
  }

  /** Somebody without email and external_id is told apart by the contact alone. */
  function personKnownAs(
    tx: Tx,
    workspaceId: string,
    identity: { email: string | null; externalId: string | null; name: string | null },
  ): Promise<{ id: string }> {
    if (identity.email !== null || identity.externalId !== null) {
      return deps.identify(tx, workspaceId, identity);
    }
    return deps.insertPerson(tx, workspaceId, { id: deps.newId(), ...identity }, deps.now());
  }

  /** New contacts, as notifications show them, join where an ongoing backfill wants their kind. */
  async function joinWatching(tx: Tx, workspaceId: string, contacts: readonly SeenContact[]): Promise<void> {
    for (const { campaignId, selection } of await deps.watching(tx, workspaceId)) {
      const wanted = contacts.filter(({ role }) => selects(selection, role));
      const newest = [...new Map(wanted.map((contact) => [contact.id, contact])).values()];
      if (newest.length > 0) await join(tx, workspaceId, campaignId, newest);
    }
  }

  return { count, join, joinWatching };
}
