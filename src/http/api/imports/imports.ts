// /api/v1/imports
import { z } from 'zod';
import { rowStates } from '../../../domain/imports/contact-import.ts';
import {
  changeImport,
  type ImportChangeName,
  listImportRows,
  listImports,
  readFailedRows,
  readImport,
  retryImport,
} from '../../../usecases/imports/contact-imports.ts';
import { failedLines } from '../../failed-rows.ts';
import { byToken, download, emptyQuery, type Route, read, write } from '../route.ts';
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

function change(name: ImportChangeName, summary: string): Route {
  return write({
    path: `/imports/:id/${name}`,
    operation: `${name}Import`,
    summary,
    body: noBody,
    answer: contactImport,
    statuses: { 200: 'The import' },
    handler: async ({ ctx }, { caller, id }) => ({
      status: 200,
      body: importJson(await changeImport(ctx, caller.workspaceId, id, name, byToken(caller))),
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
    handler: async ({ ctx }, { caller, query }) =>
      listJson(await listImports(ctx, caller.workspaceId, pageRequest(query)), importJson),
  }),
  read({
    path: '/imports/:id',
    operation: 'readImport',
    summary: 'One import, with its progress',
    query: emptyQuery,
    answer: contactImport,
    statuses: { 200: 'The import' },
    handler: async ({ ctx }, { caller, id }) => importJson(await readImport(ctx, caller.workspaceId, id)),
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
    async handler({ ctx }, { caller, id, query }) {
      const { state, limit, cursor: after = 0 } = query;
      const filter = { states: state && [state], after, limit: limit + 1 };
      const rows = await listImportRows(ctx, caller.workspaceId, id, filter);
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
    query: emptyQuery,
    async handler({ ctx }, { caller, id }) {
      const { columns, rows } = await readFailedRows(ctx, caller.workspaceId, id);
      return { name: 'failed.csv', lines: failedLines(columns, rows) };
    },
  }),
  change('pause', 'Take up no more rows; those in hand are done'),
  change('start', 'Start one that waits to be started'),
  change('resume', 'Go on, or start what arrived of an upload that broke off'),
  change('cancel', 'End it; what is done stays done'),
  write({
    path: '/imports/:id/retry',
    operation: 'retryImport',
    summary: 'Try every failed row again; what is invalid would be refused again',
    body: noBody,
    answer: retried,
    statuses: { 200: 'How many there were' },
    async handler({ ctx }, { caller, id }) {
      const again = await retryImport(ctx, caller.workspaceId, id, byToken(caller));
      return { status: 200, body: { retried: again.retried, import: importJson(again.contactImport) } };
    },
  }),
];
