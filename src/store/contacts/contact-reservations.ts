// Reservations of identities while their contacts are created: taken, extended, released, or settled.
import { and, eq, inArray, isNull, lt, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../database.ts';
import { contactReservations } from './schema-contact-actions.ts';

type Role = 'lead' | 'user';

export type ReservationKey = { workspaceId: string; keys: readonly string[]; attemptId: string };

export type NewReservation = ReservationKey & {
  holder: string;
  role: Role;
  at: Date;
  heldUntil: Date;
  /** When an earlier attempt of the same holder requested the creation. */
  unsettledAt: Date | null;
};

export type ReservedKey = { key: string; unsettledAt: Date | null; unsettledRole: Role | null };

/**
 * Not all of the keys when another attempt holds one of them: release those that were taken. It is unknown whether an
 * attempt that died had requested the creation, so its last sign of life counts as the time of the request.
 */
export async function takeReservation(db: Queryable, request: NewReservation): Promise<ReservedKey[]> {
  const { workspaceId, keys, holder, attemptId, role } = request;
  const at = moment(request.at);
  const isTaken = sql`present.attempt_id is not null and present.held_until > ${at} and present.holder <> ${holder}`;
  const died = sql`present.attempt_id is not null and present.holder <> ${holder}`;
  const isUnsettled = request.unsettledAt !== null;
  // In the order of keys, so that two requests cannot wait for each other.
  const { rows } = await db.execute<{ key: string; at: string | null; role: Role | null }>(sql`
    with wanted as (select unnest(${sql.param([...keys].toSorted())}::text[]) as key)
    insert into contact_reservations as present
      (workspace_id, key, holder, attempt_id, held_until, role, unsettled_at, unsettled_role)
    select ${workspaceId}, key, ${holder}, ${attemptId}, ${moment(request.heldUntil)}, ${role},
      ${isUnsettled ? moment(request.unsettledAt) : sql`null::timestamptz`}, ${isUnsettled ? role : null}::text
    from wanted
    where not exists (select from contact_reservations as present join wanted using (key)
      where present.workspace_id = ${workspaceId} and ${isTaken})
    order by key
    on conflict (workspace_id, key) do update set
      holder = excluded.holder, attempt_id = excluded.attempt_id, held_until = excluded.held_until, role = excluded.role,
      unsettled_at = greatest(present.unsettled_at, excluded.unsettled_at, case when ${died} then present.held_until end),
      unsettled_role = ${leadFirst(
        sql`present.unsettled_role`,
        sql`excluded.unsettled_role`,
        sql`case when ${died} then present.role end`,
      )}
      where not (${isTaken})
    returning key, extract(epoch from unsettled_at) * 1000 as at, unsettled_role as role`);
  return rows.map((row) => ({
    key: row.key,
    unsettledAt: row.at === null ? null : new Date(Number(row.at)),
    unsettledRole: row.role,
  }));
}

/** False when another attempt has taken it over. */
export async function extendReservation(db: Queryable, key: ReservationKey, until: Date): Promise<boolean> {
  const extended = await db.update(contactReservations).set({ heldUntil: until }).where(heldBy(key));
  return extended.rowCount !== null && extended.rowCount > 0;
}

/** `inherited`: the keys may have an unsettled creation of an earlier attempt. */
export type Unsettled = { at: Date; role: Role } | 'inherited' | null;

/** Keys with an unsettled creation remain, for their next holder to look it up. */
export async function releaseReservation(
  db: Queryable,
  key: ReservationKey,
  unsettled: Unsettled,
): Promise<void> {
  if (unsettled === null) {
    await db.delete(contactReservations).where(and(heldBy(key), isNull(contactReservations.unsettledAt)));
    return;
  }
  const own = unsettled !== 'inherited' && {
    unsettledAt: sql`greatest(${contactReservations.unsettledAt}, ${moment(unsettled.at)})`,
    unsettledRole: leadFirst(sql`${contactReservations.unsettledRole}`, sql`${unsettled.role}::text`),
  };
  await db
    .update(contactReservations)
    .set({ attemptId: null, ...own })
    .where(heldBy(key));
}

/** The contact exists: remembers it under the keys and the work, and ends the reservation, in one statement. */
export async function settleReservation(
  db: Queryable,
  key: ReservationKey,
  workKey: string,
  { contactId, createdAt }: { contactId: string; createdAt: Date },
): Promise<void> {
  const { workspaceId, keys, attemptId } = key;
  await db.execute(sql`
    with settled as (delete from contact_reservations where workspace_id = ${workspaceId}
      and key = any(${sql.param([...keys])}::text[]) and attempt_id = ${attemptId})
    insert into created_contacts (workspace_id, key, contact_id, created_at)
    select ${workspaceId}, key, ${contactId}, ${moment(createdAt)}
    from unnest(${sql.param([...keys, workKey].toSorted())}::text[]) as key
    on conflict (workspace_id, key) do update set contact_id = excluded.contact_id, created_at = excluded.created_at`);
}

/** Reservations not held since then: a search has long shown what came of them. */
export async function forgetReservationsBefore(db: Queryable, heldBefore: Date): Promise<void> {
  await db.delete(contactReservations).where(lt(contactReservations.heldUntil, heldBefore));
}

function heldBy({ workspaceId, keys, attemptId }: ReservationKey): SQL | undefined {
  return and(
    eq(contactReservations.workspaceId, workspaceId),
    inArray(contactReservations.key, [...keys]),
    eq(contactReservations.attemptId, attemptId),
  );
}

const leadFirst = (...roles: SQL[]): SQL =>
  sql`(select case when 'lead' = any(roles) then 'lead' when 'user' = any(roles) then 'user' end
    from (select array[${sql.join(roles, sql`, `)}]::text[] as roles) as given)`;

const moment = (at: Date | null): SQL => sql`${at?.toISOString() ?? null}::timestamptz`;
