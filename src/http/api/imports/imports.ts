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
    retried: z.int().describe('Number of failed rows that are retried.'),
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
  .regex(/^\d{1,9}$/, 'must be the "next" value of the previous page')
  .transform(Number);

export const importRoutes: Route[] = [
  uploadRoute,
  list('/imports', {
    operation: 'listImports',
    summary: 'List imports with their progress',
    query: paged,
    items: contactImport,
    name: 'ImportList',
    statuses: { 200: 'A page of imports' },
    find: ({ ctx, workspaceId, page }) => listImports(ctx, workspaceId, page),
  }),
  read('/imports/:id', {
    operation: 'readImport',
    summary: 'Get an import with its progress',
    answer: contactImport,
    statuses: { 200: 'The import' },
    find: ({ ctx, workspaceId, id }) => readImport(ctx, workspaceId, id),
  }),
  read('/imports/:id/rows', {
    operation: 'listImportRows',
    summary: 'List the rows of an import with their results',
    query: z.strictObject({
      state: z.enum(rowStates).optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100).describe('Maximum number of rows.'),
      cursor: lineCursor.optional().describe('The "next" value of the previous page.'),
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
  change('pause', 'Pause an import after the rows in progress'),
  change('start', 'Start an import'),
  change('resume', 'Resume an import, or start an interrupted upload'),
  change('cancel', 'Cancel an import; finished rows stay'),
  write('/imports/:id/retry', {
    operation: 'retryImport',
    summary: 'Retry all failed rows',
    body: importChange,
    answer: retried,
    statuses: { 200: 'Number of retried items' },
    act: ({ ctx, workspaceId, id, actor }) => retryImport(ctx, workspaceId, id, actor),
  }),
];
