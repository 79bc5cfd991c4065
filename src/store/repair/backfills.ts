// Backfills with their place in the pages, and who is in a campaign already.
import { and, asc, eq, inArray, isNotNull, lt, lte, or, sql } from 'drizzle-orm';
import { foldEmail } from '../../domain/contacts/contact.ts';
import { backfillWanted } from '../../domain/repair/backfill.ts';
import { campaignSettings } from '../../domain/workspace/settings.ts';
import type {
  Backfill,
  BackfillKey,
  BackfillStore,
  MemberStore,
} from '../../usecases/repair/backfill-edges.ts';
import type { Database, Tx } from '../database.ts';
import { matching, newestFirst, olderThan, toPage } from '../page.ts';
import { campaigns, contacts, people } from '../schema.ts';
import { backfills } from './schema-backfill.ts';

export function createBackfillStore({ db }: Pick<Database, 'db'>): BackfillStore<Tx> {
  const one = ({ workspaceId, id }: BackfillKey) =>
    and(eq(backfills.workspaceId, workspaceId), eq(backfills.id, id));
  const key = { workspaceId: backfills.workspaceId, id: backfills.id };

  return {
    async add(tx, backfill) {
      await tx.insert(backfills).values({ ...backfill, touchedAt: backfill.createdAt });
    },
    async find(workspaceId, id) {
      const [found] = await db.select().from(backfills).where(one({ workspaceId, id }));
      return found ? toBackfill(found) : null;
    },
    async list(workspaceId, campaignId, page) {
      const rows = await db
        .select()
        .from(backfills)
        .where(
          and(
            eq(backfills.workspaceId, workspaceId),
            matching(backfills.campaignId, campaignId),
            olderThan(backfills.createdAt, backfills.id, page.after),
          ),
        )
        .orderBy(...newestFirst(backfills.createdAt, backfills.id))
        .limit(page.limit + 1);
      return toPage(rows.map(toBackfill), page, (row) => ({ at: row.createdAt, id: row.id }));
    },
    async lock(tx, which) {
      const [locked] = await tx.select().from(backfills).where(one(which)).for('update');
      return locked ? toBackfill(locked) : null;
    },
    async change(tx, which, changes, at) {
      await tx
        .update(backfills)
        .set({ ...changes, step: sql`${backfills.step} + 1`, touchedAt: at })
        .where(one(which));
    },
    abandoned: (before) =>
      db
        .select(key)
        .from(backfills)
        .where(and(inArray(backfills.state, ['counting', 'running']), lt(backfills.touchedAt, before)))
        .orderBy(asc(backfills.touchedAt))
        .limit(100),
    due: (at) =>
      db
        .select(key)
        .from(backfills)
        .where(and(eq(backfills.state, 'watching'), lte(backfills.nextPassAt, at)))
        .limit(100),
    async watching(tx, workspaceId) {
      const rows = await tx
        .select({ campaignId: backfills.campaignId, wanted: backfills.wanted })
        .from(backfills)
        .where(and(eq(backfills.workspaceId, workspaceId), isNotNull(backfills.nextPassAt)));
      return rows.flatMap(({ campaignId, wanted }) => {
        const read = backfillWanted.parse(wanted);
        return read.from === 'intercom' ? [{ campaignId, selection: read.selection }] : [];
      });
    },
  };
}

function toBackfill(row: typeof backfills.$inferSelect): Backfill {
  return { ...row, wanted: backfillWanted.parse(row.wanted) };
}

export const memberStore: MemberStore<Tx> = {
  async gone(tx, workspaceId, contactIds) {
    if (contactIds.length === 0) return new Set();
    const rows = await tx
      .select({ id: contacts.contactId })
      .from(contacts)
      .where(
        and(
          eq(contacts.workspaceId, workspaceId),
          inArray(contacts.contactId, [...contactIds]),
          or(
            isNotNull(contacts.mergedInto),
            sql`deleted_at is not null and not exists (select from people
              where people.workspace_id = contacts.workspace_id and people.contact_id = contacts.contact_id)`,
          ),
        ),
      );
    return new Set(rows.map((row) => row.id));
  },

  async referrersAmong(tx, workspaceId, campaignId, asked) {
    if (asked.length === 0) return new Set();
    const given = asked.map(({ id, externalId, email }) => ({
      id,
      external_id: externalId,
      email: foldEmail(email),
    }));
    const { rows } = await tx.execute<{ id: string }>(sql`
      select asked.id
      from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as asked (id text, external_id text, email text)
      where exists (
        select from people join referrers
          on referrers.workspace_id = people.workspace_id and referrers.person_id = people.id
        where people.workspace_id = ${workspaceId} and referrers.campaign_id = ${campaignId}
          and (people.contact_id = asked.id or people.external_id = asked.external_id or people.email = asked.email))`);
    return new Set(rows.map((row) => row.id));
  },

  async lockContact(tx, workspaceId, contactId) {
    const key = JSON.stringify([workspaceId, 'contact', contactId]);
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
  },

  async linkedTo(tx, workspaceId, contactId) {
    const [oldest] = await tx
      .select({ id: people.id })
      .from(people)
      .where(and(eq(people.workspaceId, workspaceId), eq(people.contactId, contactId)))
      .orderBy(asc(people.createdAt), asc(people.id))
      .limit(1);
    return oldest?.id ?? null;
  },

  async campaign(tx, workspaceId, id) {
    const [found] = await tx
      .select()
      .from(campaigns)
      .where(and(eq(campaigns.workspaceId, workspaceId), eq(campaigns.id, id)));
    return found ? { ...found, settings: campaignSettings.parse(found.settings) } : null;
  },
};
