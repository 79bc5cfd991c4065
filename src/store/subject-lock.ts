// Lets one worker at a time, of all processes, do the runs of one subject: an advisory lock for as long as it works.
// The queue cannot promise that: its group limits are best effort, its singleton policies let a busy key hold up every
// other one, and a lease that ran out says nothing about a worker that merely was slow. A lock of a session goes with
// its process, at once, and never before.
import pg from 'pg';

export type SubjectLock = {
  /** False once the connection that held it is gone: another worker may have begun. */
  holds(): boolean;
  release(): Promise<void>;
};

export type SubjectLocks = {
  /** Null when somebody else, here or elsewhere, is at it. */
  take(workspaceId: string, subject: string): Promise<SubjectLock | null>;
  close(): Promise<void>;
};

type Log = { warn(fields: object, message: string): void };

/** One connection of its own holds all locks of this process; it opens with the first. */
export function createSubjectLocks(url: string, log: Log): SubjectLocks {
  let session: { client: Promise<pg.Client>; held: Set<string> } | null = null;

  function current() {
    if (session) return session;
    const opened = { client: connect(url), held: new Set<string>() };
    session = opened;
    const lost = (error?: unknown) => {
      if (session !== opened) return;
      session = null;
      log.warn({ err: error }, 'the connection that holds the locks of runs was lost');
    };
    opened.client.then((client) => client.on('error', lost).on('end', lost), lost);
    return opened;
  }

  return {
    async take(workspaceId, subject) {
      const mine = current();
      const key = `${workspaceId}:${subject}`;
      // To one session PostgreSQL gives the same lock twice, so within the process the set decides.
      if (mine.held.has(key)) return null;
      mine.held.add(key);
      const client = await mine.client;
      const taken = await client
        .query<{ taken: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 0)) as taken', [key])
        .catch((error: unknown) => {
          mine.held.delete(key);
          throw error;
        });
      if (!taken.rows[0]?.taken) {
        mine.held.delete(key);
        return null;
      }
      return {
        holds: () => session === mine,
        async release() {
          if (session === mine)
            await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [key]);
          mine.held.delete(key);
        },
      };
    },
    async close() {
      const closing = session;
      session = null;
      await closing?.client.then((client) => client.end()).catch(() => {});
    },
  };
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'referral-desk locks',
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
  });
  await client.connect();
  // Of a machine that vanished, the server learns within some ten seconds instead of two hours.
  await client.query(
    'set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3',
  );
  return client;
}
