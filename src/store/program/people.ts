// Finds, adds and completes people by what a request says about them.
import { and, asc, eq, or, sql } from 'drizzle-orm';
import { type Identity, identityKey, type Person, recognize } from '../../domain/program/program.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { people } from '../schema.ts';

export const personColumns = {
  id: people.id,
  email: people.email,
  externalId: people.externalId,
  name: people.name,
  contactId: people.contactId,
};

export async function findPerson(
  db: Queryable,
  workspaceId: string,
  given: Pick<Identity, 'email' | 'externalId'>,
): Promise<Person | null> {
  const identity = identityKey({ ...given, name: null });
  if (identity.email === null && identity.externalId === null) return null;
  return recognize(identity, await peopleSharing(db, workspaceId, identity));
}

/** The oldest, since merges may bring several people to one contact. */
export async function findPersonOfContact(db: Queryable, workspaceId: string, contactId: string) {
  const [person] = await db
    .select(personColumns)
    .from(people)
    .where(owned(people, { workspaceId, contactId }))
    .orderBy(asc(people.createdAt), asc(people.id))
    .limit(1);
  return person ?? null;
}

/**
 * Serializes requests that name the same email or external_id. Unique indexes are not enough: people may
 * share an email when one has an external_id, so two requests could add one person twice. The fixed order
 * prevents deadlocks.
 */
export async function lockIdentity(tx: Tx, workspaceId: string, identity: Identity) {
  const { email, externalId } = identityKey(identity);
  const keys = [
    ...(email === null ? [] : [JSON.stringify([workspaceId, 'email', email])]),
    ...(externalId === null ? [] : [JSON.stringify([workspaceId, 'external_id', externalId])]),
  ];
  for (const key of keys) await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
}

/** Oldest first. */
export async function peopleSharing(db: Queryable, workspaceId: string, identity: Identity) {
  const { email, externalId } = identityKey(identity);
  return db
    .select(personColumns)
    .from(people)
    .where(
      and(
        eq(people.workspaceId, workspaceId),
        or(
          email === null ? undefined : eq(people.email, email),
          externalId === null ? undefined : eq(people.externalId, externalId),
        ),
      ),
    )
    .orderBy(asc(people.createdAt), asc(people.id));
}

export async function insertPerson(
  tx: Tx,
  workspaceId: string,
  person: Omit<Person, 'contactId'>,
  createdAt: Date,
): Promise<Person> {
  const values = { workspaceId, ...person, createdAt };
  const [added] = await tx.insert(people).values(values).returning(personColumns);
  if (!added) throw new Error('an inserted person was not returned');
  return added;
}

export async function updatePerson(tx: Tx, workspaceId: string, person: Person): Promise<void> {
  const { email, externalId, name } = person;
  await tx
    .update(people)
    .set({ email, externalId, name })
    .where(owned(people, { workspaceId, id: person.id }));
}
