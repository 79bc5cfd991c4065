// People of the referral side: found by how a request names them, added, and completed.
import { and, asc, eq, or, sql } from 'drizzle-orm';
import { type Identity, type Person, recognize } from '../../domain/program/program.ts';
import type { Database, Tx } from '../database.ts';
import { people } from '../schema.ts';

export const personColumns = {
  id: people.id,
  email: people.email,
  externalId: people.externalId,
  name: people.name,
  contactId: people.contactId,
};

/** Who is known here of those whom Intercom's contacts may be, outside of any transaction. */
export function createKnownPeople({ db }: Pick<Database, 'db'>) {
  return {
    async personOf(workspaceId: string, who: Pick<Identity, 'email' | 'externalId'>): Promise<Person | null> {
      if (who.email === null && who.externalId === null) return null;
      return recognize({ ...who, name: null }, await sharing(db, workspaceId, { ...who, name: null }));
    },

    /** The oldest, where a merge has brought several to one contact. */
    async personLinkedTo(workspaceId: string, contactId: string): Promise<Person | null> {
      const [person] = await db
        .select(personColumns)
        .from(people)
        .where(and(eq(people.workspaceId, workspaceId), eq(people.contactId, contactId)))
        .orderBy(asc(people.createdAt), asc(people.id))
        .limit(1);
      return person ?? null;
    },
  };
}

/** No state: all of it happens in the transaction of the caller. */
export const peopleStore = { lock, sharing, add, complete };

/**
 * Makes requests that name the same email or external_id wait for one another until the transaction ends. The unique
 * indexes alone cannot: two people may lawfully share an email, one of them with an external_id, and two requests at
 * once for the same newcomer (one of them knowing the external_id) would make two. Waiting in the order of the keys
 * keeps two requests from waiting for each other.
 */
async function lock(tx: Tx, workspaceId: string, { email, externalId }: Identity): Promise<void> {
  const keys = [
    ...(email === null ? [] : [JSON.stringify([workspaceId, 'email', email])]),
    ...(externalId === null ? [] : [JSON.stringify([workspaceId, 'external_id', externalId])]),
  ];
  for (const key of keys) await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
}

/** Everybody with this email or this external_id, oldest first. */
async function sharing(
  tx: Pick<Tx, 'select'>,
  workspaceId: string,
  { email, externalId }: Identity,
): Promise<Person[]> {
  return tx
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

async function add(
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

async function complete(tx: Tx, workspaceId: string, person: Person): Promise<void> {
  const { email, externalId, name } = person;
  await tx
    .update(people)
    .set({ email, externalId, name })
    .where(and(eq(people.workspaceId, workspaceId), eq(people.id, person.id)));
}
