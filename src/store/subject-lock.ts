// Session-level advisory locks: one worker of all processes at a time does a subject's runs. Not pg-boss's
// key_strict_fifo: a failed job blocks its key until deleted (test/runs/subject-lock.test.ts), an overlong one
// runs twice, and runs are also worked without a job, by API requests and by the sweep.
import pg from 'pg';
import { heldOpen } from './database.ts';

export type SubjectLock = {
  /** False once its connection is gone: another worker may have begun. */
  holds(): boolean;
  release(): Promise<void>;
};

export type SubjectLocks = {
  /** Rejects while locks cannot be taken. */
  ping(): Promise<void>;
  /** Null when any worker holds it. */
  take(workspaceId: string, subject: string): Promise<SubjectLock | null>;
  close(): Promise<void>;
};

type Log = { warn(fields: object, message: string): void };

type Session = {
  /** One at a time, as pg requires. */
  ask(statement: string, key: string): Promise<boolean>;
  held: Set<string>;
  end(): Promise<void>;
};

/** One dedicated connection holds all of this process's locks; it opens with the first. */
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
      // PostgreSQL grants a session the same lock twice, so the set decides within the process.
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
  // A frozen connection neither responds nor ends: on a timeout, give up the session and its locks.
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
  // Before the first statement: without a listener, an error would end the process.
  client.on('error', lost).on('end', lost);
  await client.connect();
  // The server notices a vanished peer within ten seconds instead of two hours.
  await client.query(
    'set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3',
  );
  return client;
}
