// People who wait for being linked to their Intercom contacts.
import { and, asc, eq, gt, inArray, isNull } from 'drizzle-orm';
import type { LinkingDeps } from '../../usecases/qualification/linking.ts';
import type { Database, Tx } from '../database.ts';
import { personColumns } from '../program/people.ts';
import { people, referrals } from '../schema.ts';

/** As many as one search of Intercom takes. */
const atOnce = 50;

export function createLinkingStore({ db }: Pick<Database, 'db'>): LinkingDeps<Tx>['store'] {
  return {
    unlinked(workspaceId, campaignId, afterId) {
      const pending = db
        .select({ id: referrals.personId })
        .from(referrals)
        .where(
          and(
            eq(referrals.workspaceId, workspaceId),
            eq(referrals.campaignId, campaignId),
            eq(referrals.status, 'pending'),
          ),
        );
      return db
        .select(personColumns)
        .from(people)
        .where(
          and(
            eq(people.workspaceId, workspaceId),
            isNull(people.contactId),
            inArray(people.id, pending),
            afterId === null ? undefined : gt(people.id, afterId),
          ),
        )
        .orderBy(asc(people.id))
        .limit(atOnce);
    },

    async link(tx, workspaceId, personId, contactId) {
      const linked = await tx
        .update(people)
        .set({ contactId })
        .where(and(eq(people.workspaceId, workspaceId), eq(people.id, personId), isNull(people.contactId)))
        .returning({ id: people.id });
      if (linked.length === 0) return [];
      const theirs = await tx
        .select({ id: referrals.id })
        .from(referrals)
        .where(and(eq(referrals.workspaceId, workspaceId), eq(referrals.personId, personId)));
      return theirs.map((referral) => referral.id);
    },
  };
}
