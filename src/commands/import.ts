// `npm run import`: imports contacts from a file, beside the running app, and shows the progress.
import { createReadStream, createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { duplicatePolicyNames } from '../domain/contacts/contact-draft.ts';
import { importOptions, unknownColumns } from '../domain/imports/contact-import.ts';
import { byCommand } from '../domain/workspace/audit.ts';
import { refusedFields } from '../http/api/refused-fields.ts';
import { failedLines } from '../http/rows/failed-rows.ts';
import { readFileRows } from '../http/rows/file-rows.ts';
import {
  changeImport,
  type ImportContext,
  type ImportView,
  readFailedRows,
  readImport,
} from '../usecases/imports/contact-imports.ts';
import { receiveImport } from '../usecases/imports/receive-import.ts';
import { refuseMissingFile, UsageError, type Values } from './support/command.ts';
import { progressLine } from './support/progress-line.ts';
import { runWorkspaceTool, withQueue } from './support/tool.ts';

const usage = `Usage:
  npm run import -- FILE --workspace ID [options]   create contacts from a CSV or NDJSON file
  npm run import -- --import ID --workspace ID       continue a stopped import, or watch one

  --role lead|user            role of rows without one (default: lead)
  --on-duplicate POLICY       ${duplicatePolicyNames.slice(0, -1).join(', ')} or ${duplicatePolicyNames.at(-1)}, if the contact exists (default: nothing)
  --lead-where-user-wanted    convert or keep (default: convert)
  --archived                  unarchive or report (default: report)
  --email-verified            marks every email as verified; use it only for verified emails
  --unknown HOW               unknown columns: refuse, ignore, or import as attributes (default: refuse)
  --day-first true|false      whether 03/04/2026 is April 3 (default: such rows are refused)
  --decimal-comma true|false  whether a comma separates decimals, as in 1,234 (default: such rows are refused)
  --charset NAME              encoding of the file, such as windows-1252 (default: UTF-8)
  --failed FILE               writes the failed rows to this file, to fix and import again

Exits with 0 when all rows are done, and with 1 when some failed.`;

const text = { type: 'string' } as const;
const options = {
  import: text,
  failed: text,
  charset: text,
  unknown: { ...text, default: 'refuse' },
  role: text,
  'on-duplicate': text,
  'lead-where-user-wanted': text,
  archived: text,
  'day-first': text,
  'decimal-comma': text,
  'email-verified': { type: 'boolean', default: false },
} as const;

const trueOrFalse = z
  .enum(['true', 'false'])
  .transform((word) => word === 'true')
  .optional();

const request = z.object({
  file: z.string().optional(),
  import: z.guid().optional(),
  failed: z.string().optional(),
  charset: z.string().optional(),
  unknown: z.enum(unknownColumns),
  options: importOptions.extend({
    day_first: trueOrFalse,
    decimal_comma: trueOrFalse,
  }),
});
type Wanted = z.infer<typeof request>;

function readArguments(values: Values<typeof options>, [file, ...more]: string[]): Wanted {
  if (more.length > 0 || (file === undefined) === (values.import === undefined)) throw new UsageError();
  const read = request.safeParse({
    ...values,
    file,
    options: {
      role: values.role,
      on_duplicate: values['on-duplicate'],
      lead_where_user_wanted: values['lead-where-user-wanted'],
      archived: values.archived,
      day_first: values['day-first'],
      decimal_comma: values['decimal-comma'],
      email_verified: values['email-verified'],
    },
  });
  if (!read.success) {
    const refused = Object.entries(refusedFields(read.error.issues));
    throw new UsageError(refused.map(([field, why]) => `${field}: ${why}`).join('\n'));
  }
  if (file !== undefined) refuseMissingFile(file);
  return read.data;
}

async function upload(
  ctx: ImportContext,
  workspaceId: string,
  wanted: Wanted,
  file: string,
): Promise<ImportView> {
  const type = /\.(csv|tsv|txt)$/i.test(file) ? 'text/csv' : '';
  const contentType =
    wanted.charset === undefined ? type : `${type || 'text/csv'}; charset=${wanted.charset}`;
  const bytes = createReadStream(file);
  const { columns, rows } = await readFileRows(bytes, { contentType, unknown: wanted.unknown });
  const { contactImport } = await receiveImport(ctx, {
    workspaceId,
    name: basename(file),
    createdBy: 'command line',
    uploadKey: null,
    columns,
    options: wanted.options,
    rows,
    start: true,
    actor: byCommand,
  });
  console.error(
    `${contactImport.rows} rows are stored as import ${contactImport.id}. The running app imports them.`,
  );
  return contactImport;
}

async function resume(ctx: ImportContext, workspaceId: string, id: string): Promise<ImportView> {
  const contactImport = await readImport(ctx, workspaceId, id);
  return contactImport.state === 'paused' || contactImport.state === 'interrupted'
    ? changeImport(ctx, workspaceId, id, 'resume', byCommand)
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
  const { workspaceId, id, state, rows, counts } = contactImport;
  console.log(JSON.stringify({ import: id, state, rows, counts }));
  const failed = (counts.failed ?? 0) + (counts.invalid ?? 0);
  if (state !== 'done' || failed > 0) process.exitCode = 1;
  if (failed === 0 || file === undefined) return;
  const refused = await readFailedRows(ctx, workspaceId, id);
  await pipeline(Readable.from(failedLines(refused.columns, refused.rows)), createWriteStream(file));
  console.error(`${failed} failed rows are in ${file}.`);
}

await runWorkspaceTool({
  usage,
  options,
  positionals: true,
  read: readArguments,
  work: (workspaceId, wanted, tool) =>
    withQueue(tool, async () => {
      const { file, import: id = '' } = wanted;
      const contactImport =
        file === undefined
          ? await resume(tool, workspaceId, id)
          : await upload(tool, workspaceId, wanted, file);
      await reportEnd(tool, await watch(tool, contactImport), wanted.failed);
    }),
});
