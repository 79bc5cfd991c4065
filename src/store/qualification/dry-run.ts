// What a dry run reads: a campaign's referrals, what was last seen of their contacts, and their notifications.
import { and, asc, eq, gt, gte, inArray, lt, max, sql } from 'drizzle-orm';
import type { DryRunStore } from '../../usecases/qualification/dry-run-edges.ts';
import type { Database } from '../database.ts';
import { newestFirst, olderThan, toPage } from '../page.ts';
import { personColumns } from '../program/people.ts';
import { ofPerson } from '../program/referral-joins.ts';
import { contacts, deliveries, people, referrals } from '../schema.ts';

export function createDryRunStore({ db }: Pick<Database, 'db'>): DryRunStore {
  const inCampaign = (workspaceId: string, campaignId: string) =>
    and(eq(referrals.workspaceId, workspaceId), eq(referrals.campaignId, campaignId));

  return {
    async referrals(workspaceId, campaignId, page) {
      const rows = await db
        .select({
          id: referrals.id,
          status: referrals.status,
          joinedAt: referrals.joinedAt,
          person: personColumns,
        })
        .from(referrals)
        .innerJoin(people, ofPerson)
        .where(
          and(inCampaign(workspaceId, campaignId), olderThan(referrals.joinedAt, referrals.id, page.after)),
        )
        .orderBy(...newestFirst(referrals.joinedAt, referrals.id))
        .limit(page.limit + 1);
      return toPage(rows, page, (row) => ({ at: row.joinedAt, id: row.id }));
    },

    async count(workspaceId, campaignId, after) {
      const later = olderThan(referrals.joinedAt, referrals.id, after) ?? sql`false`;
      const [counted] = await db
        .select({
          total: sql<number>`count(*)::int`,
          remaining: sql<number>`(count(*) filter (where ${later}))::int`,
        })
        .from(referrals)
        .where(inCampaign(workspaceId, campaignId));
      return counted ?? { total: 0, remaining: 0 };
    },

    async lastSeen(workspaceId, contactIds) {
      if (contactIds.length === 0) return new Map();
      const rows = await db
        .select({ id: contacts.contactId, role: contacts.role, values: contacts.values })
        .from(contacts)
        .where(and(eq(contacts.workspaceId, workspaceId), inArray(contacts.contactId, [...contactIds])));
      return new Map(rows.map(({ id, role, values }) => [id, { ...values, role }]));
    },

    async mergedInto(workspaceId, contactIds) {
      if (contactIds.length === 0) return new Map();
      const rows = await db
        .select({ id: contacts.contactId, into: contacts.mergedInto })
        .from(contacts)
        .where(and(eq(contacts.workspaceId, workspaceId), inArray(contacts.mergedInto, [...contactIds])));
      const merged = new Map<string, string[]>();
      for (const { id, into } of rows) if (into !== null) merged.set(into, [...(merged.get(into) ?? []), id]);
      return merged;
    },

    async notifications(workspaceId, contactIds, { since, afterId, most }) {
      const theirs = and(
        eq(deliveries.workspaceId, workspaceId),
        inArray(deliveries.contactId, [...contactIds]),
      );
      // The last one before, too: without it, the first change of all would not be seen as one.
      const [earlier] = await db
        .select({ id: max(deliveries.id) })
        .from(deliveries)
        .where(and(theirs, lt(deliveries.receivedAt, since)));
      return db
        .select({
          id: deliveries.id,
          topic: deliveries.topic,
          body: deliveries.body,
          receivedAt: deliveries.receivedAt,
        })
        .from(deliveries)
        .where(and(theirs, gt(deliveries.id, afterId), gte(deliveries.id, earlier?.id ?? 0)))
        .orderBy(asc(deliveries.id))
        .limit(most);
    },
  };
}
