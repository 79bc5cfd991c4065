// What the benchmark needs around the app: a folder, an Intercom that counts who calls, and an end to all of it.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Stage = {
  folder: string;
  intercomUrl: string;
  /** How often anybody called Intercom. */
  intercomCalls(): number;
  /** Run on `clear`, the last one first. */
  onClear(step: () => unknown): void;
  clear(): Promise<void>;
};

async function setStage(): Promise<Stage> {
  const steps: (() => unknown)[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'referral-desk-bench-'));
  // PostgreSQL may have to run as another user than root, who must be able to pass.
  chmodSync(folder, 0o755);
  steps.push(() => rmSync(folder, { recursive: true, force: true }));

  let calls = 0;
  const intercom = createServer((_req, res) => {
    calls += 1;
    res.writeHead(500).end();
  });
  await new Promise<void>((resolve) => intercom.listen(0, '127.0.0.1', resolve));
  steps.push(() => intercom.close());

  let cleared: Promise<void> | undefined;
  return {
    folder,
    intercomUrl: `http://127.0.0.1:${(intercom.address() as AddressInfo).port}`,
    intercomCalls: () => calls,
    onClear: (step) => steps.push(step),
    clear() {
      cleared ??= (async () => {
        // One at a time: what was under way may add its own step meanwhile.
        for (let step = steps.pop(); step; step = steps.pop()) await step();
      })();
      return cleared;
    },
  };
}

/** Runs a benchmark on a stage of its own, which is cleared whether it ends, fails or is interrupted. */
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
    // What is stopped half-way fails, and says nothing of interest.
    if (!interrupted) console.error(error);
    process.exitCode = 1;
  } finally {
    await stage.clear();
  }
}
