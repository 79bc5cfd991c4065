// Work that goes on page by page for as long as it takes: in turns of a minute, each left to the queue to be followed by the next.
import { Failure } from '../../failure.ts';

/** Where such a work is found: it has a row of its own. */
export type PagedKey = { workspaceId: string; id: string };

/** `step` counts the changes of its row, its place in the pages among them. */
export type Paged = PagedKey & { state: string; step: number };

/** `over`: nothing more is to be done, or somebody else is at it. */
export type Stepped = 'more' | 'over' | { waitSeconds: number };

/** What there is about every work in pages, whatever it does. */
export type PagedStore<Tx, Work extends Paged> = {
  /** Locked until the transaction ends. */
  lock(tx: Tx, key: PagedKey): Promise<Work | null>;
  /** Counts the step. */
  change(tx: Tx, key: PagedKey, changes: { trouble: string }, at: Date): Promise<void>;
  /** Under way, and not touched since then. */
  abandoned(before: Date): Promise<PagedKey[]>;
};

export type PageWorkDeps<Tx, Work extends Paged> = {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  store: PagedStore<Tx, Work>;
  /** Reads one page, and does it `once`. */
  step(key: PagedKey): Promise<Stepped>;
  /** The states in which trouble is worth noting. */
  underWay: readonly Work['state'][];
  /** It cannot go on by itself. */
  giveUp(tx: Tx, key: PagedKey, why: string): Promise<void>;
  enqueue(tx: Tx, key: PagedKey, afterSeconds: number): Promise<void>;
  now(): Date;
  log: { warn(fields: object, message: string): void };
};

export type PageWork<Tx, Work extends Paged> = {
  /** The job. Rejects only when the database cannot be asked; then the queue tries it again. */
  work(key: PagedKey): Promise<void>;
  /** To be called every minute: goes on with what was left by a process that died. */
  tick(): Promise<void>;
  /**
   * Does a page that was read of `seen`, together with the place behind it, in one transaction: a kill loses and repeats
   * nothing. Does nothing when somebody else did the page, or changed the work, meanwhile.
   */
  once(seen: Work, page: (tx: Tx) => Promise<Stepped>): Promise<Stepped>;
  noteTrouble(key: PagedKey, trouble: string): Promise<void>;
};

/** A job that takes longer than two minutes would be given to somebody else. */
const mostMsAtOnce = 60_000;
/** A page that nobody went on with for so long was left by a process that died. */
const abandonedAfterMs = 120_000;

export function createPageWork<Tx, Work extends Paged>(deps: PageWorkDeps<Tx, Work>): PageWork<Tx, Work> {
  const { transaction, store, now } = deps;

  async function work({ workspaceId, id }: PagedKey): Promise<void> {
    const key = { workspaceId, id };
    const until = now().getTime() + mostMsAtOnce;
    try {
      for (;;) {
        const stepped = await deps.step(key);
        if (stepped === 'over') return;
        if (stepped !== 'more') return await enqueue(key, stepped.waitSeconds);
        if (now().getTime() >= until) return await enqueue(key, 0);
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      deps.log.warn({ err: error, ...key }, 'work in pages was cut short');
      const waitSeconds = waitAfter(error);
      if (waitSeconds === null) return whileUnderWay(key, (tx) => deps.giveUp(tx, key, error.message));
      await noteTrouble(key, error.message);
      await enqueue(key, waitSeconds);
    }
  }

  function whileUnderWay(key: PagedKey, change: (tx: Tx) => Promise<void>): Promise<void> {
    return transaction(async (tx) => {
      const locked = await store.lock(tx, key);
      if (locked && deps.underWay.includes(locked.state)) await change(tx);
    });
  }

  const noteTrouble = (key: PagedKey, trouble: string) =>
    whileUnderWay(key, (tx) => store.change(tx, key, { trouble }, now()));

  const enqueue = (key: PagedKey, afterSeconds: number) =>
    transaction((tx) => deps.enqueue(tx, key, afterSeconds));

  return {
    work,
    noteTrouble,
    async tick() {
      const before = new Date(now().getTime() - abandonedAfterMs);
      for (const key of await store.abandoned(before)) await enqueue(key, 0);
    },
    once: (seen, page) =>
      transaction(async (tx) => {
        const locked = await store.lock(tx, seen);
        return locked?.step === seen.step ? page(tx) : 'over';
      }),
  };
}

/** Null for what no waiting helps. */
function waitAfter({ code, retryAfterSeconds }: Failure): number | null {
  if (code === 'rate-limited') return retryAfterSeconds ?? 10;
  if (code === 'unavailable') return 30;
  // Until the app is installed again.
  return code === 'unauthorized' ? 60 : null;
}
