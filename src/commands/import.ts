// `npm run import`: imports contacts from a file, beside the running app, and shows the progress.
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { importOptions, unknownColumns } from '../domain/imports/contact-import.ts';
import { byCommand } from '../domain/workspace/audit.ts';
import { refusedFields } from '../http/api/refused-fields.ts';
import { failedLines } from '../http/failed-rows.ts';
import { readFileRows } from '../http/rows/file-rows.ts';
import { createQueue } from '../jobs/queue.ts';
import {
  changeImport,
  type ImportContext,
  type ImportView,
  readFailedRows,
  readImport,
} from '../usecases/imports/contact-imports.ts';
import { receiveImport } from '../usecases/imports/receive-import.ts';
import { progressLine } from './progress-line.ts';
import { refuseUnknownWorkspace, runTool, type Tool, UsageError } from './tool.ts';

const usage = `Usage:
  npm run import -- FILE --workspace ID [options]   make contacts of a CSV file or one of newline-delimited JSON
  npm run import -- --import ID --workspace ID       go on with one that was stopped, or watch it

  --role lead|user            of rows that name none; lead
  --on-duplicate POLICY       nothing, update, fill or review, where a contact is there already; nothing
  --lead-where-user-wanted    convert or keep; convert
  --archived                  unarchive or report; report
  --email-verified            marks every email as verified: only when you know that it is
  --unknown HOW               refuse, ignore or attributes: unknown columns are refused, left out, or custom attributes; refuse
  --charset NAME              the file's encoding, where it is not UTF-8; windows-1252, for example
  --failed FILE               writes the failed rows to this file, to be mended and sent again

It ends with 0 when every row is done, and with 1 when some failed.`;

const wanted = z.object({
  file: z.string().optional(),
  import: z.guid().optional(),
  workspace: z.string(),
  failed: z.string().optional(),
  charset: z.string().optional(),
  unknown: z.enum(unknownColumns),
  options: importOptions,
});
type Wanted = z.infer<typeof wanted>;

function readArguments(): Wanted {
  const { values, positionals } = parseOptions();
  const [file, ...more] = positionals;
  if (more.length > 0 || (file === undefined) === (values.import === undefined)) throw new UsageError(usage);
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
    import: text,
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

async function importFile({ database, databaseUrl, log }: Tool, wanted: Wanted): Promise<void> {
  const queue = createQueue({ url: databaseUrl, log });
  await queue.start();
  try {
    const ctx = { database, queue, log, now: () => new Date(), newId: () => randomUUID() };
    const contactImport =
      wanted.file === undefined ? await resume(ctx, wanted) : await upload(ctx, wanted, wanted.file);
    await reportEnd(ctx, await watch(ctx, contactImport), wanted.failed);
  } finally {
    await queue.stop();
  }
}

async function upload(ctx: ImportContext, given: Wanted, file: string): Promise<ImportView> {
  const type = /\.(csv|tsv|txt)$/i.test(file) ? 'text/csv' : '';
  const contentType = given.charset === undefined ? type : `${type || 'text/csv'}; charset=${given.charset}`;
  const bytes = createReadStream(file);
  const { columns, rows } = await readFileRows(bytes, { contentType, unknown: given.unknown });
  const { contactImport } = await receiveImport(ctx, {
    workspaceId: given.workspace,
    name: basename(file),
    createdBy: 'command line',
    uploadKey: null,
    columns,
    options: given.options,
    rows,
    start: true,
    actor: byCommand,
  });
  console.error(
    `${contactImport.rows} rows are stored as import ${contactImport.id}; the running app works them.`,
  );
  return contactImport;
}

async function resume(ctx: ImportContext, { workspace, import: id = '' }: Wanted): Promise<ImportView> {
  const contactImport = await readImport(ctx, workspace, id);
  return contactImport.state === 'paused' || contactImport.state === 'interrupted'
    ? changeImport(ctx, workspace, id, 'resume', byCommand)
    : contactImport;
}

async function watch(ctx: ImportContext, { workspaceId, id }: ImportView): Promise<ImportView> {
  const onTerminal = process.stderr.isTTY;
  let shown = '';
  for (;;) {
    const contactImport = await readImport(ctx, workspaceId, id);
    const line = progressLine(contactImport);
    if (line !== shown) process.stderr.write(onTerminal ? `\r\x1b[K${line}` : `${line}\n`);
    shown = line;
    if (contactImport.state !== 'running' && contactImport.state !== 'receiving') {
      if (onTerminal) process.stderr.write('\n');
      return contactImport;
    }
    await sleep(onTerminal ? 250 : 5_000);
  }
}

async function reportEnd(
  ctx: ImportContext,
  contactImport: ImportView,
  file: string | undefined,
): Promise<void> {
  console.log(
    JSON.stringify({
      import: contactImport.id,
      state: contactImport.state,
      rows: contactImport.rows,
      counts: contactImport.counts,
    }),
  );
  const failed = (contactImport.counts.failed ?? 0) + (contactImport.counts.invalid ?? 0);
  if (contactImport.state !== 'done' || failed > 0) process.exitCode = 1;
  if (failed === 0 || file === undefined) return;
  const { columns, rows } = await readFailedRows(ctx, contactImport.workspaceId, contactImport.id);
  await pipeline(Readable.from(failedLines(columns, rows)), createWriteStream(file));
  console.error(`The ${failed} failed rows are in ${file}.`);
}

await runTool(readArguments, async (given, tool) => {
  await refuseUnknownWorkspace(given.workspace, tool);
  await importFile(tool, given);
});
