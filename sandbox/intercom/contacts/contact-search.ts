// POST /contacts/search: the body, its limits, and the page of people that it finds.
import { z } from 'zod';
import type { Contact, World } from '../../world.ts';
import { read, type Version } from '../call.ts';
import { type Page, pageByCursor, perPageSchema } from '../paging.ts';
import { invalid, refusal } from '../refusal.ts';
import { fieldReader } from './search-field.ts';
import { type Filter, filterTest } from './search-filter.ts';

const deepest = 2;
const mostFilters = 15;

type Query = Filter | { operator: 'AND' | 'OR'; value: Query[] };

const operators = ['=', '!=', 'IN', 'NIN', '<', '<=', '>', '>=', '~', '!~', '^', '$'] as const;
const scalar = z.union([z.string(), z.int(), z.boolean(), z.null()]);
const filterSchema = z.object({
  field: z.string(),
  operator: z.enum(operators),
  value: z.union([scalar, z.array(z.union([z.string(), z.int()]))]).default(null),
});
// A group holds filters or groups, never both: the published schema knows no mixture.
const groupSchema: z.ZodType<Query> = z.lazy(() =>
  z.object({
    operator: z.enum(['AND', 'OR']),
    value: z.union([z.array(filterSchema).min(1), z.array(groupSchema).min(1)]),
  }),
);
const searchSchema = z.object({
  query: z.union([filterSchema, groupSchema], 'is not a filter or a group of filters'),
  pagination: z
    .object({ per_page: perPageSchema(50), starting_after: z.string().nullable().optional() })
    .nullable()
    .optional(),
  sort: z.object({ field: z.string().optional(), order: z.string().optional() }).nullable().optional(),
});

/** Looks through `listed`; those that Intercom's index would not have yet are left out. Throws its 400s. */
export function searchContacts(
  world: World,
  listed: Contact[],
  version: Version,
  body: unknown,
): Page<Contact> {
  const search = read(searchSchema, body);
  const matches = queryTest(world, search.query, 1);
  const field = search.sort?.field ?? 'created_at';
  const sortBy = (contact: Contact) => {
    const value = fieldReader(world, field)(contact);
    return Array.isArray(value) ? null : value;
  };
  const now = world.nowMs();
  return pageByCursor(
    listed.filter((contact) => contact.searchable_from <= now && matches(contact)),
    {
      key: (contact) => [sortBy(contact), contact.id],
      order: orderOf(search.sort?.order, version),
      perPage: search.pagination?.per_page ?? 50,
      startingAfter: search.pagination?.starting_after,
    },
  );
}

/** Before 2.16 an order that does not exist was passed over. */
function orderOf(order: string | undefined, version: Version): 'ascending' | 'descending' {
  if (order === 'ascending' || order === 'descending') return order;
  if (order === undefined || version !== '2.16') return 'descending';
  throw refusal(
    400,
    'invalid_sort_order',
    `Invalid sort order '${order}'. Must be one of: ascending, descending`,
  );
}

function queryTest(world: World, query: Query, depth: number): (contact: Contact) => boolean {
  if ('field' in query) return filterTest(world, query);
  if (depth > deepest) throw invalid(`Filters can be nested ${deepest} levels deep at most`, 'query');
  if (query.value.length > mostFilters) {
    throw invalid(`A group can have ${mostFilters} filters at most`, 'query');
  }
  const tests = query.value.map((one) => queryTest(world, one, depth + 1));
  return query.operator === 'AND'
    ? (contact) => tests.every((test) => test(contact))
    : (contact) => tests.some((test) => test(contact));
}
