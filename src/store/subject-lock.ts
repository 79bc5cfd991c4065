// Session-level advisory locks: one worker of all processes at a time does a subject's runs. Not pg-boss's
// key_strict_fifo: a failed job blocks its key until deleted (test/runs/subject-lock.test.ts), an overlong one
// runs twice, and runs are also worked without a job, by API requests and by the sweep.
import pg from 'pg';
import { heldOpen } from './database.ts';
import { batched } from './shared-query.ts';

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

type Asked = { statement: 'pg_try_advisory_lock' | 'pg_advisory_unlock' | Ping; key: string };
type Ping = 'pg_try_advisory_lock_shared' | 'pg_advisory_unlock_shared';

type Session = {
  /** In the order of the calls. */
  ask(statement: Asked['statement'], key: string): Promise<boolean>;
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
  // A frozen connection neither responds nor ends: on a timeout, give up the session and its locks.
  const giveUp = (error: unknown) => {
    lost(error);
    connected.then((client) => client.end()).catch(() => {});
  };
  // One statement at a time, as pg requires, for all who ask meanwhile.
  const asking = batched<Asked, boolean>(
    (asked) =>
      askAll(connected, asked).catch((error: unknown) => {
        giveUp(error);
        throw error;
      }),
    { perRound: 64, roundsAtOnce: 1 },
  );
  return {
    held: new Set(),
    ask: (statement, key) => asking({ statement, key }),
    end: () => connected.then((client) => client.end()).catch(() => {}),
  };
}

/** PostgreSQL evaluates a `case` for the rows in their order, so a release comes before a later take. */
async function askAll(connected: Promise<pg.Client>, asked: readonly Asked[]): Promise<boolean[]> {
  const client = await connected;
  const { rows } = await client.query<{ yes: boolean }>(
    `select case statement
       when 'pg_try_advisory_lock' then pg_try_advisory_lock(hashtextextended(key, 0))
       when 'pg_advisory_unlock' then pg_advisory_unlock(hashtextextended(key, 0))
       when 'pg_try_advisory_lock_shared' then pg_try_advisory_lock_shared(hashtextextended(key, 0))
       else pg_advisory_unlock_shared(hashtextextended(key, 0))
     end as yes
     from unnest($1::text[], $2::text[]) with ordinality as asked (statement, key, place) order by place`,
    [asked.map(({ statement }) => statement), asked.map(({ key }) => key)],
  );
  return rows.map(({ yes }) => yes);
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
