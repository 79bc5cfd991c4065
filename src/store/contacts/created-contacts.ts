// Recently created contacts, and what is stored about contacts that Intercom returns.
import { and, eq, inArray, lt } from 'drizzle-orm';
import type { Queryable } from '../database.ts';
import { contacts, people } from '../schema.ts';
import { createdContacts } from './schema-contact-actions.ts';

export async function findCreatedContacts(
  db: Queryable,
  workspaceId: string,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const rows = await db
    .select({ key: createdContacts.key, contactId: createdContacts.contactId })
    .from(createdContacts)
    .where(and(eq(createdContacts.workspaceId, workspaceId), inArray(createdContacts.key, [...keys])));
  return new Map(rows.map(({ key, contactId }) => [key, contactId]));
}

export async function rememberCreatedContact(
  db: Queryable,
  workspaceId: string,
  keys: readonly string[],
  { contactId, createdAt }: { contactId: string; createdAt: Date },
): Promise<void> {
  await db
    .insert(createdContacts)
    .values(keys.map((key) => ({ workspaceId, key, contactId, createdAt })))
    .onConflictDoUpdate({
      target: [createdContacts.workspaceId, createdContacts.key],
      set: { contactId, createdAt },
    });
}

export async function archivedAmong(
  db: Queryable,
  workspaceId: string,
  contactIds: readonly string[],
): Promise<Set<string>> {
  const rows = await db
    .select({ contactId: contacts.contactId })
    .from(contacts)
    .where(
      and(
        eq(contacts.workspaceId, workspaceId),
        inArray(contacts.contactId, [...contactIds]),
        eq(contacts.archived, true),
      ),
    );
  return new Set(rows.map(({ contactId }) => contactId));
}

export async function linksAmong(db: Queryable, workspaceId: string, contactIds: readonly string[]) {
  const rows = await db
    .select({ contactId: people.contactId, personId: people.id })
    .from(people)
    .where(and(eq(people.workspaceId, workspaceId), inArray(people.contactId, [...contactIds])));
  return rows.flatMap(({ contactId, personId }) => (contactId === null ? [] : [{ contactId, personId }]));
}

/** Older contacts are found by every search. */
export async function forgetContactsCreatedBefore(db: Queryable, madeBefore: Date): Promise<void> {
  await db.delete(createdContacts).where(lt(createdContacts.createdAt, madeBefore));
}
