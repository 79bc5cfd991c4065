// The stored link between a person of the referral side and an Intercom contact, said and taken back by a teammate.
import { and, desc, eq, isNull, or } from 'drizzle-orm';
import type { InboxDeps } from '../../usecases/card/inbox.ts';
import type { Database, Tx } from '../database.ts';
import { people, referralHistory, referrals } from '../schema.ts';

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
        await record(tx, workspaceId, personId, by, {
          from: null,
          to: contactId,
          reason: 'chosen among several people with the same email',
        });
        return true;
      }),

    unlink: (workspaceId, personId, contactId, by) =>
      transaction(async (tx) => {
        const [unlinked] = await tx
          .update(people)
          .set({ contactId: null })
          .where(
            and(
              eq(people.workspaceId, workspaceId),
              eq(people.id, personId),
              eq(people.contactId, contactId),
              // A link that a conversion or a match made is no teammate's to take back.
              eq(latestChoice(tx, workspaceId, personId), contactId),
            ),
          )
          .returning({ id: people.id });
        if (!unlinked) return false;
        await record(tx, workspaceId, personId, by, {
          from: contactId,
          to: null,
          reason: 'not this person',
        });
        return true;
      }),
  };
}

const ofPerson = (workspaceId: string, personId: string) =>
  and(eq(referrals.workspaceId, workspaceId), eq(referrals.personId, personId));

/** A sub-select: the contact that the history names last; nothing when the last choice was taken back. */
function latestChoice(tx: Tx, workspaceId: string, personId: string) {
  return tx
    .select({ to: referralHistory.to })
    .from(referralHistory)
    .innerJoin(
      referrals,
      and(
        eq(referrals.workspaceId, referralHistory.workspaceId),
        eq(referrals.id, referralHistory.referralId),
      ),
    )
    .where(and(ofPerson(workspaceId, personId), eq(referralHistory.what, 'linked')))
    .orderBy(desc(referralHistory.id))
    .limit(1);
}

async function record(
  tx: Tx,
  workspaceId: string,
  personId: string,
  by: { teammate: string; at: Date },
  change: { from: string | null; to: string | null; reason: string },
): Promise<void> {
  const theirs = await tx.select({ id: referrals.id }).from(referrals).where(ofPerson(workspaceId, personId));
  const entries = theirs.map(({ id }) => ({
    ...change,
    workspaceId,
    referralId: id,
    at: by.at,
    what: 'linked' as const,
    actor: 'teammate' as const,
    actorName: by.teammate,
  }));
  if (entries.length > 0) await tx.insert(referralHistory).values(entries);
}
