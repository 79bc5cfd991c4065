// Records of conversions: written before the request to Intercom, finished once with all that follows.
import type { Context } from '../../context.ts';
import type { Survivor } from '../../domain/card/conversion.ts';
import { subjectInIntercom } from '../../domain/runs/run.ts';
import { byTeammate } from '../../domain/workspace/audit.ts';
import {
  type Conversion,
  countCarried,
  failConversion,
  findConflicting,
  insertConversion,
  insertConversionHistory,
  keptValuesKey,
  linkToSurvivor,
  lockConversionsOf,
  type NewConversion,
  updateConversion,
} from '../../store/card/conversions.ts';
import { linkOwnPeople } from '../../store/card/own-people.ts';
import type { Tx } from '../../store/database.ts';
import { lockContacts } from '../../store/qualification/contacts.ts';
import { planRun } from '../runs/plan-run.ts';
import { recordAudit } from '../workspace/record-audit.ts';

type Begun =
  | { outcome: 'begun'; conversion: Conversion }
  /** This confirm is already recorded, or another conversion of the contact is under way. */
  | { outcome: 'repeated' | 'busy'; conversion: Conversion };

/** Also enqueues the job that settles it if this process dies. */
export async function beginConversion(ctx: Context, wanted: NewConversion): Promise<Begun> {
  const begun = await ctx.database.transaction((tx) => tryToBegin(ctx, tx, wanted));
  // Null when the conflicting conversion ended between the two statements: try again.
  return begun ?? beginConversion(ctx, wanted);
}

async function tryToBegin(ctx: Context, tx: Tx, wanted: NewConversion): Promise<Begun | null> {
  const conversion = await insertConversion(tx, wanted, ctx.now());
  if (conversion) {
    const { workspaceId, id: conversionId } = conversion;
    const afterSeconds = ctx.timing.settleConversionAfterMs / 1_000;
    const job = { name: 'settle-conversion' as const, workspaceId, conversionId };
    await ctx.queue.enqueue(tx, job, { afterSeconds });
    return { outcome: 'begun', conversion };
  }
  const known = await findConflicting(tx, wanted);
  return known && { outcome: known.nonce === wanted.nonce ? 'repeated' : 'busy', conversion: known };
}

/**
 * Moves referrals and links to the surviving contact, once. Only when `ours` does the history name the
 * teammate, and is a note planned.
 */
export function finishConversion(
  ctx: Context,
  conversion: Conversion,
  { id: survivor, ...identity }: Survivor,
  ours: boolean,
): Promise<Conversion> {
  const at = ctx.now();
  return ctx.database.transaction(async (tx) => {
    // Contacts before people, in the order that notifications of the same merge lock them.
    await lockContacts(tx, conversion.workspaceId, [...new Set([survivor, conversion.contactId])]);
    const ofContact = await lockConversionsOf(tx, conversion);
    const locked = ofContact.find(({ id }) => id === conversion.id);
    if (!locked) return conversion;
    const before = ofContact.find(({ state }) => state === 'done');
    if (before) {
      const error = 'another confirmation had already converted it';
      if (before.id !== locked.id)
        await updateConversion(tx, locked, { state: 'failed', error, finishedAt: at });
      return before;
    }
    const { workspaceId } = locked;
    const isMerge = survivor !== locked.contactId;
    if (isMerge) await linkOwnPeople(tx, workspaceId, { id: survivor, ...identity });
    const moved = await linkToSurvivor(tx, locked, survivor);
    if (ours) await insertConversionHistory(tx, locked, survivor, moved, at);
    const carried = await countCarried(tx, workspaceId, moved);
    const intoContactId = isMerge ? survivor : null;
    const changes = { state: 'done' as const, intoContactId, carried, error: null, finishedAt: at };
    const done = await updateConversion(tx, locked, changes);
    if (ours) await recordOurs(ctx, tx, locked, survivor);
    return done ?? locked;
  });
}

async function recordOurs(ctx: Context, tx: Tx, conversion: Conversion, survivor: string): Promise<void> {
  const { workspaceId, id, kind, personIds, contactId, teammateId, teammateName, given } = conversion;
  if (given.keep)
    await planRun(ctx, tx, {
      workspaceId,
      subject: subjectInIntercom(personIds[0] ?? survivor),
      contactId: survivor,
      deduplicationKey: keptValuesKey(id),
      work: { kind: 'merge-values', conversionId: id },
      cause: `Chosen by ${teammateName} in a merge`,
      maxAttempts: 5,
    });
  await planRun(ctx, tx, {
    workspaceId,
    subject: subjectInIntercom(personIds[0] ?? survivor),
    contactId: survivor,
    deduplicationKey: `note:${id}`,
    work: { kind: 'note', conversionId: id },
    cause: `Converted by ${teammateName}`,
    maxAttempts: 5,
  });
  const actor = byTeammate({ teammate: { id: teammateId, name: teammateName } });
  await recordAudit(ctx, tx, workspaceId, actor, 'contact.convert', survivor, {
    ...{ how: kind, contactId },
    ...(given.keep && { kept: Object.keys(given.keep) }),
  });
}

export function markConversionFailed(
  ctx: Context,
  conversion: Conversion,
  state: 'failed' | 'unsure',
  error: string,
): Promise<void> {
  return failConversion(ctx.database.db, conversion, state, error, ctx.now());
}

export function survivorOf({ intoContactId, contactId }: Conversion): string {
  return intoContactId ?? contactId;
}
