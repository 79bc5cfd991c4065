// Which Intercom contacts are referrers of a campaign, and their people.
import { and, asc, eq, inArray, isNotNull, or, sql } from 'drizzle-orm';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import { givenContacts, isGivenContact } from '../contacts/identities.ts';
import type { Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { contacts, people } from '../schema.ts';

/** Erased, deleted or merged into another. */
export async function goneContacts(
  tx: Tx,
  workspaceId: string,
  contactIds: readonly string[],
): Promise<Set<string>> {
  if (contactIds.length === 0) return new Set();
  const rows = await tx
    .select({ id: contacts.contactId })
    .from(contacts)
    .where(
      and(
        eq(contacts.workspaceId, workspaceId),
        inArray(contacts.contactId, [...contactIds]),
        or(
          isNotNull(contacts.mergedInto),
          sql`deleted_at is not null and not exists (select from people
            where people.workspace_id = contacts.workspace_id and people.contact_id = contacts.contact_id)`,
        ),
      ),
    );
  return new Set(rows.map((row) => row.id));
}

export async function referrersAmong(
  tx: Tx,
  workspaceId: string,
  campaignId: string,
  among: readonly Pick<SeenContact, 'id' | 'externalId' | 'email'>[],
): Promise<Set<string>> {
  if (among.length === 0) return new Set();
  const { rows } = await tx.execute<{ id: string }>(sql`
    select given.id from ${givenContacts(among)} where exists (
      select from people join referrers
        on referrers.workspace_id = people.workspace_id and referrers.person_id = people.id
      where people.workspace_id = ${workspaceId} and referrers.campaign_id = ${campaignId} and ${isGivenContact})`);
  return new Set(rows.map((row) => row.id));
}

/** Keeps other transactions from adding a person for the contact. */
export async function lockContact(tx: Tx, workspaceId: string, contactId: string): Promise<void> {
  const key = JSON.stringify([workspaceId, 'contact', contactId]);
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
}

/** The oldest person linked to the contact. */
export async function personLinkedTo(tx: Tx, workspaceId: string, contactId: string): Promise<string | null> {
  const [oldest] = await tx
    .select({ id: people.id })
    .from(people)
    .where(owned(people, { workspaceId, contactId }))
    .orderBy(asc(people.createdAt), asc(people.id))
    .limit(1);
  return oldest?.id ?? null;
}
