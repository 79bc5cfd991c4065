// Lets one worker at a time, of all processes, do the runs of one subject: a session-level advisory lock.
// A queue of pg-boss that is ordered by key (key_strict_fifo) cannot take its place. A job that has failed for good blocks
// its key until it is deleted (test/runs/subject-lock.test.ts); one that takes longer than its lease is given to
// another worker although the first still works; and runs are also worked without a job: in an API request, by the sweep
// and by the probe of an outage. A session lock ends with its process, at once, and never before.
import pg from 'pg';
import { heldOpen } from './database.ts';

export type SubjectLock = {
  /** False once the connection that held it is gone: another worker may have begun. */
  holds(): boolean;
  release(): Promise<void>;
};

export type SubjectLocks = {
  /** Rejects while locks cannot be taken. */
  ping(): Promise<void>;
  /** Null when another worker, in this or another process, holds it. */
  take(workspaceId: string, subject: string): Promise<SubjectLock | null>;
  close(): Promise<void>;
};

type Log = { warn(fields: object, message: string): void };

type Session = {
  /** One statement after the other: pg takes only one at a time. */
  ask(statement: string, key: string): Promise<boolean>;
  held: Set<string>;
  end(): Promise<void>;
};

/** A dedicated connection holds all locks of this process; it opens with the first. */
export function createSubjectLocks(url: string, log: Log): SubjectLocks {
  let session: Session | null = null;

  function current(): Session {
    if (session) return session;
    const opened = open(url, (error) => {
      if (session !== opened) return;
      session = null;
      log.warn({ err: error }, 'the connection that holds the locks of runs was lost');
    });
    session = opened;
    return opened;
  }

  return {
    async ping() {
      await current().ask('pg_try_advisory_lock_shared', 'ping');
      await current().ask('pg_advisory_unlock_shared', 'ping');
    },
    async take(workspaceId, subject) {
      const holder = current();
      const key = `${workspaceId}:${subject}`;
      // PostgreSQL gives a session the same lock twice, so within the process the set decides.
      if (holder.held.has(key)) return null;
      holder.held.add(key);
      const taken = await holder.ask('pg_try_advisory_lock', key).catch((error: unknown) => {
        holder.held.delete(key);
        throw error;
      });
      if (!taken) {
        holder.held.delete(key);
        return null;
      }
      return {
        holds: () => session === holder,
        async release() {
          if (session === holder) await holder.ask('pg_advisory_unlock', key);
          holder.held.delete(key);
        },
      };
    },
    async close() {
      const closing = session;
      session = null;
      await closing?.end();
    },
  };
}

function open(url: string, lost: (error?: unknown) => void): Session {
  const connected = connect(url, lost);
  connected.catch(lost);
  let last: Promise<unknown> = connected;
  // A frozen connection neither responds nor ends: when a statement times out, give up the session, including its
  // locks.
  const giveUp = (error: unknown) => {
    lost(error);
    connected.then((client) => client.end()).catch(() => {});
  };
  return {
    held: new Set(),
    async ask(statement, key) {
      const query = last.then(async () => {
        const client = await connected;
        const answer = await client.query<{ yes: boolean }>(
          `select ${statement}(hashtextextended($1, 0)) as yes`,
          [key],
        );
        return answer.rows[0]?.yes === true;
      });
      last = query.catch(giveUp);
      return query;
    },
    end: () => connected.then((client) => client.end()).catch(() => {}),
  };
}

async function connect(url: string, lost: (error?: unknown) => void): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'referral-desk locks',
    connectionTimeoutMillis: 5_000,
    ...heldOpen,
  });
  // Before the first statement: an error without a listener would end the process.
  client.on('error', lost).on('end', lost);
  await client.connect();
  // The server notices a vanished machine within some ten seconds instead of two hours.
  await client.query(
    'set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3',
  );
  return client;
}
