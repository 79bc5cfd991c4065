// /api/v1/batches
import { z } from 'zod';
import { rowStates } from '../../../domain/imports/batch.ts';
import type { Batches, SeenBatch } from '../../../usecases/imports/batches.ts';
import { failedLines } from '../../failed-rows.ts';
import { download, nothing, type Route, read, write } from '../route.ts';
import { listJson, listOf, named, paged, pageRequest } from '../schemas.ts';
import { batch, batchJson, rowJson, rowList } from './batch-shapes.ts';
import { uploadRoute } from './batch-upload.ts';

const noBody = z
  .strictObject({})
  .prefault({})
  .register(named, { id: 'BatchChangeGiven', examples: [{}] });

const retried = z
  .strictObject({ retried: z.int().describe('How many failed rows wait again.'), batch })
  .register(named, { id: 'BatchRetried' });

function change(
  name: 'pause' | 'resume' | 'cancel',
  summary: string,
  how: (batches: Batches) => (workspaceId: string, id: string) => Promise<SeenBatch>,
): Route {
  return write({
    path: `/batches/:id/${name}`,
    operation: `${name}Batch`,
    summary,
    body: noBody,
    answer: batch,
    statuses: { 200: 'The batch' },
    answerTo: async ({ batches }, { caller, id }) => ({
      status: 200,
      body: batchJson(await how(batches)(caller.workspaceId, id)),
    }),
  });
}

const lineCursor = z
  .string()
  .regex(/^\d{1,9}$/, 'must be the "next" of the page before')
  .transform(Number);

export const batchRoutes: Route[] = [
  uploadRoute,
  read({
    path: '/batches',
    operation: 'listBatches',
    summary: 'Batches and how far they are',
    query: z.strictObject(paged),
    answer: listOf(batch, 'BatchList'),
    statuses: { 200: 'A page of batches' },
    answerTo: async ({ batches }, { caller, query }) =>
      listJson(await batches.list(caller.workspaceId, pageRequest(query)), batchJson),
  }),
  read({
    path: '/batches/:id',
    operation: 'readBatch',
    summary: 'One batch, with its progress',
    query: nothing,
    answer: batch,
    statuses: { 200: 'The batch' },
    answerTo: async ({ batches }, { caller, id }) => batchJson(await batches.read(caller.workspaceId, id)),
  }),
  read({
    path: '/batches/:id/rows',
    operation: 'listBatchRows',
    summary: 'The rows of a batch and what became of each',
    query: z.strictObject({
      state: z.enum(rowStates).optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100).describe('How many at most.'),
      cursor: lineCursor.optional().describe('The "next" of the page before.'),
    }),
    answer: rowList,
    statuses: { 200: 'A page of rows' },
    async answerTo({ batches }, { caller, id, query }) {
      const { state, limit, cursor: after = 0 } = query;
      const filter = { states: state && [state], after, limit: limit + 1 };
      const rows = await batches.rows(caller.workspaceId, id, filter);
      const shown = rows.slice(0, limit);
      return {
        data: shown.map(rowJson),
        next: rows.length > limit ? String(shown.at(-1)?.line ?? 0) : null,
      };
    },
  }),
  download({
    path: '/batches/:id/failed.csv',
    operation: 'downloadFailedRows',
    summary: 'The rows that failed, as a file that can be mended and sent again',
    query: nothing,
    async answerTo({ batches }, { caller, id }) {
      const { columns, rows } = await batches.failed(caller.workspaceId, id);
      return { name: 'failed.csv', lines: failedLines(columns, rows) };
    },
  }),
  change('pause', 'Take up no more rows; those in hand are done', (batches) => batches.pause),
  change('resume', 'Go on, or start what arrived of an upload that broke off', (batches) => batches.resume),
  change('cancel', 'End it; what is done stays done', (batches) => batches.cancel),
  write({
    path: '/batches/:id/retry',
    operation: 'retryBatch',
    summary: 'Try every failed row again; what is invalid would be refused again',
    body: noBody,
    answer: retried,
    statuses: { 200: 'How many there were' },
    async answerTo({ batches }, { caller, id }) {
      const again = await batches.retry(caller.workspaceId, id);
      return { status: 200, body: { retried: again.retried, batch: batchJson(again.batch) } };
    },
  }),
];
