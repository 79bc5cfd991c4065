// What doing the recorded work needs of the outside: the runs, the outages, the locks. Declared here, made elsewhere.

import type { PlatformName } from '../../domain/program/referral.ts';
import type { RefusedExchange } from '../../domain/runs/exchange.ts';
import type { Handlers, Pause, Run, RunState } from '../../domain/runs/run.ts';

/** A run as the run log shows it, whatever its work is. */
export type LoggedRun = Omit<Run, 'work'> & { kind: string; work: unknown };

/** The first of a subject's runs; `platform` is that of its referral's campaign. */
export type HeadRun = LoggedRun & { platform: PlatformName | null };

export type RunFilter = {
  state?: RunState | undefined;
  kind?: string | undefined;
  referralId?: string | undefined;
  contactId?: string | undefined;
  /** Whose runs; see NewRun. */
  subjects?: readonly string[] | undefined;
  /** Recorded at that moment or later; before that moment. */
  from?: Date | undefined;
  until?: Date | undefined;
};

export type Outage = { workspaceId: string; service: Pause; since: Date | null; probeAt: Date | null };
/** How a try of a run ended, as it is counted. */
export type Outcome = 'done' | 'retried' | 'failed' | 'paused' | 'held-back';

/** `refused`: see `RunResult`. */
export type Finished<Tx> = {
  at: Date;
  exchange: unknown;
  record?: ((tx: Tx) => Promise<void>) | undefined;
  refused?: string | undefined;
};

type Key = { workspaceId: string; subject: string };

/** `holds` is false once another worker may have begun. */
export type Lock = { holds(): boolean; release(): Promise<void> };

export type RunsDeps<Tx> = {
  handlers: Handlers<Tx>;
  runs: {
    head(workspaceId: string, subject: string): Promise<HeadRun | null>;
    /** Null when this version does not know such work. */
    read(run: LoggedRun): Run | null;
    asked(run: Run, at: Date): Promise<boolean>;
    /** Puts back what `asked` said before this try. */
    notAsked(run: LoggedRun): Promise<void>;
    /** Of a try that was refused, for the run log. */
    keepExchange(run: LoggedRun, exchange: RefusedExchange): Promise<void>;
    finish(run: Run, done: Finished<Tx>): Promise<boolean>;
    postpone(
      run: LoggedRun,
      later: { at: Date; dueAt: Date; attempts: number; error: string | null },
    ): Promise<void>;
    fail(run: LoggedRun, at: Date, attempts: number, error: string): Promise<void>;
    wake(workspaceId: string, subject: string): Promise<void>;
    overdue(before: Date, limit: number): Promise<Key[]>;
  };
  outages: {
    of(workspaceId: string): Promise<Outage[]>;
    failed(
      workspaceId: string,
      service: Pause,
      seen: { at: Date; error: string; weight: number },
    ): Promise<{ failures: number; since: Date | null }>;
    holdBack(workspaceId: string, service: Pause, until: Date, error: string): Promise<void>;
    tokenRefused(workspaceId: string, begunAt: Date, error: string): Promise<boolean>;
    pause(run: LoggedRun, service: Pause, error: string | null): Promise<boolean>;
    ended(workspaceId: string, services: readonly Pause[], at: Date): Promise<void>;
    claimProbes(at: Date): Promise<Outage[]>;
    letOneThrough(outage: Outage, at: Date): Promise<{ id: string; subject: string } | null>;
  };
  locks: {
    take(workspaceId: string, subject: string): Promise<Lock | null>;
  };
  now(): Date;
  /** From 0 to 1. */
  random(): number;
  count(kind: string, outcome: Outcome): void;
  log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
};
