// The benchmark's surroundings: a folder, a fake Intercom that counts calls, and cleanup.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Line } from './report.ts';

export type Stage = {
  folder: string;
  intercomUrl: string;
  /** How many calls reached Intercom, except what is asked every few minutes: whether it verifies end users. */
  intercomCalls(): number;
  /** Those of the process's own checks; a request that called Intercom would make thousands. */
  callsLine(): Line;
  /** Run on `clear`, in reverse order. */
  onClear(step: () => unknown): void;
  clear(): Promise<void>;
};

/** Of health and identity verification, by workspace. */
const checksPerMinute = 20;

async function setStage(): Promise<Stage> {
  const steps: (() => unknown)[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'referral-desk-bench-'));
  // PostgreSQL may have to run as a user other than root, who needs access.
  chmodSync(folder, 0o755);
  steps.push(() => rmSync(folder, { recursive: true, force: true }));

  let calls = 0;
  const began = performance.now();
  const intercom = createServer((req, res) => {
    if (req.url !== '/me') calls += 1;
    res.writeHead(500).end();
  });
  await new Promise<void>((resolve) => intercom.listen(0, '127.0.0.1', resolve));
  steps.push(() => intercom.close());

  let cleared: Promise<void> | undefined;
  return {
    folder,
    intercomUrl: `http://127.0.0.1:${(intercom.address() as AddressInfo).port}`,
    intercomCalls: () => calls,
    callsLine() {
      const perMinute = calls / Math.max(1, (performance.now() - began) / 60_000);
      const goal = { words: `<= ${checksPerMinute}`, met: perMinute <= checksPerMinute };
      return { what: 'calls to Intercom a minute', value: perMinute.toFixed(1), goal };
    },
    onClear: (step) => steps.push(step),
    clear() {
      cleared ??= (async () => {
        // One at a time: a step that is still running may add its own cleanup.
        for (let step = steps.pop(); step; step = steps.pop()) await step();
      })();
      return cleared;
    },
  };
}

/** Runs a benchmark on its own stage, which is cleaned up when it ends, fails or is interrupted. */
export async function onStage(bench: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await setStage();
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      interrupted = true;
      await stage.clear();
      process.exit(130);
    });
  }
  try {
    await bench(stage);
  } catch (error) {
    // Work that is stopped half-way fails, and its error is of no interest.
    if (!interrupted) console.error(error);
    process.exitCode = 1;
  } finally {
    await stage.clear();
  }
}
