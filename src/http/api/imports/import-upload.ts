// POST /api/v1/imports: a file of any length, stored while it arrives.
import type { Request } from 'express';
import { z } from 'zod';
import type { Context } from '../../../context.ts';
import { importOptions, unknownColumns } from '../../../domain/imports/contact-import.ts';
import { Failure, refusedRequest } from '../../../failure.ts';
import { receiveImport } from '../../../usecases/imports/receive-import.ts';
import { readFileRows } from '../../rows/file-rows.ts';
import { readLongBody } from '../../slow-requests.ts';
import { inWords, refusedFields } from '../refused-fields.ts';
import { byToken, type Caller, type Route } from '../route.ts';
import { fileText, text } from '../schemas.ts';
import { contactImport } from './import-shapes.ts';

/** This route reads its body itself. */
export const uploadPath = '/imports';

const rowsBetweenLooks = 1_000;

const flag = z.enum(['true', 'false']).transform((word) => word === 'true');

const { email_verified: _, ...options } = importOptions.shape;
const query = z.strictObject({
  ...options,
  role: options.role.describe('Role of rows without one.'),
  day_first: flag.optional().describe(options.day_first.description ?? ''),
  decimal_comma: flag.optional().describe(options.decimal_comma.description ?? ''),
  email_verified: flag
    .default(false)
    .describe('Marks every email as verified. Use it only for verified emails.'),
  unknown: z
    .enum(unknownColumns)
    .default('refuse')
    .describe(
      'What to do with unknown columns: refuse the file, ignore them, or import them as custom attributes.',
    ),
  start: flag.default(true).describe('When false, the import waits for POST /imports/{id}/start.'),
  name: text(200).optional().describe('Shown in lists.'),
});

const uploadKey = z.string().min(1).max(255).optional();

export const uploadRoute: Route = {
  method: 'post',
  path: uploadPath,
  operation: 'uploadImport',
  summary: 'Import contacts from a CSV or NDJSON file of any length',
  id: z.guid(),
  query,
  body: fileText,
  answer: contactImport.schema,
  statuses: {
    200: 'The import that was created with the same Idempotency-Key',
    202: 'All rows are stored; the import continues',
  },
  idempotent: true,
  async run(ctx, caller, request) {
    try {
      return await receive(ctx, caller, request);
    } finally {
      // Read a refused upload to its end, or the caller would see a broken connection instead of the reason.
      request.resume();
    }
  },
};

async function receive(ctx: Context, caller: Caller, request: Request) {
  const read = query.safeParse(request.query, inWords);
  const key = uploadKey.safeParse(request.get('idempotency-key'));
  if (!read.success || !key.success) {
    const issues = [...(read.error?.issues ?? []), ...(key.error?.issues ?? [])];
    throw refusedRequest(refusedFields(issues));
  }
  if ((request.get('content-encoding') ?? 'identity') !== 'identity') {
    throw new Failure('invalid', 'Send the file uncompressed.');
  }
  const { unknown, start, name = null, ...options } = read.data;
  const bytes = readLongBody(request, request.iterator({ destroyOnReturn: false }));
  const { columns, rows } = await readFileRows(bytes, { contentType: request.get('content-type'), unknown });
  const { workspaceId } = caller;
  const { contactImport: made, fresh } = await receiveImport(ctx, {
    workspaceId,
    name,
    createdBy: caller.name,
    uploadKey: key.data ?? null,
    columns,
    options,
    rows: whileAuthorized(rows, caller),
    start,
    actor: byToken(caller),
  });
  return {
    status: fresh ? (202 as const) : (200 as const),
    body: await contactImport.toJson(made, { ctx, workspaceId }),
  };
}

/** After the token is revoked, no more rows are taken and nothing is started. */
async function* whileAuthorized<Row>(rows: AsyncIterable<Row>, caller: Caller): AsyncGenerator<Row> {
  const requireAuthorized = async () => {
    if (await caller.isAuthorized()) return;
    throw new Failure('unauthorized', 'The access token was revoked during the upload.');
  };
  let taken = 0;
  for await (const row of rows) {
    taken += 1;
    if (taken % rowsBetweenLooks === 0) await requireAuthorized();
    yield row;
  }
  await requireAuthorized();
}
