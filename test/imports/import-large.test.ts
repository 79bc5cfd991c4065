// A file of a hundred megabytes: every row is stored, and it is taken no faster than it is stored, so that hardly any is ever in memory.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../support/app.ts';

const megabyte = 1024 * 1024;
const rows = 36_000;
let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ story: false });
});
afterAll(() => app.close());

const attributes = Array.from({ length: 12 }, (_, n) => `custom_attributes.field_${n}`);
const cells = attributes.map((name) => `"${name.repeat(10).slice(0, 240)}"`).join(',');

/** What may be on its way between sender and database: buffers of sockets, a block of rows; no file. */
const mostAhead = 20 * megabyte;

test('a CSV file of 100 MB is taken as it comes, with one bad row told by its line', {
  timeout: 180_000,
}, async () => {
  let bytes = 0;
  let most = 0;
  const stored = async () => (await app.query<{ rows: number }>('select rows from imports'))[0]?.rows ?? 0;
  async function* file(): AsyncGenerator<Uint8Array> {
    const encoder = new TextEncoder();
    yield encoder.encode(`email,${attributes.join(',')}\n`);
    for (let from = 0; from < rows; from += 100) {
      const lines = Array.from({ length: 100 }, (_, at) => {
        const n = from + at;
        return `${n === 30_000 ? 'nobody' : `large.${n}@example.com`},${cells}\n`;
      });
      const piece = encoder.encode(lines.join(''));
      bytes += piece.length;
      yield piece;
      // Each row is as long as every other.
      if (from % 2_000 === 0) most = Math.max(most, bytes * (1 - (await stored()) / (from + 100)));
    }
  }
  const answer = await fetch(`${app.url}/api/v1/imports?start=false`, {
    method: 'POST',
    body: ReadableStream.from(file()),
    duplex: 'half',
    headers: { authorization: `Bearer ${await app.apiToken()}`, 'content-type': 'text/csv' },
  });
  const contactImport = z
    .looseObject({ id: z.string(), rows: z.number(), counts: z.unknown() })
    .parse(await answer.json());
  expect(answer.status).toBe(202);
  expect(bytes).toBeGreaterThan(100 * megabyte);
  expect(contactImport).toMatchObject({ rows, counts: { invalid: 1 } });
  const [bad] = await app.query<{ line: number }>("select line from import_rows where state = 'invalid'");
  expect(bad?.line).toBe(30_002);
  expect(most).toBeLessThan(mostAhead);
});
