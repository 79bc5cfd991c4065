// `npm run import`: imports contacts from a file, beside the running app, and shows the progress.
import { createReadStream, createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { batchOptions } from '../domain/imports/batch.ts';
import { refusedFields } from '../http/api/refused-fields.ts';
import { failedLines } from '../http/failed-rows.ts';
import { readFileRows } from '../http/rows/file-rows.ts';
import { createQueue } from '../jobs/queue.ts';
import { repeat } from '../jobs/repeat.ts';
import { createBatchIntake } from '../store/imports/batch-intake.ts';
import { createBatchStore, type EnqueueBatch } from '../store/imports/batches.ts';
import { type Batches, createBatches, type SeenBatch } from '../usecases/imports/batches.ts';
import { progressLine } from './progress-line.ts';
import { refuseUnknownWorkspace, runTool, type Tool, UsageError } from './tool.ts';

const usage = `Usage:
  npm run import -- FILE --workspace ID [options]   make contacts of a CSV file or one of newline-delimited JSON
  npm run import -- --batch ID --workspace ID       go on with one that was stopped, or watch it

  --role lead|user            of rows that name none; lead
  --on-duplicate POLICY       nothing, update, fill or ask, where a contact is there already; nothing
  --lead-where-user-wanted    convert or keep; convert
  --archived                  unarchive or report; report
  --email-verified            marks every email as verified: only when you know that it is
  --unknown attributes        takes unknown columns for custom attributes instead of refusing them
  --charset NAME              the file's encoding, where it is not UTF-8; windows-1252, for example
  --failed FILE               writes the failed rows to this file, to be mended and sent again

It ends with 0 when every row is done, and with 1 when some failed.`;

const wanted = z.object({
  file: z.string().optional(),
  batch: z.guid().optional(),
  workspace: z.string(),
  failed: z.string().optional(),
  charset: z.string().optional(),
  unknown: z.enum(['refuse', 'attributes']),
  options: batchOptions,
});
type Wanted = z.infer<typeof wanted>;

function readArguments(): Wanted {
  const { values, positionals } = parseOptions();
  const [file, ...more] = positionals;
  if (more.length > 0 || (file === undefined) === (values.batch === undefined)) throw new UsageError(usage);
  const read = wanted.safeParse({
    ...values,
    file,
    options: {
      role: values.role,
      on_duplicate: values['on-duplicate'],
      lead_where_user_wanted: values['lead-where-user-wanted'],
      archived: values.archived,
      email_verified: values['email-verified'],
    },
  });
  if (read.success) return read.data;
  const refused = Object.entries(refusedFields(read.error.issues));
  throw new UsageError(`${refused.map(([field, why]) => `${field}: ${why}`).join('\n')}\n${usage}`);
}

function parseOptions() {
  const text = { type: 'string' } as const;
  const options = {
    workspace: text,
    batch: text,
    failed: text,
    charset: text,
    unknown: { ...text, default: 'refuse' },
    role: text,
    'on-duplicate': text,
    'lead-where-user-wanted': text,
    archived: text,
    'email-verified': { type: 'boolean', default: false },
  } as const;
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : 'unreadable'}\n${usage}`);
  }
}

async function importFile({ database, databaseUrl, log }: Tool, given: Wanted): Promise<void> {
  const queue = createQueue({ url: databaseUrl, log });
  await queue.start();
  try {
    const enqueue: EnqueueBatch = (tx, job) => queue.enqueue(tx, job);
    const batches = createBatches({
      store: createBatchStore(database, enqueue),
      intake: createBatchIntake(database, enqueue),
      now: () => new Date(),
      every(milliseconds, what) {
        const stop = repeat(milliseconds, 'say that an upload goes on', what, log);
        return () => void stop();
      },
    });
    const batch =
      given.file === undefined ? await goOn(batches, given) : await upload(batches, given, given.file);
    const ended = await watch(batches, batch);
    await tellEnd(batches, ended, given.failed);
  } finally {
    await queue.stop();
  }
}

async function upload(batches: Batches, given: Wanted, file: string): Promise<SeenBatch> {
  const type = /\.(csv|tsv|txt)$/i.test(file) ? 'text/csv' : '';
  const contentType = given.charset === undefined ? type : `${type || 'text/csv'}; charset=${given.charset}`;
  const bytes = createReadStream(file);
  const { columns, rows } = await readFileRows(bytes, { contentType, unknown: given.unknown });
  const { batch } = await batches.receive({
    workspaceId: given.workspace,
    name: basename(file),
    createdBy: 'command line',
    uploadKey: null,
    columns,
    options: given.options,
    rows,
    start: true,
  });
  console.error(`${batch.rows} rows are stored as batch ${batch.id}; the running app works them.`);
  return batch;
}

async function goOn(batches: Batches, { workspace, batch: id = '' }: Wanted): Promise<SeenBatch> {
  const batch = await batches.read(workspace, id);
  return batch.state === 'paused' || batch.state === 'interrupted' ? batches.resume(workspace, id) : batch;
}

async function watch(batches: Batches, { workspaceId, id }: SeenBatch): Promise<SeenBatch> {
  const onTerminal = process.stderr.isTTY;
  let told = '';
  for (;;) {
    const batch = await batches.read(workspaceId, id);
    const line = progressLine(batch);
    if (line !== told) process.stderr.write(onTerminal ? `\r\x1b[K${line}` : `${line}\n`);
    told = line;
    if (batch.state !== 'running' && batch.state !== 'receiving') {
      if (onTerminal) process.stderr.write('\n');
      return batch;
    }
    await sleep(onTerminal ? 250 : 5_000);
  }
}

async function tellEnd(batches: Batches, batch: SeenBatch, file: string | undefined): Promise<void> {
  console.log(
    JSON.stringify({ batch: batch.id, state: batch.state, rows: batch.rows, counts: batch.counts }),
  );
  const failed = (batch.counts.failed ?? 0) + (batch.counts.invalid ?? 0);
  if (batch.state !== 'done' || failed > 0) process.exitCode = 1;
  if (failed === 0 || file === undefined) return;
  const { columns, rows } = await batches.failed(batch.workspaceId, batch.id);
  await pipeline(Readable.from(failedLines(columns, rows)), createWriteStream(file));
  console.error(`The ${failed} failed rows are in ${file}.`);
}

await runTool(readArguments, async (given, tool) => {
  await refuseUnknownWorkspace(given.workspace, tool);
  await importFile(tool, given);
});
