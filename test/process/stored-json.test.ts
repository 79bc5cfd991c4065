// What a JSON column could not give back is refused where it is written.
import { drizzle } from 'drizzle-orm/node-postgres';
import { pgTable, text } from 'drizzle-orm/pg-core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parsedJson } from '../../src/store/parsed-json.ts';

const table = pgTable('notes', {
  id: text('id'),
  note: parsedJson('note', z.object({ text: z.string().min(1) })),
});

test('a value that could not be read again is not written', () => {
  const db = drizzle.mock();
  const insert = (written: string) =>
    db
      .insert(table)
      .values({ id: '1', note: { text: written } })
      .toSQL();
  expect(insert('kept').params).toEqual(['1', '{"text":"kept"}']);
  expect(() => insert('')).toThrow(z.ZodError);
});
