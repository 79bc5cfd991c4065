// Runs test/chaos/writer.ts as a process of its own, and understands what it prints.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const readySchema = z.object({
  url: z.string(),
  pid: z.number(),
  adopted: z.boolean(),
  firstStart: z.boolean(),
});

export type WriterProcess = {
  child: ChildProcess;
  /** Rejects with the words by which the writer's start was refused. */
  ready: Promise<z.infer<typeof readySchema>>;
  ended: Promise<unknown>;
};

type Options = {
  connections?: number;
  user?: { uid: number; gid: number } | undefined;
  nodeOptions?: string[];
  script?: string;
  onPromised?: (id: string) => void;
};

const writer = fileURLToPath(new URL('./writer.ts', import.meta.url));

/** With no `connections` it is an app that only sits there. */
export function startWriter(dataDir: string, options: Options = {}): WriterProcess {
  const { connections = 0, user, nodeOptions = [], script = writer, onPromised } = options;
  const child = spawn(process.execPath, [...nodeOptions, script, dataDir, String(connections)], {
    ...user,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ready = new Promise<z.infer<typeof readySchema>>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      if (line.startsWith('ready ')) resolve(readySchema.parse(JSON.parse(line.slice(6))));
      else if (line.startsWith('refused ')) reject(new Error(JSON.parse(line.slice(8))));
      else if (line.length === 36) onPromised?.(line);
    });
    child.on('close', (code, signal) => reject(new Error(`the writer ended (${signal ?? code})`)));
  });
  ready.catch(() => {});
  return { child, ready, ended: once(child, 'close') };
}
