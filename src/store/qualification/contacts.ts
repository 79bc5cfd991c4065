// What was last seen of Intercom's contacts, and everything of ours that follows or forgets one of them.
import { and, eq, inArray, or, sql } from 'drizzle-orm';
import { foldEmail } from '../../domain/contacts/contact.ts';
import type { Survivor } from '../../usecases/card/conversion-edges.ts';
import type { QualificationStores } from '../../usecases/qualification/qualification-edges.ts';
import type { Tx } from '../database.ts';
import { erase } from '../repair/erasing.ts';
import { contacts, people, referrals, runs } from '../schema.ts';

type Stores = QualificationStores<Tx>;

const key = [contacts.workspaceId, contacts.contactId];

const one = (workspaceId: string, contactId: string) =>
  and(eq(contacts.workspaceId, workspaceId), eq(contacts.contactId, contactId));

export const contactStore: Stores['contacts'] = {
  async lock(tx, workspaceId, contactIds) {
    const ids = [...new Set(contactIds)];
    if (ids.length === 0) return new Map();
    // Made where they are missing, so that two notifications about a new contact wait for each other too. The change
    // that changes nothing locks those that are there, and answers them, in the same statement; in the order of the
    // ids, so that two that lock several never wait for each other.
    const rows = await tx
      .insert(contacts)
      .values(
        ids.toSorted().map((contactId) => ({ workspaceId, contactId, values: {}, seenAt: new Date(0) })),
      )
      .onConflictDoUpdate({ target: key, set: { contactId: sql`excluded.contact_id` } })
      .returning();
    const erased = rows.filter((row) => row.deletedAt !== null).map((row) => row.contactId);
    const linkedAnew = erased.length === 0 ? new Set() : await linkedAmong(tx, workspaceId, erased);
    return new Map(
      rows.map((row) => {
        const deleted = row.deletedAt !== null && !linkedAnew.has(row.contactId);
        const gone = deleted ? ('deleted' as const) : row.mergedInto ? ('merged' as const) : null;
        return [row.contactId, { before: row.seenAt.getTime() > 0 ? toSeen(row) : null, gone }];
      }),
    );
  },
  async save(tx, workspaceId, seen, at) {
    if (seen.size === 0) return;
    const rows = [...seen].map(([contactId, { role, facts, updatedAt }]) => ({
      contact_id: contactId,
      role,
      facts,
      updated_at: updatedAt?.toISOString() ?? null,
    }));
    await tx.execute(sql`
      update contacts set role = given.role, values = given.facts, updated_at = given.updated_at,
        seen_at = ${at.toISOString()}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as given (contact_id text, role text, facts jsonb, updated_at timestamptz)
      where workspace_id = ${workspaceId} and contacts.contact_id = given.contact_id`);
  },
  async setArchived(tx, workspaceId, contactId, archived) {
    await tx.update(contacts).set({ archived }).where(one(workspaceId, contactId));
  },
  async find(tx, workspaceId, contactId) {
    const [row] = await tx.select().from(contacts).where(one(workspaceId, contactId));
    return row && row.seenAt.getTime() > 0 ? toSeen(row) : null;
  },
};

/** Somebody who was erased, while their contact was not deleted, may join again by themselves. */
async function linkedAmong(tx: Tx, workspaceId: string, contactIds: string[]): Promise<Set<string | null>> {
  const rows = await tx
    .selectDistinct({ contactId: people.contactId })
    .from(people)
    .where(and(eq(people.workspaceId, workspaceId), inArray(people.contactId, contactIds)));
  return new Set(rows.map((row) => row.contactId));
}

function toSeen(row: typeof contacts.$inferSelect) {
  return { role: row.role, facts: row.values, updatedAt: row.updatedAt };
}

/** Everybody who may be this contact, by stored link, external_id or email. */
export function candidatesFor(tx: Tx, workspaceId: string, contact: Survivor) {
  const email = foldEmail(contact.email);
  return tx
    .select({
      id: people.id,
      contactId: people.contactId,
      externalId: people.externalId,
      email: people.email,
    })
    .from(people)
    .where(
      and(
        eq(people.workspaceId, workspaceId),
        or(
          eq(people.contactId, contact.id),
          contact.externalId === null ? undefined : eq(people.externalId, contact.externalId),
          email === null ? undefined : eq(people.email, email),
        ),
      ),
    );
}

type CandidateRow = {
  id: string;
  contact_id: string | null;
  external_id: string | null;
  email: string | null;
};

export const contactLinks: Stores['people'] = {
  async candidates(tx, workspaceId, asked) {
    if (asked.length === 0) return [];
    const given = asked.map(({ id, externalId, email }) => ({
      id,
      external_id: externalId,
      email: foldEmail(email),
    }));
    // A few for each: of very many with one email, nobody could be told apart anyway.
    const { rows } = await tx.execute<CandidateRow>(sql`
      select distinct found.id, found.contact_id, found.external_id, found.email
      from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as asked (id text, external_id text, email text)
      cross join lateral (
        select id, contact_id, external_id, email from people
        where workspace_id = ${workspaceId}
          and (contact_id = asked.id or external_id = asked.external_id or email = asked.email)
        limit 20) as found`);
    return rows.map(({ id, contact_id: contactId, external_id: externalId, email }) => ({
      id,
      contactId,
      externalId,
      email,
    }));
  },

  async linkTo(tx, workspaceId, personIds, contactId) {
    await tx
      .update(people)
      .set({ contactId })
      .where(
        and(
          eq(people.workspaceId, workspaceId),
          inArray(people.id, personIds),
          sql`${people.contactId} is null`,
        ),
      );
  },

  async repoint(tx, workspaceId, fromContactId, toContactId) {
    if (fromContactId === toContactId) return 0;
    const moved = await tx
      .update(people)
      .set({ contactId: toContactId })
      .where(and(eq(people.workspaceId, workspaceId), eq(people.contactId, fromContactId)))
      .returning({ id: people.id });
    await tx
      .update(runs)
      .set({ contactId: toContactId })
      .where(
        and(eq(runs.workspaceId, workspaceId), eq(runs.contactId, fromContactId), eq(runs.state, 'waiting')),
      );
    const left = { values: {}, seenAt: new Date(0), mergedInto: toContactId };
    await tx
      .insert(contacts)
      .values({ workspaceId, contactId: fromContactId, ...left })
      .onConflictDoUpdate({ target: key, set: left });
    return moved.length;
  },

  async erase(tx, workspaceId, contactId) {
    const theirs = await tx
      .select({ id: people.id })
      .from(people)
      .where(and(eq(people.workspaceId, workspaceId), eq(people.contactId, contactId)));
    const personIds = theirs.map((one) => one.id);
    await erase(tx, workspaceId, { personIds, contactIds: [contactId], emails: [], externalIds: [] });
    return tx.$count(
      referrals,
      and(eq(referrals.workspaceId, workspaceId), inArray(referrals.personId, personIds)),
    );
  },
};
