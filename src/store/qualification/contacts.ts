// The last snapshot of each Intercom contact, and the rows that follow, link or forget a contact.

import { and, eq, inArray, not, or, sql } from 'drizzle-orm';
import { emailKey, idKey } from '../../domain/identity.ts';
import type { Candidate } from '../../domain/program/contact-match.ts';
import type { Facts } from '../../domain/qualification/notification.ts';
import { givenContacts, isGivenContact } from '../contacts/identities.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { eraseRows } from '../repair/erase-rows.ts';
import { contacts, people, referrals, runs } from '../schema.ts';
import { isExcludedFrom } from './link-decisions.ts';

export type ContactSnapshot = { role: 'lead' | 'user' | null; facts: Facts; updatedAt: Date | null };

/** `snapshot` is null when nothing is known yet. */
export type KnownContact = {
  snapshot: ContactSnapshot | null;
  gone: 'merged' | 'deleted' | null;
  archived: boolean;
};

type LockedContact = {
  contactId: string;
  role: 'lead' | 'user' | null;
  values: Facts;
  updatedAt: string | null;
  archived: boolean;
  mergedInto: string | null;
  isDeleted: boolean;
  isSeen: boolean;
};

type Identified = { id: string; externalId: string | null; email: string | null };

const key = [contacts.workspaceId, contacts.contactId];

const byId = (workspaceId: string, contactId: string) => owned(contacts, { workspaceId, contactId });

export async function lockContacts(
  tx: Tx,
  workspaceId: string,
  contactIds: readonly string[],
): Promise<Map<string, KnownContact>> {
  const ids = [...new Set(contactIds)];
  if (ids.length === 0) return new Map();
  // Missing rows are inserted, so that deliveries about a new contact wait for each other too. The no-op
  // update locks and returns existing rows. Ordered by id to avoid deadlocks.
  const { rows } = await tx.execute<LockedContact>(sql`
    insert into contacts (workspace_id, contact_id, values, seen_at)
    select ${workspaceId}, id, '{}', 'epoch' from unnest(${sql.param(ids.toSorted())}::text[]) as given (id)
    on conflict (workspace_id, contact_id) do update set contact_id = excluded.contact_id
    returning contact_id as "contactId", role, values, updated_at as "updatedAt", archived,
      merged_into as "mergedInto", deleted_at is not null as "isDeleted", seen_at > 'epoch' as "isSeen"`);
  const erased = rows.filter((row) => row.isDeleted).map((row) => row.contactId);
  const linkedAgain = erased.length === 0 ? new Set() : await linkedAmong(tx, workspaceId, erased);
  return new Map(
    rows.map((row) => {
      const deleted = row.isDeleted && !linkedAgain.has(row.contactId);
      const gone = deleted ? ('deleted' as const) : row.mergedInto ? ('merged' as const) : null;
      const { role, values: facts, archived } = row;
      const updatedAt = row.updatedAt === null ? null : new Date(row.updatedAt);
      return [row.contactId, { snapshot: row.isSeen ? { role, facts, updatedAt } : null, gone, archived }];
    }),
  );
}

export async function saveSnapshots(
  tx: Tx,
  workspaceId: string,
  snapshots: ReadonlyMap<string, ContactSnapshot>,
  at: Date,
): Promise<void> {
  if (snapshots.size === 0) return;
  const rows = [...snapshots].map(([contactId, { role, facts, updatedAt }]) => ({
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
}

export async function setArchived(tx: Tx, workspaceId: string, contactId: string, archived: boolean) {
  // Also of a contact that nothing else is known of yet.
  await tx
    .insert(contacts)
    .values({ workspaceId, contactId, values: {}, seenAt: new Date(0), archived })
    .onConflictDoUpdate({ target: key, set: { archived } });
}

export async function findSnapshot(db: Queryable, workspaceId: string, contactId: string) {
  const [row] = await db.select().from(contacts).where(byId(workspaceId, contactId));
  return row ? toSnapshot(row) : null;
}

export async function factsOfContacts(
  db: Queryable,
  workspaceId: string,
  contactIds: readonly string[],
): Promise<Map<string, Facts>> {
  if (contactIds.length === 0) return new Map();
  const rows = await db
    .select({ id: contacts.contactId, role: contacts.role, values: contacts.values })
    .from(contacts)
    .where(and(eq(contacts.workspaceId, workspaceId), inArray(contacts.contactId, [...contactIds])));
  return new Map(rows.map(({ id, role, values }) => [id, { ...values, role }]));
}

export async function mergedContactIds(
  db: Queryable,
  workspaceId: string,
  contactIds: readonly string[],
): Promise<Map<string, string[]>> {
  if (contactIds.length === 0) return new Map();
  const rows = await db
    .select({ id: contacts.contactId, into: contacts.mergedInto })
    .from(contacts)
    .where(and(eq(contacts.workspaceId, workspaceId), inArray(contacts.mergedInto, [...contactIds])));
  const merged = new Map<string, string[]>();
  for (const { id, into } of rows) if (into !== null) merged.set(into, [...(merged.get(into) ?? []), id]);
  return merged;
}

/** A person who was erased while their contact was kept may join again. */
async function linkedAmong(tx: Tx, workspaceId: string, contactIds: string[]): Promise<Set<string | null>> {
  const rows = await tx
    .selectDistinct({ contactId: people.contactId })
    .from(people)
    .where(and(eq(people.workspaceId, workspaceId), inArray(people.contactId, contactIds)));
  return new Set(rows.map((row) => row.contactId));
}

/** A row that only locks a contact has no snapshot. */
function toSnapshot({
  seenAt,
  role,
  values: facts,
  updatedAt,
}: typeof contacts.$inferSelect): ContactSnapshot | null {
  return seenAt.getTime() > 0 ? { role, facts, updatedAt } : null;
}

export function candidatesFor(tx: Tx, workspaceId: string, contact: Identified): Promise<Candidate[]> {
  const email = emailKey(contact.email);
  const externalId = idKey(contact.externalId);
  return tx
    .select({
      id: people.id,
      contactId: people.contactId,
      externalId: people.externalId,
      email: people.email,
      isExcluded: sql<boolean>`${people.contactId} is null and ${isExcludedFrom(contact.id)}`,
    })
    .from(people)
    .where(
      and(
        eq(people.workspaceId, workspaceId),
        or(
          eq(people.contactId, contact.id),
          externalId === null ? undefined : eq(people.externalId, externalId),
          email === null ? undefined : eq(people.email, email),
        ),
      ),
    );
}

export async function findCandidates(tx: Tx, workspaceId: string, identified: readonly Identified[]) {
  if (identified.length === 0) return [];
  // A few per contact: more people with one email would be ambiguous anyway.
  const { rows } = await tx.execute<Candidate>(sql`
      select distinct found.id, found.contact_id as "contactId", found.external_id as "externalId", found.email,
        found.is_excluded as "isExcluded"
      from ${givenContacts(identified)}
      cross join lateral (
        select id, contact_id, external_id, email,
          contact_id is null and ${isExcludedFrom(sql`given.id`)} as is_excluded
        from people
        where workspace_id = ${workspaceId} and ${isGivenContact} limit 20) as found`);
  return rows;
}

/** Unless a person has a contact, or a teammate decided otherwise. Returns the ids of those that are linked now. */
export async function linkPeople(
  tx: Tx,
  workspaceId: string,
  personIds: readonly string[],
  contactId: string,
): Promise<string[]> {
  const linked = await tx
    .update(people)
    .set({ contactId })
    .where(
      and(
        eq(people.workspaceId, workspaceId),
        inArray(people.id, [...personIds]),
        sql`${people.contactId} is null`,
        not(isExcludedFrom(contactId)),
      ),
    )
    .returning({ id: people.id });
  return linked.map(({ id }) => id);
}

/** As `linkPeople`, for many pairs at once. */
export async function linkAll(
  tx: Tx,
  workspaceId: string,
  links: readonly { personId: string; contactId: string }[],
): Promise<void> {
  if (links.length === 0) return;
  await tx.execute(sql`
    update people set contact_id = given."contactId"
    from jsonb_to_recordset(${JSON.stringify(links)}::jsonb) as given ("personId" uuid, "contactId" text)
    where people.workspace_id = ${workspaceId} and people.id = given."personId" and people.contact_id is null
      and not ${isExcludedFrom(sql`given."contactId"`)}`);
}

/**
 * After a merge: moves people and waiting runs to the survivor, or to the contact that it was merged into meanwhile.
 * Returns the number of people.
 */
export async function repointContact(
  tx: Tx,
  workspaceId: string,
  fromContactId: string,
  intoContactId: string,
): Promise<number> {
  const toContactId = await survivorOf(tx, workspaceId, intoContactId);
  if (fromContactId === toContactId) return 0;
  const moved = await tx
    .update(people)
    .set({ contactId: toContactId })
    .where(owned(people, { workspaceId, contactId: fromContactId }))
    .returning({ id: people.id });
  await tx
    .update(runs)
    .set({ contactId: toContactId })
    .where(owned(runs, { workspaceId, contactId: fromContactId, state: 'waiting' }));
  const emptied = { values: {}, seenAt: new Date(0), mergedInto: toContactId };
  await tx
    .insert(contacts)
    .values({ workspaceId, contactId: fromContactId, ...emptied })
    .onConflictDoUpdate({ target: key, set: emptied });
  await moveReviewCandidates(tx, workspaceId, fromContactId, toContactId);
  // Always the last survivor, so that no reader has to follow a chain.
  await tx
    .update(contacts)
    .set({ mergedInto: toContactId })
    .where(owned(contacts, { workspaceId, mergedInto: fromContactId }));
  return moved.length;
}

/** An open review is asked on the survivor's card, and can be answered with it. */
async function moveReviewCandidates(tx: Tx, workspaceId: string, from: string, to: string): Promise<void> {
  const moved = await tx.execute<{ review_id: string }>(sql`
    with left_behind as (
      delete from review_candidates where workspace_id = ${workspaceId} and contact_id = ${from} returning review_id
    ), added as (
      insert into review_candidates (workspace_id, contact_id, review_id)
      select ${workspaceId}, ${to}, review_id from left_behind on conflict do nothing
    )
    select review_id from left_behind`);
  if (moved.rows.length === 0) return;
  const ids = sql.param(moved.rows.map((row) => row.review_id));
  // Where the survivor was a candidate already, the merged one goes.
  await tx.execute(sql`
    update reviews set candidates = (
      select coalesce(jsonb_agg(case when candidate ->> 'id' = ${from}
        then jsonb_set(candidate, '{id}', to_jsonb(${to}::text)) else candidate end order by place), '[]')
      from jsonb_array_elements(candidates) with ordinality as list (candidate, place)
      where candidate ->> 'id' <> ${from}
        or not exists (select from jsonb_array_elements(candidates) as other where other ->> 'id' = ${to}))
    where workspace_id = ${workspaceId} and id = any(${ids}::uuid[]) and decided_at is null`);
}

/** The contact itself unless it was merged. */
export async function survivorOf(tx: Tx, workspaceId: string, contactId: string): Promise<string> {
  const [row] = await tx
    .select({ mergedInto: contacts.mergedInto })
    .from(contacts)
    .where(byId(workspaceId, contactId));
  return row?.mergedInto ?? contactId;
}

/** Empty when a deletion would erase nothing of the program. */
export async function peopleOfContact(db: Queryable, workspaceId: string, contactId: string) {
  return db
    .select({ id: people.id, email: people.email, externalId: people.externalId })
    .from(people)
    .where(owned(people, { workspaceId, contactId }));
}

/** Erases the contact's personal data. Returns how many anonymous referrals remain. */
export async function eraseContact(tx: Tx, workspaceId: string, contactId: string): Promise<number> {
  const erased = await tx
    .select({ id: people.id })
    .from(people)
    .where(owned(people, { workspaceId, contactId }));
  const personIds = erased.map((person) => person.id);
  await eraseRows(tx, workspaceId, { personIds, contactIds: [contactId], emails: [], externalIds: [] });
  return tx.$count(
    referrals,
    and(eq(referrals.workspaceId, workspaceId), inArray(referrals.personId, personIds)),
  );
}
