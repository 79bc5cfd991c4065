// `npm run fuzz`: sends damaged requests to every route of an app in its own process, and watches its memory.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../src/commands/support/command.ts';
import { startEmbeddedServer } from '../../src/postgres/server.ts';
import { freePort, startTestApp, type TestApp } from '../support/app.ts';
import { startAppProcess } from '../support/process/app-child.ts';
import { fuzz } from './fuzz.ts';

const usage = `Usage: npm run fuzz -- [--inputs N] [--seed N]
  sends N damaged requests (10,000 by default) to all routes, and prints what failed; --seed repeats the choices of a run`;

/** Of the heap in use after the first fifth: what the last fifth may be at least, when nothing leaks. */
const mostGrowth = 1.25;
/** A short run has few readings, each with some garbage. */
const garbageMb = 30;

const options = { inputs: { type: 'string' }, seed: { type: 'string' } } as const;

await runCommand({ usage, options }, ({ inputs = '10000', seed = String(Date.now() % 2 ** 32) }) =>
  run(Number(inputs), Number(seed)),
);

async function run(inputs: number, seed: number): Promise<void> {
  console.log(`seed ${seed}`);
  const folder = mkdtempSync(join(tmpdir(), 'referral-desk-fuzz-'));
  // PostgreSQL may have to run as another user than root, who must be able to pass.
  chmodSync(folder, 0o755);
  const log = { info() {}, warn() {} };
  const server = await startEmbeddedServer({ dataDir: join(folder, 'data'), purpose: 'app', log });
  const database = { url: server.url, drop: async () => {} };
  const stage = await startTestApp({ database, overrides: { answersOnly: true } });
  try {
    await fuzzChild(stage, inputs, seed);
  } finally {
    await stage.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fuzzChild(stage: TestApp, inputs: number, seed: number): Promise<void> {
  const child = await startAppProcess({ ...stage.environment, PORT: String(await freePort()) });
  const heap: { at: number; mb: number }[] = [];
  let isDead = false;
  void child.ended.then(() => {
    isDead = true;
  });
  const report = await fuzz(stage, {
    ...{ seed, inputs, url: child.url },
    async progress(done) {
      const mb = await heapOf(child.url);
      if (mb !== null) heap.push({ at: done, mb });
      console.log(`${done} inputs, heap ${mb?.toFixed(0) ?? 'unknown'} MB`);
    },
  });
  const [early, late] = [least(heap, inputs, 0.2), least(heap, inputs, 0.8)];
  const stuck = await leftOver(stage);
  const died = isDead;
  await child.kill();
  for (const failure of report.failures) console.log(JSON.stringify(failure));
  console.log({
    ...report,
    failures: report.failures.length,
    died,
    heapEarlyMb: early,
    heapLateMb: late,
    ...stuck,
  });
  const grew = early !== null && late !== null && late > early * mostGrowth + garbageMb;
  if (report.failures.length > 0 || died || grew) process.exitCode = 1;
}

/** The least in use in the fifth of the run that begins at `from`: what garbage adds is not growth. */
function least(heap: { at: number; mb: number }[], inputs: number, from: number): number | null {
  const within = heap.filter(({ at }) => at >= inputs * from && at < inputs * (from + 0.21));
  return within.length === 0 ? null : Math.round(Math.min(...within.map(({ mb }) => mb)));
}

async function heapOf(url: string): Promise<number | null> {
  const text = await fetch(`${url}/metrics`).then(
    (answer) => answer.text(),
    () => '',
  );
  const bytes = /^nodejs_heap_size_used_bytes (\S+)$/m.exec(text)?.[1];
  return bytes === undefined ? null : Number(bytes) / 2 ** 20;
}

/** What damaged input left behind in the background. */
async function leftOver({ query }: TestApp): Promise<Record<string, number>> {
  const [row] = await query<Record<string, number>>(
    `select (select count(*) from deliveries where state = 'failed')::int as "failedDeliveries",
       (select count(*) from runs where state = 'failed')::int as "failedRuns",
       (select count(*) from pgboss.job where state = 'failed')::int as "failedJobs"`,
  );
  return row ?? {};
}
