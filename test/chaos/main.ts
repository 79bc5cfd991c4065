// `npm run chaos`: kills the database and the app at random moments, and counts what was lost or done twice.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../src/commands/support/command.ts';
import { startEmbeddedServer } from '../../src/postgres/server.ts';
import { startTestApp } from '../support/app.ts';
import { type Kill, killUnderInserts } from './kill-database.ts';
import { isLoss, storm } from './storm.ts';

const usage = `Usage: npm run chaos -- [--kills N] [--inserts N]
  --kills N     kills one of two processes N times (50 by default) while notifications arrive, the database is cut off,
                crashes or is read-only, clocks jump, and outside services fail
  --inserts N   then kills the app and its embedded database N times (30 by default) while rows are inserted
  0 skips a part. Prints what was sent, acknowledged, qualified, repeated and lost.`;

const options = { kills: { type: 'string' }, inserts: { type: 'string' } } as const;

await runCommand({ usage, options }, async ({ kills = '50', inserts = '30' }) => {
  await stormOf(Number(kills));
  await insertsOf(Number(inserts));
});

async function stormOf(kills: number): Promise<void> {
  if (kills === 0) return;
  const folder = mkdtempSync(join(tmpdir(), 'referral-desk-chaos-'));
  // PostgreSQL may have to run as another user than root, who must be able to pass.
  chmodSync(folder, 0o755);
  const log = { info() {}, warn() {} };
  const server = await startEmbeddedServer({ dataDir: join(folder, 'data'), purpose: 'app', log });
  const stage = await startTestApp({ database: { url: server.url, drop: async () => {} } });
  // It is started again on the same port by what watches it.
  const crash = async () => void process.kill(server.pid, 'SIGKILL');
  try {
    const apiToken = await stage.apiToken();
    await stage.stopApp();
    const toll = await storm(stage, { kills, apiToken, crash, clockMs: 20_000, report: console.log });
    console.log(toll);
    if (isLoss(toll)) process.exitCode = 1;
  } finally {
    await stage.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function insertsOf(rounds: number): Promise<void> {
  if (rounds === 0) return;
  const kinds: Kill[] = ['app', 'server', 'both'];
  const kills = Array.from({ length: rounds }, (_, index) => kinds[index % 3] ?? 'both');
  const toll = await killUnderInserts(kills, console.log);
  console.log(toll);
  if (toll.lost > 0) process.exitCode = 1;
}
