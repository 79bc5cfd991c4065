// What was last seen of Intercom's contacts, and everything of ours that follows or forgets one of them.
import { and, eq, inArray, or, sql } from 'drizzle-orm';
import { foldEmail } from '../domain/contact.ts';
import type { Facts } from '../domain/notice.ts';
import type { Survivor } from '../usecases/conversion-edges.ts';
import type { QualificationStores } from '../usecases/qualification-edges.ts';
import type { Tx } from './database.ts';
import {
  contacts,
  conversions,
  decisions,
  deliveries,
  people,
  referralHistory,
  referrals,
  runs,
} from './schema.ts';

type Stores = QualificationStores<Tx>;

const key = [contacts.workspaceId, contacts.contactId];

const one = (workspaceId: string, contactId: string) =>
  and(eq(contacts.workspaceId, workspaceId), eq(contacts.contactId, contactId));

export const contactStore: Stores['contacts'] = {
  async lock(tx, workspaceId, contactId) {
    const blank = { workspaceId, contactId, values: {}, seenAt: new Date(0) };
    // Made where it is missing, so that two notifications about a new contact wait for each other too. The change that
    // changes nothing locks one that is there, and answers it, in the same statement.
    const [row] = await tx
      .insert(contacts)
      .values(blank)
      .onConflictDoUpdate({ target: key, set: { contactId } })
      .returning();
    const gone = row?.deletedAt ? 'deleted' : row?.mergedInto ? 'merged' : null;
    return { before: row && row.seenAt.getTime() > 0 ? toSeen(row) : null, gone };
  },
  async save(tx, workspaceId, contactId, { role, facts, updatedAt }, at) {
    const values = { role, values: facts as Record<string, Facts[string]>, updatedAt, seenAt: at };
    await tx.update(contacts).set(values).where(one(workspaceId, contactId));
  },
  async setArchived(tx, workspaceId, contactId, archived) {
    await tx.update(contacts).set({ archived }).where(one(workspaceId, contactId));
  },
  async find(tx, workspaceId, contactId) {
    const [row] = await tx.select().from(contacts).where(one(workspaceId, contactId));
    return row && row.seenAt.getTime() > 0 ? toSeen(row) : null;
  },
};

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

export const contactLinks: Stores['people'] = {
  candidates: (tx, workspaceId, contact) => candidatesFor(tx, workspaceId, contact).limit(20),

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
    await tx.execute(sql`set local referral_desk.erasing = 'on'`);
    const erased = await tx
      .update(people)
      .set({ email: null, externalId: null, name: null, contactId: null })
      .where(and(eq(people.workspaceId, workspaceId), eq(people.contactId, contactId)))
      .returning({ id: people.id });
    // The bare id stays: a notification from before may still be on its way, and must not bring anything back.
    const erasedContact = {
      role: null,
      values: {},
      written: null,
      seenAt: new Date(0),
      deletedAt: sql`now()`,
    };
    await tx
      .insert(contacts)
      .values({ workspaceId, contactId, ...erasedContact })
      .onConflictDoUpdate({ target: key, set: erasedContact });
    await eraseWords(tx, workspaceId, contactId);
    const personIds = erased.map((person) => person.id);
    return personIds.length === 0 ? 0 : eraseReasons(tx, workspaceId, personIds);
  },
};

/** What was written down about the contact itself: notifications as they came, conversions, runs. */
async function eraseWords(tx: Tx, workspaceId: string, contactId: string): Promise<void> {
  await tx
    .update(deliveries)
    .set({ body: '' })
    .where(and(eq(deliveries.workspaceId, workspaceId), eq(deliveries.contactId, contactId)));
  await tx
    .update(conversions)
    .set({ given: { email: null, externalId: null } })
    .where(
      and(
        eq(conversions.workspaceId, workspaceId),
        or(eq(conversions.contactId, contactId), eq(conversions.intoContactId, contactId)),
      ),
    );
  await tx
    .update(runs)
    .set({
      exchange: null,
      cause: 'erased',
      state: sql`case when state = 'waiting' then 'cancelled' else state end`,
    })
    .where(and(eq(runs.workspaceId, workspaceId), eq(runs.contactId, contactId)));
}

/** Reasons quote what was seen of the person. */
async function eraseReasons(tx: Tx, workspaceId: string, personIds: string[]): Promise<number> {
  const theirs = await tx
    .update(referrals)
    .set({ explanation: null, statusReason: null })
    .where(and(eq(referrals.workspaceId, workspaceId), inArray(referrals.personId, personIds)))
    .returning({ id: referrals.id });
  const ids = theirs.map((referral) => referral.id);
  if (ids.length === 0) return 0;
  await tx
    .update(decisions)
    .set({ explanation: 'erased', reasons: [] })
    .where(and(eq(decisions.workspaceId, workspaceId), inArray(decisions.referralId, ids)));
  await tx
    .update(referralHistory)
    .set({ reason: null })
    .where(and(eq(referralHistory.workspaceId, workspaceId), inArray(referralHistory.referralId, ids)));
  return ids.length;
}
