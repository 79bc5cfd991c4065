// Referral Factory's lists: pages by number, and the filters of its searches.
import type { Request } from 'express';
import { z } from 'zod';
import { read } from './refusal.ts';

const pageSchema = z.object({
  per_page: z.coerce.number().pipe(z.int().min(1).max(250)).default(25),
  page: z.coerce.number().pipe(z.int().min(1)).default(1),
});

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const searchSchema = z.object({
  filters: z.object({
    operator: z.enum(['AND', 'OR']),
    value: z.array(z.object({ field: z.string(), operator: z.enum(['=', '!=']), value: scalar })).min(1),
  }),
});

/** The page that the query asks for, each of its items as `show` has it. */
export function page<T>(req: Request, items: T[], show: (item: T) => object) {
  const query = read(pageSchema, req.query);
  const from = (query.page - 1) * query.per_page;
  const last = Math.max(1, Math.ceil(items.length / query.per_page));
  const path = `${req.protocol}://${req.get('host')}${req.originalUrl.split('?')[0]}`;
  const link = (number: number) => `${path}?page=${number}&per_page=${query.per_page}`;
  return {
    data: items.slice(from, from + query.per_page).map(show),
    links: { first: link(1), last: link(last), next: query.page < last ? link(query.page + 1) : null },
    meta: { current_page: query.page, last_page: last, per_page: query.per_page, total: items.length },
  };
}

/** Those that the filters in `body` let through. */
export function search<T extends Record<string, unknown>>(body: unknown, items: T[]): T[] {
  const { operator, value: conditions } = read(searchSchema, body).filters;
  const holds = (item: T) => (condition: (typeof conditions)[number]) => {
    const same =
      String(item[condition.field] ?? '').toLowerCase() === String(condition.value ?? '').toLowerCase();
    return condition.operator === '=' ? same : !same;
  };
  return items.filter((item) =>
    operator === 'AND' ? conditions.every(holds(item)) : conditions.some(holds(item)),
  );
}
