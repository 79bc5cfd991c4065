// Finds or creates a draft's contact once, although Intercom has no idempotency key and its search lags.
import type { Context } from '../../context.ts';
import { allFields, differingFields } from '../../domain/contacts/contact-difference.ts';
import type {
  ContactDraft,
  ContactFields,
  ContactRefusal,
  FoundContact,
  IntercomContact,
  OnDuplicate,
} from '../../domain/contacts/contact-draft.ts';
import { decide, type Step } from '../../domain/contacts/duplicates.ts';
import type { Postponed } from '../../domain/runs/run.ts';
import { Failure } from '../../failure.ts';
import { findConflicting, findMatches, findOurCreation, type Search } from './find-matches.ts';
import { afterOther, reserveContact } from './reservation.ts';
import type { UpsertOptions, UpsertOutcome, UpsertResult } from './upsert.ts';

const lookAgainMs = 20_000;
/** Each conflict names another contact, and only email and external ID can conflict. */
const maxConflicts = 3;

type Use = Extract<Step, { do: 'use' }>;
type Task = Search & { onDuplicate: OnDuplicate; requests: object[] };
type Ended = { ended: UpsertResult | Postponed };
type Turn = Ended | { conflict: Extract<ContactRefusal, { outcome: 'conflict' }> };

/**
 * `bulk` has the lowest priority. `waitUntil`: an earlier attempt may have created the contact and it is too
 * early to see it; run handlers return it unchanged. Rejects with a Failure.
 */
export async function findOrCreateContact(
  ctx: Context,
  pace: 'background' | 'bulk',
  workspaceId: string,
  draft: ContactDraft,
  onDuplicate: OnDuplicate,
  options: UpsertOptions,
): Promise<UpsertResult | Postponed> {
  const { idempotencyKey, attemptedAt } = options;
  return reserveContact(ctx, workspaceId, { draft, idempotencyKey, attemptedAt }, (reservation) => {
    const intercom = ctx.intercom[pace].contacts;
    return work({ ctx, intercom, workspaceId, draft, onDuplicate, options, reservation, requests: [] });
  });
}

async function work(task: Task): Promise<UpsertResult | Postponed> {
  const { draft, onDuplicate } = task;
  const { found, existing } = await findMatches(task);
  if (existing !== null) return finish(task, existing);
  for (let turn = 0; turn <= maxConflicts; turn += 1) {
    const result = await take(task, decide(draft, found, onDuplicate));
    if ('ended' in result) return result.ended;
    const { id, message, archived } = result.conflict;
    const known = found.find((contact) => contact.id === id);
    if (id === null || known?.by === 'conflict') throw new Failure('conflict', message, { notDone: true });
    const contact = await findConflicting(task, { id, archived });
    if (contact === null) continue;
    if ((await findOurCreation(task, [contact])) !== null) return finish(task, contact);
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
    case 'review': {
      const { candidates, why } = step;
      return { ended: { ...resultOf(task, 'review', null, why), candidates } };
    }
    case 'refuse':
      return { ended: resultOf(task, 'refused', step.contact, step.why) };
  }
}

async function create(task: Task): Promise<Turn> {
  const { intercom, workspaceId, draft, reservation } = task;
  const early = tooEarly(task);
  if (early !== null) return { ended: early };
  const fields = allFields(draft);
  await announce(task, { create: draft.role, ...fields });
  if (!reservation.isHeld()) return { ended: afterOther(task.ctx) };
  const created = await reservation.create(
    () => intercom.create(workspaceId, draft.role, fields),
    ({ outcome }) => outcome !== 'created',
  );
  if (created.outcome === 'conflict') return { conflict: created };
  if (created.outcome === 'blocked') return { ended: blocked(task, null, created.message) };
  await reservation.settle(created.contact.id);
  await mark(task, created.contact.id);
  return { ended: resultOf(task, 'created', created.contact, `A new ${draft.role}`) };
}

/** Leads, unlike users, never conflict, so creating again too early would make two. */
function tooEarly({ ctx, draft, options, reservation }: Task): Postponed | null {
  const requestedAt = reservation.unsettledAt ?? (draft.role === 'user' ? null : options.attemptedAt);
  if (requestedAt === null) return null;
  const seenBy = requestedAt.getTime() + ctx.timing.searchLagMs;
  const at = ctx.now().getTime();
  if (at >= seenBy) return null;
  return {
    waitUntil: new Date(Math.min(seenBy, at + lookAgainMs)),
    why: 'Intercom may have made it though its answer was lost: it is looked for until the search must show it',
  };
}

async function use(task: Task, step: Use): Promise<Turn> {
  const { contact, convert, unarchive, why } = step;
  const { intercom, workspaceId } = task;
  if (unarchive) {
    await announce(task, { unarchive: contact.id });
    if ((await intercom.unarchive(workspaceId, contact.id)) === 'gone') throw gone(contact);
  }
  const changed = await written(task, contact, convert ? asUser(task, step) : (step.write ?? {}));
  if (changed.outcome === 'conflict') return { conflict: changed };
  if (changed.outcome === 'blocked') return { ended: blocked(task, contact, changed.message) };
  if (step.mark) await mark(task, contact.id);
  return { ended: resultOf(task, outcomeOf(step), changed.contact, why) };
}

/** A user needs an email or external ID, and the conversion does not set the sign-up date. */
function asUser({ ctx, draft }: Task, { contact, write }: Use): ContactFields & { role: 'user' } {
  const email = write?.email ?? contact.email ?? draft.email;
  const signedUpAt = write?.signedUpAt ?? contact.signedUpAt ?? ctx.now();
  return { role: 'user', ...write, ...(email === undefined ? {} : { email }), signedUpAt };
}

async function written(task: Task, contact: IntercomContact, fields: ContactFields & { role?: 'user' }) {
  if (Object.keys(fields).length === 0) return { outcome: 'done' as const, contact };
  await announce(task, { update: contact.id, ...fields });
  const changed = await task.intercom.update(task.workspaceId, contact.id, fields);
  if (changed.outcome === 'gone') throw gone(contact);
  return changed;
}

/** Completes what an earlier attempt created. */
async function finish(task: Task, contact: IntercomContact): Promise<UpsertResult> {
  const { draft, reservation } = task;
  const modes = { fillOnly: false, user: contact.role === 'user', convert: false };
  const { emailVerified: _sentWithIt, ...rest } = draft;
  const changed = await written(task, contact, differingFields(rest, contact, modes));
  await reservation.settle(contact.id);
  await mark(task, contact.id);
  const present = changed.outcome === 'done' ? changed.contact : contact;
  return resultOf(task, 'created', present, 'Made by an earlier try');
}

async function mark(task: Task, contactId: string): Promise<void> {
  const { intercom, workspaceId, draft } = task;
  for (const tag of draft.tags) {
    await announce(task, { tag });
    if ((await intercom.addTag(workspaceId, contactId, tag)) === 'gone') throw gone({ id: contactId });
  }
  if (draft.company === undefined) return;
  await announce(task, { company: draft.company });
  const attached = await intercom.attachCompany(workspaceId, contactId, draft.company);
  if (attached === 'gone') throw gone({ id: contactId });
}

async function announce({ options, requests }: Task, request: object): Promise<void> {
  requests.push(request);
  await options.markAttempted();
}

function outcomeOf({ convert, write, unarchive, mark }: Use): UpsertOutcome {
  if (convert) return 'converted';
  if (write !== null || unarchive) return 'updated';
  return mark ? 'unchanged' : 'linked';
}

function gone({ id }: Pick<IntercomContact, 'id'>): Failure {
  return new Failure('conflict', `Contact ${id} is gone meanwhile`);
}

function blocked(task: Task, contact: FoundContact | null, message: string): UpsertResult {
  return resultOf(task, 'refused', contact, `Intercom has blocked this contact: ${message}`);
}

function resultOf(
  { requests }: Task,
  outcome: UpsertOutcome,
  contact: IntercomContact | null,
  why: string,
): UpsertResult {
  const contactId = contact?.id ?? null;
  return {
    outcome,
    contactId,
    ...(contact === null ? {} : { contact }),
    why,
    exchange: { request: requests, answer: { outcome, contactId, why } },
  };
}
