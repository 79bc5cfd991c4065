// The part of a conversion that changes Intercom: asked at most once for each confirm, re-read before and after.
import { shareIdentifier } from '../domain/conversion.ts';
import { Failure } from '../failure.ts';
import type { Conversion, ConversionStore, Intercom, Survivor, WriteAnswer } from './conversion-edges.ts';

export type Answered =
  /** `ours` unless the lead was found converted before anything was asked: by somebody else, or by signing up. */
  | { outcome: 'done'; conversion: Conversion; ours: boolean }
  | { outcome: 'conflict'; withId: string | null; archived: boolean; message: string }
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
    if (kind === 'role-change')
      return told(intercom, await intercom.changeRole(contactId, { ...given, signedUpAt: deps.now() }));
    const into = conversion.intoContactId ?? '';
    const [lead, user] = await Promise.all([intercom.contact(contactId), intercom.contact(into)]);
    if (user.outcome === 'merged' && user.into !== null) {
      return {
        outcome: 'conflict',
        withId: user.into,
        archived: false,
        message: 'The user was itself merged into another.',
      };
    }
    if (lead.outcome !== 'found' || user.outcome !== 'found') {
      return { outcome: 'refused', message: 'The user to merge into is gone.' };
    }
    const sureTheyAreOne = !shareIdentifier(lead.contact, user.contact);
    return told(intercom, await intercom.merge(contactId, into, sureTheyAreOne));
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
