// /api/v1/imports
import { z } from 'zod';
import { rowStates } from '../../../domain/imports/contact-import.ts';
import type { Imports, ImportView } from '../../../usecases/imports/contact-imports.ts';
import { failedLines } from '../../failed-rows.ts';
import { download, nothing, type Route, read, write } from '../route.ts';
import { listJson, listOf, named, paged, pageRequest } from '../schemas.ts';
import { contactImport, importJson, rowJson, rowList } from './import-shapes.ts';
import { uploadRoute } from './import-upload.ts';

const noBody = z
  .strictObject({})
  .prefault({})
  .register(named, { id: 'ImportChangeGiven', examples: [{}] });

const retried = z
  .strictObject({ retried: z.int().describe('How many failed rows wait again.'), import: contactImport })
  .register(named, { id: 'ImportRetried' });

function change(
  name: 'start' | 'pause' | 'resume' | 'cancel',
  summary: string,
  how: (imports: Imports) => (workspaceId: string, id: string) => Promise<ImportView>,
): Route {
  return write({
    path: `/imports/:id/${name}`,
    operation: `${name}Import`,
    summary,
    body: noBody,
    answer: contactImport,
    statuses: { 200: 'The import' },
    answerTo: async ({ imports }, { caller, id }) => ({
      status: 200,
      body: importJson(await how(imports)(caller.workspaceId, id)),
    }),
  });
}

const lineCursor = z
  .string()
  .regex(/^\d{1,9}$/, 'must be the "next" of the page before')
  .transform(Number);

export const importRoutes: Route[] = [
  uploadRoute,
  read({
    path: '/imports',
    operation: 'listImports',
    summary: 'Imports and how far they are',
    query: z.strictObject(paged),
    answer: listOf(contactImport, 'ImportList'),
    statuses: { 200: 'A page of imports' },
    answerTo: async ({ imports }, { caller, query }) =>
      listJson(await imports.list(caller.workspaceId, pageRequest(query)), importJson),
  }),
  read({
    path: '/imports/:id',
    operation: 'readImport',
    summary: 'One import, with its progress',
    query: nothing,
    answer: contactImport,
    statuses: { 200: 'The import' },
    answerTo: async ({ imports }, { caller, id }) => importJson(await imports.read(caller.workspaceId, id)),
  }),
  read({
    path: '/imports/:id/rows',
    operation: 'listImportRows',
    summary: 'The rows of an import and what became of each',
    query: z.strictObject({
      state: z.enum(rowStates).optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100).describe('How many at most.'),
      cursor: lineCursor.optional().describe('The "next" of the page before.'),
    }),
    answer: rowList,
    statuses: { 200: 'A page of rows' },
    async answerTo({ imports }, { caller, id, query }) {
      const { state, limit, cursor: after = 0 } = query;
      const filter = { states: state && [state], after, limit: limit + 1 };
      const rows = await imports.rows(caller.workspaceId, id, filter);
      const shown = rows.slice(0, limit);
      return {
        data: shown.map(rowJson),
        next: rows.length > limit ? String(shown.at(-1)?.line ?? 0) : null,
      };
    },
  }),
  download({
    path: '/imports/:id/failed.csv',
    operation: 'downloadFailedRows',
    summary: 'The rows that failed, as a file that can be mended and sent again',
    query: nothing,
    async answerTo({ imports }, { caller, id }) {
      const { columns, rows } = await imports.failed(caller.workspaceId, id);
      return { name: 'failed.csv', lines: failedLines(columns, rows) };
    },
  }),
  change('pause', 'Take up no more rows; those in hand are done', (imports) => imports.pause),
  change('start', 'Start one that waits to be started', (imports) => imports.resume),
  change('resume', 'Go on, or start what arrived of an upload that broke off', (imports) => imports.resume),
  change('cancel', 'End it; what is done stays done', (imports) => imports.cancel),
  write({
    path: '/imports/:id/retry',
    operation: 'retryImport',
    summary: 'Try every failed row again; what is invalid would be refused again',
    body: noBody,
    answer: retried,
    statuses: { 200: 'How many there were' },
    async answerTo({ imports }, { caller, id }) {
      const again = await imports.retry(caller.workspaceId, id);
      return { status: 200, body: { retried: again.retried, import: importJson(again.contactImport) } };
    },
  }),
];
