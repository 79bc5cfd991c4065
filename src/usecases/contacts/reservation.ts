// Reserves the identity of a contact while it is looked for and created, across all requests and processes.
import type { Context } from '../../context.ts';
import type { ContactDraft } from '../../domain/contacts/contact-draft.ts';
import { emailKey, idKey, phoneKey } from '../../domain/identity.ts';
import type { Postponed } from '../../domain/runs/run.ts';
import {
  extendReservation,
  type NewReservation,
  type ReservationKey,
  type ReservedKey,
  releaseReservation,
  settleReservation,
  takeReservation,
  type Unsettled,
} from '../../store/contacts/contact-reservations.ts';
import { troubleOf } from '../trouble.ts';

/** A dead process holds its reservations for this long. */
const leaseMs = 30_000;
const extendEveryMs = leaseMs / 3;
const lookAgainMs = 1_000;

type Identity = Pick<ContactDraft, 'role' | 'email' | 'externalId' | 'phone'>;
type Role = ContactDraft['role'];

type IdentityKeys = { work: string; email?: string; external?: string; phone?: string };

export type ReservationRequest = {
  draft: Identity;
  /** Equal for all attempts at the same work. */
  idempotencyKey: string;
  /** When an earlier attempt at it may have requested the creation. */
  attemptedAt: Date | null;
};

export type Reservation = {
  keys: IdentityKeys;
  /** When another attempt may have requested a contact that only a search will show. */
  unsettledAt: Date | null;
  /** False when another attempt may have taken over, because this process stood still. */
  isHeld(): boolean;
  /** Does the creation. Its result is unknown until `settle`, unless `isKnown` or a refusal says otherwise. */
  create<R>(request: () => Promise<R>, isKnown: (result: R) => boolean): Promise<R>;
  /** Remembers the contact for the next request, and ends the reservation. */
  settle(contactId: string): Promise<void>;
};

function identityKeys(
  { email, externalId, phone }: Omit<Identity, 'role'>,
  idempotencyKey: string,
): IdentityKeys {
  const keys = { email: emailKey(email), external: idKey(externalId), phone: phoneKey(phone) };
  return {
    work: `for:${idempotencyKey}`,
    ...(keys.email === null ? {} : { email: `email:${keys.email}` }),
    ...(keys.external === null ? {} : { external: `external:${keys.external}` }),
    ...(keys.phone === null ? {} : { phone: `phone:${keys.phone}` }),
  };
}

/**
 * Postponed while another attempt has one of the draft's email, external ID and phone: nothing waits here, and no
 * connection is held. A draft without any of them needs no reservation.
 */
export async function reserveContact<T>(
  ctx: Context,
  workspaceId: string,
  { draft, idempotencyKey, attemptedAt }: ReservationRequest,
  work: (reservation: Reservation) => Promise<T>,
): Promise<T | Postponed> {
  const { work: workKey, ...identity } = identityKeys(draft, idempotencyKey);
  const key: ReservationKey = { workspaceId, keys: Object.values(identity), attemptId: ctx.newId() };
  const request = { ...key, holder: idempotencyKey, role: draft.role, unsettledAt: attemptedAt };
  const at = ctx.now();
  const taken = key.keys.length === 0 ? [] : await take(ctx, { ...request, at, heldUntil: leaseEnd(at) });
  if (taken === null) return afterOther(ctx);
  const held = hold(ctx, key, draft.role, taken);
  try {
    return await work({
      keys: { work: workKey, ...identity },
      unsettledAt: unsettledFor(draft, taken, identity.phone),
      isHeld: held.isHeld,
      create: held.create,
      async settle(contactId) {
        const createdAt = ctx.now();
        await settleReservation(ctx.database.db, key, workKey, { contactId, createdAt });
        held.settled();
      },
    });
  } finally {
    await held.release();
  }
}

/** All keys, or null. */
async function take(ctx: Context, request: NewReservation): Promise<ReservedKey[] | null> {
  const taken = await takeReservation(ctx.database.db, request).catch(async (error: unknown) => {
    // It may have been taken although the answer was lost.
    await release(ctx, request, 'inherited');
    throw error;
  });
  if (taken.length === request.keys.length) return taken;
  // Another request came in between two of the keys.
  if (taken.length > 0) await release(ctx, request, 'inherited');
  return null;
}

/** In milliseconds, until the lease ends. */
const releaseAgainAfter = [250, 500, 1_000, 2_000, 4_000, 8_000, 14_000];

/**
 * An unreleased reservation keeps others from the identity until its lease ends, and then makes them wait for the
 * search, so it is tried again, in the background. No other attempt's reservation has its key.
 */
async function release(ctx: Context, key: ReservationKey, unsettled: Unsettled): Promise<void> {
  const attempt = () =>
    releaseReservation(ctx.database.db, key, unsettled).then(
      () => true,
      (error: unknown) => {
        ctx.log.warn({ err: error }, 'a reservation of a contact was not released and will be retried');
        return false;
      },
    );
  if (await attempt()) return;
  void (async () => {
    for (const milliseconds of releaseAgainAfter) {
      await ctx.sleep(milliseconds);
      if (ctx.stopping.aborted || (await attempt())) return;
    }
  })();
}

export function afterOther(ctx: Context): Postponed {
  const why = 'Another request is creating the same contact. This one continues afterwards';
  return { waitUntil: new Date(ctx.now().getTime() + lookAgainMs), why };
}

const leaseEnd = (at: Date) => new Date(at.getTime() + leaseMs);

/**
 * A user that may exist already is named by Intercom's conflict, so only a lead has to be waited for. A phone tells
 * people apart only where nothing else does.
 */
function unsettledFor(
  draft: Identity,
  taken: readonly ReservedKey[],
  phoneKeyOfDraft: string | undefined,
): Date | null {
  const identifying = taken.length > 1 ? taken.filter(({ key }) => key !== phoneKeyOfDraft) : taken;
  const times = identifying.flatMap(({ unsettledAt, unsettledRole }) =>
    unsettledAt === null || (draft.role === 'user' && unsettledRole === 'user') ? [] : unsettledAt.getTime(),
  );
  return times.length === 0 ? null : new Date(Math.max(...times));
}

function hold(ctx: Context, key: ReservationKey, role: Role, taken: readonly ReservedKey[]) {
  const isReserved = key.keys.length > 0;
  // By the process's own clock, which no correction of the time moves.
  let goodUntil = performance.now() + leaseMs;
  let requested = false;
  let isSettled = false;
  const extension = setInterval(() => {
    const from = performance.now();
    extendReservation(ctx.database.db, key, leaseEnd(ctx.now())).then(
      (isHeld) => {
        goodUntil = isHeld ? from + leaseMs : 0;
      },
      (error: unknown) => ctx.log.warn({ err: error }, 'a reservation of a contact was not extended'),
    );
  }, extendEveryMs);
  extension.unref();
  if (!isReserved) clearInterval(extension);

  return {
    isHeld: () => !isReserved || performance.now() < goodUntil,
    async create<R>(request: () => Promise<R>, isKnown: (result: R) => boolean): Promise<R> {
      requested = true;
      const result = await request().catch((error: unknown) => {
        if (troubleOf(error).notDone) requested = false;
        throw error;
      });
      if (isKnown(result)) requested = false;
      return result;
    },
    settled() {
      isSettled = true;
    },
    async release(): Promise<void> {
      clearInterval(extension);
      if (!isReserved || isSettled) return;
      const inherited = taken.some(({ unsettledAt }) => unsettledAt !== null) ? 'inherited' : null;
      const unsettled = requested ? { at: ctx.now(), role } : inherited;
      await release(ctx, key, unsettled);
    },
  };
}
