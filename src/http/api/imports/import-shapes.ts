// How /api/v1 shows imports and their rows.
import { z } from 'zod';
import {
  type ImportRow,
  importOptions,
  importStates,
  rowStates,
} from '../../../domain/imports/contact-import.ts';
import type { ImportView } from '../../../usecases/imports/contact-imports.ts';
import { resource } from '../resource.ts';
import { moment } from '../schemas.ts';

export function importSource({ pace, ...rest }: ImportView) {
  return {
    ...rest,
    rowsPerSecond: pace && Math.round(pace.perSecond * 10) / 10,
    secondsLeft: pace?.secondsLeft ?? null,
  };
}

export const contactImport = resource('Import', {
  fields: {
    id: z.guid(),
    name: z.string().nullable(),
    state: z
      .enum(importStates)
      .describe(
        'interrupted: the upload stopped early. resume starts the stored rows, cancel discards them.',
      ),
    paused_for: z
      .enum(['intercom', 'token'])
      .nullable()
      .describe('Resumes automatically when Intercom answers again, or when the app is installed again.'),
    error: z.string().nullable(),
    rows: z.int().describe('Rows received.'),
    settled: z.int().describe('Rows that are done, failed or invalid.'),
    counts: z
      .record(z.string(), z.int())
      .describe(
        'Settled rows by result: created, updated, converted, linked, unchanged, review, failed, invalid.',
      ),
    rows_per_second: z.number().nullable(),
    seconds_left: z.int().nullable(),
    options: importOptions,
    created_by: z.string(),
    created_at: moment,
    finished_at: moment.nullable(),
  },
  sourceOf: importSource,
  example: {
    id: '5b0c7b0e-1f6c-4b7a-9a53-0d5f4a2f7c11',
    name: 'Fair in May',
    state: 'running',
    paused_for: null,
    error: null,
    rows: 100_000,
    settled: 25_030,
    counts: { created: 24_950, updated: 60, failed: 8, invalid: 12 },
    rows_per_second: 163.2,
    seconds_left: 460,
    options: {
      role: 'lead',
      on_duplicate: 'update',
      lead_where_user_wanted: 'convert',
      archived: 'report',
      email_verified: false,
    },
    created_by: 'backend',
    created_at: '2026-11-12T09:00:00.000Z',
    finished_at: null,
  },
});

const row = z.strictObject({
  line: z.int().describe('Its first line in the file.'),
  state: z.enum(rowStates),
  outcome: z.string().nullable(),
  contact_id: z.string().nullable(),
  error: z.string().nullable(),
  fields: z.record(z.string(), z.string()).nullable().describe('The refused columns, each with the reason.'),
  given: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
});

export const rowList = resource('ImportRowList', {
  description: 'In file order. Pass "next" as "cursor" for the next page; null at the end.',
  fields: { data: z.array(row), next: z.string().nullable() },
  sourceOf: ({ rows, next }: { rows: readonly ImportRow[]; next: string | null }) => ({
    data: rows.map(({ problems, ...rest }) => ({ ...rest, fields: problems })),
    next,
  }),
  example: {
    data: [
      {
        line: 17,
        state: 'invalid',
        outcome: null,
        contact_id: null,
        error: 'The row has invalid values',
        fields: { email: '"dana" is not an email address' },
        given: { email: 'dana', name: 'Dana Reed' },
      },
    ],
    next: null,
  },
});
