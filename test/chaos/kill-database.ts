// Kills the app, its embedded PostgreSQL, or both, at random moments under inserts, and looks for every promised row.
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedServer } from '../../src/postgres/server.ts';
import { startWriter, type WriterProcess } from './writer-process.ts';

export type Kill = 'app' | 'server' | 'both';
export type Toll = { rounds: number; acknowledged: number; lost: number; medianRestartMs: number };

const quiet = { info() {}, warn() {} };

/** One round for each kill, all on one new folder. `report` gets a line per round. */
export async function killUnderInserts(kills: Kill[], report: (line: string) => void): Promise<Toll> {
  const dataDir = mkdtempSync(join(tmpdir(), 'referral-desk-chaos-'));
  chmodSync(dataDir, 0o755);
  const promised = new Set<string>();
  const restarts: number[] = [];
  let lost = 0;
  let sign = () => {};
  const launch = () =>
    startWriter(dataDir, {
      connections: 4,
      onPromised(id) {
        promised.add(id);
        sign();
      },
    });
  let writer = launch();
  const { url } = await writer.ready;
  try {
    for (const [index, kill] of kills.entries()) {
      await sleep(50 + Math.random() * 500);
      const before = promised.size;
      const killedAt = await strike(kill, writer, dataDir);
      if (kill !== 'server') {
        writer = launch();
        await writer.ready;
      }
      await serverAnswers(url);
      await new Promise<void>((resolve) => {
        sign = resolve;
      });
      restarts.push(performance.now() - killedAt);
      lost = await countMissing(dataDir, promised);
      report(
        `round ${index + 1}: killed ${kill} after ${before} rows in all, ` +
          `back after ${restarts.at(-1)?.toFixed(0)} ms, ${lost} missing`,
      );
      if (lost > 0) break;
    }
  } finally {
    writer.child.kill('SIGTERM');
    await writer.ended;
    rmSync(dataDir, { recursive: true, force: true });
  }
  return { rounds: restarts.length, acknowledged: promised.size, lost, medianRestartMs: median(restarts) };
}

/** Returns the moment at which whatever was to be killed was dead. */
async function strike(kill: Kill, writer: WriterProcess, dataDir: string): Promise<number> {
  const { pid } = await startEmbeddedServer({ dataDir, purpose: 'tool', log: quiet });
  if (kill !== 'app') process.kill(pid, 'SIGKILL');
  if (kill !== 'server') {
    // What it wrote into the pipe before it died was promised as well, so read that to the end.
    const closed = once(writer.child, 'close');
    writer.child.kill('SIGKILL');
    await closed;
  }
  return performance.now();
}

/** Its address never changes here, so this also sees that what the app's pools hold stays good. */
async function serverAnswers(url: string): Promise<void> {
  for (;;) {
    const client = new pg.Client(url);
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await sleep(5);
    }
  }
}

async function countMissing(dataDir: string, promised: Set<string>): Promise<number> {
  const ids = [...promised];
  const server = await startEmbeddedServer({ dataDir, purpose: 'tool', log: quiet });
  const client = new pg.Client(server.url);
  await client.connect();
  const { rows } = await client.query('select count(*)::int as found from promised where id = any($1)', [
    ids,
  ]);
  await client.end();
  await server.stop();
  return ids.length - rows[0].found;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
