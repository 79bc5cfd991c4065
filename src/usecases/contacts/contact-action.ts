// Acting upon a contact by /api/v1: recorded as a run, done at once, and told when it is done within a few seconds.
import { foldEmail } from '../../domain/contacts/contact.ts';
import { type ActionResult, actionResult, type ContactAction } from '../../domain/contacts/contact-action.ts';
import type { IntercomContact } from '../../domain/contacts/contact-draft.ts';
import type { LoggedRun } from '../../domain/runs/run.ts';
import { type NewRun, readWork, subjectInIntercom } from '../../domain/runs/run.ts';
import { attemptsFor, type WorkspaceSettings } from '../../domain/workspace/settings.ts';
import { Failure } from '../../failure.ts';
import type { ActingIntercom } from './contact-action-edges.ts';
import type { ContactDoingDeps } from './contact-doing.ts';

/** `waits`: why it is not done yet, where something went wrong; null while it is only under way. */
export type Acted = { runId: string } & (
  | { state: 'done'; result: ActionResult }
  | { state: 'failed'; error: string }
  | { state: 'under-way'; waits: string | null }
);

export type Wanted = { id: string } | { email: string } | { externalId: string };

export type ContactActions = {
  /**
   * `key` is the caller's own, under which one request is one piece of work however often it comes; `request` is a
   * digest of all that it says. Rejects with the Failure `conflict` when the key was used for another request.
   */
  act(
    workspaceId: string,
    action: ContactAction,
    idempotency: { key: string; request: string } | null,
  ): Promise<Acted>;
  /** As Intercom has them now; of an email possibly several. Rejects with a Failure. */
  find(workspaceId: string, wanted: Wanted): Promise<IntercomContact[]>;
};

export type ContactActionDeps<Tx> = Pick<ContactDoingDeps<Tx>, 'personOf'> & {
  transaction<T>(act: (tx: Tx) => Promise<T>): Promise<T>;
  settings: { readIn(tx: Tx, workspaceId: string): Promise<WorkspaceSettings> };
  runs: {
    add(tx: Tx, run: NewRun): Promise<boolean>;
    find(workspaceId: string, id: string): Promise<LoggedRun | null>;
    findByDedupe(workspaceId: string, dedupe: string): Promise<LoggedRun | null>;
  };
  /** The person who is linked to the contact. */
  personLinkedTo(workspaceId: string, contactId: string): Promise<{ id: string } | null>;
  /** Does what is due of the subject. */
  work(workspaceId: string, subject: string): Promise<void>;
  intercom: Pick<ActingIntercom, 'read' | 'findByExternalId' | 'search'>;
  newId(): string;
  sleep(milliseconds: number): Promise<void>;
  /** How long whoever asks waits for the end. */
  patienceMs: number;
  log: { warn(fields: object, message: string): void };
};

const lookEveryMs = 100;

export function createContactActions<Tx>(deps: ContactActionDeps<Tx>): ContactActions {
  const { runs, intercom } = deps;

  async function act(
    workspaceId: string,
    action: ContactAction,
    idempotency: { key: string; request: string } | null,
  ): Promise<Acted> {
    const dedupe = idempotency ? `contact-key:${idempotency.key}` : `contact:${deps.newId()}`;
    const request = idempotency?.request ?? null;
    const subject = subjectInIntercom(await subjectOf(workspaceId, action, dedupe));
    await deps.transaction(async (tx) => {
      const mostAttempts = attemptsFor('contact', await deps.settings.readIn(tx, workspaceId), null);
      await runs.add(tx, {
        workspaceId,
        subject,
        dedupe,
        contactId: 'contactId' in action ? action.contactId : null,
        work: { kind: 'contact', action, request },
        cause: 'Asked for by the API',
        mostAttempts,
      });
    });
    const run = await runs.findByDedupe(workspaceId, dedupe);
    if (!run || !(isErased(run) || isFor(request, run)))
      throw new Failure('conflict', 'This Idempotency-Key was used for another request.');
    return acted(await awaited(run), action);
  }

  /** Two creations of one contact are done one after the other, and after what is under way for the person. */
  async function subjectOf(workspaceId: string, action: ContactAction, own: string): Promise<string> {
    if ('contactId' in action)
      return (await deps.personLinkedTo(workspaceId, action.contactId))?.id ?? action.contactId;
    const identity = action.do === 'create' ? action.draft : action.into;
    const email = foldEmail(identity.email);
    const externalId = identity.externalId ?? null;
    const person = await deps.personOf(workspaceId, { email, externalId });
    if (person) return person.id;
    if (email !== null) return `email:${email}`;
    return externalId === null ? own : `external:${externalId}`;
  }

  /** Done here and now unless another process is at it already; either way its end is looked for. */
  async function awaited(run: LoggedRun): Promise<LoggedRun> {
    const { workspaceId, subject, id } = run;
    if (run.state !== 'waiting') return run;
    const working = deps.work(workspaceId, subject).catch((error: unknown) =>
      // The job that was enqueued with the run does it.
      deps.log.warn({ err: error, workspaceId, run: id }, 'an action on a contact was left to its job'),
    );
    let over = false;
    const patience = deps.sleep(deps.patienceMs).then(() => {
      over = true;
    });
    await Promise.race([working, patience]);
    for (;;) {
      const present = (await runs.find(workspaceId, id)) ?? run;
      if (present.state !== 'waiting' || present.pausedFor !== null || over) return present;
      await deps.sleep(lookEveryMs);
    }
  }

  async function find(workspaceId: string, wanted: Wanted): Promise<IntercomContact[]> {
    return look(workspaceId, wanted).catch((error: unknown) => {
      if (!(error instanceof Failure) || error.code !== 'unauthorized') throw error;
      // Whoever asks us is let in; it is we who are not.
      const message = 'Intercom does not let the app in: it has to be installed again.';
      throw new Failure('conflict', message, { cause: error });
    });
  }

  async function look(workspaceId: string, wanted: Wanted): Promise<IntercomContact[]> {
    if ('email' in wanted) return intercom.search(workspaceId, 'email', [wanted.email]);
    const found =
      'id' in wanted
        ? await intercom.read(workspaceId, wanted.id)
        : await intercom.findByExternalId(workspaceId, wanted.externalId);
    return found === null ? [] : [found];
  }

  return { act, find };
}

function isFor(request: string | null, run: LoggedRun): boolean {
  const recorded = readWork(run.work);
  return recorded?.kind === 'contact' && recorded.request === request;
}

/** What a run says of somebody is blanked together with all else that is known of them; see store/erasing.ts. */
const isErased = ({ cause }: LoggedRun) => cause === 'erased';

function acted(run: LoggedRun, action: ContactAction): Acted {
  const { id: runId, state, error, exchange } = run;
  if (state === 'waiting') return { runId, state: 'under-way', waits: error };
  if (isErased(run)) return { runId, state: 'done', result: afterErasure(action) };
  const told =
    typeof exchange === 'object' && exchange !== null && 'answer' in exchange ? exchange.answer : null;
  const result = actionResult.safeParse(told);
  // A run that was tried again after a refusal, and failed, has that one's answer still.
  const current = result.success && (state === 'done' || result.data.why === error);
  if (current) return { runId, state: 'done', result: result.data };
  return { runId, state: 'failed', error: error ?? `The run was ${state}.` };
}

/** Intercom tells of a deletion before the run that asked for it is done, or after: the contact is gone either way. */
function afterErasure(action: ContactAction): ActionResult {
  const contactId = 'contactId' in action ? action.contactId : null;
  if (action.do === 'delete')
    return { outcome: 'deleted', why: 'Deleted for good', contactId, contact: null };
  return {
    outcome: 'gone',
    why: 'The person was erased, and with them what came of this.',
    contactId,
    contact: null,
  };
}
