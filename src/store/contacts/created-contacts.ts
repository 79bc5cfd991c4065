// Recently created contacts, and what is stored about contacts that Intercom returns.
import { and, eq, inArray, isNotNull, like, lt, ne, or } from 'drizzle-orm';
import type { Queryable } from '../database.ts';
import { contacts, people } from '../schema.ts';
import { createdContacts } from './schema-contact-actions.ts';

export async function findCreatedContacts(
  db: Queryable,
  workspaceId: string,
  keys: readonly string[],
): Promise<Map<string, { contactId: string; createdAt: Date }>> {
  const { key, contactId, createdAt } = createdContacts;
  const rows = await db
    .select({ key, contactId, createdAt })
    .from(createdContacts)
    .where(and(eq(createdContacts.workspaceId, workspaceId), inArray(createdContacts.key, [...keys])));
  return new Map(rows.map(({ key: found, ...created }) => [found, created]));
}

/** Those of the contacts that were created for other work than `workKey`. */
export async function createdForOthers(
  db: Queryable,
  workspaceId: string,
  contactIds: readonly string[],
  workKey: string,
): Promise<Set<string>> {
  const rows = await db
    .select({ contactId: createdContacts.contactId })
    .from(createdContacts)
    .where(
      and(
        eq(createdContacts.workspaceId, workspaceId),
        inArray(createdContacts.contactId, [...contactIds]),
        like(createdContacts.key, 'for:%'),
        ne(createdContacts.key, workKey),
      ),
    );
  return new Set(rows.map(({ contactId }) => contactId));
}

/** What notifications said of contacts that Intercom does not show by their id. */
export async function hiddenAmong(
  db: Queryable,
  workspaceId: string,
  contactIds: readonly string[],
): Promise<Map<string, 'archived' | 'deleted'>> {
  if (contactIds.length === 0) return new Map();
  const { contactId, archived, deletedAt } = contacts;
  const rows = await db
    .select({ contactId, deletedAt })
    .from(contacts)
    .where(
      and(
        eq(contacts.workspaceId, workspaceId),
        inArray(contactId, [...contactIds]),
        or(eq(archived, true), isNotNull(deletedAt)),
      ),
    );
  return new Map(rows.map((row) => [row.contactId, row.deletedAt === null ? 'archived' : 'deleted']));
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
