// The part of a conversion that changes Intercom: asked at most once for each confirm, re-read before and after.
import { shareIdentifier } from '../../domain/card/conversion.ts';
import { Failure } from '../../failure.ts';
import type { Conversion, ConversionStore, Intercom, Survivor, WriteAnswer } from './conversion-edges.ts';

export type Answered =
  /** `ours` unless the lead was found converted before anything was asked: by somebody else, or by signing up. */
  | { outcome: 'done'; conversion: Conversion; ours: boolean }
  | { outcome: 'conflict'; withId: string | null; archived: boolean; message: string }
  /** The merge would no longer be the one that was previewed; nothing was asked. */
  | { outcome: 'changed'; intoUserId: string | null; message: string }
  | { outcome: 'refused'; message: string }
  | { outcome: 'gone' };

/** `asked`: the request went out, so that it may have happened all the same. */
type Unanswered = { outcome: 'unanswered'; asked: boolean; failure: Failure };

export type Outcome = Answered | Unanswered;

type Told = { outcome: 'converted'; survivor: Survivor } | Exclude<Answered, { outcome: 'done' }>;

export type ConversionWriter = {
  /**
   * Re-reads, writes, records; failures of Intercom are an outcome. `resumed`: an earlier try may have asked already,
   * so that a user who is found now counts as its work.
   */
  carryOut(intercom: Intercom, conversion: Conversion, resumed: boolean): Promise<Outcome>;
  /** For one that may have happened: looks, and writes nothing. Null while the contact is still a lead. */
  lookAgain(intercom: Intercom, conversion: Conversion): Promise<Outcome | null>;
};

export function createConversionWriter(deps: {
  conversions: ConversionStore;
  now(): Date;
}): ConversionWriter {
  async function carryOut(intercom: Intercom, conversion: Conversion, resumed: boolean): Promise<Outcome> {
    let asked = false;
    try {
      const before = await read(intercom, conversion);
      if (before !== 'still-a-lead') return await conclude(conversion, before, resumed);
      asked = true;
      return await conclude(conversion, await write(intercom, conversion), true);
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      // The request may have arrived although its answer did not.
      const after = asked ? await lookAgain(intercom, conversion).catch(() => null) : null;
      return after ?? { outcome: 'unanswered', asked, failure };
    }
  }

  async function lookAgain(intercom: Intercom, conversion: Conversion): Promise<Outcome | null> {
    const told = await read(intercom, conversion);
    return told === 'still-a-lead' ? null : conclude(conversion, told, true);
  }

  async function read(intercom: Intercom, conversion: Conversion): Promise<Told | 'still-a-lead'> {
    const now = await intercom.contact(conversion.contactId);
    if (now.outcome === 'merged' && now.into !== null) return mergedInto(intercom, now.into);
    if (now.outcome !== 'found') return { outcome: 'gone' };
    return now.contact.role === 'user' ? { outcome: 'converted', survivor: now.contact } : 'still-a-lead';
  }

  async function mergedInto(intercom: Intercom, id: string): Promise<Told> {
    const user = await intercom.contact(id);
    const known = user.outcome === 'found' ? user.contact : { id, externalId: null, email: null };
    return { outcome: 'converted', survivor: known };
  }

  async function write(intercom: Intercom, conversion: Conversion): Promise<Told> {
    const { contactId, kind, given } = conversion;
    if (kind === 'merge') return merge(intercom, conversion, conversion.intoContactId ?? '');
    const { email, externalId } = given;
    return told(
      intercom,
      await intercom.changeRole(contactId, { email, externalId, signedUpAt: deps.now() }),
    );
  }

  /** A merge is never undone, so it is only done when it is still what the teammate saw. */
  async function merge(intercom: Intercom, { contactId, given }: Conversion, into: string): Promise<Told> {
    const [lead, user] = await Promise.all([intercom.contact(contactId), intercom.contact(into)]);
    if (lead.outcome !== 'found') return { outcome: 'gone' };
    if (user.outcome === 'merged' && user.into !== null) {
      return changed('The user was itself merged into another one.', user.into);
    }
    if (user.outcome !== 'found') return changed('The user to merge into is gone.');
    if (user.contact.role !== 'user') return changed('The contact to merge into is no longer a user.');
    const strangers = !shareIdentifier(lead.contact, user.contact);
    if (strangers && !given.strangers) {
      return changed('The two no longer share an email or a phone number.', into);
    }
    return told(intercom, await intercom.merge(contactId, into, strangers));
  }

  async function told(intercom: Intercom, answer: WriteAnswer): Promise<Told> {
    switch (answer.outcome) {
      case 'done':
        return { outcome: 'converted', survivor: answer.contact };
      case 'merged':
        return answer.into === null ? { outcome: 'gone' } : mergedInto(intercom, answer.into);
      default:
        return answer;
    }
  }

  async function conclude(conversion: Conversion, result: Told, ours: boolean): Promise<Outcome> {
    if (result.outcome === 'converted') {
      const done = await deps.conversions.finish(conversion, result.survivor, deps.now(), ours);
      return { outcome: 'done', conversion: done, ours };
    }
    const why = result.outcome === 'gone' ? 'the contact is gone' : result.message;
    await deps.conversions.fail(conversion, 'failed', why, deps.now());
    return result;
  }

  return { carryOut, lookAgain };
}

const changed = (message: string, intoUserId: string | null = null): Told => ({
  outcome: 'changed',
  intoUserId,
  message,
});
