// The part of a conversion that changes Intercom: one request per confirm, with a read before and after.
import { createHash } from 'node:crypto';
import type { Context } from '../../context.ts';
import {
  attribute,
  type ContactRecord,
  type Survivor,
  shareIdentifier,
  type WriteAnswer,
} from '../../domain/card/conversion.ts';
import type { KeptValues } from '../../domain/card/merge-choice.ts';
import { Failure } from '../../failure.ts';
import { type Conversion, saveKeptValues } from '../../store/card/conversions.ts';
import { troubleOf } from '../trouble.ts';
import { finishConversion, markConversionFailed } from './conversion-records.ts';

export type ConversionClient = Awaited<ReturnType<Context['intercom']['agents']['conversionClient']>>;

export type ConversionResult =
  /** `ours` is false when the lead was already converted, by another teammate or by signing up. */
  { outcome: 'done'; conversion: Conversion; ours: boolean } | Problem;

type Problem =
  | { outcome: 'conflict'; withId: string | null; archived: boolean; message: string }
  /** The merge would differ from its preview; no request was sent. */
  | { outcome: 'changed'; intoUserId: string | null; message: string }
  | { outcome: 'refused'; message: string }
  | { outcome: 'gone' };

/** `asked`: the request was sent and may have succeeded. */
type Unanswered = { outcome: 'unanswered'; asked: boolean; failure: Failure };

type Converted = { outcome: 'converted'; survivor: Survivor };

/**
 * A Failure from Intercom is an outcome. `resumed`: an earlier attempt may have sent the request, so a user
 * found now counts as its result.
 */
export async function carryOutConversion(
  ctx: Context,
  client: ConversionClient,
  conversion: Conversion,
  resumed: boolean,
): Promise<ConversionResult | Unanswered> {
  let asked = false;
  try {
    const before = await readLead(client, conversion);
    if (before !== 'still-a-lead') return await conclude(ctx, conversion, before, resumed);
    asked = true;
    return await conclude(ctx, conversion, await write(ctx, client, conversion), true);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    // The request may have succeeded although the response was lost.
    const after = asked ? await checkConversion(ctx, client, conversion).catch(() => null) : null;
    if (after !== null) return after;
    const { isFinal, isDenied, notDone, words } = troubleOf(failure);
    return notDone && (isFinal || isDenied)
      ? await conclude(ctx, conversion, { outcome: 'refused', message: words }, true)
      : { outcome: 'unanswered', asked: asked && !notDone, failure };
  }
}

/** Only reads. Null while the contact is still a lead. */
export async function checkConversion(
  ctx: Context,
  client: ConversionClient,
  conversion: Conversion,
): Promise<ConversionResult | null> {
  const read = await readLead(client, conversion);
  return read === 'still-a-lead' ? null : conclude(ctx, conversion, read, true);
}

async function readLead(
  client: ConversionClient,
  { contactId }: Conversion,
): Promise<Converted | Problem | 'still-a-lead'> {
  const read = await client.contact(contactId);
  if (read.outcome === 'merged' && read.into !== null) return mergedInto(client, read.into);
  if (read.outcome !== 'found') return { outcome: 'gone' };
  return read.contact.role === 'user' ? { outcome: 'converted', survivor: read.contact } : 'still-a-lead';
}

async function mergedInto(client: ConversionClient, id: string): Promise<Converted> {
  const user = await client.contact(id);
  const survivor = user.outcome === 'found' ? user.contact : { id, externalId: null, email: null };
  return { outcome: 'converted', survivor };
}

async function write(
  ctx: Context,
  client: ConversionClient,
  conversion: Conversion,
): Promise<Converted | Problem> {
  const { contactId, kind, given, intoContactId } = conversion;
  if (kind === 'merge') return merge(ctx, client, conversion, intoContactId ?? '');
  const { email, externalId } = given;
  return resultOf(client, await client.changeRole(contactId, { email, externalId, signedUpAt: ctx.now() }));
}

/** A merge cannot be undone, so it must still match what the teammate saw. */
async function merge(
  ctx: Context,
  client: ConversionClient,
  conversion: Conversion,
  into: string,
): Promise<Converted | Problem> {
  const { contactId, given } = conversion;
  const [lead, user] = await Promise.all([client.contact(contactId), client.contact(into)]);
  if (lead.outcome !== 'found') return { outcome: 'gone' };
  if (user.outcome === 'merged' && user.into !== null) {
    return changed('The user was merged into another one.', user.into);
  }
  // Intercom answers the same for both.
  if (user.outcome !== 'found') return changed('The user to merge into is archived or deleted.');
  if (user.contact.role !== 'user') return changed('The contact to merge into is no longer a user.');
  const strangers = !shareIdentifier(lead.contact, user.contact);
  if (strangers && !given.strangers) {
    return changed('The two no longer share an email or a phone number.', into);
  }
  const keep = keptValues(given.take ?? {}, lead.contact, user.contact);
  if (keep === null) return changed('A value that you chose from changed.', into);
  // Before the request: afterwards the lead's values are gone.
  if (Object.keys(keep).length > 0) await saveKeptValues(ctx.database.db, conversion, keep);
  return resultOf(client, await client.merge(contactId, into, strangers));
}

/** Null when a value differs from what the teammate saw. */
function keptValues(
  take: Record<string, string>,
  lead: ContactRecord,
  user: ContactRecord,
): KeptValues | null {
  const keep: [string, KeptValues[string]][] = [];
  for (const [name, digest] of Object.entries(take)) {
    if (choiceDigest(lead, user, name) !== digest) return null;
    keep.push([name, { chosen: attribute(lead, name), instead: attribute(user, name) }]);
  }
  return Object.fromEntries(keep);
}

export function choiceDigest(lead: ContactRecord, user: ContactRecord, name: string): string {
  const values = JSON.stringify([attribute(lead, name), attribute(user, name)]);
  return createHash('sha256').update(values).digest('base64url').slice(0, 16);
}

async function resultOf(client: ConversionClient, answer: WriteAnswer): Promise<Converted | Problem> {
  switch (answer.outcome) {
    case 'done':
      return { outcome: 'converted', survivor: answer.contact };
    case 'merged':
      return answer.into === null ? { outcome: 'gone' } : mergedInto(client, answer.into);
    default:
      return answer;
  }
}

async function conclude(
  ctx: Context,
  conversion: Conversion,
  result: Converted | Problem,
  ours: boolean,
): Promise<ConversionResult> {
  if (result.outcome === 'converted') {
    const done = await finishConversion(ctx, conversion, result.survivor, ours);
    return { outcome: 'done', conversion: done, ours };
  }
  const why = result.outcome === 'gone' ? 'the contact is gone' : result.message;
  await markConversionFailed(ctx, conversion, 'failed', why);
  return result;
}

const changed = (message: string, intoUserId: string | null = null): Problem => ({
  outcome: 'changed',
  intoUserId,
  message,
});
