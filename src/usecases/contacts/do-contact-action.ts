// Handles runs of /api/v1's contact actions. A repeat after a lost answer does nothing twice.
import type { Context } from '../../context.ts';
import { type ActionResult, type ContactAction, notDone } from '../../domain/contacts/contact-action.ts';
import {
  type ContactFields,
  type ContactMarked,
  type ContactUpdated,
  type IntercomContact,
  isIdKept,
  type OnDuplicate,
} from '../../domain/contacts/contact-draft.ts';
import type { Postponed, Run, RunResult, WorkOf } from '../../domain/runs/run.ts';
import type { AuditAction } from '../../domain/workspace/audit.ts';
import { hiddenAmong } from '../../store/contacts/created-contacts.ts';
import type { Tx } from '../../store/database.ts';
import { findPerson } from '../../store/program/people.ts';
import { setRunContact } from '../../store/runs/runs.ts';
import type { RunHandler } from '../runs/run-handler.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { findOrCreateContact } from './find-or-create.ts';
import { afterOther, type Reservation, reserveContact } from './reservation.ts';
import type { UpsertResult } from './upsert.ts';

type ActionOf<D extends ContactAction['do']> = Extract<ContactAction, { do: D }>;

type Task = {
  ctx: Context;
  intercom: Context['intercom']['background']['actions'];
  workspaceId: string;
  runId: string;
  createdAt: Date;
  attemptedAt: Date | null;
  markAttempted(): Promise<void>;
};
type Result = Omit<ActionResult, 'contact'> & { contact?: IntercomContact | undefined };

/** Without a policy, an existing contact is reported and nothing is written. */
const report: OnDuplicate = { policy: 'nothing', lead_where_user_wanted: 'keep', archived: 'report' };

export const doContactAction: RunHandler<'contact'> = async (ctx, run, markAttempted) => {
  const { workspaceId, id: runId, createdAt, attemptedAt } = run;
  // Without a requester, it is the app's own work, such as a sync check's.
  const intercom = ctx.intercom.background[run.work.actor === null ? 'ownActions' : 'actions'];
  const task = { ctx, intercom, workspaceId, runId, createdAt, attemptedAt, markAttempted };
  const result = await perform(task, run.work.action);
  return 'waitUntil' in result ? result : runResult(ctx, run, result);
};

function runResult(ctx: Context, run: Run<WorkOf<'contact'>>, { contact, ...result }: Result): RunResult<Tx> {
  const answer: ActionResult = { ...result, contact: contact ? shown(contact) : null };
  const exchange = { request: run.work.action, answer };
  const { contactId, outcome, why } = result;
  if (refused.has(outcome)) return { exchange, refused: why };
  if (contactId === null) return { exchange };
  return {
    exchange,
    async record(tx) {
      await setRunContact(tx, run, contactId);
      const action = auditActionOf[outcome];
      const { actor } = run.work;
      if (action && actor) await recordAudit(ctx, tx, run.workspaceId, actor, action, contactId, {});
    },
  };
}

/** No audit entry for a contact that was only found or did not change. */
const auditActionOf: Partial<Record<ActionResult['outcome'], ContactAuditAction>> = {
  created: 'contact.create',
  updated: 'contact.update',
  converted: 'contact.convert',
  tagged: 'contact.tag',
  noted: 'contact.note',
  attached: 'contact.attach_company',
  tracked: 'contact.track_event',
  archived: 'contact.archive',
  unarchived: 'contact.unarchive',
  deleted: 'contact.delete',
};
type ContactAuditAction = Extract<AuditAction, `contact.${string}`>;

function perform(task: Task, action: ContactAction): Promise<Result | Postponed> {
  const { intercom } = task;
  switch (action.do) {
    case 'create':
      return create(task, action);
    case 'update':
      return update(task, action.contactId, action.fields);
    case 'convert':
      return convert(task, action);
    case 'convert-visitor':
      return convertVisitor(task, action);
    case 'tag':
      return tag(task, action);
    case 'note':
      return note(task, action);
    case 'company':
      return repeatable(task, action.contactId, 'attached', (id) =>
        intercom.attachCompany(task.workspaceId, id, action.company),
      );
    case 'event':
      return repeatable(task, action.contactId, 'tracked', () =>
        intercom.trackEvent(task.workspaceId, action),
      );
    case 'archive':
      return archive(task, action.contactId);
    case 'unarchive':
      return unarchive(task, action.contactId);
    case 'delete':
      return remove(task, action);
  }
}

async function create(task: Task, { draft, on }: ActionOf<'create'>): Promise<Result | Postponed> {
  const { email = null, externalId = null } = draft;
  const person = await findPerson(task.ctx.database.db, task.workspaceId, { email, externalId });
  const result = await findOrCreateContact(task.ctx, 'background', task.workspaceId, draft, on ?? report, {
    linkedId: person?.contactId ?? null,
    personId: person?.id ?? null,
    idempotencyKey: task.runId,
    attemptedAt: task.attemptedAt,
    markAttempted: task.markAttempted,
    isRequested: true,
  });
  return 'waitUntil' in result ? result : resultOf(result, on !== null);
}

async function update(
  task: Task,
  contactId: string,
  fields: ContactFields & { role?: 'user' },
): Promise<Result> {
  await task.markAttempted();
  const changed = await task.intercom.update(task.workspaceId, contactId, fields);
  if (changed.outcome !== 'done') return refusal(task, contactId, changed);
  const { contact } = changed;
  const { externalId, ...rest } = fields;
  // Intercom does not keep what a lead is given.
  if (isIdKept(externalId, contact)) return done('updated', 'Written', contact);
  const why = 'Intercom assigns external IDs to leads. Convert the lead to a user to set one';
  if (Object.keys(rest).length > 0) return done('updated', `Written, except external_id: ${why}`, contact);
  return { outcome: 'refused', why, contactId, contact };
}

/** Never merges: only a human decides that two contacts are one person. */
async function convert(task: Task, action: ActionOf<'convert'>): Promise<Result> {
  const { contactId, email, externalId, signedUpAt } = action;
  const contact = await task.intercom.read(task.workspaceId, contactId);
  if (contact === null) return gone(task, contactId);
  if (contact.role === 'user') return done('unchanged', 'It is already a user', contact);
  const identity = { email: email ?? contact.email, externalId };
  if (identity.email === null && externalId === null) {
    const why = 'A user needs an email or an external ID, but this lead has no email';
    return { outcome: 'refused', why, contactId, contact };
  }
  const result = await update(task, contact.id, {
    role: 'user',
    ...(identity.email === null ? {} : { email: identity.email }),
    ...(externalId === null ? {} : { externalId }),
    signedUpAt: contact.signedUpAt ?? signedUpAt,
  });
  return result.outcome === 'updated' ? { ...result, outcome: 'converted' } : result;
}

function convertVisitor(task: Task, action: ActionOf<'convert-visitor'>): Promise<Result | Postponed> {
  const { ctx, workspaceId, runId: idempotencyKey, attemptedAt } = task;
  const { role, visitor, into } = action;
  const email = into.email ?? visitor.email;
  const draft = {
    role,
    ...(email === undefined ? {} : { email }),
    ...(into.externalId === undefined ? {} : { externalId: into.externalId }),
  };
  return reserveContact(ctx, workspaceId, { draft, idempotencyKey, attemptedAt }, (reservation) =>
    convertReserved(task, action, reservation),
  );
}

async function convertReserved(
  task: Task,
  action: ActionOf<'convert-visitor'>,
  reservation: Reservation,
): Promise<Result | Postponed> {
  await task.markAttempted();
  const { attemptedAt, intercom, workspaceId } = task;
  if (!reservation.isHeld()) return afterOther(task.ctx);
  const answer = await reservation.create(
    () => intercom.convertVisitor(workspaceId, action),
    ({ outcome }) => outcome !== 'converted',
  );
  if (answer.outcome === 'converted') {
    await reservation.settle(answer.contact.id);
    return done('converted', `A ${action.role} now`, answer.contact);
  }
  if (answer.outcome === 'conflict')
    return { outcome: 'conflict', why: answer.message, contactId: answer.id, contact: undefined };
  // An earlier attempt with a lost answer may have converted the visitor.
  const became = attemptedAt === null ? null : await convertedContact(task, action);
  if (became?.role === action.role) return done('converted', 'Converted by an earlier attempt', became);
  const seenBy = (attemptedAt?.getTime() ?? 0) + task.ctx.timing.searchLagMs;
  if (task.ctx.now().getTime() < seenBy)
    return { waitUntil: new Date(seenBy), why: 'An earlier attempt may have converted the visitor' };
  return { outcome: 'gone', why: answer.message, contactId: null, contact: undefined };
}

async function convertedContact(
  { intercom, workspaceId }: Task,
  { into, visitor }: ActionOf<'convert-visitor'>,
) {
  if (into.id !== undefined) return intercom.read(workspaceId, into.id);
  if (into.externalId !== undefined) return intercom.findByExternalId(workspaceId, into.externalId);
  const email = into.email ?? visitor.email;
  const found = email === undefined ? [] : await intercom.search(workspaceId, 'email', [email]);
  return found.find((one) => one.role === 'user') ?? found[0] ?? null;
}

async function tag(task: Task, { contactId, add, remove }: ActionOf<'tag'>): Promise<Result> {
  const { intercom, workspaceId } = task;
  return repeatable(task, contactId, 'tagged', async (id) => {
    for (const name of add) {
      if ((await intercom.addTag(workspaceId, id, name)) === 'gone') return 'gone';
    }
    for (const name of remove) {
      if ((await intercom.removeTag(workspaceId, id, name)) === 'gone') return 'gone';
    }
    return 'done';
  });
}

async function note(task: Task, { contactId, body, adminId }: ActionOf<'note'>): Promise<Result> {
  const { attemptedAt, intercom, workspaceId } = task;
  const notes = attemptedAt === null ? [] : await intercom.notes(workspaceId, contactId);
  const since = task.createdAt.getTime() - clocksDifferByMs;
  const left = notes?.some((one) => one.createdAt.getTime() >= since && wordsIn(one.body) === wordsIn(body));
  if (left) return { outcome: 'noted', why: 'Added by an earlier attempt', contactId };
  return repeatable(task, contactId, 'noted', (id) => intercom.addNote(workspaceId, id, { body, adminId }));
}

async function remove(task: Task, { contactId }: ActionOf<'delete'>): Promise<Result> {
  const { attemptedAt, intercom, workspaceId } = task;
  await task.markAttempted();
  let answer = await intercom.remove(workspaceId, contactId);
  // An archived contact cannot be deleted as it is.
  if (answer === 'gone' && (await intercom.unarchive(workspaceId, contactId)) === 'done')
    answer = await intercom.remove(workspaceId, contactId);
  if (answer === 'gone' && attemptedAt === null) return gone(task, contactId);
  return { outcome: 'deleted', why: 'Deleted permanently', contactId };
}

/** Intercom does not show an archived contact, so a second request is answered as if there were none. */
async function archive(task: Task, contactId: string): Promise<Result> {
  const { attemptedAt, intercom, workspaceId } = task;
  const result = await repeatable(task, contactId, 'archived', (id) => intercom.archive(workspaceId, id));
  if (result.outcome !== 'gone' || (attemptedAt === null && !(await isArchived(task, contactId))))
    return result;
  return { outcome: 'archived', why: 'It is already archived', contactId };
}

async function unarchive(task: Task, contactId: string): Promise<Result> {
  await task.markAttempted();
  const answer = await task.intercom.unarchive(task.workspaceId, contactId);
  if (answer === 'done') return { outcome: 'unarchived', why: 'Done', contactId };
  if (answer === 'gone') return gone(task, contactId);
  return { outcome: 'refused', why: `Intercom cannot unarchive it: ${answer.refused}`, contactId };
}

async function isArchived({ ctx, workspaceId }: Task, contactId: string): Promise<boolean> {
  return (await hiddenAmong(ctx.database.db, workspaceId, [contactId])).get(contactId) === 'archived';
}

/** Actions that are idempotent in Intercom. */
async function repeatable(
  task: Task,
  contactId: string,
  outcome: ActionResult['outcome'],
  act: (contactId: string) => Promise<ContactMarked>,
): Promise<Result> {
  await task.markAttempted();
  return (await act(contactId)) === 'gone' ? gone(task, contactId) : { outcome, why: 'Done', contactId };
}

function done(outcome: ActionResult['outcome'], why: string, contact: IntercomContact): Result {
  return { outcome, why, contactId: contact.id, contact };
}

async function gone(task: Task, contactId: string): Promise<Result> {
  const why = (await isArchived(task, contactId))
    ? 'The contact is archived in Intercom. Unarchive it first.'
    : 'Contact not found in Intercom.';
  return { outcome: 'gone', why, contactId };
}

async function refusal(
  task: Task,
  contactId: string,
  changed: Exclude<ContactUpdated, { outcome: 'done' }>,
): Promise<Result> {
  if (changed.outcome === 'gone') return gone(task, contactId);
  if (changed.outcome === 'blocked') return { outcome: 'refused', why: changed.message, contactId };
  return { outcome: 'conflict', why: changed.message, contactId: changed.id };
}

/** Without a policy, an existing contact is a conflict. */
function resultOf({ outcome, contactId, contact, why }: UpsertResult, decided: boolean): Result {
  if (outcome === 'review') return { outcome: 'conflict', why, contactId };
  if (outcome === 'refused') return { outcome: contact ? 'conflict' : 'refused', why, contactId, contact };
  if (!decided && outcome !== 'created') return { outcome: 'conflict', why, contactId, contact };
  return { outcome, why, contactId, contact };
}

const refused: ReadonlySet<string> = new Set(notDone);

/** Only what the API returns: the run log must not become a second address book. */
function shown({ id, role, name, email, externalId, createdAt }: IntercomContact): ActionResult['contact'] {
  return { id, role, name, email, externalId, createdAt };
}

/** Clock skew between us and Intercom. */
const clocksDifferByMs = 60_000;

/** Intercom returns notes as HTML, whatever was sent. */
function wordsIn(html: string): string {
  return html
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/&(lt|gt|amp|quot|#39);/g, ' ')
    .replaceAll(/[\s<>&"']+/g, ' ')
    .trim();
}
