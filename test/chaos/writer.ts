// The program that gets killed: owns an embedded PostgreSQL and prints the id of each row it has been promised.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedServer } from '../../src/postgres/server.ts';

const [dataDir = '', connections = '0'] = process.argv.slice(2);
const log = { info() {}, warn() {} };

try {
  const { url, pid, adopted, firstStart, stop } = await startEmbeddedServer({ dataDir, purpose: 'app', log });
  const pool = new pg.Pool({ connectionString: url, max: Number(connections) || 1 });
  pool.on('error', () => {});
  await pool.query('create table if not exists promised (id uuid primary key)');
  console.log(`ready ${JSON.stringify({ url, pid, adopted, firstStart })}`);
  process.once('SIGTERM', async () => {
    await stop();
    process.exit(0);
  });
  for (let writer = 0; writer < Number(connections); writer++) void write(pool);
} catch (error) {
  console.log(`refused ${JSON.stringify(error instanceof Error ? error.message : error)}`);
  process.exit(1);
}

async function write(pool: pg.Pool): Promise<never> {
  for (;;) {
    const id = randomUUID();
    try {
      await pool.query('insert into promised (id) values ($1)', [id]);
      console.log(id);
    } catch {
      await sleep(10);
    }
  }
}
