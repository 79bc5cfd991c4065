// Intercom contacts as a table, to match them with the program's people in one statement.

import { type SQL, sql } from 'drizzle-orm';
import { emailKey, idKey } from '../../domain/identity.ts';

type Identified = { id: string; externalId: string | null; email: string | null; updatedAt?: Date | null };

/** For `from`: a table `given` with id, external_id, email and updated_at. */
export function givenContacts(contacts: readonly Identified[]): SQL {
  const rows = contacts.map(({ id, externalId, email, updatedAt = null }) => ({
    id,
    external_id: idKey(externalId),
    email: emailKey(email),
    updated_at: updatedAt,
  }));
  return sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
    as given (id text, external_id text, email text, updated_at timestamptz)`;
}

/** By stored link, external ID or email. */
export const isGivenContact = sql.raw(
  '(people.contact_id = given.id or people.external_id = given.external_id or people.email = given.email)',
);
