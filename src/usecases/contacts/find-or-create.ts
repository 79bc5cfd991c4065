// Finds or creates a draft's contact once, although Intercom has no idempotency key and its search lags.
import type { Context } from '../../context.ts';
import { allFields, differingFields } from '../../domain/contacts/contact-difference.ts';
import {
  type ContactDraft,
  type ContactFields,
  type ContactRefusal,
  type FoundContact,
  type IntercomContact,
  isIdKept,
  type OnDuplicate,
} from '../../domain/contacts/contact-draft.ts';
import { decide, type Step } from '../../domain/contacts/duplicates.ts';
import type { Postponed } from '../../domain/runs/run.ts';
import { Failure } from '../../failure.ts';
import { findConflicting, findMatches, findOurCreation, readAgain, type Search } from './find-matches.ts';
import { afterOther, reserveContact } from './reservation.ts';
import type { UpsertOptions, UpsertOutcome, UpsertResult } from './upsert.ts';

const lookAgainMs = 20_000;
const notShownMs = 3_000;
/** Each turn reads or brings back one of the contacts found, or meets a conflict with another one. */
const maxTurns = 12;

type Use = Extract<Step, { do: 'use' }>;
type Task = Search & {
  onDuplicate: OnDuplicate;
  requests: object[];
  unarchivedId: string | null;
  /** Before its searches: an answer shows nothing newer, however long it took. */
  searchedAt: Date;
};
type Ended = { ended: UpsertResult | Postponed };
type Turn =
  | Ended
  /** What `found` was read as; null when it is not there, or is another person's. */
  | { found: FoundContact; now: FoundContact | null }
  | { conflict: Extract<ContactRefusal, { outcome: 'conflict' }> };

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
    const intercom = ctx.intercom[pace][options.isRequested ? 'actions' : 'contacts'];
    const search = { ctx, intercom, workspaceId, draft, options, reservation, current: new Set<string>() };
    return work({ ...search, onDuplicate, requests: [], unarchivedId: null, searchedAt: ctx.now() });
  });
}

async function work(task: Task): Promise<UpsertResult | Postponed> {
  const { draft, onDuplicate } = task;
  const { found, existing, unseen } = await findMatches(task);
  if (existing !== null) return finish(task, existing);
  if (unseen !== null) return notShown(task, unseen);
  let known = found;
  for (let turn = 0; turn < maxTurns; turn += 1) {
    const result = await take(task, decide(draft, known, onDuplicate));
    if ('ended' in result) return result.ended;
    if ('found' in result) {
      const { found: before, now } = result;
      known = [
        ...known.filter(({ id }) => id !== before.id && id !== now?.id),
        ...(now === null ? [] : [now]),
      ];
      continue;
    }
    const { id, message, archived } = result.conflict;
    // Without an id, Intercom says that it knows several.
    if (id === null || known.some((contact) => contact.id === id && contact.by === 'conflict'))
      return resultOf(task, 'refused', null, message);
    const contact = await findConflicting(task, { id, archived });
    if (contact === null)
      throw new Failure('conflict', `${message}, and does not show it`, { notDone: true });
    if ((await findOurCreation(task, [contact])) !== null) return finish(task, contact);
    known = [...known.filter((other) => other.id !== contact.id), contact];
  }
  throw new Failure('conflict', 'Intercom reports conflict after conflict', { notDone: true });
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
  return {
    ended: resultOf(
      task,
      'created',
      created.contact,
      `A new ${draft.role}${idNotKept(draft, created.contact)}`,
    ),
  };
}

/** Leads, unlike users, never conflict, so creating again too early would make two. */
function tooEarly({ ctx, draft, options, reservation, searchedAt }: Task): Postponed | null {
  const requestedAt = reservation.unsettledAt ?? (draft.role === 'user' ? null : options.attemptedAt);
  if (requestedAt === null) return null;
  const seenBy = requestedAt.getTime() + ctx.timing.searchLagMs;
  if (searchedAt.getTime() >= seenBy) return null;
  return {
    waitUntil: new Date(Math.min(seenBy, ctx.now().getTime() + lookAgainMs)),
    why: 'Intercom may have created it although the answer was lost. It is searched until the search must show it',
  };
}

async function use(task: Task, step: Use): Promise<Turn> {
  const { contact, convert, why } = step;
  if (step.unarchive) return bringBack(task, contact);
  if (isStale(task, contact)) {
    const now = await readAgain(task, contact);
    return now === 'unknown' ? { ended: notShown(task, contact.id) } : { found: contact, now };
  }
  const changed = await written(task, contact, convert ? asUser(task, step) : (step.write ?? {}));
  if (changed.outcome === 'conflict') return { conflict: changed };
  if (changed.outcome === 'blocked') return { ended: blocked(task, contact, changed.message) };
  if (step.mark) await mark(task, contact.id);
  return { ended: resultOf(task, outcomeOf(task, step), changed.contact, why) };
}

/** A search shows values, and contacts, of some minutes ago. A bulk search is enough where nothing is written. */
function isStale({ current, onDuplicate, options }: Task, { id }: FoundContact): boolean {
  return !current.has(id) && (onDuplicate.policy !== 'nothing' || options.candidates === undefined);
}

async function bringBack(task: Task, contact: FoundContact): Promise<Turn> {
  await announce(task, { unarchive: contact.id });
  const answer = await task.intercom.unarchive(task.workspaceId, contact.id);
  if (answer !== 'done') {
    const why = answer === 'gone' ? 'the contact no longer exists' : answer.refused;
    const words = `Contact ${contact.id} is archived, and Intercom cannot unarchive it: ${why}`;
    return { ended: resultOf(task, 'refused', contact, words) };
  }
  task.unarchivedId = contact.id;
  const now = await readAgain(task, { ...contact, archived: false });
  if (now === null) throw gone(contact);
  if (now === 'unknown' || now.archived) return { ended: notShown(task, contact.id) };
  return { found: contact, now };
}

/** A 404 of a contact that was there a moment ago proves nothing: a notification tells, or the search in time. */
function notShown({ ctx }: Task, contactId: string): Postponed {
  return {
    waitUntil: new Date(ctx.now().getTime() + notShownMs),
    why: `Intercom does not show contact ${contactId} right now. It is checked again`,
  };
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
  return resultOf(task, 'created', present, 'Created by an earlier attempt');
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

function outcomeOf({ unarchivedId }: Task, { contact, convert, write, mark }: Use): UpsertOutcome {
  if (convert) return 'converted';
  if (write !== null || unarchivedId === contact.id) return 'updated';
  return mark ? 'unchanged' : 'linked';
}

/** Intercom does not keep the external ID of a lead. */
function idNotKept({ role, externalId }: ContactDraft, contact: IntercomContact): string {
  if (role === 'user' || isIdKept(externalId, contact)) return '';
  return `; Intercom assigns IDs to leads, so ${externalId} was not kept`;
}

function gone({ id }: Pick<IntercomContact, 'id'>): Failure {
  return new Failure('conflict', `Contact ${id} no longer exists`);
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
