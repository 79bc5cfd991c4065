// The stored link between a person of the referral side and an Intercom contact, said by a teammate.
import { and, eq, isNull, or } from 'drizzle-orm';
import type { InboxDeps } from '../usecases/inbox.ts';
import type { Database } from './database.ts';
import { people, referralHistory, referrals } from './schema.ts';

export function createLinkStore({ transaction }: Pick<Database, 'transaction'>): InboxDeps['people'] {
  return {
    link: (workspaceId, personId, contactId, by) =>
      transaction(async (tx) => {
        // A person who was linked elsewhere in the meantime stays there.
        const free = or(isNull(people.contactId), eq(people.contactId, contactId));
        const [linked] = await tx
          .update(people)
          .set({ contactId })
          .where(and(eq(people.workspaceId, workspaceId), eq(people.id, personId), free))
          .returning({ id: people.id });
        if (!linked) return false;
        const theirs = await tx
          .select({ id: referrals.id })
          .from(referrals)
          .where(and(eq(referrals.workspaceId, workspaceId), eq(referrals.personId, personId)));
        const entries = theirs.map(({ id }) => ({
          workspaceId,
          referralId: id,
          at: by.at,
          what: 'linked' as const,
          to: contactId,
          actor: 'teammate' as const,
          actorName: by.teammate,
          reason: 'chosen among several people with the same email',
        }));
        if (entries.length > 0) await tx.insert(referralHistory).values(entries);
        return true;
      }),
  };
}
