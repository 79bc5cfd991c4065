// Lists page by page: by cursor, as people and conversations are, or by number, as the older ones are.
import { z } from 'zod';
import { invalid } from './refusal.ts';

/** What an item is sorted by; the id decides between equals. */
export type SortKey = [value: string | number | boolean | null, id: string];
export type Order = 'ascending' | 'descending';

const mostPerPage = 150;
const cursorSchema = z.tuple([z.union([z.string(), z.number(), z.boolean(), z.null()]), z.string(), z.int()]);

export type Page<T> = { data: T[]; total_count: number; pages: Record<string, unknown> };

/**
 * The page after the cursor `startingAfter`, which an earlier page gave out as `pages.next`. A list that `moves` goes on
 * at the next position, as if nothing had come or gone before it meanwhile: who pages through Intercom misses some, who
 * are back the next time: https://github.com/airbytehq/airbyte/issues/26301. Else it goes on behind the last item shown.
 */
export function pageByCursor<T>(
  items: T[],
  by: {
    key: (item: T) => SortKey;
    order: Order;
    perPage: number;
    startingAfter?: string | null | undefined;
    moves?: boolean;
  },
): Page<T> {
  const direction = by.order === 'ascending' ? 1 : -1;
  const keyed = items.map((item) => ({ item, key: by.key(item) }));
  keyed.sort((a, b) => direction * compare(a.key, b.key));
  const cursor = by.startingAfter ? readCursor(by.startingAfter) : undefined;
  const behind = cursor ? keyed.findIndex(({ key }) => direction * compare(key, cursor.key) > 0) : 0;
  const position = cursor && by.moves ? (cursor.page - 1) * by.perPage : behind;
  const from = position === -1 ? keyed.length : position;
  const shown = keyed.slice(from, from + by.perPage);
  const last = shown.at(-1);
  const page = cursor?.page ?? 1;
  const more = from + by.perPage < keyed.length && last !== undefined;
  return {
    data: shown.map(({ item }) => item),
    total_count: items.length,
    pages: {
      type: 'pages',
      ...(more && { next: { per_page: by.perPage, starting_after: writeCursor(last.key, page + 1) } }),
      page,
      per_page: by.perPage,
      total_pages: Math.ceil(items.length / by.perPage),
    },
  };
}

/** The page with that number, counted from 1; behind the last one there is nothing. */
export function pageByNumber<T>(items: T[], query: { page: number; per_page: number }): Page<T> {
  const from = (query.page - 1) * query.per_page;
  return {
    data: items.slice(from, from + query.per_page),
    total_count: items.length,
    pages: {
      type: 'pages',
      page: query.page,
      per_page: query.per_page,
      total_pages: Math.ceil(items.length / query.per_page),
    },
  };
}

/** `per_page` as a number or, in a query string, its digits. */
export function perPageSchema(usual: number) {
  return z.coerce.number().pipe(z.int().min(1).max(mostPerPage)).default(usual);
}

/** The query of a list that pages by number. */
export function numberedPageSchema(usual: number) {
  return z.object({
    page: z.coerce.number().pipe(z.int().min(1)).default(1),
    per_page: perPageSchema(usual),
  });
}

/** Missing values come last when ascending. */
function compare(a: SortKey, b: SortKey): number {
  if (a[0] === b[0]) return a[1] < b[1] ? -1 : Number(a[1] > b[1]);
  if (a[0] === null) return 1;
  if (b[0] === null) return -1;
  return a[0] < b[0] ? -1 : 1;
}

function writeCursor(key: SortKey, page: number): string {
  return Buffer.from(JSON.stringify([...key, page])).toString('base64');
}

function readCursor(text: string): { key: SortKey; page: number } {
  try {
    const [value, id, page] = cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64').toString()));
    return { key: [value, id], page };
  } catch {
    throw invalid('starting_after is not a cursor that this API gave out', 'starting_after');
  }
}
