// Contact actions of /api/v1: recorded as a run, done at once, and answered when done within seconds.

import type { Context } from '../../context.ts';
import { type ActionResult, actionResult, type ContactAction } from '../../domain/contacts/contact-action.ts';
import type { IntercomContact } from '../../domain/contacts/contact-draft.ts';
import { emailKey, idKey } from '../../domain/identity.ts';
import { type LoggedRun, readWork, subjectInIntercom } from '../../domain/runs/run.ts';
import type { ApiActor } from '../../domain/workspace/audit.ts';
import { attemptsFor } from '../../domain/workspace/settings.ts';
import { Failure } from '../../failure.ts';
import { findCreatedContacts } from '../../store/contacts/created-contacts.ts';
import { findPerson, findPersonOfContact } from '../../store/program/people.ts';
import { listOutages } from '../../store/runs/outages.ts';
import { findRunByKey } from '../../store/runs/run-log.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { dismissAnswered, failureOfRun } from '../runs/failed-run.ts';
import { planRun } from '../runs/plan-run.ts';
import { waitForRun } from '../runs/wait-for-run.ts';
import { workRuns } from '../runs/work-runs.ts';
import { rethrowToCaller } from '../trouble.ts';
import { withTimeout } from '../with-timeout.ts';

/** `waits`: the problem that delays it; null while it is just under way. */
export type ContactActionOutcome = { runId: string } & (
  | { state: 'done'; result: ActionResult }
  | { state: 'failed'; failure: Failure }
  | { state: 'under-way'; waits: string | null }
);

export type ContactQuery = { id: string } | { email: string } | { externalId: string };

const patienceMs = 5_000;

/**
 * The caller's `key` makes it idempotent; `request` is a digest of the request. Rejects with `conflict` when
 * the key was used for another request.
 */
export async function actOnContact(
  ctx: Context,
  workspaceId: string,
  action: ContactAction,
  idempotency: { key: string; request: string } | null,
  actor: ApiActor,
): Promise<ContactActionOutcome> {
  const deduplicationKey = idempotency ? `contact-key:${idempotency.key}` : `contact:${ctx.newId()}`;
  const request = idempotency?.request ?? null;
  const subject = subjectInIntercom(await subjectOf(ctx, workspaceId, action, deduplicationKey));
  await ctx.database.transaction(async (tx) => {
    const maxAttempts = attemptsFor('contact', await readSettings(tx, workspaceId), null);
    await planRun(ctx, tx, {
      workspaceId,
      subject,
      deduplicationKey,
      contactId: 'contactId' in action ? action.contactId : null,
      work: { kind: 'contact', action, request, actor },
      cause: 'Requested by the API',
      maxAttempts,
    });
  });
  const run = await findRunByKey(ctx.database.db, workspaceId, deduplicationKey);
  if (!run || !(isErased(run) || isFor(request, run)))
    throw new Failure('conflict', 'This Idempotency-Key was used for another request.');
  const worked = await withOutage(ctx, await workAndWait(ctx, run));
  const outcome = outcomeOf(worked, action);
  await dismissAnswered(ctx, worked, outcome.state === 'failed' ? outcome.failure : refusedResult);
  return outcome;
}

/** What the API answers for a result that says that nothing was done. */
const refusedResult = new Failure('conflict', 'Nothing was changed');

/** Serializes creations of one contact, also after the person's pending work. */
async function subjectOf(
  ctx: Context,
  workspaceId: string,
  action: ContactAction,
  otherwise: string,
): Promise<string> {
  const { db } = ctx.database;
  if ('contactId' in action)
    return (await findPersonOfContact(db, workspaceId, action.contactId))?.id ?? action.contactId;
  const identity = action.do === 'create' ? action.draft : action.into;
  const email = emailKey(identity.email);
  const externalId = idKey(identity.externalId);
  const person = await findPerson(db, workspaceId, { email, externalId });
  if (person) return person.id;
  if (email !== null) return `email:${email}`;
  return externalId === null ? otherwise : `external:${externalId}`;
}

/** Done here unless another process has the subject; waits for the end either way. */
async function workAndWait(ctx: Context, run: LoggedRun): Promise<LoggedRun> {
  const { workspaceId, subject, id, deduplicationKey } = run;
  const deadline = Date.now() + patienceMs;
  let current = run;
  for (;;) {
    const waitMs = Math.max(current.dueAt.getTime() - ctx.now().getTime(), 0);
    const leftMs = deadline - Date.now();
    if (current.state !== 'waiting' || current.pausedFor !== null || waitMs >= leftMs) break;
    // It may be put off for a moment, while another request creates the same contact.
    if (waitMs > 0) await ctx.sleep(waitMs);
    const work = workRuns(ctx, workspaceId, subject).catch((error: unknown) =>
      // The run's own job does it.
      ctx.log.warn({ err: error, workspaceId, run: id }, 'an action on a contact was left to its job'),
    );
    await withTimeout(deadline - Date.now(), work, () => {});
    const next = await findRunByKey(ctx.database.db, workspaceId, deduplicationKey);
    if (next === null || next.dueAt <= current.dueAt) break;
    current = next;
  }
  return (await waitForRun(ctx, workspaceId, deduplicationKey, deadline - Date.now())) ?? run;
}

/** A run that was paused before its first attempt has no error of its own. */
async function withOutage(ctx: Context, run: LoggedRun): Promise<LoggedRun> {
  if (run.pausedFor === null || run.error !== null) return run;
  const outages = await listOutages(ctx.database.db, run.workspaceId);
  const error = outages.find(({ service }) => service === run.pausedFor)?.error ?? null;
  return { ...run, error };
}

/** Reads Intercom; one email may have several. Rejects with a Failure. */
export function findContactsByIdentifier(
  ctx: Context,
  workspaceId: string,
  query: ContactQuery,
): Promise<IntercomContact[]> {
  return lookUp(ctx, workspaceId, query).catch(rethrowToCaller);
}

async function lookUp(ctx: Context, workspaceId: string, query: ContactQuery): Promise<IntercomContact[]> {
  const { contacts } = ctx.intercom.background;
  if ('email' in query) return withEmail(ctx, workspaceId, query.email);
  const found =
    'id' in query
      ? await contacts.read(workspaceId, query.id)
      : await contacts.findByExternalId(workspaceId, query.externalId);
  return found === null ? [] : [found];
}

/** A search shows old values and misses contacts created a moment ago, so each is read by its id. */
async function withEmail(ctx: Context, workspaceId: string, email: string): Promise<IntercomContact[]> {
  const { contacts } = ctx.intercom.background;
  const key = emailKey(email);
  const created = await findCreatedContacts(ctx.database.db, workspaceId, [`email:${key}`]);
  const searched = await contacts.search(workspaceId, 'email', [email]);
  const ids = new Set([...created.values()].map(({ contactId }) => contactId));
  for (const { id } of searched) ids.add(id);
  const found: IntercomContact[] = [];
  for (const id of ids) {
    const contact = await contacts.read(workspaceId, id);
    if (contact !== null && emailKey(contact.email) === key) found.push(contact);
  }
  return found;
}

function isFor(request: string | null, run: LoggedRun): boolean {
  const work = readWork(run.work);
  return work?.kind === 'contact' && work.request === request;
}

const isErased = ({ cause }: LoggedRun) => cause === 'erased';

function outcomeOf(run: LoggedRun, action: ContactAction): ContactActionOutcome {
  const { id: runId, state, error, exchange } = run;
  if (state === 'waiting') return { runId, state: 'under-way', waits: error };
  if (isErased(run)) return { runId, state: 'done', result: afterErasure(action) };
  const answer =
    typeof exchange === 'object' && exchange !== null && 'answer' in exchange ? exchange.answer : null;
  const result = actionResult.safeParse(answer);
  // A run that failed after a retry still has the answer of its earlier refusal.
  const current = result.success && (state === 'done' || result.data.why === error);
  if (current) return { runId, state: 'done', result: result.data };
  return { runId, state: 'failed', failure: failureOfRun(run, { run_id: runId }) };
}

/** The deletion's notification may come before or after its run is done: the contact is gone either way. */
function afterErasure(action: ContactAction): ActionResult {
  const contactId = 'contactId' in action ? action.contactId : null;
  if (action.do === 'delete')
    return { outcome: 'deleted', why: 'Deleted permanently', contactId, contact: null };
  return {
    outcome: 'gone',
    why: 'The person was erased, with the result of this request.',
    contactId,
    contact: null,
  };
}
