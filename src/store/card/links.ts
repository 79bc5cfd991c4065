// A teammate's links between people and Intercom contacts.
import { and, desc, eq, isNull, or } from 'drizzle-orm';
import type { Tx } from '../database.ts';
import { referralOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { referralIdsOf } from '../program/referrals.ts';
import { people, referralHistory, referrals } from '../schema.ts';

type LinkedBy = { teammate: string; at: Date };

/** False when the person is gone, or linked to another contact meanwhile. */
export async function linkByTeammate(
  tx: Tx,
  workspaceId: string,
  personId: string,
  contactId: string,
  by: LinkedBy,
): Promise<boolean> {
  const isFree = or(isNull(people.contactId), eq(people.contactId, contactId));
  const [linked] = await tx
    .update(people)
    .set({ contactId })
    .where(and(owned(people, { workspaceId, id: personId }), isFree))
    .returning({ id: people.id });
  if (!linked) return false;
  const reason = 'chosen among several people with the same email';
  await insertLinkHistory(tx, workspaceId, personId, by, { from: null, to: contactId, reason });
  return true;
}

/**
 * False for an unknown link, or one that is neither a teammate's choice nor shared by two people that are to be told
 * apart.
 */
export async function unlinkByTeammate(
  tx: Tx,
  workspaceId: string,
  { personId, isShared }: { personId: string; isShared: boolean },
  contactId: string,
  by: LinkedBy,
): Promise<boolean> {
  const [unlinked] = await tx
    .update(people)
    .set({ contactId: null })
    .where(
      and(
        owned(people, { workspaceId, id: personId, contactId }),
        isShared ? undefined : eq(latestChoice(tx, workspaceId, personId), contactId),
      ),
    )
    .returning({ id: people.id });
  if (!unlinked) return false;
  const change = { from: contactId, to: null, reason: 'not this person' };
  await insertLinkHistory(tx, workspaceId, personId, by, change);
  return true;
}

/** A sub-select of the last contact in the history; empty when the last choice was undone. */
function latestChoice(tx: Tx, workspaceId: string, personId: string) {
  return tx
    .select({ to: referralHistory.to })
    .from(referralHistory)
    .innerJoin(referrals, referralOf(referralHistory))
    .where(and(owned(referrals, { workspaceId, personId }), eq(referralHistory.what, 'linked')))
    .orderBy(desc(referralHistory.id))
    .limit(1);
}

async function insertLinkHistory(
  tx: Tx,
  workspaceId: string,
  personId: string,
  by: LinkedBy,
  change: { from: string | null; to: string | null; reason: string },
): Promise<void> {
  const ids = await referralIdsOf(tx, workspaceId, personId);
  const entries = ids.map((referralId) => ({
    ...change,
    workspaceId,
    referralId,
    at: by.at,
    what: 'linked' as const,
    actor: 'teammate' as const,
    actorName: by.teammate,
  }));
  if (entries.length > 0) await tx.insert(referralHistory).values(entries);
}
