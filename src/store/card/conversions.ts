// Rows of conversions, and what follows the contact that a lead became or was merged into.
import { and, eq, sql } from 'drizzle-orm';
import type { KeptValues } from '../../domain/card/merge-choice.ts';
import type { Queryable, Tx } from '../database.ts';
import { isAmong, owned } from '../owned.ts';
import { conversions, people, referralHistory, referrals, referrers } from '../schema.ts';

export type Conversion = typeof conversions.$inferSelect;

export type NewConversion = Omit<
  typeof conversions.$inferInsert,
  'state' | 'carried' | 'error' | 'startedAt' | 'finishedAt'
>;

const byId = ({ workspaceId, id }: Pick<Conversion, 'workspaceId' | 'id'>) =>
  owned(conversions, { workspaceId, id });

export async function findConversion(db: Queryable, workspaceId: string, id: string) {
  const [found] = await db.select().from(conversions).where(byId({ workspaceId, id }));
  return found ?? null;
}

/** Null when this confirm is already recorded, or another conversion of the contact is under way. */
export async function insertConversion(tx: Tx, conversion: NewConversion, startedAt: Date) {
  const [added] = await tx
    .insert(conversions)
    .values({ ...conversion, state: 'started', startedAt })
    .onConflictDoNothing()
    .returning();
  return added ?? null;
}

/** The conversion with the same nonce, or the one under way. */
export async function findConflicting(tx: Tx, { workspaceId, contactId, nonce }: NewConversion) {
  const [found] = await tx
    .select()
    .from(conversions)
    .where(
      and(
        owned(conversions, { workspaceId, contactId }),
        sql`(${conversions.nonce} = ${nonce} or ${conversions.state} = 'started')`,
      ),
    )
    .orderBy(sql`${conversions.nonce} = ${nonce} desc`);
  return found ?? null;
}

export async function updateConversion(
  tx: Tx,
  conversion: Conversion,
  changes: Partial<typeof conversions.$inferInsert>,
): Promise<Conversion | null> {
  const [updated] = await tx.update(conversions).set(changes).where(byId(conversion)).returning();
  return updated ?? null;
}

/** `unsure`: Intercom may have done it. A conversion that is done stays done. */
export async function failConversion(
  db: Queryable,
  conversion: Conversion,
  state: 'failed' | 'unsure',
  error: string,
  at: Date,
): Promise<void> {
  await db
    .update(conversions)
    .set({ state, error, finishedAt: at })
    .where(and(byId(conversion), sql`${conversions.state} <> 'done'`));
}

/** Right before the merge. */
export async function saveKeptValues(db: Queryable, conversion: Conversion, keep: KeptValues): Promise<void> {
  await db
    .update(conversions)
    .set({ given: { ...conversion.given, keep } })
    .where(byId(conversion));
}

export const keptValuesKey = (conversionId: string) => `merge-values:${conversionId}`;

/**
 * By contact: chosen values that its next states may not show yet. While the merge is under way or they wait to be written
 * (`until` is null), and in states from before they were.
 */
export async function openKeptValues(
  tx: Tx,
  workspaceId: string,
  contactIds: readonly string[],
): Promise<Map<string, { keep: KeptValues; until: Date | null }[]>> {
  if (contactIds.length === 0) return new Map();
  const rows = await tx
    .select()
    .from(conversions)
    .where(
      and(
        eq(conversions.workspaceId, workspaceId),
        isAmong(conversions.intoContactId, contactIds),
        sql`given ? 'keep'`,
        sql`(kept_at is not null or state in ('started', 'unsure') or exists (select from runs
          where runs.workspace_id = ${conversions.workspaceId} and runs.state = 'waiting'
          and deduplication_key = 'merge-values:' || ${conversions.id}))`,
      ),
    );
  const open = new Map<string, { keep: KeptValues; until: Date | null }[]>();
  for (const { intoContactId, given, keptAt } of rows) {
    if (intoContactId === null || !given.keep) continue;
    open.set(intoContactId, [...(open.get(intoContactId) ?? []), { keep: given.keep, until: keptAt }]);
  }
  return open;
}

/** Whether a conversion merged one of these leads into the user. */
export async function wereConverted(
  tx: Tx,
  workspaceId: string,
  leadIds: readonly string[],
  userId: string,
): Promise<boolean> {
  if (leadIds.length === 0) return false;
  const [found] = await tx
    .select({ id: conversions.id })
    .from(conversions)
    .where(
      and(
        owned(conversions, { workspaceId, intoContactId: userId, state: 'done' }),
        isAmong(conversions.contactId, leadIds),
      ),
    )
    .limit(1);
  return found !== undefined;
}

/** Ordered by id to avoid deadlocks. */
export async function lockConversionsOf(tx: Tx, { workspaceId, contactId }: Conversion) {
  return tx
    .select()
    .from(conversions)
    .where(owned(conversions, { workspaceId, contactId }))
    .orderBy(conversions.id)
    .for('update');
}

/** Returns the ids of the people who were this lead. */
export async function linkToSurvivor(tx: Tx, conversion: Conversion, survivor: string): Promise<string[]> {
  const wasLead = sql`(${people.contactId} = ${conversion.contactId}
    or (${people.id} = any(${sql.param(conversion.personIds)}::uuid[]) and (${people.contactId} is null or ${people.contactId} = ${survivor})))`;
  const moved = await tx
    .update(people)
    .set({ contactId: survivor })
    .where(and(eq(people.workspaceId, conversion.workspaceId), wasLead))
    .returning({ id: people.id });
  return moved.map((person) => person.id);
}

export async function insertConversionHistory(
  tx: Tx,
  conversion: Conversion,
  survivor: string,
  personIds: string[],
  at: Date,
): Promise<void> {
  const referred = await tx
    .select({ id: referrals.id })
    .from(referrals)
    .where(and(eq(referrals.workspaceId, conversion.workspaceId), ofPeople(referrals.personId, personIds)));
  if (referred.length === 0) return;
  await tx.insert(referralHistory).values(
    referred.map((referral) => ({
      workspaceId: conversion.workspaceId,
      referralId: referral.id,
      at,
      what: 'converted' as const,
      from: 'lead',
      to: 'user',
      actor: 'teammate' as const,
      actorName: conversion.teammateName,
      reason: survivor === conversion.contactId ? 'by changing the role' : 'by merging into an existing user',
    })),
  );
}

export async function countCarried(tx: Tx, workspaceId: string, personIds: string[]) {
  const count = (table: typeof referrals | typeof referrers) =>
    tx.$count(table, and(eq(table.workspaceId, workspaceId), ofPeople(table.personId, personIds)));
  return { referrals: await count(referrals), referrers: await count(referrers) };
}

const ofPeople = (column: typeof referrals.personId | typeof referrers.personId, ids: string[]) =>
  sql`${column} = any(${sql.param(ids)}::uuid[])`;
