// Work that goes on page by page for as long as it takes: in turns of a minute, each left to the queue to be followed by the next.
import { Failure } from '../failure.ts';

/** `over`: nothing more is to be done, or somebody else is at it. */
export type Stepped = 'more' | 'over' | { waitSeconds: number };

export type PageWorkDeps<W> = {
  /** Does one page. What it does and where it is then are one transaction: a kill loses and repeats nothing. */
  step(work: W): Promise<Stepped>;
  /** Keeps in words what the work waits for. */
  noteTrouble(work: W, trouble: string): Promise<void>;
  /** It cannot go on by itself. */
  giveUp(work: W, why: string): Promise<void>;
  enqueue(work: W, afterSeconds: number): Promise<void>;
  now(): Date;
  log: { warn(fields: object, message: string): void };
};

/** A job that takes longer than two minutes would be given to somebody else. */
const mostMsAtOnce = 60_000;

/** The job. Rejects only when the database cannot be asked; then the queue tries it again. */
export function createPageWork<W extends object>(deps: PageWorkDeps<W>) {
  return async function workOn(work: W): Promise<void> {
    const until = deps.now().getTime() + mostMsAtOnce;
    try {
      for (;;) {
        const stepped = await deps.step(work);
        if (stepped === 'over') return;
        if (stepped !== 'more') return await deps.enqueue(work, stepped.waitSeconds);
        if (deps.now().getTime() >= until) return await deps.enqueue(work, 0);
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      deps.log.warn({ err: error, ...work }, 'work in pages was cut short');
      const waitSeconds = waitAfter(error);
      if (waitSeconds === null) return deps.giveUp(work, error.message);
      await deps.noteTrouble(work, error.message);
      await deps.enqueue(work, waitSeconds);
    }
  };
}

/** Null for what no waiting helps. */
function waitAfter({ code, retryAfterSeconds }: Failure): number | null {
  if (code === 'rate-limited') return retryAfterSeconds ?? 10;
  if (code === 'unavailable') return 30;
  // Until the app is installed again.
  return code === 'unauthorised' ? 60 : null;
}
