// Which contacts were made lately, and what is known here of those that Intercom shows.
import { and, eq, inArray, lt } from 'drizzle-orm';
import type { EnsuringStore } from '../../usecases/contacts/contact-ensuring-edges.ts';
import type { Database, Tx } from '../database.ts';
import { contacts, people } from '../schema.ts';
import { madeContacts } from './schema-contact-actions.ts';

export function createMadeContactStore({ db }: Pick<Database, 'db'>) {
  const store: EnsuringStore = {
    async made(workspaceId, keys) {
      const rows = await db
        .select({ key: madeContacts.key, contactId: madeContacts.contactId })
        .from(madeContacts)
        .where(and(eq(madeContacts.workspaceId, workspaceId), inArray(madeContacts.key, [...keys])));
      return new Map(rows.map(({ key, contactId }) => [key, contactId]));
    },

    async remember(workspaceId, keys, contactId, madeAt) {
      await db
        .insert(madeContacts)
        .values(keys.map((key) => ({ workspaceId, key, contactId, madeAt })))
        .onConflictDoUpdate({
          target: [madeContacts.workspaceId, madeContacts.key],
          set: { contactId, madeAt },
        });
    },

    async archived(workspaceId, contactIds) {
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
    },

    async linked(workspaceId, contactIds) {
      const rows = await db
        .select({ contactId: people.contactId, personId: people.id })
        .from(people)
        .where(and(eq(people.workspaceId, workspaceId), inArray(people.contactId, [...contactIds])));
      return rows.flatMap(({ contactId, personId }) => (contactId === null ? [] : [{ contactId, personId }]));
    },
  };

  /** By then every search finds them. */
  async function forget(madeBefore: Date): Promise<void> {
    await db.delete(madeContacts).where(lt(madeContacts.madeAt, madeBefore));
  }

  return { ...store, forget };
}

/** For the erasure of a person: of their contacts nothing is remembered. */
export async function forgetMade(
  tx: Tx,
  workspaceId: string,
  contactIds: readonly string[],
): Promise<number> {
  const gone = await tx
    .delete(madeContacts)
    .where(and(eq(madeContacts.workspaceId, workspaceId), inArray(madeContacts.contactId, [...contactIds])));
  return gone.rowCount ?? 0;
}
