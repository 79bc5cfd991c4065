// The run log: what was done outside, what waits and what failed, to be read and tried again.
import type { Page, PageRequest } from '../../domain/program/program.ts';
import { type Pause, subjectInIntercom } from '../../domain/runs/run.ts';
import { Failure } from '../../failure.ts';
import type { Actor, Audit } from '../workspace/audit.ts';
import type { LoggedRun, RunFilter } from './run-edges.ts';

/** Everybody who is meant by one contact or one person: runs are kept by either. */
export type Whom = { personIds: readonly string[]; contactIds: readonly string[] };

export type RunLog = {
  /** Throws a Failure `not-found`. */
  run(workspaceId: string, id: string): Promise<LoggedRun>;
  list(workspaceId: string, filter: RunFilter, page: PageRequest): Promise<Page<LoggedRun>>;
  /**
   * Makes it due now, with all its attempts. Throws a Failure: `not-found`, or `conflict` when there is nothing to retry.
   * `by` goes to the log of changes.
   */
  retry(workspaceId: string, id: string, by: Actor | null): Promise<LoggedRun>;
  /** Every failed run that the filter, whose state is not looked at, lets through; returns how many. */
  retryAll(workspaceId: string, filter: RunFilter, by: Actor | null): Promise<number>;
  /** How many `retryAll` would retry. */
  countFailed(workspaceId: string, filter: RunFilter): Promise<number>;
};

type Deps<Tx> = {
  runs: {
    find(workspaceId: string, id: string): Promise<LoggedRun | null>;
    list: RunLog['list'];
    countFailed: RunLog['countFailed'];
    retry(
      workspaceId: string,
      which: { id: string } | RunFilter,
      alongside: (tx: Tx, count: number) => Promise<void>,
    ): Promise<number>;
  };
  audit: Pick<Audit<Tx>, 'record'>;
};

const waitsFor: Record<Pause, string> = {
  intercom: 'Intercom to answer again',
  platform: 'the referral platform to answer again',
  token: 'the app to be installed again',
};

/** The subjects under which work for these is kept. */
export function subjectsOf({ personIds, contactIds }: Whom): string[] {
  return [...personIds, ...contactIds].flatMap((id) => [id, subjectInIntercom(id)]);
}

export function createRunLog<Tx>({ runs, audit }: Deps<Tx>): RunLog {
  async function run(workspaceId: string, id: string): Promise<LoggedRun> {
    const found = await runs.find(workspaceId, id);
    if (!found) throw new Failure('not-found', 'There is no such run.');
    return found;
  }

  async function retry(workspaceId: string, id: string, by: Actor | null): Promise<LoggedRun> {
    const retried = await runs.retry(workspaceId, { id }, async (tx) => {
      if (by) await audit.record(workspaceId, by, 'retried a run', { run: id }, tx);
    });
    const found = await run(workspaceId, id);
    if (retried > 0) return found;
    throw new Failure(
      'conflict',
      found.pausedFor
        ? `This run waits for ${waitsFor[found.pausedFor]}, and continues by itself.`
        : `This run is ${found.state}.`,
    );
  }

  return {
    run,
    list: runs.list,
    retry,
    retryAll: (workspaceId, filter, by) =>
      runs.retry(workspaceId, filter, async (tx, count) => {
        if (!by) return;
        const what = `retried ${count} failed ${count === 1 ? 'run' : 'runs'}`;
        await audit.record(workspaceId, by, what, { filter }, tx);
      }),
    countFailed: runs.countFailed,
  };
}
