// Erases a person on request: their rows at once, mentions page by page, then Intercom.
import { createHash } from 'node:crypto';
import type { Context } from '../../context.ts';
import { emailKey, idKey } from '../../domain/identity.ts';
import type { WorkKey } from '../../domain/page-work.ts';
import type { Person } from '../../domain/program/program.ts';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import type { Sought } from '../../domain/repair/erasure.ts';
import { type NewRun, subjectInIntercom } from '../../domain/runs/run.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { attemptsFor } from '../../domain/workspace/settings.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { lockIdentity } from '../../store/program/people.ts';
import { eraseRows } from '../../store/repair/erase-rows.ts';
import {
  type Erasure,
  type ErasureSubject,
  erasureRows,
  findSubjects,
  isNamedInDeliveries,
  isSubjectKnown,
  lockSubjects,
  referredContacts,
  sharedEmails,
} from '../../store/repair/erasures.ts';
import { mergeWritten } from '../../store/runs/write-back.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { enqueuePages } from '../page-work.ts';
import { query, required } from '../query.ts';
import { retryTransient } from '../retry.ts';
import { planRun } from '../runs/plan-run.ts';
import { recordAudit } from '../workspace/record-audit.ts';

export type { Erasure, ErasureSubject };

const aboutReferrer = ['referral_referrer_name', 'referral_referrer_email'];

/** Rejects with `not-found`, without a receipt, when neither the program nor Intercom knows the subject. */
export async function erasePerson(
  ctx: Context,
  workspaceId: string,
  { alsoInIntercom, ...subject }: ErasureSubject & { alsoInIntercom: boolean },
  actor: Actor,
): Promise<Erasure> {
  if (!(await isKnown(ctx, workspaceId, subject))) {
    throw unknownSubject();
  }
  const key = { workspaceId, id: ctx.newId() };
  await retryTransient(4, () =>
    ctx.database.transaction(async (tx) => {
      const { email = null, externalId = null } = subject;
      await lockIdentity(tx, workspaceId, { email, externalId, name: null });
      const people = await lockSubjects(tx, workspaceId, subject);
      if (people.length === 0 && subject.personId !== undefined) {
        throw new Failure('not-found', 'Person not found.');
      }
      const sought = await soughtFor(tx, workspaceId, subject, people);
      const friends = await referredContacts(tx, workspaceId, sought.personIds);
      const erased = await eraseRows(tx, workspaceId, sought);
      const planErasureRun = await erasureRunPlanner(ctx, tx, key);
      for (const { personId, contactId } of friends) {
        await mergeWritten(tx, workspaceId, contactId, unknownValues(aboutReferrer));
        await planErasureRun(personId, contactId, { kind: 'write-back', contactId });
      }
      await erasureRows.add(tx, {
        ...key,
        state: 'running',
        sought,
        place: { table: '', block: 0 },
        subjectHash: hashOf(workspaceId, subject, people),
        requestedBy: actor.name,
        alsoInIntercom,
        erased,
        requestedAt: ctx.now(),
      });
      await enqueuePages(ctx, tx, 'erasure', key);
      await recordAudit(ctx, tx, workspaceId, actor, 'erasure.start', key.id, { alsoInIntercom });
    }),
  );
  return readErasure(ctx, workspaceId, key.id);
}

export const readErasure = required(erasureRows.find, 'erasure');

export const listErasures = query(erasureRows.list);

/** `contacts` is null while Intercom does not answer. */
export type ErasurePreview = { people: Person[]; contacts: SeenContact[] | null };

/** The people and contacts that an erasure would concern. Rejects with `not-found` where it would. */
export async function previewErasure(
  ctx: Context,
  workspaceId: string,
  subject: ErasureSubject,
): Promise<ErasurePreview> {
  const people = await findSubjects(ctx.database.db, workspaceId, subject);
  const contacts = await contactsOf(ctx, workspaceId, subject);
  const isFound = people.length > 0 || contacts === null || contacts.length > 0;
  if (!isFound && !(await isMentioned(ctx, workspaceId, subject))) throw unknownSubject();
  return { people, contacts };
}

const unknownSubject = () =>
  new Failure('not-found', 'No person with this email or external ID was found, here or in Intercom.');

async function isMentioned({ database: { db } }: Context, workspaceId: string, subject: ErasureSubject) {
  return (
    (await isSubjectKnown(db, workspaceId, subject)) || (await isNamedInDeliveries(db, workspaceId, subject))
  );
}

async function isKnown(ctx: Context, workspaceId: string, subject: ErasureSubject): Promise<boolean> {
  const { db } = ctx.database;
  if (await isSubjectKnown(db, workspaceId, subject)) return true;
  const contacts = await contactsOf(ctx, workspaceId, subject);
  // While Intercom does not answer, the erasure looks again later.
  if (contacts === null || contacts.length > 0) return true;
  return isNamedInDeliveries(db, workspaceId, subject);
}

/** Null while Intercom does not answer. */
async function contactsOf(
  ctx: Context,
  workspaceId: string,
  { email, externalId, contactId }: ErasureSubject,
): Promise<SeenContact[] | null> {
  const { searchContacts, readContact } = ctx.intercom.agents;
  try {
    const known = contactId === undefined ? null : await readContact(workspaceId, contactId);
    return [
      ...(known === null ? [] : [known]),
      ...(email === undefined ? [] : await searchContacts(workspaceId, 'email', [email])),
      ...(externalId === undefined ? [] : await searchContacts(workspaceId, 'external_id', [externalId])),
    ];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.code === 'unauthorized' ? [] : null;
  }
}

async function soughtFor(
  tx: Tx,
  workspaceId: string,
  { email, externalId, contactId }: ErasureSubject,
  people: readonly Person[],
): Promise<Sought> {
  const personIds = people.map((person) => person.id);
  const emails = distinct([email, ...people.map((person) => person.email)].map(emailKey));
  // A shared email still belongs to the other person.
  const shared = await sharedEmails(tx, workspaceId, { personIds, emails });
  return {
    personIds,
    contactIds: distinct([contactId, ...people.map((person) => person.contactId)]),
    emails: emails.filter((known) => !shared.has(known)),
    externalIds: distinct([externalId, ...people.map((person) => person.externalId)].map(idKey)),
    names: distinct(people.map((person) => person.name)),
  };
}

/** Plans each run of an erasure once. */
export async function erasureRunPlanner(ctx: Context, tx: Tx, { workspaceId, id }: WorkKey) {
  const settings = await readSettings(tx, workspaceId);
  return (subject: string, contactId: string, work: NewRun['work']) =>
    planRun(ctx, tx, {
      workspaceId,
      subject: subjectInIntercom(subject),
      contactId,
      deduplicationKey: `erasure:${id}:${work.kind}:${contactId}`,
      work,
      cause: 'A person was erased on request',
      maxAttempts: attemptsFor(work.kind, settings, null),
    });
}

/** Marks each attribute as having an unknown value, so that the next write-back clears it. */
export const unknownValues = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, 'unknown']));

export const distinct = (values: readonly (string | null | undefined)[]): string[] => [
  ...new Set(values.flatMap((value) => value ?? [])),
];

/** Of the email if known, else of the given identifier; docs/repair.md explains the comparison. */
function hashOf(workspaceId: string, subject: ErasureSubject, people: readonly Person[]): string {
  const [email] = distinct([subject.email, ...people.map((person) => person.email)]);
  const address = email ?? subject.externalId ?? subject.contactId ?? subject.personId ?? '';
  return createHash('sha256').update(`${workspaceId}:${address}`).digest('hex');
}
