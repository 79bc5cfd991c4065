// Does to a contact what was asked of /api/v1, as a run. A repeat whose first answer was lost does nothing twice.
import { type ActionResult, type ContactAction, notDone } from '../../domain/contacts/contact-action.ts';
import type { IntercomContact, OnDuplicate } from '../../domain/contacts/contact-draft.ts';
import type { Handler, Postponed, Run, RunResult, Work } from '../../domain/runs/run.ts';
import type { ActingIntercom } from './contact-action-edges.ts';
import type { Attached, Changed, Ensured, Ensuring } from './contact-ensuring-edges.ts';

type Of<D extends ContactAction['do']> = Extract<ContactAction, { do: D }>;
type ContactWork = Extract<Work, { kind: 'contact' }>;
type Known = { id: string; contactId: string | null };

export type ContactDoingDeps<Tx> = {
  intercom: ActingIntercom;
  ensuring: Ensuring;
  /** Whom the referral side knows by this email or external id. */
  personOf(
    workspaceId: string,
    who: { email: string | null; externalId: string | null },
  ): Promise<Known | null>;
  /** The run log finds the run by this contact from now on. */
  nameContactOf(tx: Tx, run: Run, contactId: string): Promise<void>;
  now(): Date;
  /** How long a contact that was made may stay out of Intercom's searches. */
  searchLagMs: number;
};

type Task = {
  workspaceId: string;
  runId: string;
  createdAt: Date;
  askedAt: Date | null;
  ask(): Promise<void>;
};
type Result = Omit<ActionResult, 'contact'> & { contact?: IntercomContact | undefined };

/** Where a policy would decide, somebody who is there already is told instead, and nothing is written. */
const tell: OnDuplicate = { policy: 'nothing', lead_where_user_wanted: 'keep', archived: 'report' };

export function createContactDoing<Tx>(deps: ContactDoingDeps<Tx>): Handler<ContactWork, Tx> {
  const { intercom } = deps;

  return async function act(run, signalAsked) {
    const task = taskOf(run, signalAsked);
    const result = await perform(task, run.work.action);
    return 'waitUntil' in result ? result : runResult(run, result);
  };

  function runResult(run: Run<ContactWork>, { contact, ...result }: Result): RunResult<Tx> {
    const answer: ActionResult = { ...result, contact: contact ? shown(contact) : null };
    const exchange = { request: run.work.action, answer };
    const { contactId, outcome, why } = result;
    if (refused.has(outcome)) return { exchange, refused: why };
    if (contactId === null) return { exchange };
    return { exchange, record: (tx) => deps.nameContactOf(tx, run, contactId) };
  }

  function perform(task: Task, action: ContactAction): Promise<Result | Postponed> {
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
        return simply(task, action.contactId, 'attached', (id) =>
          intercom.attachCompany(task.workspaceId, id, action.company),
        );
      case 'event':
        return simply(task, action.contactId, 'tracked', () => intercom.trackEvent(task.workspaceId, action));
      case 'archive':
        return simply(task, action.contactId, 'archived', (id) => intercom.archive(task.workspaceId, id));
      case 'unarchive':
        return simply(task, action.contactId, 'unarchived', (id) => intercom.unarchive(task.workspaceId, id));
      case 'delete':
        return remove(task, action);
    }
  }

  async function create(task: Task, { draft, on }: Of<'create'>): Promise<Result | Postponed> {
    const { email = null, externalId = null } = draft;
    const person = await deps.personOf(task.workspaceId, { email, externalId });
    const ensured = await deps.ensuring.ensure(task.workspaceId, draft, on ?? tell, {
      linkedId: person?.contactId ?? null,
      personId: person?.id ?? null,
      madeFor: task.runId,
      askedAt: task.askedAt,
      signalAsked: task.ask,
    });
    return 'waitUntil' in ensured ? ensured : resultOf(ensured, on !== null);
  }

  async function update(
    task: Task,
    contactId: string,
    fields: Parameters<ActingIntercom['update']>[2],
  ): Promise<Result> {
    await task.ask();
    const changed = await intercom.update(task.workspaceId, contactId, fields);
    if (changed.outcome === 'done') return done('updated', 'Written', changed.contact);
    return refusal(contactId, changed);
  }

  /** Never a merge: that two are one person is for a person to say. */
  async function convert(task: Task, action: Of<'convert'>): Promise<Result> {
    const { contactId, email, externalId, signedUpAt } = action;
    const contact = await intercom.read(task.workspaceId, contactId);
    if (contact === null) return gone(contactId);
    if (contact.role === 'user') return done('unchanged', 'It is a user already', contact);
    const identity = { email: email ?? contact.email, externalId };
    if (identity.email === null && externalId === null) {
      const why = 'A user needs an email or an external id, and this lead has no email';
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

  async function convertVisitor(task: Task, action: Of<'convert-visitor'>): Promise<Result | Postponed> {
    await task.ask();
    const { askedAt, workspaceId } = task;
    const answer = await intercom.convertVisitor(workspaceId, action);
    if (answer.outcome === 'converted') return done('converted', `A ${action.role} now`, answer.contact);
    if (answer.outcome === 'conflict')
      return { outcome: 'conflict', why: answer.message, contactId: answer.id, contact: undefined };
    // Who was converted by a try whose answer was lost is no visitor any more.
    const became = askedAt === null ? null : await whoBecame(workspaceId, action);
    if (became?.role === action.role) return done('converted', 'Converted by an earlier try', became);
    const seenBy = (askedAt?.getTime() ?? 0) + deps.searchLagMs;
    if (deps.now().getTime() < seenBy)
      return { waitUntil: new Date(seenBy), why: 'An earlier try may have converted the visitor' };
    return { outcome: 'gone', why: answer.message, contactId: null, contact: undefined };
  }

  async function whoBecame(workspaceId: string, { into, visitor }: Of<'convert-visitor'>) {
    if (into.id !== undefined) return intercom.read(workspaceId, into.id);
    if (into.externalId !== undefined) return intercom.findByExternalId(workspaceId, into.externalId);
    const email = into.email ?? visitor.email;
    const found = email === undefined ? [] : await intercom.search(workspaceId, 'email', [email]);
    return found.find((one) => one.role === 'user') ?? found[0] ?? null;
  }

  async function tag(task: Task, { contactId, add, remove }: Of<'tag'>): Promise<Result> {
    const { workspaceId } = task;
    return simply(task, contactId, 'tagged', async (id) => {
      for (const name of add) {
        if ((await intercom.addTag(workspaceId, id, name)) === 'gone') return 'gone';
      }
      for (const name of remove) {
        if ((await intercom.removeTag(workspaceId, id, name)) === 'gone') return 'gone';
      }
      return 'done';
    });
  }

  async function note(task: Task, { contactId, body, adminId }: Of<'note'>): Promise<Result> {
    const { askedAt, workspaceId } = task;
    const notes = askedAt === null ? [] : await intercom.notes(workspaceId, contactId);
    const since = task.createdAt.getTime() - clocksDifferByMs;
    const left = notes?.some(
      (one) => one.createdAt.getTime() >= since && wordsIn(one.body) === wordsIn(body),
    );
    if (left) return { outcome: 'noted', why: 'Left by an earlier try', contactId };
    return simply(task, contactId, 'noted', (id) => intercom.addNote(workspaceId, id, { body, adminId }));
  }

  async function remove(task: Task, { contactId }: Of<'delete'>): Promise<Result> {
    const { askedAt, workspaceId } = task;
    await task.ask();
    const answer = await intercom.remove(workspaceId, contactId);
    if (answer === 'gone' && askedAt === null) return gone(contactId);
    return { outcome: 'deleted', why: 'Deleted for good', contactId };
  }

  /** What is the same done once or twice. */
  async function simply(
    task: Task,
    contactId: string,
    outcome: ActionResult['outcome'],
    act: (contactId: string) => Promise<Attached>,
  ): Promise<Result> {
    await task.ask();
    return (await act(contactId)) === 'gone' ? gone(contactId) : { outcome, why: 'Done', contactId };
  }
}

function taskOf({ workspaceId, id, createdAt, askedAt }: Run, ask: () => Promise<void>): Task {
  return { workspaceId, runId: id, createdAt, askedAt, ask };
}

function done(outcome: ActionResult['outcome'], why: string, contact: IntercomContact): Result {
  return { outcome, why, contactId: contact.id, contact };
}

function gone(contactId: string): Result {
  return { outcome: 'gone', why: 'There is no such contact in Intercom.', contactId };
}

function refusal(contactId: string, changed: Exclude<Changed, { outcome: 'done' }>): Result {
  if (changed.outcome === 'gone') return gone(contactId);
  if (changed.outcome === 'blocked') return { outcome: 'refused', why: changed.message, contactId };
  return { outcome: 'conflict', why: changed.message, contactId: changed.id };
}

/** Without a policy, whoever is there already is a conflict. */
function resultOf({ outcome, contactId, contact, why }: Ensured, decided: boolean): Result {
  if (outcome === 'review') return { outcome: 'conflict', why, contactId };
  if (outcome === 'refused') return { outcome: contact ? 'conflict' : 'refused', why, contactId, contact };
  if (!decided && outcome !== 'created') return { outcome: 'conflict', why, contactId, contact };
  return { outcome, why, contactId, contact };
}

const refused: ReadonlySet<string> = new Set(notDone);

/** Of a contact no more than is answered: the run log is no second address book. */
function shown({ id, role, name, email, externalId, createdAt }: IntercomContact): ActionResult['contact'] {
  return { id, role, name, email, externalId, createdAt };
}

/** Our clock and Intercom's differ. */
const clocksDifferByMs = 60_000;

/** Notes come back as HTML, whatever was sent. */
function wordsIn(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&(lt|gt|amp|quot|#39);/g, ' ')
    .replaceAll(/[\s<>&"']+/g, ' ')
    .trim();
}
