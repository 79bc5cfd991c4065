// `node bench/import.ts`, part of `npm run bench`: an import of contacts against Intercom's limit: how much of it is used, what waits, what grows.

import { type ChildProcess, fork } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { install } from '../sandbox/browser.ts';
import { freePort } from '../test/support/app.ts';
import { startPostgres } from './support/postgres.ts';
import type { SandboxCount } from './support/processes/import-sandbox.ts';
import { processorSeconds, residentMegabytes } from './support/processes/processes.ts';
import { atLeast, atMost, below, type Line, megabytes, note, percent, printLines } from './support/report.ts';
import { onStage, type Stage } from './support/stage.ts';

const { values: given } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000' },
    /** The speed of the app's and the sandbox's clock relative to real time. */
    scale: { type: 'string', default: '1' },
    role: { type: 'string', default: 'lead' },
    /** Whether the sandbox notifies the app of every created contact, as Intercom does. */
    webhooks: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const rows = Number(given.rows);
const scale = Number(given.scale);
/** Intercom's limit per ten seconds. */
const limit = 1_666;
const windowSeconds = 10;
const cardsPerSecond = 5;

const clientSecret = 'the client secret of the benchmark';
const seconds = (value: number) => `${value.toFixed(1)} s`;

type Set = { url: string; token: string; pid: number; count(): Promise<SandboxCount> };

async function setUp(stage: Stage): Promise<Set> {
  const server = await startPostgres(stage);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const clock = { epoch: Date.now(), scale };
  const sandbox = startProcess(stage, 'import-sandbox.ts');
  const clients = { clientId: 'bench', clientSecret, webhooks: given.webhooks };
  sandbox.send({ appUrl: url, ...clients, ...clock });
  const started = z.object({ port: z.number() }).parse(await reply(sandbox));
  const intercom = `http://127.0.0.1:${started.port}`;
  const app = startProcess(stage, 'import-app.ts');
  const environment = {
    PORT: String(port),
    PUBLIC_URL: url,
    DATABASE_URL: server.url,
    APP_SECRET: 'a secret of the benchmark that is long enough to be one',
    INTERCOM_CLIENT_ID: clients.clientId,
    INTERCOM_CLIENT_SECRET: clientSecret,
    INTERCOM_API_URL: intercom,
    INTERCOM_OAUTH_URL: `${intercom}/oauth`,
  };
  app.send({ environment, ...clock });
  const { token } = z.object({ token: z.string() }).parse(await reply(app));
  await install(url);
  const count = async () => {
    sandbox.send({});
    return (await reply(sandbox)) as SandboxCount;
  };
  return { url, token, pid: app.pid ?? 0, count };
}

function startProcess(stage: Stage, file: string): ChildProcess {
  const child = fork(fileURLToPath(new URL(`./support/processes/${file}`, import.meta.url)));
  stage.onClear(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await Promise.race([exited, sleep(5_000)]);
    child.kill('SIGKILL');
  });
  return child;
}

async function reply(child: ChildProcess): Promise<unknown> {
  const [message] = await once(child, 'message');
  return message;
}

async function* file(): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode('email,name,phone\n');
  for (let from = 0; from < rows; from += 1_000) {
    const lines = Array.from({ length: Math.min(1_000, rows - from) }, (_, at) => {
      const n = from + at;
      return `person.${n}@example.org,"Person, the ${n}th",+1 555 ${String(n).padStart(7, '0')}\n`;
    });
    yield encoder.encode(lines.join(''));
  }
}

const importBody = z.object({
  id: z.string(),
  state: z.string(),
  settled: z.number(),
  counts: z.record(z.string(), z.number()),
});

async function upload({ url, token }: Set) {
  const answer = await fetch(`${url}/api/v1/imports?role=${given.role}`, {
    method: 'POST',
    body: ReadableStream.from(file()),
    duplex: 'half',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
  });
  if (answer.status !== 202) throw new Error(`The upload was answered ${answer.status}.`);
  return importBody.parse(await answer.json());
}

async function read({ url, token }: Set, id: string) {
  const answer = await fetch(`${url}/api/v1/imports/${id}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return importBody.parse(await answer.json());
}

/** Opens a card a few times a second until it is stopped; returns each duration in milliseconds. */
function openCards({ url }: Set): { stop(): Promise<number[]> } {
  const contact = {
    type: 'contact',
    id: '667d60ac8a68186f43bafdbb',
    role: 'lead',
    email: 'no-one@example.org',
  };
  const admin = { type: 'admin', id: '7310001', name: 'Ann Agent' };
  const body = JSON.stringify({ workspace_id: 'sandbox', workspace_region: 'US', admin, contact });
  const signature = createHmac('sha256', clientSecret).update(body).digest('hex');
  const waited: number[] = [];
  let stopped = false;
  let failure: unknown = null;
  const open = async () => {
    const began = performance.now();
    const answer = await fetch(`${url}/intercom/inbox/initialize`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'x-body-signature': signature },
    });
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`A card was answered ${answer.status}.`);
    waited.push(performance.now() - began);
  };
  const going = (async () => {
    while (!stopped) {
      // The app stops with the benchmark, so this card no longer counts.
      await open().catch((error: unknown) => {
        if (!stopped) failure ??= error;
      });
      await sleep(1_000 / cardsPerSecond);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await going;
      if (failure) throw failure;
      return waited.toSorted((left, right) => left - right);
    },
  };
}

type Watched = {
  tookSeconds: number;
  uploadSeconds: number;
  memoryEarly: number | null;
  memoryMost: number;
  end: z.output<typeof importBody>;
};

/** Uploads the file and watches the import until it is over. */
async function watchImport(set: Set): Promise<Watched> {
  const began = performance.now();
  const { id } = await upload(set);
  const uploaded = performance.now() - began;
  let memoryEarly: number | null = null;
  let memoryMost = 0;
  let toldAt = 0;
  let contactImport = await read(set, id);
  for (; contactImport.state === 'running'; contactImport = await read(set, id)) {
    const memory = residentMegabytes(set.pid) ?? 0;
    if (contactImport.settled >= 1_000) memoryEarly ??= memory;
    memoryMost = Math.max(memoryMost, memory);
    if (performance.now() - toldAt > 30_000) {
      toldAt = performance.now();
      note(
        `  ${contactImport.settled} of ${rows} after ${seconds((toldAt - began) / 1000)}, ${megabytes(memory)}`,
      );
    }
    await sleep(500);
  }
  const tookSeconds = ((performance.now() - began) / 1000) * scale;
  return {
    ...{ tookSeconds, memoryEarly, memoryMost, end: contactImport },
    uploadSeconds: (uploaded / 1000) * scale,
  };
}

async function bench(stage: Stage): Promise<Line[]> {
  const set = await setUp(stage);
  const cards = openCards(set);
  const watched = await watchImport(set);
  const processor = processorSeconds(set.pid);
  const waited = await cards.stop();
  const count = await set.count();
  const { end } = watched;
  if (end.state !== 'done' || end.counts.created !== rows) {
    throw new Error(`The import ended as ${end.state}: ${JSON.stringify(end.counts)}.`);
  }
  const p99 = waited[Math.floor(waited.length * 0.99)] ?? Number.NaN;
  return [
    ...paceLines(watched, count),
    memoryLine(watched),
    { what: `card, p99 of ${waited.length}`, value: `${p99.toFixed(1)} ms`, goal: below(25, p99, ' ms') },
    {
      what: 'processor time of the app, a row',
      value: processor === null ? 'unknown here' : `${((processor / rows) * 1_000).toFixed(2)} ms`,
    },
    { what: 'contacts in the sandbox', value: `${count.contacts}` },
  ];
}

function paceLines({ tookSeconds, uploadSeconds }: Watched, { windows }: SandboxCount): Line[] {
  const allowed = (rows / limit) * windowSeconds;
  const full = windows.slice(1, -1);
  const calls = full.reduce((sum, window) => sum + window.calls, 0);
  const used = calls / (full.length * limit);
  const refused = windows.reduce((sum, window) => sum + window.refused, 0);
  return [
    {
      what: `${rows} ${given.role}s, clock x ${scale}: time, upload included`,
      value: seconds(tookSeconds),
      limit: seconds(allowed),
      ratio: (tookSeconds / allowed).toFixed(3),
      goal: atMost(1.05, tookSeconds / allowed),
    },
    { what: 'of that, the upload', value: seconds(uploadSeconds) },
    {
      what: `calls in ${full.length} whole windows`,
      value: `${calls}`,
      limit: `${full.length * limit}`,
      ratio: percent(used),
      goal: atLeast(95, used),
    },
    { what: 'refused with 429', value: `${refused}`, goal: { words: '0', met: refused === 0 } },
  ];
}

function memoryLine({ memoryEarly, memoryMost }: Watched): Line {
  const grown = memoryEarly === null ? null : memoryMost - memoryEarly;
  return {
    what: 'memory of the app, most; after 1,000 rows',
    value: megabytes(memoryMost),
    limit: megabytes(memoryEarly),
    ...(grown !== null && { ratio: `+ ${grown.toFixed(0)} MB`, goal: below(50, grown, ' MB') }),
  };
}

await onStage(async (stage) => printLines(await bench(stage), given));
