// The app's own writes to contacts: kept before the write, completed by its answer, read with the notifications of them.
import { createHash } from 'node:crypto';
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { OwnWrite } from '../../domain/contacts/own-writes.ts';
import { emailKey, idKey, phoneKey } from '../../domain/identity.ts';
import type { Facts, SeenContact, Value } from '../../domain/qualification/notification.ts';
import { type Db, oncePer, type Queryable, type Tx } from '../database.ts';
import { manyRows } from '../gathered-writes.ts';
import { isAmong } from '../owned.ts';
import { batched } from '../shared-query.ts';
import { ownWrites } from './schema-own-writes.ts';

export type NewOwnWrite = {
  id: string;
  /** A new contact is known by what is written. */
  contactId: string | null;
  facts: Facts;
  tag: { id: string; added: boolean } | null;
};

/** An answer that is not there by then was lost. */
const answeredWithinMs = 60 * 60_000;

const together = { perRound: 64, roundsAtOnce: 2 };

const begun = oncePer((db: Db) =>
  batched<typeof ownWrites.$inferInsert, void>(async (rows) => {
    await db.execute(sql`insert into ${manyRows(ownWrites, rows)}`);
    return rows.map(() => undefined);
  }, together),
);

/** Stored when it resolves. Writes that begin at the same time share a statement. */
export async function beginOwnWrite(db: Db, workspaceId: string, write: NewOwnWrite & { at: Date }) {
  const subject = write.contactId === null ? subjectsOf(write.facts)[0] : ofContact(write.contactId);
  // A contact without an email, external ID and phone identifies no person in the program.
  if (subject === undefined) return;
  const written = { ...digests(write.facts), ...(write.tag && tagEntry(write.tag)) };
  await begun(db)({ workspaceId, id: write.id, subject, written, createdAt: write.at });
}

/** `contact` is Intercom's answer, if it shows the contact. */
export async function completeOwnWrite(
  db: Db,
  workspaceId: string,
  id: string,
  { contact, at }: { contact: Pick<SeenContact, 'facts' | 'updatedAt'> | null; at: Date },
): Promise<void> {
  const { tags: _tags, ...facts } = contact?.facts ?? {};
  const shown = contact && digests(facts, (value) => value !== null);
  await answered(db)({ workspaceId, id, at, updatedAt: contact?.updatedAt ?? null, shown });
}

type AnsweredWrite = {
  workspaceId: string;
  id: string;
  at: Date;
  updatedAt: Date | null;
  shown: Record<string, string> | null;
};

const answered = oncePer((db: Db) =>
  batched<AnsweredWrite, void>(async (writes) => {
    // Intercom may have brought a value to its own form.
    await db.execute(sql`
      update own_writes set answered_at = given.at, updated_at = given."updatedAt",
        shown = coalesce(given.shown, own_writes.shown),
        written = own_writes.written || (
          select coalesce(jsonb_object_agg(name, value), '{}') from jsonb_each(given.shown) as each (name, value)
          where own_writes.written ? name)
      from jsonb_to_recordset(${JSON.stringify(writes)}::jsonb)
        as given ("workspaceId" text, id uuid, at timestamptz, "updatedAt" timestamptz, shown jsonb)
      where own_writes.workspace_id = given."workspaceId" and own_writes.id = given.id`);
    return writes.map(() => undefined);
  }, together),
);

/** Of a write that was refused. */
export async function dropOwnWrite(db: Queryable, workspaceId: string, id: string): Promise<void> {
  await db.delete(ownWrites).where(and(eq(ownWrites.workspaceId, workspaceId), eq(ownWrites.id, id)));
}

/** By contact id. */
export async function ownWritesTo(
  tx: Tx,
  workspaceId: string,
  contacts: readonly SeenContact[],
  now: Date,
): Promise<Map<string, OwnWrite[]>> {
  if (contacts.length === 0) return new Map();
  const subjects = contacts.map((contact) => ({
    contactId: contact.id,
    of: [
      ofContact(contact.id),
      ...subjectsOf({ ...contact.facts, email: contact.email, external_id: contact.externalId }),
    ],
  }));
  const rows = await tx
    .select()
    .from(ownWrites)
    .where(
      and(
        eq(ownWrites.workspaceId, workspaceId),
        isAmong(ownWrites.subject, [...new Set(subjects.flatMap(({ of }) => of))]),
      ),
    );
  const isLost = ({ answeredAt, createdAt }: (typeof rows)[number]) =>
    answeredAt === null && now.getTime() - createdAt.getTime() > answeredWithinMs;
  const usable = rows.filter((row) => !isLost(row));
  return new Map(
    subjects.map(({ contactId, of }) => [
      contactId,
      usable.filter(({ subject }) => of.includes(subject)).map(toOwnWrite),
    ]),
  );
}

/** Once others changed the attributes, or the tags as `tag:` and their id: the same value is then a change of theirs. */
export async function forgetWritten(
  tx: Tx,
  workspaceId: string,
  writes: readonly OwnWrite[],
  names: readonly string[],
): Promise<void> {
  if (writes.length === 0 || names.length === 0) return;
  const ids = writes.map(({ id }) => id);
  await tx
    .update(ownWrites)
    .set({ written: sql`${ownWrites.written} - ${sql.param([...names])}::text[]` })
    .where(and(eq(ownWrites.workspaceId, workspaceId), inArray(ownWrites.id, ids)));
  for (const write of writes) write.forget(names);
}

/** Returns whether there may be more. */
export async function deleteOwnWrites(db: Queryable, before: Date): Promise<boolean> {
  const { rowCount } = await db.execute(sql`
    delete from own_writes where id in (
      select id from own_writes where created_at < ${before.toISOString()}::timestamptz limit ${batchSize})`);
  return rowCount === batchSize;
}

const batchSize = 1_000;

const ofContact = (contactId: string) => `contact:${contactId}`;

/** The surest first. */
function subjectsOf({ email, external_id, phone }: Facts): string[] {
  const text = (value: Value | undefined) => (typeof value === 'string' ? value : null);
  const keys = {
    email: emailKey(text(email)),
    external: idKey(text(external_id)),
    phone: phoneKey(text(phone)),
  };
  return Object.entries(keys).flatMap(([kind, key]) => (key === null ? [] : [`${kind}:${key}`]));
}

const tagEntry = ({ id, added }: { id: string; added: boolean }) => ({
  [`tag:${id}`]: added ? 'added' : 'removed',
});

function toOwnWrite(row: typeof ownWrites.$inferSelect): OwnWrite {
  const { shown, updatedAt, answeredAt } = row;
  const written = new Map(Object.entries(row.written));
  return {
    id: row.id,
    updatedAt,
    isAnswered: answeredAt !== null,
    get tag() {
      const [name, done] = [...written].find(([each]) => each.startsWith('tag:')) ?? [];
      return name === undefined ? null : { id: name.slice('tag:'.length), added: done === 'added' };
    },
    wrote: (name, value) => written.get(name) === digest(value),
    forget(names) {
      for (const name of names) written.delete(name);
    },
    showed: (name, value) =>
      shown === null ? null : value === null ? !Object.hasOwn(shown, name) : shown[name] === digest(value),
  };
}

function digests(facts: Facts, isKept: (value: Value) => boolean = () => true): Record<string, string> {
  const entries = Object.entries(facts).filter(([, value]) => isKept(value));
  return Object.fromEntries(entries.map(([name, value]) => [name, digest(value)]));
}

const digest = (value: Value) =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 12);
