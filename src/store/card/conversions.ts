// Conversions of leads: recorded before Intercom is asked, finished exactly once together with all that follows.
import { and, eq, sql } from 'drizzle-orm';
import { type NewRun, subjectInIntercom } from '../../domain/runs/run.ts';
import type {
  Begun,
  Conversion,
  ConversionStore,
  NewConversion,
  Survivor,
} from '../../usecases/card/conversion-edges.ts';
import type { Database, Tx } from '../database.ts';
import { conversions, people, referralHistory, referrals, referrers } from '../schema.ts';
import { linkOwnPeople } from './own-people.ts';

type SettleJob = { name: 'settle-conversion'; workspaceId: string; conversionId: string };
type Enqueue = (tx: Tx, job: SettleJob, options?: { afterSeconds?: number }) => Promise<void>;
type AddRun = (tx: Tx, run: NewRun) => Promise<boolean>;

export function createConversionStore(database: Database, enqueue: Enqueue, addRun: AddRun): ConversionStore {
  const { db, transaction } = database;
  const one = (workspaceId: string, id: string) =>
    and(eq(conversions.workspaceId, workspaceId), eq(conversions.id, id));

  async function find(workspaceId: string, id: string): Promise<Conversion | null> {
    const [found] = await db.select().from(conversions).where(one(workspaceId, id));
    return found ?? null;
  }

  /** Records the intent and the job that settles it should this process die, in one transaction. */
  async function begin(wanted: NewConversion, at: Date, settleAfterSeconds: number): Promise<Begun> {
    const begun = await transaction(async (tx) => tryToBegin(tx, wanted, at, settleAfterSeconds));
    // The one in the way ended between the two statements: there is room now.
    return begun ?? begin(wanted, at, settleAfterSeconds);
  }

  async function tryToBegin(
    tx: Tx,
    wanted: NewConversion,
    at: Date,
    settleAfterSeconds: number,
  ): Promise<Begun | null> {
    const [begun] = await tx
      .insert(conversions)
      .values({ ...wanted, state: 'started', startedAt: at })
      .onConflictDoNothing()
      .returning();
    if (begun) {
      const settle = {
        name: 'settle-conversion',
        workspaceId: wanted.workspaceId,
        conversionId: wanted.id,
      } as const;
      await enqueue(tx, settle, { afterSeconds: settleAfterSeconds });
      return { outcome: 'begun', conversion: begun };
    }
    const [known] = await tx
      .select()
      .from(conversions)
      .where(
        and(
          eq(conversions.workspaceId, wanted.workspaceId),
          eq(conversions.contactId, wanted.contactId),
          sql`(${conversions.nonce} = ${wanted.nonce} or ${conversions.state} = 'started')`,
        ),
      )
      .orderBy(sql`${conversions.nonce} = ${wanted.nonce} desc`);
    if (!known) return null;
    return { outcome: known.nonce === wanted.nonce ? 'repeated' : 'busy', conversion: known };
  }

  /**
   * The conversion happened: the person's referrals and links follow the surviving contact; when it was `ours`, the
   * history says who did it and the note is planned. Does nothing when it was finished before.
   */
  async function finish(
    conversion: Conversion,
    { id: survivor, ...knownBy }: Survivor,
    at: Date,
    ours: boolean,
  ): Promise<Conversion> {
    return transaction(async (tx) => {
      const ofContact = await lockAllOf(tx, conversion);
      const locked = ofContact.find((each) => each.id === conversion.id);
      if (!locked) return conversion;
      const before = ofContact.find((each) => each.state === 'done');
      if (before && before.id !== locked.id) {
        const late = { state: 'failed' as const, error: 'another confirm had converted it', finishedAt: at };
        await tx.update(conversions).set(late).where(one(locked.workspaceId, locked.id));
      }
      if (before) return before;
      if (survivor !== locked.contactId)
        await linkOwnPeople(tx, locked.workspaceId, { id: survivor, ...knownBy });
      const moved = await follow(tx, locked, survivor);
      if (ours) await recordHistory(tx, locked, survivor, moved, at);
      const carried = await countCarried(tx, locked.workspaceId, moved);
      const intoContactId = survivor === locked.contactId ? null : survivor;
      const [done] = await tx
        .update(conversions)
        .set({ state: 'done', intoContactId, carried, error: null, finishedAt: at })
        .where(one(locked.workspaceId, locked.id))
        .returning();
      if (ours) await addRun(tx, noteOn(locked, survivor));
      return done ?? locked;
    });
  }

  /** `unsure`: Intercom may or may not have done it; the settling job finds out. */
  async function fail(
    conversion: Conversion,
    state: 'failed' | 'unsure',
    error: string,
    at: Date,
  ): Promise<void> {
    await db
      .update(conversions)
      .set({ state, error, finishedAt: at })
      .where(and(one(conversion.workspaceId, conversion.id), sql`${conversions.state} <> 'done'`));
  }

  return { find, begin, finish, fail };
}

function noteOn(conversion: Conversion, survivor: string): NewRun {
  return {
    workspaceId: conversion.workspaceId,
    subject: subjectInIntercom(conversion.personIds[0] ?? survivor),
    contactId: survivor,
    dedupe: `note:${conversion.id}`,
    work: { kind: 'note', conversionId: conversion.id },
    cause: `Converted by ${conversion.teammateName}`,
    mostAttempts: 5,
  };
}

/** In one order, so that two who finish conversions of one contact wait for each other, and not crosswise. */
async function lockAllOf(tx: Tx, { workspaceId, contactId }: Conversion): Promise<Conversion[]> {
  return tx
    .select()
    .from(conversions)
    .where(and(eq(conversions.workspaceId, workspaceId), eq(conversions.contactId, contactId)))
    .orderBy(conversions.id)
    .for('update');
}

/** Points the people who were this lead at the contact that remains; returns their ids. */
async function follow(tx: Tx, conversion: Conversion, survivor: string): Promise<string[]> {
  const isThem = sql`(${people.contactId} = ${conversion.contactId}
    or (${people.id} = any(${sql.param(conversion.personIds)}::uuid[]) and (${people.contactId} is null or ${people.contactId} = ${survivor})))`;
  const moved = await tx
    .update(people)
    .set({ contactId: survivor })
    .where(and(eq(people.workspaceId, conversion.workspaceId), isThem))
    .returning({ id: people.id });
  return moved.map((person) => person.id);
}

async function recordHistory(
  tx: Tx,
  conversion: Conversion,
  survivor: string,
  personIds: string[],
  at: Date,
): Promise<void> {
  const theirs = await tx
    .select({ id: referrals.id })
    .from(referrals)
    .where(and(eq(referrals.workspaceId, conversion.workspaceId), ofPeople(referrals.personId, personIds)));
  if (theirs.length === 0) return;
  await tx.insert(referralHistory).values(
    theirs.map((referral) => ({
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

async function countCarried(tx: Tx, workspaceId: string, personIds: string[]) {
  const [asReferred] = await tx
    .select({ count: sql<number>`count(*)::int` })
    .from(referrals)
    .where(and(eq(referrals.workspaceId, workspaceId), ofPeople(referrals.personId, personIds)));
  const [asReferrer] = await tx
    .select({ count: sql<number>`count(*)::int` })
    .from(referrers)
    .where(and(eq(referrers.workspaceId, workspaceId), ofPeople(referrers.personId, personIds)));
  return { referrals: asReferred?.count ?? 0, referrers: asReferrer?.count ?? 0 };
}

const ofPeople = (column: typeof referrals.personId | typeof referrers.personId, ids: string[]) =>
  sql`${column} = any(${sql.param(ids)}::uuid[])`;
