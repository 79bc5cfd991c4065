// Works imports: many rows at once, in turns of a minute, through kills, outages and refused tokens, each contact once.
import { foldEmail } from '../../domain/contacts/contact.ts';
import type { IntercomContact } from '../../domain/contacts/contact-draft.ts';
import { failuresOfAnOutage } from '../../domain/runs/run.ts';
import { Failure } from '../../failure.ts';
import type { ContactImport, ImportLock, ImportWorkDeps, ClaimedRow, SettledRow } from './import-edges.ts';
import { createRowDoing, putBack, type RowResult, type Trouble, troubleIn } from './import-row.ts';

export type ImportWork = {
  /** Takes an import up for a turn, unless somebody is at it. Rejects when the database cannot be asked. */
  work(workspaceId: string, importId: string): Promise<void>;
  /** To be called every second or so. */
  sweep(): Promise<void>;
  /** The grant is there again. */
  resume(workspaceId: string): Promise<void>;
  /** Ends each turn after the rows in hand. */
  stop(): void;
};

/** What ended a turn; `attempts`: how often the row that met it has met it by now. */
type Met = { trouble: Trouble; attempts: number };

/** Wide enough for Intercom's 166 calls a second when a call, or taking up the next rows, takes two thirds of one. */
const rowsAtOnce = 128;
const rowsAtATime = 100;
const settledTogether = 50;
const settledAfterMs = 1_000;
/** Jobs that take longer than two minutes are given to somebody else. */
const mostMsOfATurn = 60_000;
const slowAfterMs = 10_000;

export function createImportWork(deps: ImportWorkDeps): ImportWork {
  const { store, locks, now } = deps;
  let stopping = false;

  async function work(workspaceId: string, importId: string): Promise<void> {
    const lock = await locks.take(workspaceId, `import ${importId}`);
    if (!lock) return;
    try {
      const contactImport = await store.begin({ workspaceId, id: importId }, now());
      if (!contactImport) return;
      const turn = createTurn(deps, contactImport, lock, () => stopping);
      const met = await turn.run();
      if (lock.holds()) await store.end(contactImport, contactImport.turn, met && pauseFor(met), now());
    } finally {
      await lock.release();
    }
  }

  function pauseFor({ trouble: { kind, error, retryAfterSeconds }, attempts }: Met) {
    const after = (ms: number) => new Date(now().getTime() + ms);
    if (kind === 'refused')
      return { pausedFor: 'token' as const, error, dueAt: after(12 * deps.probeAfterMs) };
    if (kind === 'unreachable') {
      // Where everything but the rows gets through, they fail in the end, after some ten minutes.
      const dueAt = after(deps.probeAfterMs * 4 ** (attempts - 1));
      return { pausedFor: 'intercom' as const, error, dueAt };
    }
    const waitMs = retryAfterSeconds === undefined ? slowAfterMs : retryAfterSeconds * 1000;
    return { pausedFor: null, error, dueAt: after(waitMs) };
  }

  return {
    work,
    sweep: () => store.sweep(now()),
    resume: (workspaceId) => store.wakePaused(workspaceId, 'token', now()),
    stop() {
      stopping = true;
    },
  };
}

/** One worker's turn at one import. */
function createTurn(
  deps: ImportWorkDeps,
  contactImport: ContactImport,
  lock: ImportLock,
  stopping: () => boolean,
): { run(): Promise<Met | null> } {
  const { store, now } = deps;
  const doRow = createRowDoing(deps);
  let inHand = 0;
  let oneIsOver = () => {};
  let settledRows: SettledRow[] = [];
  let settling = Promise.resolve();
  let settledAt = now().getTime();
  let met: Met | null = null;
  let failures = 0;
  /** The database did not take what became of rows: they stay asked, and are looked up in the next turn. */
  let broken: { error: unknown } | null = null;

  async function run(): Promise<Met | null> {
    const until = now().getTime() + mostMsOfATurn;
    const goesOn = () => !met && !broken && lock.holds() && !stopping() && now().getTime() < until;
    try {
      if (contactImport.pausedFor !== null && (await isReachable())) await store.recovered(contactImport, contactImport.turn);
      while (goesOn()) {
        const rows = await store.claim(contactImport, contactImport.turn, rowsAtATime, now());
        // The rest may be of identities whose earlier rows are in hand.
        if (rows.length === 0 && inHand === 0) break;
        if (rows.length === 0) await allSettled();
        else await doAll(rows, goesOn);
      }
    } finally {
      await allSettled();
    }
    if (broken) throw broken.error;
    return met;
  }

  async function isReachable(): Promise<boolean> {
    return deps.reach(contactImport.workspaceId).then(() => true, noteTrouble);
  }

  async function doAll(rows: readonly ClaimedRow[], goesOn: () => boolean): Promise<void> {
    const found = await candidatesFor(rows).catch(noteTrouble);
    for (const row of rows) {
      while (inHand >= rowsAtOnce) await someOver();
      if (found && goesOn()) start(row, found);
      else settledRows.push(putBack(row));
    }
  }

  /** Fifty emails cost one call. */
  async function candidatesFor(rows: readonly ClaimedRow[]): Promise<IntercomContact[]> {
    const emails = rows.flatMap(({ given }) => foldEmail(String(given.email ?? '')) ?? []);
    return emails.length === 0 ? [] : deps.search(contactImport.workspaceId, [...new Set(emails)]);
  }

  function noteTrouble(error: unknown): false {
    const trouble = error instanceof Failure ? troubleIn(error) : null;
    const words = error instanceof Error ? error.message : String(error);
    met ??= { trouble: trouble ?? { kind: 'unreachable', error: words }, attempts: 1 };
    return false;
  }

  function start(row: ClaimedRow, candidates: readonly IntercomContact[]): void {
    inHand += 1;
    doRow({
      workspaceId: contactImport.workspaceId,
      importId: contactImport.id,
      options: contactImport.options,
      row,
      candidates,
      async mayAsk(again) {
        const mine = lock.holds() && (!again || (await store.asked(contactImport, contactImport.turn, row.line, now())));
        if (!mine) throw new Failure('conflict', 'the row was taken over meanwhile', { notDone: true });
      },
    })
      .then(take)
      .catch((error: unknown) => {
        broken ??= { error };
      })
      .finally(() => {
        inHand -= 1;
        oneIsOver();
      });
  }

  function take({ row, trouble }: RowResult): Promise<void> | undefined {
    if (trouble === null) failures = 0;
    else if (trouble.kind === 'unreachable') failures += 1;
    const stops = trouble && (trouble.kind !== 'unreachable' || failures >= failuresOfAnOutage);
    if (stops) met ??= { trouble, attempts: row.attempts };
    settledRows.push(row);
    const late = now().getTime() - settledAt >= settledAfterMs;
    return settledRows.length >= settledTogether || late ? settle() : undefined;
  }

  /** One transaction after the other, each with all that there is by then. */
  function settle(): Promise<void> {
    settling = settling.then(async () => {
      const rows = settledRows;
      settledRows = [];
      settledAt = now().getTime();
      if (rows.length > 0 && lock.holds()) await store.settle(contactImport, contactImport.turn, rows, now());
    });
    return settling;
  }

  function someOver(): Promise<void> {
    return new Promise((resolve) => {
      oneIsOver = resolve;
    });
  }

  async function allSettled(): Promise<void> {
    while (inHand > 0) await someOver();
    if (!broken) await settle();
  }

  return { run };
}
