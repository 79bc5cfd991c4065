// /api/v1/imports
import { z } from 'zod';
import { rowStates } from '../../../domain/imports/contact-import.ts';
import {
  changeImport,
  type ImportChangeName,
  listImportRows,
  listImports,
  readImport,
  retryImport,
} from '../../../usecases/imports/contact-imports.ts';
import { failedRowsFile } from '../../rows/failed-rows.ts';
import { resource } from '../resource.ts';
import { download, list, noQuery, type Route, read, write } from '../route.ts';
import { emptyBody, paged } from '../schemas.ts';
import { contactImport, importSource, rowList } from './import-shapes.ts';
import { uploadRoute } from './import-upload.ts';

const importChange = emptyBody('ImportChangeGiven');

const retried = resource('ImportRetried', {
  fields: {
    retried: z.int().describe('How many failed rows wait again.'),
    import: contactImport.schema,
  },
  sourceOf: ({ retried, contactImport }: Awaited<ReturnType<typeof retryImport>>) => ({
    retried,
    import: importSource(contactImport),
  }),
});

function change(name: ImportChangeName, summary: string): Route {
  return write(`/imports/:id/${name}`, {
    operation: `${name}Import`,
    summary,
    body: importChange,
    answer: contactImport,
    statuses: { 200: 'The import' },
    act: ({ ctx, workspaceId, id, actor }) => changeImport(ctx, workspaceId, id, name, actor),
  });
}

const lineCursor = z
  .string()
  .regex(/^\d{1,9}$/, 'must be the "next" of the page before')
  .transform(Number);

export const importRoutes: Route[] = [
  uploadRoute,
  list('/imports', {
    operation: 'listImports',
    summary: 'Imports and how far they are',
    query: paged,
    items: contactImport,
    name: 'ImportList',
    statuses: { 200: 'A page of imports' },
    find: ({ ctx, workspaceId, page }) => listImports(ctx, workspaceId, page),
  }),
  read('/imports/:id', {
    operation: 'readImport',
    summary: 'One import, with its progress',
    answer: contactImport,
    statuses: { 200: 'The import' },
    find: ({ ctx, workspaceId, id }) => readImport(ctx, workspaceId, id),
  }),
  read('/imports/:id/rows', {
    operation: 'listImportRows',
    summary: 'List the rows of an import with their results',
    query: z.strictObject({
      state: z.enum(rowStates).optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100).describe('How many at most.'),
      cursor: lineCursor.optional().describe('The "next" of the page before.'),
    }),
    answer: rowList,
    statuses: { 200: 'A page of rows' },
    async find({ ctx, workspaceId, id, query: { state, limit, cursor: after = 0 } }) {
      const filter = { states: state && [state], after, limit: limit + 1 };
      const found = await listImportRows(ctx, workspaceId, id, filter);
      const rows = found.slice(0, limit);
      return { rows, next: found.length > limit ? String(rows.at(-1)?.line ?? 0) : null };
    },
  }),
  download('/imports/:id/failed.csv', {
    operation: 'downloadFailedRows',
    summary: 'Download the failed rows as a file to fix and import again',
    query: noQuery,
    find: ({ ctx, workspaceId, id }) => failedRowsFile(ctx, workspaceId, id),
  }),
  change('pause', 'Take up no more rows; those in hand are done'),
  change('start', 'Start one that waits to be started'),
  change('resume', 'Go on, or start what arrived of an upload that broke off'),
  change('cancel', 'End it; what is done stays done'),
  write('/imports/:id/retry', {
    operation: 'retryImport',
    summary: 'Try every failed row again; what is invalid would be refused again',
    body: importChange,
    answer: retried,
    statuses: { 200: 'How many there were' },
    act: ({ ctx, workspaceId, id, actor }) => retryImport(ctx, workspaceId, id, actor),
  }),
];
