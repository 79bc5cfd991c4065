// What happens to the database under a storm: cut off, restarted, and failed over to one that only reads for a while.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Line } from '../support/process/line.ts';

export type DatabaseFault = 'none' | 'cut' | 'restart' | 'read-only';
export const databaseFaults: readonly DatabaseFault[] = ['none', 'cut', 'restart', 'read-only'];

/** `crash` ends the server without warning, and something starts it again; by default only its sessions end. */
export async function strikeDatabase(
  fault: DatabaseFault,
  { url, line, ms, crash = endSessions }: StrikeOptions,
): Promise<void> {
  if (fault === 'cut') {
    line.cut();
    await sleep(ms);
    line.mend();
  } else if (fault === 'restart') await crash(url);
  else if (fault === 'read-only') await onlyReadFor(url, ms);
}

type StrikeOptions = {
  url: string;
  line: Pick<Line, 'cut' | 'mend'>;
  ms: number;
  crash?: ((url: string) => Promise<void>) | undefined;
};

async function endSessions(url: string): Promise<void> {
  await asAdministrator(url, endOthers);
}

/** As after a failover to a standby, and back: sessions end each time. */
async function onlyReadFor(url: string, ms: number): Promise<void> {
  await asAdministrator(url, async (client) => {
    const setting = async (value: 'on' | 'off') => {
      const { rows } = await client.query<{ name: string }>('select quote_ident(current_database()) as name');
      await client.query('set default_transaction_read_only = off');
      await client.query(`alter database ${rows[0]?.name} set default_transaction_read_only = ${value}`);
      await endOthers(client);
    };
    await setting('on');
    await sleep(ms);
    await setting('off');
  });
}

async function endOthers(client: pg.Client): Promise<void> {
  await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`);
}

async function asAdministrator(url: string, act: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    await act(client);
  } finally {
    await client.end();
  }
}
