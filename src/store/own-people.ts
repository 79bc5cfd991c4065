// A user whom the card knew by external id or email, linked before a merge brings another person to the same contact.
import { and, eq, inArray, isNull, or } from 'drizzle-orm';
import { foldEmail } from '../domain/contact.ts';
import { matchContact } from '../domain/matching.ts';
import type { Survivor } from '../usecases/conversion-edges.ts';
import type { Tx } from './database.ts';
import { people } from './schema.ts';

/** A stored link goes before external id and email: without this, a merged lead's referrals would hide the user's own. */
export async function linkOwnPeople(tx: Tx, workspaceId: string, user: Survivor): Promise<void> {
  const email = foldEmail(user.email);
  const known = or(
    eq(people.contactId, user.id),
    user.externalId === null ? undefined : eq(people.externalId, user.externalId),
    email === null ? undefined : eq(people.email, email),
  );
  const candidates = await tx
    .select({
      id: people.id,
      contactId: people.contactId,
      externalId: people.externalId,
      email: people.email,
    })
    .from(people)
    .where(and(eq(people.workspaceId, workspaceId), known));
  const match = matchContact(user, candidates);
  if (match.outcome !== 'matched') return;
  const theirs = inArray(people.id, match.personIds);
  await tx
    .update(people)
    .set({ contactId: user.id })
    .where(and(eq(people.workspaceId, workspaceId), theirs, isNull(people.contactId)));
}
