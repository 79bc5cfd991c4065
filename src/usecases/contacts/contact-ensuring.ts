// Makes that a contact is there as it is to be, once: whoever is there already is used as the policy says, and a repeat
// after a lost answer finds what the first try has made. Intercom knows no idempotency key, and its search lags behind.
import { allFields, differingFields } from '../../domain/contacts/contact-difference.ts';
import type {
  ContactDraft,
  ContactFields,
  FoundContact,
  IntercomContact,
  OnDuplicate,
} from '../../domain/contacts/contact-draft.ts';
import { decide, type Step } from '../../domain/contacts/duplicates.ts';
import type { Postponed } from '../../domain/runs/run.ts';
import { Failure } from '../../failure.ts';
import type {
  Ensured,
  EnsureOutcome,
  Ensuring,
  EnsuringDeps,
  How,
  Refusal,
} from './contact-ensuring-edges.ts';
import { createContactFinding, madeKeys, mayBeOurs } from './contact-finding.ts';

/** How often a contact that may have been made is looked for. */
const lookAgainMs = 20_000;
/** Each conflict tells of one more contact; there are no more ways to be in the way than email and external id. */
const mostConflicts = 3;

type Use = Extract<Step, { do: 'use' }>;
type Task = { workspaceId: string; draft: ContactDraft; on: OnDuplicate; how: How; asked: object[] };
type Ended = { ended: Ensured | Postponed };
type Turn = Ended | { conflict: Extract<Refusal, { outcome: 'conflict' }> };

export function createEnsuring(deps: EnsuringDeps): Ensuring {
  const { store, intercom, now } = deps;
  const finding = createContactFinding(deps);

  async function ensure(
    workspaceId: string,
    draft: ContactDraft,
    on: OnDuplicate,
    how: How,
  ): Promise<Ensured | Postponed> {
    const task = { workspaceId, draft, on, how, asked: [] };
    const { found, ours } = await finding.look(task);
    if (ours !== null) return finish(task, ours);
    for (let turn = 0; turn <= mostConflicts; turn += 1) {
      const result = await take(task, decide(draft, found, on));
      if ('ended' in result) return result.ended;
      const { id, message } = result.conflict;
      const known = found.find((one) => one.id === id);
      if (id === null || known?.by === 'conflict') throw new Failure('conflict', message, { notDone: true });
      const contact = await finding.inTheWay(task, { id, archived: result.conflict.archived });
      if (contact === null) continue;
      if (mayBeOurs(draft, contact, how)) return finish(task, contact);
      if (known) found.splice(found.indexOf(known), 1);
      found.push(contact);
    }
    throw new Failure('conflict', 'Intercom tells of one conflict after the other', { notDone: true });
  }

  async function take(task: Task, step: Step): Promise<Turn> {
    switch (step.do) {
      case 'create':
        return create(task);
      case 'use':
        return use(task, step);
      case 'ask': {
        const { candidates, why } = step;
        return { ended: { ...ensured(task, 'review', null, why), candidates } };
      }
      case 'refuse':
        return { ended: ensured(task, 'refused', step.contact, step.why) };
    }
  }

  async function create(task: Task): Promise<Turn> {
    const { workspaceId, draft, how } = task;
    const early = tooEarly(draft, how);
    if (early !== null) return { ended: early };
    const fields = allFields(draft);
    await ask(task, { create: draft.role, ...fields });
    const made = await intercom.create(workspaceId, draft.role, fields);
    if (made.outcome === 'conflict') return { conflict: made };
    if (made.outcome === 'blocked') return { ended: blocked(task, null, made.message) };
    const keys = Object.values(madeKeys(draft, how.madeFor));
    await store.remember(workspaceId, keys, made.contact.id, now());
    await mark(task, made.contact.id);
    return { ended: ensured(task, 'created', made.contact, `A new ${draft.role}`) };
  }

  /** A lead never clashes with another: made again too early, it would be there twice. A user's repeat is a conflict. */
  function tooEarly(draft: ContactDraft, { askedAt }: How): Postponed | null {
    if (draft.role === 'user' || askedAt === null) return null;
    const seenBy = askedAt.getTime() + deps.searchLagMs;
    const at = now().getTime();
    if (at >= seenBy) return null;
    return {
      waitUntil: new Date(Math.min(seenBy, at + lookAgainMs)),
      why: 'Intercom may have made it though its answer was lost: it is looked for until the search must show it',
    };
  }

  async function use(task: Task, step: Use): Promise<Turn> {
    const { contact, convert, unarchive, why } = step;
    const { workspaceId } = task;
    if (unarchive) {
      await ask(task, { unarchive: contact.id });
      if ((await intercom.unarchive(workspaceId, contact.id)) === 'gone') throw gone(contact);
    }
    const changed = await written(task, contact, convert ? asUser(task, step) : (step.write ?? {}));
    if (changed.outcome === 'conflict') return { conflict: changed };
    if (changed.outcome === 'blocked') return { ended: blocked(task, contact, changed.message) };
    if (step.mark) await mark(task, contact.id);
    return { ended: ensured(task, outcomeOf(step), changed.contact, why) };
  }

  /** Intercom does not say when a lead signed up by this, and wants to see who the user is. */
  function asUser({ draft }: Task, { contact, write }: Use): ContactFields & { role: 'user' } {
    const email = write?.email ?? contact.email ?? draft.email;
    const signedUpAt = write?.signedUpAt ?? contact.signedUpAt ?? now();
    return { role: 'user', ...write, ...(email === undefined ? {} : { email }), signedUpAt };
  }

  async function written(task: Task, contact: IntercomContact, fields: ContactFields & { role?: 'user' }) {
    if (Object.keys(fields).length === 0) return { outcome: 'done' as const, contact };
    await ask(task, { update: contact.id, ...fields });
    const changed = await intercom.update(task.workspaceId, contact.id, fields);
    if (changed.outcome === 'gone') throw gone(contact);
    return changed;
  }

  /** An earlier try made it: what that one did not come to is done now. */
  async function finish(task: Task, contact: IntercomContact): Promise<Ensured> {
    const { workspaceId, draft, how } = task;
    const ways = { fillOnly: false, user: contact.role === 'user', convert: false };
    const { emailVerified: _sentWithIt, ...rest } = draft;
    const changed = await written(task, contact, differingFields(rest, contact, ways));
    const keys = Object.values(madeKeys(draft, how.madeFor));
    await store.remember(workspaceId, keys, contact.id, now());
    await mark(task, contact.id);
    const present = changed.outcome === 'done' ? changed.contact : contact;
    return ensured(task, 'created', present, 'Made by an earlier try');
  }

  async function mark(task: Task, contactId: string): Promise<void> {
    const { workspaceId, draft } = task;
    for (const tag of draft.tags) {
      await ask(task, { tag });
      if ((await intercom.addTag(workspaceId, contactId, tag)) === 'gone') throw gone({ id: contactId });
    }
    if (draft.company === undefined) return;
    await ask(task, { company: draft.company });
    const attached = await intercom.attachCompany(workspaceId, contactId, draft.company);
    if (attached === 'gone') throw gone({ id: contactId });
  }

  async function ask({ how, asked }: Task, what: object): Promise<void> {
    asked.push(what);
    await how.signalAsked();
  }

  return { ensure };
}

function outcomeOf({ convert, write, unarchive, mark }: Use): EnsureOutcome {
  if (convert) return 'converted';
  if (write !== null || unarchive) return 'updated';
  return mark ? 'unchanged' : 'linked';
}

function gone({ id }: Pick<IntercomContact, 'id'>): Failure {
  return new Failure('conflict', `Contact ${id} is gone meanwhile`);
}

function blocked(task: Task, contact: FoundContact | null, message: string): Ensured {
  return ensured(task, 'refused', contact, `Intercom has blocked this contact: ${message}`);
}

function ensured(
  { asked }: Task,
  outcome: EnsureOutcome,
  contact: IntercomContact | null,
  why: string,
): Ensured {
  const contactId = contact?.id ?? null;
  return {
    outcome,
    contactId,
    ...(contact === null ? {} : { contact }),
    why,
    exchange: { request: asked, answer: { outcome, contactId, why } },
  };
}
