// The app as its own process, to be killed without warning.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type AppProcess = {
  url: string;
  /** Resolves when it has ended, however it came to that. */
  ended: Promise<void>;
  /** Its clock jumps from `CLOCK_OFFSET_MS` before the right time to as much after it, or back. */
  stepClock(): void;
  /** Kills without warning; resolves when it is dead. */
  kill(): Promise<void>;
};

/** Resolves when it accepts requests; rejects when it exits first. */
export async function startAppProcess(environment: Record<string, string>): Promise<AppProcess> {
  const script = fileURLToPath(new URL('./app-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => {
      const ready = /ready (\S+)/.exec(text.toString())?.[1];
      if (ready !== undefined) resolve(ready);
    });
    child.once('exit', (code) => reject(new Error(`the app ended with ${code}`)));
  });
  return {
    url,
    ended,
    stepClock: () => void child.kill('SIGUSR2'),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
