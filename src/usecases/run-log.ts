// The run log: what was done outside, what waits and what failed, to be read and tried again.
import type { Page, PageRequest } from '../domain/programme.ts';
import type { Pause } from '../domain/run.ts';
import { Failure } from '../failure.ts';
import type { LoggedRun, RunFilter } from './run-edges.ts';

export type RunLog = {
  /** Throws a Failure `not-found`. */
  run(workspaceId: string, id: string): Promise<LoggedRun>;
  list(workspaceId: string, filter: RunFilter, page: PageRequest): Promise<Page<LoggedRun>>;
  /** Makes it due now, with all its attempts. Throws a Failure: `not-found`, or `conflict` when there is nothing to retry. */
  retry(workspaceId: string, id: string): Promise<LoggedRun>;
  /** Every failed run of the workspace, or of one kind; returns how many. */
  retryAll(workspaceId: string, kind?: string): Promise<number>;
};

type Deps = {
  runs: {
    find(workspaceId: string, id: string): Promise<LoggedRun | null>;
    list: RunLog['list'];
    retry(workspaceId: string, which: { id: string } | { kind?: string | undefined }): Promise<number>;
  };
};

const waitsFor: Record<Pause, string> = {
  intercom: 'Intercom to answer again',
  platform: 'the referral platform to answer again',
  token: 'the app to be installed again',
};

export function createRunLog({ runs }: Deps): RunLog {
  async function run(workspaceId: string, id: string): Promise<LoggedRun> {
    const found = await runs.find(workspaceId, id);
    if (!found) throw new Failure('not-found', 'There is no such run.');
    return found;
  }

  async function retry(workspaceId: string, id: string): Promise<LoggedRun> {
    const retried = await runs.retry(workspaceId, { id });
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
    retryAll: (workspaceId, kind) => runs.retry(workspaceId, { kind }),
  };
}
